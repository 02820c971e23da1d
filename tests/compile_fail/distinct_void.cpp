// expect: distinct\(projection\): the projection returns nothing, but it must return the key to compare\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::distinct([](int x) { return x / 2; });
#else
    const auto op = weir::distinct([](int) {});
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
