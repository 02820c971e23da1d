// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>

#include <array>
#include <bit>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace weir::detail {

constexpr std::uint64_t each_byte(std::uint64_t byte) { return byte * 0x0101010101010101; }

template <typename Word>
Word load_little(const char* from) noexcept {
    Word word = 0;
    if constexpr (std::endian::native == std::endian::little) std::memcpy(&word, from, sizeof word);
    else
        for (std::size_t i = 0; i < sizeof word; ++i) word |= static_cast<Word>(static_cast<unsigned char>(from[i])) << (8 * i);
    return word;
}

/// Who parses a text says with `padded` that eight characters before its begin may be read: then there is nothing to branch on.
///     1 to 8 characters as a word, the last one in its highest byte; below the first one stand zeros ('0').
template <bool padded>
WEIR_INLINE std::uint64_t right_aligned(const char* from, std::size_t n) noexcept {
    const std::size_t empty = 8 * (8 - n);
    const std::uint64_t zeros = each_byte('0') >> (8 * (n - 1)) >> 8;
    if constexpr (padded) {
        return load_little<std::uint64_t>(from + n - 8) >> empty << empty | zeros;
    } else {
        const auto byte = [from](std::size_t i) { return static_cast<std::uint64_t>(static_cast<unsigned char>(from[i])); };
        if (n == 8) return load_little<std::uint64_t>(from);
        if (n < 4) return byte(0) << empty | byte(n / 2) << (empty + 8 * (n / 2)) | byte(n - 1) << 56 | zeros;
        const std::uint64_t low = load_little<std::uint32_t>(from), high = load_little<std::uint32_t>(from + n - 4);
        return high << 32 | ((low << empty) & 0xffffffff) | zeros;
    }
}

constexpr bool is_digits(std::uint64_t word) noexcept {
    return ((word & each_byte(0xf0)) | ((word + each_byte(6)) & each_byte(0xf0)) >> 4) == each_byte(0x33);
}

