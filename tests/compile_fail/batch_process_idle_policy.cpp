// expect: process\(p, policy\): the policy would never be used, as p does not say which events are in error\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <span>
#include <vector>

int main() {
    const std::vector<int> numbers(3);
    const auto store = [](std::span<int>) {};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::micro_batch(2) | weir::process(weir::repeatable(store), weir::drop()));
#else
    weir::run(weir::from(numbers) | weir::micro_batch(2) | weir::process(store, weir::drop()));
#endif
}
