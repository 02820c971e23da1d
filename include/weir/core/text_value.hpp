// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/enum_names.hpp>
#include <weir/core/number_text.hpp>
#include <weir/core/state.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace weir {

/// How a value stands in a text file: a field of CSV.
///     integers                 decimal
///     enums                    the names that weir::EnumNames gives its values, no others; its number where it is not specialised
///     float, double            decimal or with an exponent, inf, nan; written so that the same number is read again
///     bool                     true, false; read also 1 0, yes no, t f, y n, in letters of any case
///     char                     one byte
///     Decimal (weir/decimal.hpp)   with all its decimals
///     std::string              as it is; std::string_view lives until the next rows are read
///     duration                 the number of its units
///     sys_time                 as a TimeFormat says, ISO 8601 if none does
/// A std::optional of these is none where the field is empty. For a type of your own specialise it, with the three members that each
/// one below has; `expected` completes "'...' is not ...". parse answers false to what is no such value. With `is_number` it is a number in JSON, too.
template <typename T>
struct TextValue {};

/// T has a form in text.
template <typename T>
concept Textual = requires { std::string_view(TextValue<T>::expected); };

namespace detail {

template <typename T>
inline constexpr bool is_wide_character =
    std::same_as<T, wchar_t> || std::same_as<T, char8_t> || std::same_as<T, char16_t> || std::same_as<T, char32_t>;

template <typename T>
concept NumberInText = ShortFloat<T> || (std::integral<T> && (not std::same_as<T, bool>) && (not std::same_as<T, char>) &&
                                         (not is_wide_character<T>) && sizeof(T) <= sizeof(std::uint64_t));

template <typename T>
concept StringInText = std::same_as<T, std::string> || std::same_as<T, std::string_view>;

/// What JSON has as a number, and what needs no quotes: numbers, and types whose TextValue says so by `static constexpr bool is_number = true`.
template <typename T>
concept NumericText = NumberInText<T> || requires { requires TextValue<T>::is_number; };

} // namespace detail

template <detail::NumberInText T>
struct TextValue<T> {
    static constexpr std::string_view expected = std::integral<T> ? "an integer in the range of the field's type" : "a number in the range of the field's type";
    static bool parse(std::string_view text, T& value) noexcept { return detail::parse_number(text, value); }
    static void append(std::string& to, T value) { detail::append_number(to, value); }
};

template <typename T>
    requires(std::is_enum_v<T> && not detail::NamedEnum<T>)
struct TextValue<T> {
    using Number = std::underlying_type_t<T>;
    static constexpr std::string_view expected = "the number of one of the field's values";
    static constexpr bool is_number = true;
    static bool parse(std::string_view text, T& value) noexcept {
        std::int64_t n = 0;
        if (not detail::parse_number(text, n) || static_cast<std::int64_t>(static_cast<Number>(n)) != n) return false;
        value = static_cast<T>(n);
        return true;
    }
    static void append(std::string& to, T value) { detail::append_number(to, static_cast<std::int64_t>(value)); }
};

template <detail::NamedEnum T>
struct TextValue<T> {
    using Names = detail::NamesOfEnum<T>;
    static constexpr std::string_view expected{Names::text.data(), Names::text.size()};
    static bool parse(std::string_view text, T& value) noexcept {
        for (std::size_t i = 0; i < Names::list.names.size(); ++i)
            if (Names::list.names[i] == text) {
                value = Names::list.values[i];
                return true;
            }
        return false;
    }
    /// Throws std::out_of_range for a value that has no name.
    static void append(std::string& to, T value) {
        for (std::size_t i = 0; i < Names::list.names.size(); ++i)
            if (Names::list.values[i] == value) {
                to += Names::list.names[i];
                return;
            }
        std::string number;
        detail::append_number(number, static_cast<std::underlying_type_t<T>>(value));
        throw std::out_of_range("the value " + number + " of an enum has no name (weir::EnumNames); it is not " + std::string(expected));
    }
};

template <>
struct TextValue<bool> {
    static constexpr std::string_view expected = "a bool, such as true or false";
    static bool parse(std::string_view text, bool& value) noexcept {
        constexpr std::string_view names[] = {"false", "true", "0", "1", "no", "yes", "f", "t", "n", "y"};
        for (std::size_t i = 0; i < std::size(names); ++i) {
            if (names[i].size() != text.size()) continue;
            std::size_t same = 0;
            while (same < text.size() && (text[same] == names[i][same] || (names[i][same] >= 'a' && (text[same] | 0x20) == names[i][same]))) ++same;
            if (same != text.size()) continue;
            value = i % 2 != 0;
            return true;
        }
        return false;
    }
    static void append(std::string& to, bool value) { to += value ? "true" : "false"; }
};

template <>
struct TextValue<char> {
    static constexpr std::string_view expected = "one character";
    static bool parse(std::string_view text, char& value) noexcept {
        if (text.size() != 1) return false;
        value = text.front();
        return true;
    }
    static void append(std::string& to, char value) { to += value; }
};

template <detail::StringInText T>
struct TextValue<T> {
    static constexpr std::string_view expected = "text";
    static bool parse(std::string_view text, T& value) {
        value = text;
        return true;
    }
    static void append(std::string& to, std::string_view value) { to += value; }
};

template <typename Rep, typename Period>
    requires detail::NumberInText<Rep>
struct TextValue<std::chrono::duration<Rep, Period>> {
    static constexpr std::string_view expected = TextValue<Rep>::expected;
    static bool parse(std::string_view text, std::chrono::duration<Rep, Period>& value) noexcept {
        Rep count{};
        if (not detail::parse_number(text, count)) return false;
        value = std::chrono::duration<Rep, Period>(count);
        return true;
    }
    static void append(std::string& to, std::chrono::duration<Rep, Period> value) { detail::append_number(to, value.count()); }
};

template <Textual T>
    requires(not detail::is_optional<T>)
struct TextValue<std::optional<T>> {
    static constexpr std::string_view expected = TextValue<T>::expected;
    template <typename... Format> // of a time
    static auto parse(std::string_view text, std::optional<T>& value, const Format&... format) -> decltype(TextValue<T>::parse(text, *value, format...)) {
        if (not value) value.emplace();
        return TextValue<T>::parse(text, *value, format...);
    }
    template <typename... Format>
    static auto append(std::string& to, const std::optional<T>& value, const Format&... format) -> decltype(TextValue<T>::append(to, *value, format...)) {
        if (value) TextValue<T>::append(to, *value, format...);
    }
};

namespace detail {

template <typename Types>
inline constexpr bool all_textual = false;
template <template <typename...> typename Tuple, typename... Ts>
inline constexpr bool all_textual<Tuple<Ts...>> = (Textual<Ts> && ...);

} // namespace detail
} // namespace weir
