// expect: combine\(aggregate\): this stream does not give partial states of that aggregate\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers(3);
#ifdef FIXED
    const auto combined = weir::combine(weir::mean());
#else
    const auto combined = weir::combine(weir::count());
#endif
    weir::run(weir::from(numbers) | weir::micro_batch(2) | weir::process(weir::partial(weir::mean())) | combined | weir::for_each([](auto) {}));
}
