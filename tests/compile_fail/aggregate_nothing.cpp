// expect: aggregate\(\.\.\.\): it takes aggregates, at least one
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::aggregate(weir::count()) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::aggregate() | weir::for_each([](const auto&) {}));
#endif
}
