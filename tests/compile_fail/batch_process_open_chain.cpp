// expect: process\(p\): p takes batches, and this stream gives single events\. Put micro_batch\(n\) or whole\(\) before it\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <span>
#include <vector>

int main() {
    const std::vector<int> numbers(3);
    const auto chain = weir::map([](int x) { return x + 1; }) // no source yet: the mistake shows where one is attached
#ifdef FIXED
                     | weir::whole()
#endif
                     | weir::process([](std::span<int>) {});
    weir::run(weir::from(numbers) | chain);
}
