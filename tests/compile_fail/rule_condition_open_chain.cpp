// expect: rule\(condition, action\): the condition cannot be asked about this pipeline's events\. Accepted: bool condition\(const T&\), a pointer to a bool member of T\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto chain = weir::skip(1) | weir::rule([](int x) { return x > 0; }, [](int x) { return -x; }) | weir::take(2);
#else
    const auto chain = weir::skip(1) | weir::rule([](const std::string& s) { return s.empty(); }, [](int x) { return -x; }) | weir::take(2);
#endif
    weir::run(weir::from(numbers) | chain | weir::for_each([](const auto&) {}));
}
