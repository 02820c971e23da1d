// expect: flat_map\(fn\): fn cannot be called with this pipeline's events\. Accepted: Range fn\(T\), Range fn\(const T&\), a pointer to a member that is a range; with flat_map<Out>\(fn\) also fn\(const T&, auto emit\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto chain = weir::skip(1) | weir::flat_map([](int x) { return std::vector{x, x}; }) | weir::take(2);
#else
    const auto chain = weir::skip(1) | weir::flat_map([](const std::string& s) { return std::vector{s}; }) | weir::take(2);
#endif
    weir::run(weir::from(numbers) | chain | weir::for_each([](const auto&) {}));
}
