// expect: aggregate\(...\): count_window\(n\) gives full windows only, so after_delay\(d\) and or_after\(d\) are not for it. Write global_window\(\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <chrono>
#include <vector>

int main() {
    using namespace std::chrono_literals;
    const std::vector<int> input{1, 2, 3};
    const auto show = weir::for_each([](const auto&) {});
#ifdef FIXED
    weir::run(weir::from(input) | weir::stage() | weir::window(weir::global_window().trigger(weir::after_count(2).or_after(1s)).discarding()) |
              weir::aggregate(weir::count()) | show);
#else
    weir::run(weir::from(input) | weir::stage() | weir::window(weir::count_window(2).trigger(weir::after_count(2).or_after(1s))) |
              weir::aggregate(weir::count()) | show);
#endif
}
