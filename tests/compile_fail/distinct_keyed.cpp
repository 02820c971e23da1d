// expect: distinct\(\.\.\.\): it knows no keys and no windows\. For the first event of each key within a time write key_by\(projection\) \| deduplicate\({\.ttl = time}\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
    const auto digit = [](int x) { return x % 10; };
#ifdef FIXED
    const auto chain = weir::key_by(digit) | weir::deduplicate();
#else
    const auto chain = weir::key_by(digit) | weir::distinct();
#endif
    weir::run(weir::from(numbers) | chain | weir::for_each([](int) {}));
}
