// expect: process\(p\): p cannot be called with a batch of this stream's events\. Accepted: fn\(std::span<T>\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <span>
#include <string>
#include <vector>

int main() {
#ifdef FIXED
    const std::vector<std::string> events(3);
#else
    const std::vector<int> events(3);
#endif
    weir::run(weir::from(events) | weir::micro_batch(2) | weir::process([](std::span<std::string>) {}));
}
