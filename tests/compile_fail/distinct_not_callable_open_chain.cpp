// expect: distinct\(projection\): the projection cannot be called with this pipeline's events\. Accepted: Key projection\(const T&\), a pointer to a member of T\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto chain = weir::skip(1) | weir::distinct([](int x) { return x / 2; }, 10) | weir::take(2);
#else
    const auto chain = weir::skip(1) | weir::distinct([](const std::string& s) { return s; }, 10) | weir::take(2);
#endif
    weir::run(weir::from(numbers) | chain | weir::for_each([](const auto&) {}));
}
