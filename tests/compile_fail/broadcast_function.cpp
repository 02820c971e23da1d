// expect: broadcast\(chains\.\.\.\): it takes chains or operators, at least one\. A function needs map\(fn\), filter\(fn\) or for_each\(fn\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::broadcast(weir::for_each([](int) {}), weir::for_each([](int) {})));
#else
    weir::run(weir::from(numbers) | weir::broadcast(weir::for_each([](int) {}), [](int) {}));
#endif
}
