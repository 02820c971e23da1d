// expect: flat_map<Out>\(fn\): fn cannot be called with this pipeline's events and an emit\. Accepted: fn\(const T&, auto emit\), fn\(T, weir::Emit<Out> emit\), where emit\(value\) gives an Out; an fn that returns a range goes without <Out>: flat_map\(fn\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::flat_map([](int x) { return std::vector{x, x}; });
#else
    const auto op = weir::flat_map<int>([](int x) { return std::vector{x, x}; });
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
