// expect: scan\(init, fn\): it knows no windows
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto chain = weir::scan(0, [](int sum, int x) { return sum + x; });
#else
    const auto chain = weir::window(weir::count_window(2)) | weir::scan(0, [](int sum, int x) { return sum + x; });
#endif
    weir::run(weir::from(numbers) | chain | weir::for_each([](const auto&) {}));
}
