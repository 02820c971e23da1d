// expect: dead_letter\(chain\): it takes a chain that ends in a sink\. A function needs for_each\(fn\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::try_map([](int x) { return x; }, weir::dead_letter(weir::for_each([](const auto&) {}))) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::try_map([](int x) { return x; }, weir::dead_letter([](const auto&) {})) | weir::for_each([](const auto&) {}));
#endif
}
