// expect: unbatch\(\): this stream gives single events, so there is nothing to take apart\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers(3);
    weir::run(weir::from(numbers)
#ifdef FIXED
              | weir::micro_batch(2)
#endif
              | weir::unbatch() | weir::for_each([](int) {}));
}
