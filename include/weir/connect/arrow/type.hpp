// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/arrow/format.hpp>
#include <weir/core/fields.hpp>
#include <weir/core/number_text.hpp>
#include <weir/core/state.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <ratio>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::arrow {

/// How a C++ type is a column: written in exactly this form, and read from all that holds the same values.
///     bool                         bool
///     integers, enums              int8 to uint64 (an enum as its number); read from integers of any width, each value checked
///     float, double                float, double; double is read from float and, up to 2^53, from integers too
///     std::string, string_view     utf8, or large utf8 by option; read from both and from utf8 views
///     std::vector<std::byte>, span binary, as strings are; read from binary of fixed width too
///     sys_time                     timestamp in UTC, in the unit that fits: s, ms, us or ns; sys_days: date. Read from any unit, where
///                                  nothing must be rounded, and from timestamps without a zone as if they were UTC
///     duration                     duration; read from times of day too
///     std::optional<T>             as T, and null for none; every other type refuses null
///     a type with fields()         struct
/// A dictionary of any of them is read as its values are.
template <typename T>
struct Type {};

namespace detail {

using weir::detail::is_optional;

template <typename T>
concept Number = std::integral<T> && (not std::same_as<T, bool>) && (not std::same_as<T, char>) && (not std::same_as<T, wchar_t>) &&
                 (not std::same_as<T, char8_t>) && (not std::same_as<T, char16_t>) && (not std::same_as<T, char32_t>) &&
                 sizeof(T) <= sizeof(std::int64_t);

template <Number T>
consteval std::string_view integer_format() {
    constexpr std::string_view letters = std::signed_integral<T> ? "csil" : "CSIL";
    return letters.substr(sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3, 1);
}

/// a * b, which is not negative; false where that is too much.
constexpr bool multiply(std::int64_t a, std::int64_t b, std::int64_t& product) noexcept {
    if (a > std::numeric_limits<std::int64_t>::max() / b || a < std::numeric_limits<std::int64_t>::min() / b) return false;
    product = a * b;
    return true;
}

/// Counts of one unit as counts of another, both in nanoseconds; false where they would be rounded or are too many.
constexpr bool convert(std::int64_t count, std::int64_t from, std::int64_t to, std::int64_t& result) noexcept {
    if (from == to) {
        result = count;
        return true;
    }
    const std::int64_t common = std::gcd(from, to);
    if (not multiply(count, from / common, result) || result % (to / common) != 0) return false;
    result /= to / common;
    return true;
}

inline constexpr std::string_view timestamp_formats[] = {"tss:UTC", "tsm:UTC", "tsu:UTC", "tsn:UTC"};
inline constexpr std::string_view duration_formats[] = {"tDs", "tDm", "tDu", "tDn"};

template <typename D>
inline constexpr bool is_duration = false;
template <typename Rep, typename Period>
    requires Number<Rep> && (std::ratio_divide<Period, std::nano>::den == 1)
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

/// A duration in the unit that Arrow has for it.
template <typename D>
struct Counted {
    static constexpr std::int64_t nanos = std::ratio_divide<typename D::period, std::nano>::num;
    static constexpr std::size_t index = nanos % second == 0 ? 0 : nanos % 1'000'000 == 0 ? 1 : nanos % 1'000 == 0 ? 2 : 3;
    static constexpr std::int64_t unit = unit_of("smun"[index]);

    static bool store(D value, std::int64_t& count) noexcept { return std::in_range<std::int64_t>(value.count()) && multiply(static_cast<std::int64_t>(value.count()), nanos / unit, count); }
    static bool load(std::int64_t count, std::int64_t from, D& value) noexcept {
        std::int64_t own = 0;
        if (not convert(count, from, nanos, own) || not std::in_range<typename D::rep>(own)) return false;
        value = D(static_cast<typename D::rep>(own));
        return true;
    }
};

} // namespace detail

template <>
struct Type<bool> {
    static constexpr auto family = detail::Family::boolean;
    static constexpr std::string_view format = "b", expected = "bool";
};

