// SPDX-License-Identifier: BSL-1.0
#pragma once
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

/// 1 to 8 characters as a word, the last one in its highest byte; below the first one stand zeros ('0').
inline std::uint64_t right_aligned(const char* from, std::size_t n) noexcept {
    if (n >= 8) return load_little<std::uint64_t>(from);
    const auto byte = [from](std::size_t i) { return static_cast<std::uint64_t>(static_cast<unsigned char>(from[i])); };
    const std::size_t empty = 8 * (8 - n);
    std::uint64_t word = 0;
    if (n >= 4) {
        const std::uint64_t low = load_little<std::uint32_t>(from), high = load_little<std::uint32_t>(from + n - 4);
        word = high << 32 | ((low << empty) & 0xffffffff);
    } else {
        word = byte(0) << empty | byte(n / 2) << (empty + 8 * (n / 2)) | byte(n - 1) << 56;
    }
    return word | each_byte('0') >> (8 * n);
}

constexpr bool is_digits(std::uint64_t word) noexcept {
    return ((word & each_byte(0xf0)) | ((word + each_byte(6)) & each_byte(0xf0)) >> 4) == each_byte(0x33);
}

/// The number that eight digits make: neighbours are joined three times, all at once.
constexpr std::uint64_t number_of(std::uint64_t digits) noexcept {
    digits = (digits & each_byte(0x0f)) * (10 * 0x100 + 1) >> 8;
    digits = (digits & 0x00ff00ff00ff00ff) * (100 * 0x10000 + 1) >> 16;
    return (digits & 0x0000ffff0000ffff) * (10'000 * 0x100000000 + 1) >> 32;
}

/// The whole text as digits; false where it is anything else, or more than 64 bits can hold.
inline bool parse_digits(std::string_view text, std::uint64_t& value) noexcept {
    while (text.size() > 20 && text.front() == '0') text.remove_prefix(1);
    if (text.empty() || text.size() > 20) return false;
    std::uint64_t sum = 0;
    while (text.size() > 8) {
        const std::size_t n = (text.size() - 1) % 8 + 1; // so that what is left are words
        const std::uint64_t word = right_aligned(text.data(), n);
        if (not is_digits(word)) return false;
        sum = sum * 100'000'000 + number_of(word);
        text.remove_prefix(n);
    }
    const std::uint64_t word = right_aligned(text.data(), text.size());
    if (not is_digits(word)) return false;
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t last = number_of(word);
    if (sum > most / 100'000'000 || sum * 100'000'000 > most - last) return false;
    value = sum * 100'000'000 + last;
    return true;
}

template <std::integral T>
bool parse_number(std::string_view text, T& value) noexcept {
    bool negative = false;
    if (not text.empty() && (text.front() == '-' || text.front() == '+')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    std::uint64_t n = 0;
    if (not parse_digits(text, n)) return false;
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    if (n > most + static_cast<std::uint64_t>(negative && std::is_signed_v<T>) || (negative && std::is_unsigned_v<T> && n != 0)) return false;
    value = static_cast<T>(negative ? 0 - n : n);
    return true;
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

/// Digits with at most one point among them as mantissa / 10^decimals; false where the text is anything else, or too long for that.
inline bool parse_decimal(std::string_view text, std::uint64_t& mantissa, std::size_t& decimals) noexcept {
    if (text.empty() || text.size() > 20) return false;
    if (text.size() <= 8) {
        std::uint64_t word = right_aligned(text.data(), text.size());
        const std::uint64_t not_points = word ^ each_byte('.');
        const std::uint64_t points = ~(((not_points & each_byte(0x7f)) + each_byte(0x7f)) | not_points | each_byte(0x7f)); // 0x80 for each
        decimals = 0;
        if (points != 0) {
            if (text.size() == 1) return false;
            const auto below = static_cast<std::size_t>(std::countr_zero(points)) - 7; // bits
            decimals = 7 - below / 8;
            const std::uint64_t low = (std::uint64_t{1} << below) - 1;
            word = (word & ~(low << 8 | 0xff)) | (word & low) << 8 | '0'; // what stands before the point moves over it
        }
        mantissa = number_of(word);
        return is_digits(word);
    }
    const std::size_t point = text.find('.');
    if (point == text.npos) {
        decimals = 0;
        return parse_digits(text, mantissa);
    }
    std::uint64_t whole = 0, fraction = 0;
    const std::string_view behind = text.substr(point + 1);
    if (point != 0 && not parse_digits(text.substr(0, point), whole)) return false;
    if (not behind.empty() && not parse_digits(behind, fraction)) return false;
    decimals = behind.size();
    if (decimals > 15 || whole > 999) { // else it cannot overflow
        if (decimals > 19) return false;
        std::uint64_t power = 1;
        for (std::size_t i = 0; i < decimals; ++i) power *= 10;
        constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
        if (whole > most / power || whole * power > most - fraction) return false;
        mantissa = whole * power + fraction;
    } else {
        mantissa = whole * static_cast<std::uint64_t>(exact_powers<double>[decimals]) + fraction;
    }
    return true;
}

/// The nearest T to what the whole text says; false where it is no number or out of T's range. Exact: one division of two numbers
/// that T holds exactly is rounded rightly, what is longer goes the long way.
template <ShortFloat T>
bool parse_number(std::string_view text, T& value) noexcept {
    bool negative = false;
    if (not text.empty() && (text.front() == '-' || text.front() == '+')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    T n = 0;
    std::uint64_t mantissa = 0;
    std::size_t decimals = 0;
    if (parse_decimal(text, mantissa, decimals) && mantissa >> std::numeric_limits<T>::digits == 0 && decimals < exact_powers<T>.size()) {
        n = static_cast<T>(mantissa) / exact_powers<T>[decimals];
    } else {
        if (text.empty() || text.front() == '-') return false;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
        if (error != std::errc() || end != text.data() + text.size()) return false;
    }
    value = negative ? -n : n;
    return true;
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
