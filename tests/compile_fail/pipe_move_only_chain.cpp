// expect: \| copies a chain that has a name, so that it can be used again, and this one cannot be copied
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <memory>
#include <utility>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
    auto chain = weir::map([owned = std::make_unique<int>(1)](int x) { return x + *owned; });
#ifdef FIXED
    weir::run(weir::from(numbers) | std::move(chain) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | chain | weir::for_each([](const auto&) {}));
#endif
}
