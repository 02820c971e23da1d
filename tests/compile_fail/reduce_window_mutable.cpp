// expect: reduce\(fn\): behind a window the events must be copyable, and fn a const function
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::window(weir::count_window(2)) | weir::reduce([](int a, const int& b) { return a + b; });
#else
    const auto op = weir::window(weir::count_window(2)) | weir::reduce([n = 0](int a, const int& b) mutable { return a + b + n++; });
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
