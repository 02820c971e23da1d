// expect: map\(fn\): fn wants a std::string, but these events are only lent: lines and other std::string_views\. Accepted: fn\(const auto&\)
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <cstddef>
#include <string>
#include <string_view>

int main() {
#ifdef FIXED
    const auto length = [](std::string_view line) { return line.size(); };
#else
    const auto length = [](const std::string& line) { return line.size(); };
#endif
    weir::run(weir::from_lines("words.txt") | weir::map(length) | weir::for_each([](std::size_t) {}));
}
