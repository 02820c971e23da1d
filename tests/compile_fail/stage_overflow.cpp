// expect: stage\(options\): it takes at most a capacity or options
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::stage({.overflow = weir::Overflow::drop_newest}) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::stage(weir::Overflow::drop_newest) | weir::for_each([](const auto&) {}));
#endif
}
