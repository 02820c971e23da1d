// expect: aggregate\(\.\.\., options\): the KeyedOptions come last
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
    const weir::KeyedOptions options{.max_keys = 9};
#ifdef FIXED
    const auto counted = weir::aggregate(weir::count(), options);
#else
    const auto counted = weir::aggregate(options, weir::count());
#endif
    weir::run(weir::from(numbers) | weir::key_by([](int x) { return x % 10; }) | counted | weir::for_each([](const auto&) {}));
}
