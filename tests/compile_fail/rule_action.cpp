// expect: rule\(condition, action\): the action cannot be called with this pipeline's events\. Accepted: R action\(const T&\), R action\(T\), R action\(T&&\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::rule([](int x) { return x > 0; }, [](int x) { return -x; });
#else
    const auto op = weir::rule([](int x) { return x > 0; }, [](const std::string& s) { return s; });
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