template <detail::Number T>
struct Type<T> {
    static constexpr auto family = detail::Family::integer;
    static constexpr std::string_view format = detail::integer_format<T>(), expected = "an integer";
    using Stored = T;
    static bool store(T value, Stored& stored) noexcept {
        stored = value;
        return true;
    }
};

template <typename T>
    requires std::is_enum_v<T> && detail::Number<std::underlying_type_t<T>> && (not std::same_as<T, std::byte>)
struct Type<T> {
    static constexpr auto family = detail::Family::integer;
    using Stored = std::underlying_type_t<T>;
    static constexpr std::string_view format = detail::integer_format<Stored>(), expected = "an integer";
    static bool store(T value, Stored& stored) noexcept {
        stored = static_cast<Stored>(value);
        return true;
    }
};

template <typename T>
    requires std::same_as<T, float> || std::same_as<T, double>
struct Type<T> {
    static constexpr auto family = detail::Family::floating;
    static constexpr std::string_view format = sizeof(T) == 4 ? "f" : "g", expected = sizeof(T) == 4 ? "float" : "double, float or an integer";
    using Stored = T;
    static bool store(T value, Stored& stored) noexcept {
        stored = value;
        return true;
    }
};

template <typename T>
    requires std::same_as<T, std::string> || std::same_as<T, std::string_view>
struct Type<T> {
    static constexpr auto family = detail::Family::text;
    static constexpr std::string_view format = "u", large_format = "U", expected = "utf8";
};

template <typename T>
    requires std::same_as<T, std::vector<std::byte>> || std::same_as<T, std::span<const std::byte>>
struct Type<T> {
    static constexpr auto family = detail::Family::binary;
    static constexpr std::string_view format = "z", large_format = "Z", expected = "binary";
};

template <typename D>
    requires detail::is_duration<D>
struct Type<D> : detail::Counted<D> {
    static constexpr auto family = detail::Family::duration;
    static constexpr std::string_view format = detail::duration_formats[detail::Counted<D>::index], expected = "a duration or a time of day";
    using Stored = std::int64_t;
};

template <typename D>
    requires detail::is_duration<D>
struct Type<std::chrono::sys_time<D>> {
    using Count = detail::Counted<D>;
    static constexpr auto family = detail::Family::timestamp;
    static constexpr bool is_date = std::same_as<D, std::chrono::days>;
    static constexpr std::int64_t unit = is_date ? detail::day : Count::unit;
    static constexpr std::string_view format = is_date ? "tdD" : detail::timestamp_formats[Count::index], expected = "a timestamp or a date";
    using Stored = std::conditional_t<is_date, std::int32_t, std::int64_t>;

    static bool store(std::chrono::sys_time<D> value, Stored& stored) noexcept {
        if constexpr (is_date) {
            const auto count = value.time_since_epoch().count();
            stored = static_cast<Stored>(count);
            return std::in_range<Stored>(count);
        } else {
            return Count::store(value.time_since_epoch(), stored);
        }
    }
    static bool load(std::int64_t count, std::int64_t from, std::chrono::sys_time<D>& value) noexcept {
        D since{};
        if (not Count::load(count, from, since)) return false;
        value = std::chrono::sys_time<D>(since);
        return true;
    }
};

namespace detail {

template <typename T>
constexpr bool storable();
template <typename Tuple>
inline constexpr bool all_storable = false;
template <typename... Ts>
inline constexpr bool all_storable<std::tuple<Ts...>> = (storable<Ts>() && ...);

template <typename T>
constexpr bool storable() {
    if constexpr (is_optional<T>) return not is_optional<typename T::value_type> && storable<typename T::value_type>();
    else if constexpr (requires { Type<T>::expected; }) return true;
    else if constexpr (HasFields<T>) return all_storable<field_types_t<T>>;
    else return false;
}

} // namespace detail

/// T can be a column.
template <typename T>
concept Storable = detail::storable<T>();

} // namespace weir::arrow
