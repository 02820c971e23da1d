// SPDX-License-Identifier: BSL-1.0
// Rows as lines of text: CSV as RFC 4180 has it (but a line ends with a line feed alone, as other engines' tools write them; both
// are read), or one JSON object a line. A row's fields() name its columns.
#pragma once
#include "nexmark/values.hpp"

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

namespace nexmark {

enum class Format : unsigned char { csv, jsonl };

namespace detail {

template <typename T>
inline constexpr bool is_json_number = std::integral<T> || std::floating_point<T> || std::same_as<T, Decimal>;

inline void append_csv(std::string& to, std::string_view text) {
    if (text.find_first_of(",\"\r\n") == text.npos) {
        to += text;
        return;
    }
    to += '"';
    for (const char c : text) {
        if (c == '"') to += '"';
        to += c;
    }
    to += '"';
}
inline void append_json(std::string& to, std::string_view text) {
    to += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') to += '\\', to += c;
        else if (static_cast<unsigned char>(c) < 0x20) fmt::format_to(std::back_inserter(to), "\\u{:04x}", static_cast<unsigned>(c));
        else to += c;
    }
    to += '"';
}

} // namespace detail

/// Calls fn(name, value) for each column of a row; a part of it that has fields() is so many columns.
template <typename Row, typename Fn>
void for_each_column(const Row& row, const Fn& fn) {
    weir::for_each_field(row, [&fn](std::string_view name, const auto& value) {
        if constexpr (weir::HasFields<std::remove_cvref_t<decltype(value)>>) for_each_column(value, fn);
        else fn(name, value);
    });
}

/// The names of a row's columns, as the first line of a CSV file.
template <typename Row>
void append_header(std::string& to) {
    bool first = true;
    for_each_column(Row{}, [&](std::string_view name, const auto&) {
        if (not first) to += ',';
        first = false;
        detail::append_csv(to, name);
    });
    to += '\n';
}

/// A row as a line.
template <typename Row>
void append_line(std::string& to, const Row& row, Format format) {
    const bool is_json = format == Format::jsonl;
    bool first = true;
    if (is_json) to += '{';
    for_each_column(row, [&](std::string_view name, const auto& value) {
        using V = std::remove_cvref_t<decltype(value)>;
        if (not first) to += ',';
        first = false;
        if (is_json) {
            detail::append_json(to, name);
            to += ':';
        }
        if constexpr (std::convertible_to<const V&, std::string_view>) {
            if (is_json) detail::append_json(to, value);
            else detail::append_csv(to, value);
        } else {
            const bool is_quoted = is_json && not detail::is_json_number<V>;
            if (is_quoted) to += '"';
            append(to, value);
            if (is_quoted) to += '"';
        }
    });
    to += is_json ? "}\n" : "\n";
}

} // namespace nexmark
