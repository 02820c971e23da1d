// expect: named\(name, chain\): it takes a name and then a chain or an operator
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::named("twice", weir::map([](int x) { return 2 * x; })) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::named("twice", [](int x) { return 2 * x; }) | weir::for_each([](const auto&) {}));
#endif
}
