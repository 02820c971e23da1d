// expect: async_map\(n, fn, order, policy\): each of the n callers has a copy of fn and of its event, and one of them cannot be copied\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/async.hpp>
#include <weir/weir.hpp>

#include <memory>
#include <utility>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    auto op = weir::async_map(4, [p = std::make_shared<int>(1)](int x) { return x + *p; }, weir::ordered);
#else
    auto op = weir::async_map(4, [p = std::make_unique<int>(1)](int x) { return x + *p; }, weir::ordered);
#endif
    weir::run(weir::from(numbers) | std::move(op) | weir::for_each([](const auto&) {}));
}
