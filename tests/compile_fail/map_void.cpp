// expect: map\(fn\): fn returns nothing\. For side effects use tap\(fn\), to end the chain for_each\(fn\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::tap([](int) {});
#else
    const auto op = weir::map([](int) {});
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
