// expect: late_to\(chain\): the chain has no sink
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
    const auto timed = weir::event_time(&E::time);
#ifdef FIXED
    weir::run(weir::from(input) | timed | weir::drop_late().late_to(weir::for_each([](const E&) {})) | sink);
#else
    weir::run(weir::from(input) | timed | weir::drop_late().late_to(weir::filter([](const E&) { return true; })) | sink);
#endif
}
