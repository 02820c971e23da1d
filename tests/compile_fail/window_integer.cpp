// expect: tumbling\(size\): it takes a time with its unit
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <vector>

using namespace std::chrono_literals;

struct E {
    int id;
    weir::Timestamp time;
};

int main() {
    const std::vector<E> input;
#ifdef FIXED
    const auto some = weir::tumbling(10s);
#else
    const auto some = weir::tumbling(10);
#endif
    weir::run(weir::from(input) | weir::event_time(&E::time, weir::monotonous()) | weir::key_by(&E::id) | weir::window(some) | weir::aggregate(weir::count()) |
              weir::for_each([](const auto& row) { static_cast<void>(row.value); }));
}
