// expect: scan\(init, fn\): it takes the first state and a function
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::scan(0, [](int sum, int x) { return sum + x; }) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::scan([](int sum, int x) { return sum + x; }) | weir::for_each([](const auto&) {}));
#endif
}
