// expect: distinct\(\): it keeps what it compares with, and that cannot be copied\. Name a part of the event that can: distinct\(projection\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <memory>
#include <vector>

int main() {
    const std::vector<std::unique_ptr<int>> pointers;
#ifdef FIXED
    const auto op = weir::distinct([](const auto& p) { return *p; });
#else
    const auto op = weir::distinct();
#endif
    weir::run(weir::from(pointers) | op | weir::for_each([](const auto&) {}));
}
