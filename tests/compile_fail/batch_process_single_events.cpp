// expect: process\(p\): p takes batches, and this stream gives single events\. Put micro_batch\(n\) or whole\(\) before it\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <span>
#include <vector>

int main() {
    const std::vector<int> numbers(3);
    const auto sum = weir::process([](std::span<int> batch) { return batch.size(); });
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::micro_batch(2) | sum | weir::for_each([](auto) {}));
#else
    weir::run(weir::from(numbers) | sum | weir::for_each([](auto) {}));
#endif
}
