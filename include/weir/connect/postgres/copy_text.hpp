// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/postgres/column.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::postgres::detail {

/// Puts backslashes before what COPY would read as something else, from `begin` on.
inline void escape_for_copy(std::string& text, std::size_t begin) {
    constexpr std::string_view special = "\\\t\n\r";
    std::size_t at = text.find_first_of(special, begin);
    if (at == text.npos) return;
    const std::string plain = text.substr(at);
    text.resize(at);
    for (const char c : plain) {
        if (special.find(c) != special.npos) text += '\\';
        text += c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : c;
    }
}

/// Adds a field as COPY reads it.
template <typename T>
void append_for_copy(std::string& to, const T& value) {
    if constexpr (weir::detail::is_optional<T>) {
        if (value) append_for_copy(to, *value);
        else to += "\\N";
    } else {
        const std::size_t begin = to.size();
        Column<T>::append(to, value);
        if constexpr (not Integer<T> && not Real<T>) escape_for_copy(to, begin);
    }
}

/// The line that an error's context names, "COPY flight, line 3, column delay: ...", in whatever language; 0: none.
inline std::size_t line_of_context(std::string_view context) {
    const auto copy = context.find("COPY ");
    if (copy == context.npos) return 0;
    const auto comma = context.find(", ", copy);
    if (comma == context.npos) return 0;
    const auto begin = context.find_first_of("0123456789", comma);
    if (begin == context.npos) return 0;
    const auto end = context.find_first_not_of("0123456789", begin);
    std::size_t line = 0;
    return weir::detail::parse_number(context.substr(begin, end == context.npos ? end : end - begin), line) ? line : 0;
}

/// The column that it names; "": none.
inline std::string column_of_context(std::string_view context) {
    constexpr std::string_view before = ", column ";
    const auto begin = context.find(before);
    if (begin == context.npos) return {};
    const auto end = context.find_first_of(":,", begin + before.size());
    return std::string(context.substr(begin + before.size(), end == context.npos ? end : end - begin - before.size()));
}

} // namespace weir::postgres::detail
