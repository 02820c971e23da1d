// expect: process\(p, retry\(\.\.\.\)\): a batch is not tried again as a whole; repeatable\(p\) finds the events to blame\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <span>
#include <vector>

int main() {
    const std::vector<int> numbers(3);
    const auto store = weir::repeatable([](std::span<int>) {});
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::micro_batch(2) | weir::process(store, weir::drop()));
#else
    weir::run(weir::from(numbers) | weir::micro_batch(2) | weir::process(store, weir::retry(3)));
#endif
}
