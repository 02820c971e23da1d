// expect: aggregate\(\.\.\., options\): they bound the number of keys, but this stream has no key\. Put key_by\(projection\) before it
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
    const auto counted = weir::aggregate(weir::count(), weir::KeyedOptions{.max_keys = 9});
#ifdef FIXED
    const auto chain = weir::key_by([](int x) { return x % 10; }) | weir::window(weir::count_window(2)) | counted;
#else
    const auto chain = weir::window(weir::count_window(2)) | counted;
#endif
    weir::run(weir::from(numbers) | chain | weir::for_each([](const auto&) {}));
}
