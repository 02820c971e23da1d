// expect: flat_map\(fn\): fn takes an emit, so the type of what it gives must be said: flat_map<Out>\(fn\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::flat_map<int>([](int x, auto emit) { emit(x); });
#else
    const auto op = weir::flat_map([](int x, auto emit) { emit(x); });
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
