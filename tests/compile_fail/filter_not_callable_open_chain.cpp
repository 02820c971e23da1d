// expect: filter\(fn\): fn cannot be called with this pipeline's events\. Accepted: bool fn\(const T&\), bool fn\(T\), a pointer to a bool member of T; not bool fn\(T&\), as a filter may not change events\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto chain = weir::skip(1) | weir::filter([](int x) { return x > 0; }) | weir::take(2);
#else
    const auto chain = weir::skip(1) | weir::filter([](const std::string& s) { return s.empty(); }) | weir::take(2);
#endif
    weir::run(weir::from(numbers) | chain | weir::for_each([](const auto&) {}));
}
