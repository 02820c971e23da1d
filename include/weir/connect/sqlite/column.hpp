// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fixed_point.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace weir::sqlite {

/// How long a bound value lives: copied by SQLite, or lent until the statement is reset or bound again.
enum class Keep : unsigned char { copied, lent };

/// How a C++ type is stored in a column. Nothing is converted silently: a value that does not fit is an Error.
///     bool, integers, enums           integer   (bool as 0 and 1, an enum as its number; above 2^63 - 1 is an error)
///     double, float                   real      (NaN is an error, SQLite would make it NULL; reads integers up to 2^53 too)
///     Decimal                         real      (above 10^15 units is an error; reads the numbers that are its values)
///     std::string, string_view        text      (any bytes, also zero; a view can be written, not read)
///     std::vector<std::byte>, span    blob      (a span can be written, not read)
///     sys_time, duration              integer   (nanoseconds, for a sys_time since 1970-01-01T00:00:00Z)
///     std::optional<T>                as T, and NULL for none; every other type refuses NULL
/// For a type of your own specialise it, with the three members that each one below has.
template <typename T>
struct Column {};

/// T has a column type.
template <typename T>
concept Storable = requires { std::string_view(Column<T>::declared); };

namespace detail {

template <typename T>
inline constexpr bool is_character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
                                     std::same_as<T, char16_t> || std::same_as<T, char32_t>;

// char is left out: it may be meant as a number or as text.
template <typename T>
concept Integer = std::integral<T> && (not is_character<T>) && sizeof(T) <= sizeof(std::int64_t);

template <typename T>
constexpr bool fits(std::int64_t value) noexcept {
    return (value >= 0 || std::is_signed_v<T>) && static_cast<std::int64_t>(static_cast<T>(value)) == value;
}

template <typename S, typename T>
void bind_integer(S& to, int index, T value) {
    if constexpr (std::is_unsigned_v<T> && sizeof(T) == sizeof(std::int64_t))
        if (value > static_cast<T>(std::numeric_limits<std::int64_t>::max()))
            to.refuse_value(fmt::format("{} is greater than SQLite's largest integer, 2^63 - 1", value));
    to.bind_integer(index, static_cast<std::int64_t>(value));
}

template <typename Rep, typename Period>
concept WholeNanoseconds = std::integral<Rep> && std::ratio_divide<Period, std::nano>::den == 1;

template <typename T, typename S>
T read_integer(const S& from, int column) {
    const std::int64_t value = from.integer(column);
    if (not fits<T>(value))
        from.refuse(column, std::same_as<T, bool> ? "a bool, 0 or 1" : "an integer in the range of the field's type");
    return static_cast<T>(value);
}

} // namespace detail

template <detail::Integer T>
struct Column<T> {
    static constexpr std::string_view declared = "integer";

    template <typename S>
    static void bind(S& to, int index, T value, Keep) { detail::bind_integer(to, index, value); }
    template <typename S>
    static void read(const S& from, int column, T& value) { value = detail::read_integer<T>(from, column); }
};

template <typename T>
    requires std::is_enum_v<T> && (not std::same_as<T, std::byte>)
struct Column<T> {
    static constexpr std::string_view declared = "integer";
    using Number = std::underlying_type_t<T>;

    template <typename S>
    static void bind(S& to, int index, T value, Keep) { detail::bind_integer(to, index, static_cast<Number>(value)); }
    template <typename S>
    static void read(const S& from, int column, T& value) {
        value = static_cast<T>(detail::read_integer<Number>(from, column));
    }
};

template <typename T>
    requires std::same_as<T, double> || std::same_as<T, float>
struct Column<T> {
    static constexpr std::string_view declared = "real";

    template <typename S>
    static void bind(S& to, int index, T value, Keep) {
        if (std::isnan(value))
            to.refuse_value("NaN cannot be stored, SQLite would make it NULL; use std::optional for a missing value");
        to.bind_real(index, static_cast<double>(value));
    }
    template <typename S>
    static void read(const S& from, int column, T& value) {
        const double wide = from.real(column);
        if constexpr (std::same_as<T, float>)
            if (std::isfinite(wide) && std::fabs(wide) > static_cast<double>(std::numeric_limits<float>::max()))
                from.refuse(column, "a number in the range of float");
        value = static_cast<T>(wide);
    }
};

template <weir::detail::FixedPoint T>
struct Column<T> {
    static constexpr std::string_view declared = "real";
    static constexpr std::int64_t most = 1'000'000'000'000'000; // a real gives back 15 digits

