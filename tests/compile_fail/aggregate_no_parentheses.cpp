// expect: aggregate\(\.\.\.\): this is no aggregate\. One needs its parentheses, count\(\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::aggregate(weir::count()) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::aggregate(weir::count) | weir::for_each([](const auto&) {}));
#endif
}
