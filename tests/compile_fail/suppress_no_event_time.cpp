// expect: suppress\(...\): this pipeline has no event time, which says how long an event waits. Put event_time
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <vector>

int main() {
    using namespace std::chrono_literals;
    const std::vector<weir::Event<int>> input;
    const auto key = weir::key_by([](int x) { return x; });
    const auto show = weir::for_each([](int) {});
#ifdef FIXED
    weir::run(weir::from(input) | key | weir::suppress(1min) | show);
#else
    weir::run(weir::from(std::vector<int>{1, 2}) | key | weir::suppress(1min) | show);
#endif
}
