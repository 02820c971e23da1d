// expect: AnyChain<In, Out, AnyRules{\.bounded = true}>: it waits for the end of the stream, and this one has none
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

int main() {
    weir::AnyChain<int, int, weir::AnyRules{.bounded = true}> sorted = weir::sort_by([](int x) { return -x; });
    const auto numbers = [n = 0]() mutable { return ++n; };
#ifdef FIXED
    weir::run(weir::generate(numbers) | weir::take(9) | sorted | weir::for_each([](int) {}));
#else
    weir::run(weir::generate(numbers) | sorted | weir::for_each([](int) {}));
#endif
}
