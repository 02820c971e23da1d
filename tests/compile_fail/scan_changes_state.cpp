// expect: scan\(init, fn\): fn cannot be called with the state and this pipeline's events\. Accepted: State fn\(State, const T&\), State fn\(State&&, T\), where State is the type of init\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::scan(0, [](int sum, int x) { return sum + x; });
#else
    const auto op = weir::scan(0, [](int& sum, int x) { return sum += x; });
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