/// The number that eight values of digits make: neighbours are joined three times, all at once.
constexpr std::uint64_t number_of_values(std::uint64_t digits) noexcept {
    digits = digits * (10 * 0x100 + 1) >> 8;
    digits = (digits & 0x00ff00ff00ff00ff) * (100 * 0x10000 + 1) >> 16;
    return (digits & 0x0000ffff0000ffff) * (10'000 * 0x100000000 + 1) >> 32;
}

constexpr std::uint64_t number_of(std::uint64_t digits) noexcept { return number_of_values(digits & each_byte(0x0f)); }

/// The whole text as digits; false where it is anything else, or more than 64 bits can hold.
template <bool padded>
bool parse_digits(std::string_view text, std::uint64_t& value) noexcept {
    if (text.empty()) return false;
    if (text.size() <= 8) {
        const std::uint64_t word = right_aligned<padded>(text.data(), text.size());
        value = number_of(word);
        return is_digits(word);
    }
    while (text.size() > 20 && text.front() == '0') text.remove_prefix(1);
    if (text.size() > 20) return false;
    std::uint64_t sum = 0;
    while (text.size() > 8) {
        const std::size_t n = (text.size() - 1) % 8 + 1; // so that what is left are words
        const std::uint64_t word = right_aligned<padded>(text.data(), n);
        if (not is_digits(word)) return false;
        sum = sum * 100'000'000 + number_of(word);
        text.remove_prefix(n);
    }
    const std::uint64_t word = right_aligned<padded>(text.data(), text.size());
    if (not is_digits(word)) return false;
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t last = number_of(word);
    if (sum > most / 100'000'000 || sum * 100'000'000 > most - last) return false;
    value = sum * 100'000'000 + last;
    return true;
}

template <std::signed_integral T>
constexpr T with_sign(std::size_t negative, T value) noexcept { return static_cast<T>((value ^ -static_cast<T>(negative)) + static_cast<T>(negative)); }

template <bool padded, std::integral T>
[[gnu::noinline]] bool parse_any_number(std::string_view text, T& value) noexcept {
    bool negative = false;
    if (not text.empty() && (text.front() == '-' || text.front() == '+')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    std::uint64_t n = 0;
    if (not parse_digits<padded>(text, n)) return false;
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    if (n > most + static_cast<std::uint64_t>(negative && std::is_signed_v<T>) || (negative && std::is_unsigned_v<T> && n != 0)) return false;
    value = static_cast<T>(negative ? 0 - n : n);
    return true;
}

/// Nearly all numbers have no more than eight characters behind a minus sign: those cost no branch that depends on it.
template <bool padded = false, std::integral T>
bool parse_number(std::string_view text, T& value) noexcept {
    const std::size_t negative = not text.empty() && text.front() == '-';
    const std::size_t n = text.size() - negative;
    if (n - 1 < 8) [[likely]] {
        const std::uint64_t digits = right_aligned<padded>(text.data() + negative, n);
        const std::int64_t number = with_sign(negative, static_cast<std::int64_t>(number_of(digits)));
        if (is_digits(digits) && (std::is_signed_v<T> || number >= 0) && static_cast<std::int64_t>(static_cast<T>(number)) == number) [[likely]] {
            value = static_cast<T>(number);
            return true;
        }
    }
    return parse_any_number<padded>(text, value);
}

template <typename T>
concept ShortFloat = std::same_as<T, float> || std::same_as<T, double>;

/// Powers of ten that a T holds exactly.
template <ShortFloat T>
inline constexpr auto exact_powers = [] {
    constexpr std::size_t n = std::numeric_limits<T>::digits == 24 ? 11 : 23;
    std::array<T, n> powers{};
    T power = 1;
    for (T& each : powers) each = power, power *= 10;
    return powers;
}();

/// Takes the first point out of such a word, what stands before it moves over it. The answer: how many characters stand behind it, 8 if
/// there is none.
inline std::size_t take_point(std::uint64_t& word) noexcept {
    const std::uint64_t others = word ^ each_byte('.');
    const std::uint64_t points = ~(((others & each_byte(0x7f)) + each_byte(0x7f)) | others | each_byte(0x7f)); // 0x80 for each
    if (points == 0) return 8;
    const auto below = static_cast<std::size_t>(std::countr_zero(points)) - 7; // bits
    const std::uint64_t low = (std::uint64_t{1} << below) - 1;
    word = (word & ~(low << 8 | 0xff)) | (word & low) << 8 | '0';
    return 7 - below / 8;
}

/// Digits with at most one point among them as mantissa / 10^decimals; false where the text is anything else, or longer than two words.
template <bool padded>
WEIR_INLINE bool parse_decimal(std::string_view text, std::uint64_t& mantissa, std::size_t& decimals) noexcept {
    const std::size_t n = text.size();
    if (n == 0 || n > 16) return false;
    if (n <= 8) {
        std::uint64_t word = right_aligned<padded>(text.data(), n);
        const std::size_t behind = take_point(word);
        decimals = behind % 8;
        mantissa = number_of(word);
        return is_digits(word) && (behind == 8 || n > 1);
    }
    std::uint64_t high = right_aligned<padded>(text.data(), n - 8), low = load_little<std::uint64_t>(text.data() + n - 8);
    const std::size_t behind = take_point(low);
    std::uint64_t scale = 100'000'000;
    if (behind != 8) {
        scale = 10'000'000;
        decimals = behind;
    } else {
        const std::size_t behind_in_high = take_point(high);
        decimals = behind_in_high == 8 ? 0 : behind_in_high + 8;
    }
    mantissa = number_of(high) * scale + number_of(low);
    return is_digits(high) && is_digits(low);
}

/// The nearest T to what the whole text says; false where it is no number or out of T's range. Exact: one division of two numbers
/// that T holds exactly is rounded rightly, what is longer goes the long way.
template <bool padded, ShortFloat T>
[[gnu::noinline]] bool parse_any_number(std::string_view text, T& value) noexcept {
    bool negative = false;
    if (not text.empty() && (text.front() == '-' || text.front() == '+')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    T n = 0;
    std::uint64_t mantissa = 0;
    std::size_t decimals = 0;
    if (parse_decimal<padded>(text, mantissa, decimals) && mantissa >> std::numeric_limits<T>::digits == 0 && decimals < exact_powers<T>.size()) {
        n = static_cast<T>(mantissa) / exact_powers<T>[decimals];
    } else {
        if (text.empty() || text.front() == '-') return false;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
        if (error != std::errc() || end != text.data() + text.size()) return false;
    }
    value = negative ? -n : n;
    return true;
}

/// 1 / 10^n as a sum, of which the first has 26 bits: times a number of 27 bits that is exact, so that only the sum of both is rounded. That is
/// the nearest double to the quotient for n < 8: a quotient that is not a double is farther from the middle of two (2^-71 of it) than the
/// rest of the sum is wrong (2^-77).
struct Reciprocal {
    double first = 1;
    double rest = 0;
};
/// By how many of eight characters stand before a point, 8 where there is none; the second half is for negative numbers.
inline constexpr auto point_reciprocals = [] {
    std::array<Reciprocal, 18> all{};
    for (std::size_t i = 0; i < 8; ++i) {
        const double power = exact_powers<double>[7 - i];
        const double first = std::bit_cast<double>(std::bit_cast<std::uint64_t>(1 / power) >> 27 << 27);
        all[i] = {first, (1 - first * power) / power};
    }
    for (std::size_t i = 0; i < 9; ++i) all[9 + i] = {-all[i].first, -all[i].rest};
    return all;
}();

/// The same for most, at once.
template <bool padded = false, ShortFloat T>
bool parse_number(std::string_view text, T& value) noexcept {
    const std::size_t negative = not text.empty() && text.front() == '-';
    const std::size_t n = text.size() - negative;
    if (n - 1 < 8) [[likely]] {
        std::uint64_t digits = right_aligned<padded>(text.data() + negative, n) ^ each_byte('0'); // a point is 0x1e
        std::size_t before = 8;
        std::uint64_t others = 0; // something that only looks like a point
        if (const std::uint64_t points = digits & each_byte(0x10); points != 0 && n > 1) [[likely]] {
            const std::uint64_t point = points & (0 - points), low = digits & ((point >> 4) - 1);
            digits ^= 2 * point - (point >> 3);
            others = digits & ((point << 4) - (point >> 4));
            digits += 255 * low; // what stands before it moves over it
            before = static_cast<std::size_t>(std::countr_zero(point)) / 8;
        }
        const std::uint64_t mantissa = number_of_values(digits);
        if ((((digits | (digits + each_byte(0x76))) & each_byte(0x80)) | others) == 0 && mantissa >> std::numeric_limits<T>::digits == 0) [[likely]] {
            const Reciprocal& by = point_reciprocals[9 * negative + before];
            const auto number = static_cast<double>(static_cast<std::int64_t>(mantissa));
            if constexpr (std::same_as<T, float>) value = static_cast<float>(by.first < 0 ? -number : number) / exact_powers<float>[before == 8 ? 0 : 7 - before];
            else value = number * by.first + number * by.rest; // -0, too
            return true;
        }
    }
    return parse_any_number<padded>(text, value);
}

/// Writes an integer as text that stops at `end`; the answer is where it begins.
template <typename V>
char* write_digits(V value, char* end) {
    const auto digit = [](auto n) { return static_cast<char>('0' + n); };
    auto left = static_cast<std::uint64_t>(value);
    if (value < 0) left = 0 - left;
    char* begin = end;
    for (; left >= 10; left /= 100) { // half as many divisions as one by one
        const std::uint64_t two = left % 100;
        *--begin = digit(two % 10);
        *--begin = digit(two / 10);
    }
    if (left != 0 || begin == end) *--begin = digit(left);
    if (value < 0) *--begin = '-';
    return begin;
}

/// Adds a number: of a floating point number the shortest text from which the same number is read again.
template <typename To, typename T>
    requires std::integral<T> || ShortFloat<T>
void append_number(To& to, T value) {
    if constexpr (std::integral<T>) {
        std::array<char, std::numeric_limits<T>::digits10 + 3> room;
        char* const end = room.data() + room.size();
        const char* const begin = write_digits(value, end);
        to.append(begin, static_cast<std::size_t>(end - begin));
    } else {
        std::array<char, 64> room;
        const char* const end = std::to_chars(room.data(), room.data() + room.size(), value).ptr;
        to.append(room.data(), static_cast<std::size_t>(end - room.data()));
    }
}

} // namespace weir::detail
