// expect: reduce\(fn\): fn returns nothing, but it must return what becomes of the two events\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::reduce([](int a, int b) { return a + b; });
#else
    const auto op = weir::reduce([](int, int) {});
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
