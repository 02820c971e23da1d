// expect: generate\(fn\): fn returns nothing, and its results are the events\. Accepted: T fn\(\), std::optional<T> fn\(\)\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

int main() {
    int next = 0;
#ifdef FIXED
    weir::run(weir::generate([&] { return ++next; }) | weir::take(3) | weir::for_each([](int) {}));
#else
    weir::run(weir::generate([&] { ++next; }) | weir::take(3) | weir::for_each([](int) {}));
#endif
}
