// expect: fold\(init, add, merge, finish\): merge or finish cannot take the state\. .* as const \(no mutable lambda\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers;
#ifdef FIXED
    weir::run(weir::from(numbers) | weir::aggregate(weir::fold(0, [](int a, int b) { return a + b; }, [](int a, int b) { return a + b; })) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(numbers) | weir::aggregate(weir::fold(0, [](int a, int b) { return a + b; }, [n = 0](int a, int b) mutable { return a + b + n++; })) | weir::for_each([](const auto&) {}));
#endif
}
