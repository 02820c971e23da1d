// expect: reduce\(fn\): fn cannot be called with two of this pipeline.s events\. Accepted: T fn\(T, const T&\), T fn\(T&&, T\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::reduce([](int a, int b) { return a + b; });
#else
    const auto op = weir::reduce([](const std::string& a, int) { return a; });
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
