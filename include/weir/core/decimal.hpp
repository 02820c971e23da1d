// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/fixed_point.hpp>
#include <weir/core/hash.hpp>
#include <weir/core/number_text.hpp>
#include <weir/core/text_value.hpp>

#include <array>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace weir {
namespace detail {

/// "a number with at most 2 decimals in the range of the field's type"
template <unsigned Scale>
inline constexpr auto decimal_expected = [] {
    constexpr std::string_view before = "a number with at most ", behind = " decimals in the range of the field's type";
    std::array<char, before.size() + behind.size() + (Scale < 10 ? 1 : 2)> text{};
    std::size_t n = 0;
    for (const char c : before) text[n++] = c;
    if constexpr (Scale >= 10) text[n++] = '0' + Scale / 10;
    text[n++] = '0' + Scale % 10;
    for (const char c : behind) text[n++] = c;
    return text;
}();

/// What is rare: a plus sign, fewer decimals than there may be, zeros behind those, more than eight characters.
template <unsigned Scale>
bool parse_units_slowly(std::string_view text, std::int64_t& units) noexcept {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    std::string_view part = point == text.npos ? std::string_view() : text.substr(point + 1);
    if (whole.empty() && part.empty()) return false;
    while (part.size() > Scale && part.back() == '0') part.remove_suffix(1);
    if (part.size() > Scale) return false;
    std::uint64_t wholes = 0, parts = 0;
    if ((not whole.empty() && not parse_digits<false>(whole, wholes)) || (not part.empty() && not parse_digits<false>(part, parts))) return false;
    for (std::size_t n = part.size(); n < Scale; ++n) parts *= 10;
    constexpr std::uint64_t one = power_of_ten(Scale);
    const std::uint64_t most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) + negative;
    if (parts > most || wholes > (most - parts) / one) return false;
    const std::uint64_t sum = wholes * one + parts;
    units = static_cast<std::int64_t>(negative ? 0 - sum : sum);
    return true;
}

/// By how many of a number's last nine characters it has: those before its point and the Scale digits behind it.
template <unsigned Scale>
inline constexpr auto whole_digits = [] {
    std::array<std::uint64_t, 9> all{};
    for (unsigned n = Scale + 2; n < all.size(); ++n) all[n] = ~std::uint64_t{0} << (8 * (9 - n)) & ((std::uint64_t{1} << (8 * (8 - Scale))) - 1);
    return all;
}();

/// A number with at most Scale digits behind its point, as so many units of the last of them; false where the text is anything else.
///     padded: eight characters before the text may be read.
template <bool padded, unsigned Scale>
WEIR_INLINE bool parse_units(std::string_view text, std::int64_t& units) noexcept {
    if constexpr (Scale < 7) {
        const std::size_t sign = not text.empty() && text.front() == '-';
        const std::size_t n = text.size() - sign;
        if constexpr (padded && Scale > 0) { // the point's place is known, and skipped by reading twice
            const char* const end = text.data() + text.size();
            if (n - (Scale + 1) < 8 - Scale && end[-static_cast<std::ptrdiff_t>(Scale) - 1] == '.') [[likely]] {
                constexpr std::uint64_t parts = ~std::uint64_t{0} << (8 * (8 - Scale));
                const std::uint64_t digits = ((load_little<std::uint64_t>(end - 8) ^ each_byte('0')) & parts) |
                                             ((load_little<std::uint64_t>(end - 9) ^ each_byte('0')) & whole_digits<Scale>[n]);
                if (((digits | (digits + each_byte(0x76))) & each_byte(0x80)) == 0) [[likely]] {
                    units = with_sign(sign, static_cast<std::int64_t>(number_of_values(digits)));
                    return true;
                }
            }
        } else if (n - 1 < 8) {
            std::uint64_t digits = right_aligned<padded>(text.data() + sign, n);
            bool good = true;
            if constexpr (Scale > 0) { // what stands before the point moves over it
                constexpr unsigned place = 8 * (7 - Scale);
                constexpr std::uint64_t before = (std::uint64_t{1} << place) - 1;
                good = (digits >> place & 0xff) == '.';
                digits = (digits & ~(before << 8 | 0xff)) | (digits & before) << 8 | '0';
            }
            if (good && is_digits(digits)) [[likely]] {
                units = with_sign(sign, static_cast<std::int64_t>(number_of(digits)));
                return true;
            }
        }
    }
    return parse_units_slowly<Scale>(text, units);
}

} // namespace detail

