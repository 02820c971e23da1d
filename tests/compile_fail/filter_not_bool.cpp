// expect: filter\(fn\): fn does not return something that says yes or no\. Accepted: bool fn\(const T&\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::filter([](int x) { return x > 0; });
#else
    const auto op = weir::filter([](int x) { return std::to_string(x); });
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
