// expect: distinct\(projection\): the projection cannot be called with this pipeline's events\. Accepted: Key projection\(const T&\), a pointer to a member of T\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::distinct([](int x) { return x / 2; });
#else
    const auto op = weir::distinct([](const std::string& s) { return s; });
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
