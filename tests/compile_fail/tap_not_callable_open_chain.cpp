// expect: tap\(fn\): fn cannot be called with this pipeline's events\. Accepted: fn\(const T&\), fn\(T\), fn\(const Event<T>&\); not fn\(T&\) or fn\(T&&\): a tap looks on, to change events use map\(fn\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto chain = weir::skip(1) | weir::tap([](int) {}) | weir::take(2);
#else
    const auto chain = weir::skip(1) | weir::tap([](const std::string&) {}) | weir::take(2);
#endif
    weir::run(weir::from(numbers) | chain | weir::for_each([](const auto&) {}));
}
