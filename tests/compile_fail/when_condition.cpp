// expect: when\(condition, action\): the condition cannot be asked about this pipeline's events\. Accepted: bool condition\(const T&\), a pointer to a bool member of T\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::when([](int x) { return x > 0; }, [](int) {});
#else
    const auto op = weir::when([](int& x) { return ++x > 0; }, [](int) {});
#endif
    weir::run(weir::from(std::vector(numbers)) | op | weir::for_each([](const auto&) {}));
}
