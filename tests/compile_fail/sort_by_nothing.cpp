// expect: sort_by\(projection, less\): it takes what to sort by
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <functional>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::sort_by(std::identity()) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::sort_by() | weir::for_each([](const auto&) {}));
#endif
}
