// expect: when\(condition, action\): the action cannot be called with this pipeline's events\. Accepted: action\(const T&\), action\(T\); not action\(T&\): every event goes on as it came\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::when([](int x) { return x > 0; }, [](int) {});
#else
    const auto op = weir::when([](int x) { return x > 0; }, [](int& x) { ++x; });
#endif
    weir::run(weir::from(std::vector(numbers)) | op | weir::for_each([](const auto&) {}));
}
