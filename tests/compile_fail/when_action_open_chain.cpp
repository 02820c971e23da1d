// expect: when\(condition, action\): the action cannot be called with this pipeline's events\. Accepted: action\(const T&\), action\(T\); not action\(T&\): every event goes on as it came\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto chain = weir::skip(1) | weir::when([](int x) { return x > 0; }, [](int) {}) | weir::take(2);
#else
    const auto chain = weir::skip(1) | weir::when([](int x) { return x > 0; }, [](const std::string&) {}) | weir::take(2);
#endif
    weir::run(weir::from(numbers) | chain | weir::for_each([](const auto&) {}));
}
