// expect: map\(fn\): fn cannot be called with this pipeline's events\. Accepted: R fn\(T\), R fn\(const T&\), R fn\(T&&\), a pointer to a member of T\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::map([](int x) { return x; });
#else
    const auto op = weir::map([](int&& x) { return x; });
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
