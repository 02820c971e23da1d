// expect: reduce\(fn\): what fn returns is no event of this pipeline.s type\. For a state of another type use scan\(init, fn\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::scan(std::string(), [](std::string a, int b) { return a + std::to_string(b); });
#else
    const auto op = weir::reduce([](int a, int b) { return std::to_string(a + b); });
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
