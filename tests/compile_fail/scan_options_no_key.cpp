// expect: scan\(init, fn, options\): they bound the states of keys, but this stream has no key\. Put key_by\(projection\) before it
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
    const auto add = [](int a, int b) { return a + b; };
#ifdef FIXED
    const auto chain = weir::key_by([](int x) { return x % 10; }) | weir::scan(0, add, {.max_keys = 9});
#else
    const auto chain = weir::skip(1) | weir::scan(0, add, {.max_keys = 9});
#endif
    weir::run(weir::from(numbers) | chain | weir::for_each([](const auto&) {}));
}
