// expect: \| takes an operator, and this is a function\. An operator without arguments needs its parentheses, as in \| unbatch\(\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers(3);
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::micro_batch(2) | weir::unbatch() | weir::for_each([](int) {}));
#else
    weir::run(weir::from(numbers) | weir::micro_batch(2) | weir::unbatch | weir::for_each([](int) {}));
#endif
}
