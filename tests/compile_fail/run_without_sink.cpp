// expect: the pipeline has no sink, so its events would go nowhere: end it with for_each\(fn\), collect_into\(container\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::skip(1) | weir::for_each([](int) {}));
#else
    weir::run(weir::from(numbers) | weir::skip(1));
#endif
}
