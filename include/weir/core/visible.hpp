// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <string>
#include <string_view>

namespace weir::detail {

/// The text as a message can show it: control characters as \0, \t, \n, \r or \x1b, as a NUL would end what() and others play with terminals.
[[nodiscard]] inline std::string visible(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string shown;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\0') shown += "\\0";
        else if (c == '\t') shown += "\\t";
        else if (c == '\n') shown += "\\n";
        else if (c == '\r') shown += "\\r";
        else if (byte < 0x20 || byte == 0x7f) ((shown += "\\x") += digits[byte >> 4]) += digits[byte & 0xfU];
        else shown += c;
    }
    return shown;
}

} // namespace weir::detail
