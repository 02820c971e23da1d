// expect: \| takes a pipeline or an operator on its left, and this is neither\. A range, a queue or a source begins one with from\(x\) \| \.\.\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::for_each([](const auto&) {}));
#else
    weir::run(numbers | weir::for_each([](const auto&) {}));
#endif
}
