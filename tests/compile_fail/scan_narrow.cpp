// expect: scan\(init, fn\): what fn returns does not fit into the state, which has the type of init\. For a running sum of doubles write scan\(0\.0, fn\), not scan\(0, fn\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::scan(0.0, [](double sum, int x) { return sum + 0.5 * x; });
#else
    const auto op = weir::scan(0, [](double sum, int x) { return sum + 0.5 * x; });
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
