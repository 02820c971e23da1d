// expect: scan\(init, fn\): fn cannot be called with the state and this pipeline's events\. Accepted: State fn\(State, const T&\), State fn\(State&&, T\), where State is the type of init\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto chain = weir::skip(1) | weir::scan(0, [](int sum, int x) { return sum + x; }) | weir::take(2);
#else
    const auto chain = weir::skip(1) | weir::scan(0, [](int sum, const std::string&) { return sum; }) | weir::take(2);
#endif
    weir::run(weir::from(numbers) | chain | weir::for_each([](const auto&) {}));
}
