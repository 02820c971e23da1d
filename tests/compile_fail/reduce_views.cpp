// expect: reduce\(fn\): fn returns a view
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <string_view>
#include <vector>

int main() {
    const std::vector<std::string> words{"one", "two"};
#ifdef FIXED
    weir::run(weir::from(words) | weir::map([](const std::string& word) { return std::string_view(word); }) | weir::reduce([](std::string, std::string_view b) { return std::string(b); }) | weir::for_each([](const auto&) {}));
#else
    weir::run(weir::from(words) | weir::map([](const std::string& word) { return std::string_view(word); }) | weir::reduce([](std::string_view, std::string_view b) { return b; }) | weir::for_each([](const auto&) {}));
#endif
}
