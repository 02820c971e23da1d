// expect: map\(fn\): fn cannot be called with this pipeline's events\. Accepted: R fn\(T\), R fn\(const T&\), R fn\(T&&\), a pointer to a member of T\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto chain = weir::skip(1) | weir::map([](int x) { return x; }) | weir::take(2);
#else
    const auto chain = weir::skip(1) | weir::map([](const std::string& s) { return s; }) | weir::take(2);
#endif
    weir::run(weir::from(numbers) | chain | weir::for_each([](const auto&) {}));
}
