// expect: tap\(fn\): fn cannot be called with this pipeline's events\. Accepted: fn\(const T&\), fn\(T\), fn\(const Event<T>&\); not fn\(T&\) or fn\(T&&\): a tap looks on, to change events use map\(fn\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::map([](int x) { return x + 1; });
#else
    const auto op = weir::tap([](int& x) { ++x; });
#endif
    weir::run(weir::from(std::vector(numbers)) | op | weir::for_each([](const auto&) {}));
}
