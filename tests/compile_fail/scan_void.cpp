// expect: scan\(init, fn\): fn returns nothing, but it must return the new state\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::scan(0, [](int sum, int x) { return sum + x; });
#else
    const auto op = weir::scan(0, [](int, int) {});
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
