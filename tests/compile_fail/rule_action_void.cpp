// expect: rule\(condition, action\): the action returns nothing, but its result is what goes on\. For a side effect use when\(condition, action\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::when([](int x) { return x > 0; }, [](int) {});
#else
    const auto op = weir::rule([](int x) { return x > 0; }, [](int) {});
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
