// expect: rule\(condition, action\): the condition cannot be asked about this pipeline's events\. Accepted: bool condition\(const T&\), a pointer to a bool member of T\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::rule([](int x) { return x > 0; }, [](int x) { return -x; });
#else
    const auto op = weir::rule([](int x) { return std::to_string(x); }, [](int x) { return -x; });
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
