// expect: take\(n\): it takes one whole number, of events: take\(10\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::take(1) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::take(0.5) | weir::for_each([](const auto&) {}));
#endif
}
