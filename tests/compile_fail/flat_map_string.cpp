// expect: flat_map\(fn\): fn returns a string, which is one value and not a range\. To give the string use map\(fn\), to give its characters return them as a std::vector<char>\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    const auto op = weir::map([](int x) { return std::to_string(x); });
#else
    const auto op = weir::flat_map([](int x) { return std::to_string(x); });
#endif
    weir::run(weir::from(numbers) | op | weir::for_each([](const auto&) {}));
}
