// expect: flat_map\(fn\): what fn returns is not a range \(it has no begin and end\)\. For one result per event use map\(fn\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::flat_map([](int x) { return std::vector{x, x}; });
#else
    const auto op = weir::flat_map([](int x) { return x; });
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
