// expect: generate\(fn\): fn must be callable without arguments\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

int main() {
#ifdef FIXED
    weir::run(weir::generate([i = 0]() mutable { return i++; }) | weir::take(3) | weir::for_each([](int) {}));
#else
    weir::run(weir::generate([](int i) { return i; }) | weir::take(3) | weir::for_each([](int) {}));
#endif
}
