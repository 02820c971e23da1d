// expect: aggregate\(..., options\): behind record_sliding\(d\) the number of keys cannot be bounded, as their events are kept
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <vector>

int main() {
    using namespace std::chrono_literals;
    const std::vector<weir::Event<int>> input;
    const auto windows = weir::key_by([](int x) { return x; }) | weir::window(weir::record_sliding(10s));
    const auto show = weir::for_each([](const auto&) {});
#ifdef FIXED
    weir::run(weir::from(input) | windows | weir::aggregate(weir::count()) | show);
#else
    weir::run(weir::from(input) | windows | weir::aggregate(weir::count(), weir::KeyedOptions{.max_keys = 3}) | show);
#endif
}
