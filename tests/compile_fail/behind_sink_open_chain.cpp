// expect: nothing can follow a sink: the chain has ended\. To go on behind a side effect use tap\(fn\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto chain = weir::tap([](int) {}) | weir::for_each([](int) {});
#else
    const auto chain = weir::for_each([](int) {}) | weir::for_each([](int) {});
#endif
    weir::run(weir::from(numbers) | weir::skip(1) | chain);
}
