// expect: in_time_order\(\): this pipeline has no event time
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <vector>

struct E {
    std::chrono::sys_time<std::chrono::milliseconds> time;
};

int main() {
    std::vector<E> input;
    const auto sink = weir::for_each([](const E&) {});
#ifdef FIXED
    weir::run(weir::from(input) | weir::event_time(&E::time) | weir::in_time_order() | sink);
#else
    weir::run(weir::from(input) | weir::in_time_order() | sink);
#endif
}
