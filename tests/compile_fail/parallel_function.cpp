// expect: parallel\(n, chain\): it takes a number and a chain, and perhaps ordered\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::parallel(2, weir::map([](int x) { return 2 * x; })) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::parallel(2, [](int x) { return 2 * x; }) | weir::for_each([](const auto&) {}));
#endif
}
