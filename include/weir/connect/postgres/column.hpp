// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fixed_point.hpp>
#include <weir/core/text_value.hpp>
#include <weir/core/time.hpp>
#include <weir/core/time_text.hpp>

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace weir::postgres {

/// The types of columns that have a meaning here; numbers as in the server's pg_type.
enum class Type : unsigned { boolean = 16, bytea = 17, bigint = 20, smallint = 21, integer = 23, real = 700, double_precision = 701,
                             character = 1042, timestamptz = 1184, numeric = 1700 };

/// How a C++ type is stored in a column. Nothing is converted silently: a value that does not fit is an Error.
///     bool                            boolean
///     integers, enums                 smallint, integer or bigint, whichever holds all (of 64 bits without a sign: up to 2^63 - 1);
///                                     read from any of these, and from numeric
///     double, float                   double precision, real (read also from numeric and integers)
///     Decimal                         numeric (of its decimals or more)
///     std::string, string_view        text in UTF-8, without zero bytes; read from a column of any type (a view can be written, not read)
///     std::vector<std::byte>, span    bytea (a span can be written, not read)
///     sys_time                        timestamptz: years 1 to 9999, whole microseconds; max_time and min_time are infinity and -infinity
///     duration                        bigint, nanoseconds
///     std::optional<T>                as T, and NULL for none; every other type refuses NULL
/// For a type of your own specialise it, with the members that each one below has: its column's type, which columns it can be read from
/// (`reads`) and written to without a change (`keeps`), `expected`, which completes "expected ...", append, which adds its text and throws
/// where there is none, and parse, which answers false to what is no such value.
template <typename T>
struct Column {};

/// T has a column type.
template <typename T>
concept Storable = requires { std::string_view(Column<T>::declared); };

namespace detail {

// char is left out: it may be meant as a number or as text.
template <typename T>
concept Integer = weir::detail::NumberInText<T> && std::integral<T>;
template <typename T>
concept Real = std::same_as<T, double> || std::same_as<T, float>;

constexpr bool is_integer(Type type) { return type == Type::smallint || type == Type::integer || type == Type::bigint; }
constexpr bool is_whole(Type type) { return is_integer(type) || type == Type::numeric; }

template <typename Rep, typename Period>
concept WholeNanoseconds = std::integral<Rep> && std::ratio_divide<Period, std::nano>::den == 1;

inline void append_bytes(std::string& to, std::span<const std::byte> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    to += "\\x";
    for (const std::byte byte : bytes) {
        to += digits[std::to_integer<std::size_t>(byte) >> 4];
        to += digits[std::to_integer<std::size_t>(byte) & 15];
    }
}

} // namespace detail

template <>
struct Column<bool> {
    static constexpr std::string_view declared = "boolean";
    static constexpr std::string_view expected = "a bool";
    static constexpr bool reads(Type type) { return type == Type::boolean; }
    static constexpr bool keeps(Type type) { return type == Type::boolean; }
    static void append(std::string& to, bool value) { to += value ? 't' : 'f'; }
    static bool parse(std::string_view text, bool& value) { return TextValue<bool>::parse(text, value); }
};

template <detail::Integer T>
struct Column<T> {
    static constexpr std::size_t bytes = sizeof(T) * (std::is_signed_v<T> ? 1 : 2);
    static constexpr std::string_view declared = bytes <= 2 ? "smallint" : bytes == 4 ? "integer" : "bigint";
    static constexpr std::string_view expected = "an integer in the range of the field's type";
    static constexpr bool reads(Type type) { return detail::is_whole(type); }
    static constexpr bool keeps(Type type) { return detail::is_whole(type); }
    static void append(std::string& to, T value) {
        if constexpr (std::is_unsigned_v<T> && sizeof(T) == sizeof(std::int64_t))
            if (value > static_cast<T>(std::numeric_limits<std::int64_t>::max()))
                throw std::range_error(fmt::format("{} is greater than the largest bigint, 2^63 - 1", value));
        weir::detail::append_number(to, value);
    }
    static bool parse(std::string_view text, T& value) { return weir::detail::parse_number(text, value); }
};

template <typename T>
    requires std::is_enum_v<T> && (not std::same_as<T, std::byte>) && detail::Integer<std::underlying_type_t<T>>
struct Column<T> : Column<std::underlying_type_t<T>> {
    using Number = std::underlying_type_t<T>;
    static void append(std::string& to, T value) { Column<Number>::append(to, static_cast<Number>(value)); }
    static bool parse(std::string_view text, T& value) {
        Number number{};
        if (not Column<Number>::parse(text, number)) return false;
        value = static_cast<T>(number);
        return true;
    }
};

template <detail::Real T>
struct Column<T> {
    static constexpr std::string_view declared = std::same_as<T, float> ? "real" : "double precision";
    static constexpr std::string_view expected = "a number in the range of the field's type";
    static constexpr bool reads(Type type) { return detail::is_whole(type) || type == Type::real || type == Type::double_precision; }
    static constexpr bool keeps(Type type) { return type == Type::double_precision || type == Type::numeric || (type == Type::real && std::same_as<T, float>); }
    static void append(std::string& to, T value) { weir::detail::append_number(to, value); }
    static bool parse(std::string_view text, T& value) { return weir::detail::parse_number(text, value); }
};

template <weir::detail::FixedPoint T>
struct Column<T> {
    static constexpr std::string_view declared = "numeric";
    static constexpr std::string_view expected = weir::TextValue<T>::expected;
    static constexpr bool reads(Type type) { return detail::is_whole(type); }
    static constexpr bool keeps(Type type) { return type == Type::numeric; }
    static void append(std::string& to, const T& value) { TextValue<T>::append(to, value); }
    static bool parse(std::string_view text, T& value) { return TextValue<T>::parse(text, value); }
};

template <weir::detail::StringInText T>
struct Column<T> {
    static constexpr std::string_view declared = "text";
    static constexpr std::string_view expected = "text";
    static constexpr bool reads(Type) { return true; }
    static constexpr bool keeps(Type type) { return type != Type::character && type != Type::bytea; }
    static void append(std::string& to, std::string_view value) { to += value; }
    static bool parse(std::string_view text, std::string& value)
        requires std::same_as<T, std::string>
    {
        value = text;
        return true;
    }
};

template <>
struct Column<std::span<const std::byte>> {
    static constexpr std::string_view declared = "bytea";
    static constexpr std::string_view expected = "bytes";
    static constexpr bool reads(Type type) { return type == Type::bytea; }
    static constexpr bool keeps(Type type) { return type == Type::bytea; }
    static void append(std::string& to, std::span<const std::byte> value) { detail::append_bytes(to, value); }
};

template <>
struct Column<std::vector<std::byte>> : Column<std::span<const std::byte>> {
    static bool parse(std::string_view text, std::vector<std::byte>& value) {
        if (not text.starts_with("\\x") || text.size() % 2 != 0) return false;
        value.clear();
        const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10); };
        for (std::size_t i = 2; i < text.size(); i += 2) value.push_back(static_cast<std::byte>(digit(text[i]) << 4 | digit(text[i + 1])));
        return true;
    }
};

