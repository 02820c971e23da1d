// expect: process\(p\): p wants to change the events, but these batches belong to others\. Accepted: fn\(std::span<const T>\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <span>
#include <vector>

int main() {
    const std::vector<std::vector<int>> batches(3);
#ifdef FIXED
    weir::run(weir::from(batches) | weir::process([](std::span<const int>) {}));
#else
    weir::run(weir::from(batches) | weir::process([](std::span<int>) {}));
#endif
}
