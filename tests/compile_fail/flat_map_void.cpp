// expect: flat_map\(fn\): fn returns nothing\. Return a range of outputs, as std::vector, or take a second argument, emit, and say what is given: flat_map<Out>\(fn\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::flat_map([](int x) { return std::vector{x, x}; });
#else
    const auto op = weir::flat_map([](int) {});
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
