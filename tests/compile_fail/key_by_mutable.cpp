// expect: key_by\(projection\.\.\.\): a projection cannot be called .* called as const \(no mutable lambda\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers;
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::key_by([](int x) { return x % 10; }) | weir::aggregate(weir::count()) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::key_by([n = 0](int x) mutable { return x + n++; }) | weir::aggregate(weir::count()) | weir::for_each([](const auto&) {}));
#endif
}
