// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/utf8.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::detail {

/// The text as a message can show it: control characters as \0, \t, \n, \r or \x1b, as a NUL would end what() and others play with terminals,
/// and \xff what is not UTF-8.
[[nodiscard]] inline std::string visible(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string shown;
    for (std::size_t i = 0, size = 1; i < text.size(); i += size) {
        const char c = text[i];
        const auto byte = static_cast<unsigned char>(c);
        size = utf8_size(text, i);
        const bool is_bad = size == 0;
        if (is_bad) size = 1;
        if (c == '\0') shown += "\\0";
        else if (c == '\t') shown += "\\t";
        else if (c == '\n') shown += "\\n";
        else if (c == '\r') shown += "\\r";
        else if (is_bad || byte < 0x20 || byte == 0x7f) ((shown += "\\x") += digits[byte >> 4]) += digits[byte & 0xfU];
        else shown += text.substr(i, size);
    }
    return shown;
}

} // namespace weir::detail
