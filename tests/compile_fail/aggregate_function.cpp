// expect: aggregate\(\.\.\.\): this is no aggregate\. One needs its parentheses, count\(\), and in them what it is made of, sum\(&T::price\); a function of yours is reduce\(fn\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::aggregate(weir::reduce([](int a, int b) { return a + b; })) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::aggregate([](int a, int b) { return a + b; }) | weir::for_each([](const auto&) {}));
#endif
}
