// expect: async_map\(n, fn, order, policy\): fn returns nothing\. Return the value that goes on, or take a weir::Completion<R>
// SPDX-License-Identifier: BSL-1.0
#include <weir/async.hpp>
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::async_map(4, [](int x) { return x; }, weir::ordered);
#else
    const auto op = weir::async_map(4, [](int) {}, weir::ordered);
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
