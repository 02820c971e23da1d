// expect: \| takes an operator, and this is not one\. A function needs map\(fn\), filter\(fn\), tap\(fn\) or for_each\(fn\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto chain = weir::skip(1) | weir::map([](int x) { return 2 * x; });
#else
    const auto chain = weir::skip(1) | [](int x) { return 2 * x; };
#endif
    weir::run(weir::from(numbers) | chain | weir::for_each([](int) {}));
}