    template <typename S>
    static void bind(S& to, int index, T value, Keep) {
        const std::int64_t units = value.units();
        if (units > most || units < -most) to.refuse_value("a decimal of more than 10^15 units cannot be stored, SQLite would round it");
        to.bind_real(index, static_cast<double>(value));
    }
    template <typename S>
    static void read(const S& from, int column, T& value) {
        const double real = from.real(column), scaled = real * static_cast<double>(T::units_per_one);
        const std::int64_t units = std::fabs(scaled) <= static_cast<double>(most) ? std::llround(scaled) : std::numeric_limits<std::int64_t>::max();
        if (not detail::fits<typename T::rep>(units) || static_cast<double>(units) / static_cast<double>(T::units_per_one) != real)
            from.refuse(column, "a number with no more decimals than the field's type, and in its range");
        value = T::from_units(static_cast<typename T::rep>(units));
    }
};

template <>
struct Column<std::string> {
    static constexpr std::string_view declared = "text";

    template <typename S>
    static void bind(S& to, int index, const std::string& value, Keep keep) { to.bind_text(index, value, keep); }
    template <typename S>
    static void read(const S& from, int column, std::string& value) { value.assign(from.text(column)); }
};

template <>
struct Column<std::string_view> {
    static constexpr std::string_view declared = "text";

    template <typename S>
    static void bind(S& to, int index, std::string_view value, Keep keep) { to.bind_text(index, value, keep); }
};

template <>
struct Column<std::vector<std::byte>> {
    static constexpr std::string_view declared = "blob";

    template <typename S>
    static void bind(S& to, int index, const std::vector<std::byte>& value, Keep keep) { to.bind_blob(index, value, keep); }
    template <typename S>
    static void read(const S& from, int column, std::vector<std::byte>& value) {
        const auto bytes = from.blob(column);
        value.assign(bytes.begin(), bytes.end());
    }
};

template <>
struct Column<std::span<const std::byte>> {
    static constexpr std::string_view declared = "blob";

    template <typename S>
    static void bind(S& to, int index, std::span<const std::byte> value, Keep keep) { to.bind_blob(index, value, keep); }
};

template <typename Rep, typename Period>
    requires detail::WholeNanoseconds<Rep, Period>
struct Column<std::chrono::duration<Rep, Period>> {
    static constexpr std::string_view declared = "integer";
    static constexpr std::int64_t unit = std::ratio_divide<Period, std::nano>::num;

    template <typename S>
    static void bind(S& to, int index, std::chrono::duration<Rep, Period> value, Keep) {
        const auto count = static_cast<std::int64_t>(value.count());
        constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / unit;
        constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min() / unit;
        if (count > most || count < least) to.refuse_value("the time does not fit into 64 bits of nanoseconds");
        to.bind_integer(index, count * unit);
    }
    template <typename S>
    static void read(const S& from, int column, std::chrono::duration<Rep, Period>& value) {
        const std::int64_t nanoseconds = from.integer(column);
        if (nanoseconds % unit != 0 || not detail::fits<Rep>(nanoseconds / unit))
            from.refuse(column, "a time in nanoseconds that the field's unit can hold without rounding");
        value = std::chrono::duration<Rep, Period>(static_cast<Rep>(nanoseconds / unit));
    }
};

template <typename Length>
    requires Storable<Length>
struct Column<std::chrono::sys_time<Length>> {
    static constexpr std::string_view declared = "integer";

    template <typename S>
    static void bind(S& to, int index, std::chrono::sys_time<Length> value, Keep keep) {
        Column<Length>::bind(to, index, value.time_since_epoch(), keep);
    }
    template <typename S>
    static void read(const S& from, int column, std::chrono::sys_time<Length>& value) {
        Length since{};
        Column<Length>::read(from, column, since);
        value = std::chrono::sys_time<Length>(since);
    }
};

template <typename T>
inline constexpr bool is_nullable = false;
template <typename T>
inline constexpr bool is_nullable<std::optional<T>> = true;

template <Storable T>
    requires(not is_nullable<T>)
struct Column<std::optional<T>> {
    static constexpr std::string_view declared = Column<T>::declared;

    template <typename S>
    static void bind(S& to, int index, const std::optional<T>& value, Keep keep) {
        if (value) Column<T>::bind(to, index, *value, keep);
        else to.bind_null(index);
    }
    template <typename S>
    static void read(const S& from, int column, std::optional<T>& value) {
        if (from.is_null(column)) {
            value.reset();
            return;
        }
        if (not value) value.emplace();
        Column<T>::read(from, column, *value);
    }
};

} // namespace weir::sqlite
