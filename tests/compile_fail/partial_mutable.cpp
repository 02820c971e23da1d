// expect: process\(p\): p cannot be called .* as const \(no mutable lambda\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers;
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::micro_batch(3) | weir::process(weir::partial(weir::sum([](int x) { return x; }))) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::micro_batch(3) | weir::process(weir::partial(weir::sum([n = 0](int x) mutable { return x + n++; }))) | weir::for_each([](const auto&) {}));
#endif
}
