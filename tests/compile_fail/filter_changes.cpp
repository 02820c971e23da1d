// expect: filter\(fn\): fn cannot be called with this pipeline's events\. Accepted: bool fn\(const T&\), bool fn\(T\), a pointer to a bool member of T; not bool fn\(T&\), as a filter may not change events\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::filter([](const int& x) { return x > 0; });
#else
    const auto op = weir::filter([](int& x) { return ++x > 0; });
#endif
    weir::run(weir::from(std::vector(numbers)) | op | weir::for_each([](const auto&) {}));
}
