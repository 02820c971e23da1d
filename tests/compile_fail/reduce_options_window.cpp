// expect: reduce\(fn, options\): behind a window they say nothing
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
    const auto add = [](int a, int b) { return a + b; };
#ifdef FIXED
    const auto chain = weir::key_by([](int x) { return x % 10; }) | weir::window(weir::count_window(2)) | weir::reduce(add);
#else
    const auto chain = weir::key_by([](int x) { return x % 10; }) | weir::window(weir::count_window(2)) | weir::reduce(add, {.max_keys = 9});
#endif
    weir::run(weir::from(numbers) | chain | weir::for_each([](const auto&) {}));
}
