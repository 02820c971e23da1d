// expect: scan\(init, fn\): behind key_by each key begins with a copy of init, and this type cannot be copied
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <memory>
#include <utility>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
    const auto digit = weir::key_by([](int x) { return x % 10; });
#ifdef FIXED
    auto op = weir::scan(std::make_shared<int>(), [](std::shared_ptr<int> state, int) { return state; });
#else
    auto op = weir::scan(std::make_unique<int>(), [](std::unique_ptr<int> state, int) { return state; });
#endif
    weir::run(weir::from(numbers) | digit | std::move(op) | weir::for_each([](const auto&) {}));
}