template <typename Rep, typename Period>
    requires detail::WholeNanoseconds<Rep, Period>
struct Column<std::chrono::duration<Rep, Period>> : Column<std::int64_t> {
    using Value = std::chrono::duration<Rep, Period>;
    static constexpr std::int64_t unit = std::ratio_divide<Period, std::nano>::num;
    static constexpr std::string_view expected = "nanoseconds that the field's unit can hold without rounding";

    static void append(std::string& to, Value value) {
        const auto count = static_cast<std::int64_t>(value.count());
        if (count > std::numeric_limits<std::int64_t>::max() / unit || count < std::numeric_limits<std::int64_t>::min() / unit)
            throw std::range_error("the time does not fit into 64 bits of nanoseconds");
        weir::detail::append_number(to, count * unit);
    }
    static bool parse(std::string_view text, Value& value) {
        std::int64_t nanoseconds = 0;
        if (not weir::detail::parse_number(text, nanoseconds) || nanoseconds % unit != 0) return false;
        const auto count = static_cast<Rep>(nanoseconds / unit);
        value = Value(count);
        return static_cast<std::int64_t>(count) == nanoseconds / unit;
    }
};

template <typename Length>
    requires Storable<Length>
struct Column<std::chrono::sys_time<Length>> {
    using Value = std::chrono::sys_time<Length>;
    static constexpr std::string_view declared = "timestamptz";
    static constexpr std::string_view expected = "a time of the years 1 to 9999 that the field's unit can hold";
    static constexpr bool reads(Type type) { return type == Type::timestamptz; }
    static constexpr bool keeps(Type type) { return type == Type::timestamptz; }
    static constexpr Value first = Value::min(), last = Value::max();

    static void append(std::string& to, Value value) {
        if (value == first || value == last) {
            to += value == first ? "-infinity" : "infinity";
            return;
        }
        using std::chrono::floor, std::chrono::days, std::chrono::microseconds, std::chrono::sys_days, std::chrono::year;
        const auto day = floor<days>(value);
        if (day < sys_days(year(1) / 1 / 1) || day > sys_days(year(9999) / 12 / 31)) throw std::range_error("the time is not of the years 1 to 9999");
        if constexpr (std::ratio_less_v<typename Length::period, std::micro>)
            if (floor<microseconds>(value) != value)
                throw std::range_error("the time has nanoseconds, which timestamptz would lose; use std::chrono::floor<std::chrono::microseconds>(time)");
        TextValue<Value>::append(to, value);
    }
    static bool parse(std::string_view text, Value& value) {
        if (text == "infinity" || text == "-infinity") value = text == "infinity" ? last : first;
        else return TextValue<Value>::parse(text, value);
        return true;
    }
};

template <Storable T>
    requires(not weir::detail::is_optional<T>)
struct Column<std::optional<T>> : Column<T> {}; // NULL is seen to by who asks for a value

} // namespace weir::postgres