/// A number with Scale decimals, exact: a whole number of units of 10^-Scale, kept in a Rep. Decimal<2> is what SQL calls decimal(18, 2).
///     In text "-12.30", with all its decimals; read also with fewer, or with zeros behind them. A text with more, or out of range, is a
///     bad row. In JSON (without an exponent) and in databases a number; in binary records that of its units. Ordered, a key, a sum (exact, of
///     Decimal<Scale>), a mean (double). Never allocates. Arithmetic throws std::overflow_error in place of a wrong result.
///     example: tests/core/decimal.cpp
template <unsigned Scale, std::signed_integral Rep = std::int64_t>
class Decimal {
    static_assert(Scale <= 18, "Decimal<Scale>: 64 bits hold at most 18 decimals.");
    static_assert(sizeof(Rep) <= 8, "Decimal<Scale, Rep>: Rep is an integer of at most 64 bits.");

public:
    using rep = Rep;
    using sum_type = Decimal<Scale>; // of a sum of these
    static constexpr unsigned scale = Scale;
    static constexpr std::int64_t units_per_one = detail::power_of_ten(Scale);

    constexpr Decimal() = default;
    explicit constexpr Decimal(std::integral auto whole) : Decimal(from_units(whole) * units_per_one) {}
    /// Decimal<2>::from_units(1230) is 12.30.
    [[nodiscard]] static constexpr Decimal from_units(std::integral auto units) {
        Decimal made;
        made.units_ = narrowed(units);
        return made;
    }
    [[nodiscard]] constexpr Rep units() const noexcept { return units_; }
    [[nodiscard]] explicit constexpr operator double() const noexcept { return static_cast<double>(units_) / static_cast<double>(units_per_one); }

    friend constexpr auto operator<=>(const Decimal&, const Decimal&) = default;
    constexpr Decimal operator-() const { return Decimal() - *this; }
    friend constexpr Decimal operator+(const Decimal& a, const Decimal& b) { return checked(a.units_, b.units_, [](auto x, auto y, auto* to) { return __builtin_add_overflow(x, y, to); }); }
    friend constexpr Decimal operator-(const Decimal& a, const Decimal& b) { return checked(a.units_, b.units_, [](auto x, auto y, auto* to) { return __builtin_sub_overflow(x, y, to); }); }
    friend constexpr Decimal operator*(const Decimal& a, std::integral auto times) { return checked(a.units_, times, [](auto x, auto y, auto* to) { return __builtin_mul_overflow(x, y, to); }); }
    friend constexpr Decimal operator*(std::integral auto times, const Decimal& a) { return a * times; }
    constexpr Decimal& operator+=(const Decimal& other) { return *this = *this + other; }
    constexpr Decimal& operator-=(const Decimal& other) { return *this = *this - other; }

    friend std::string to_string(const Decimal& value) {
        std::string text;
        TextValue<Decimal>::append(text, value);
        return text;
    }

private:
    template <typename A, typename B, typename Fn>
    static constexpr Decimal checked(A a, B b, Fn&& overflows) {
        Decimal result;
        if (overflows(a, b, &result.units_)) refuse();
        return result;
    }
    static constexpr Rep narrowed(std::integral auto units) {
        Rep result{};
        if (__builtin_add_overflow(units, Rep{0}, &result)) refuse();
        return result;
    }
    [[noreturn]] static void refuse() { throw std::overflow_error("Decimal: a number is out of its range"); }

    Rep units_ = 0;
};

template <unsigned Scale, typename Rep>
struct TextValue<Decimal<Scale, Rep>> {
    using Value = Decimal<Scale, Rep>;
    static constexpr bool is_number = true;
    static constexpr std::string_view expected{detail::decimal_expected<Scale>.data(), detail::decimal_expected<Scale>.size()};

    /// padded: eight characters before the text may be read.
    template <bool padded = false>
    static WEIR_INLINE bool parse(std::string_view text, Value& value) noexcept {
        std::int64_t units = 0;
        if (not detail::parse_units<padded, Scale>(text, units) || static_cast<Rep>(units) != units) return false;
        value = Value::from_units(static_cast<Rep>(units));
        return true;
    }
    static void append(std::string& to, const Value& value) {
        std::array<char, 24> room;
        char* const end = room.data() + room.size();
        auto left = static_cast<std::uint64_t>(value.units());
        if (value.units() < 0) left = 0 - left;
        char* begin = detail::write_digits(left, end);
        if constexpr (Scale > 0) {
            while (end - begin <= static_cast<std::ptrdiff_t>(Scale)) *--begin = '0';
            --begin;
            for (char* at = begin; at != end - Scale - 1; ++at) *at = at[1];
            end[-static_cast<std::ptrdiff_t>(Scale) - 1] = '.';
        }
        if (value.units() < 0) *--begin = '-';
        to.append(begin, static_cast<std::size_t>(end - begin));
    }
};

template <unsigned Scale, typename Rep>
struct Hash<Decimal<Scale, Rep>> {
    static constexpr std::uint64_t of(const Decimal<Scale, Rep>& value) noexcept { return detail::fold(static_cast<std::uint64_t>(value.units()), detail::golden); }
};

} // namespace weir
