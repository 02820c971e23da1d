// expect: from\(x\): x is nothing that events can come from\. Accepted: an EventQueue
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
#ifdef FIXED
    weir::run(weir::from(std::vector{7}) | weir::for_each([](int) {}));
#else
    weir::run(weir::from(7) | weir::for_each([](int) {}));
#endif
}
