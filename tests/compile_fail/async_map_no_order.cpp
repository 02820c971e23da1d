// expect: async_map\(n, fn, order, policy\): it takes a number of calls, a function, an order
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>
#include <weir/async.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::async_map(4, [](int x) { return x; }, weir::ordered) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::async_map(4, [](int x) { return x; }) | weir::for_each([](const auto&) {}));
#endif
}
