// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace weir::detail {

/// A sum of doubles without any rounding: a fixed-point number as wide as all doubles together (U. Kulisch, "Computer Arithmetic and
/// Validity", 2008), in limbs that overlap so that carries can wait (R. M. Neal, "Fast exact summation using small and large
/// superaccumulators", 2015, whose limbs overlap by 32 bits; these by 10, which takes less memory). Room for 2^71 values.
class Superaccumulator {
public:
    constexpr void add(double value) noexcept { put(value, 1); }
    constexpr void remove(double value) noexcept { put(value, -1); }
    constexpr void add(const Superaccumulator& other) noexcept {
        if (waiting_ + other.waiting_ + 1 > may_wait) carry();
        for (std::size_t i = 0; i < limbs; ++i) limbs_[i] += other.limbs_[i];
        waiting_ += other.waiting_ + 1;
        infinite_ += other.infinite_;
        minus_infinite_ += other.minus_infinite_;
        nan_ += other.nan_;
    }

    /// The double nearest to the sum, of two as near the even one; infinite where the sum is greater than all doubles.
    [[nodiscard]] constexpr double value() const noexcept {
        using Limits = std::numeric_limits<double>;
        if (nan_ != 0 || (infinite_ != 0 && minus_infinite_ != 0)) return Limits::quiet_NaN();
        if (infinite_ != 0) return Limits::infinity();
        if (minus_infinite_ != 0) return -Limits::infinity();
        Superaccumulator sum = *this;
        sum.carry();
        const bool negative = sum.limbs_.back() < 0;
        if (negative) {
            for (auto& limb : sum.limbs_) limb = -limb;
            sum.carry();
        }
        const double magnitude = std::bit_cast<double>(sum.rounded());
        return negative ? -magnitude : magnitude;
    }

private:
    static_assert(std::numeric_limits<double>::is_iec559 && sizeof(double) == 8);
    static constexpr int width = 54;            // bits of a limb, of which the lowest counts 2^-1074
    static constexpr std::size_t limbs = 40;    // 2098 bits for all doubles, and room above
    static constexpr std::uint32_t may_wait = 510; // values of 54 bits that fit into 64 bits on top of each other
    static constexpr std::uint64_t mask = (std::uint64_t{1} << width) - 1;

    constexpr void put(double value, std::int64_t sign) noexcept {
        const auto bits = std::bit_cast<std::uint64_t>(value);
        const auto exponent = static_cast<unsigned>(bits >> 52) & 0x7ffu;
        const std::uint64_t fraction = bits & 0x000f'ffff'ffff'ffffu;
        const bool minus = (bits >> 63) != 0;
        if (exponent == 0x7ff) {
            (fraction != 0 ? nan_ : minus ? minus_infinite_ : infinite_) += static_cast<std::uint64_t>(sign);
            return;
        }
        if (waiting_ >= may_wait) carry();
        ++waiting_;
        const std::uint64_t mantissa = exponent != 0 ? fraction | (std::uint64_t{1} << 52) : fraction;
        const unsigned place = exponent != 0 ? exponent - 1 : 0;
        const unsigned shift = place % width;
        if (minus) sign = -sign;
        limbs_[place / width] += sign * static_cast<std::int64_t>((mantissa << shift) & mask);
        limbs_[place / width + 1] += sign * static_cast<std::int64_t>(mantissa >> (width - shift));
    }
    /// Afterwards all limbs but the last are from 0 to 2^54 - 1, and the last has the sign of the sum.
    constexpr void carry() noexcept {
        std::int64_t up = 0;
        for (std::size_t i = 0; i + 1 < limbs; ++i) {
            const std::int64_t limb = limbs_[i] + up;
            limbs_[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(limb) & mask);
            up = limb >> width; // rounds down, also below 0
        }
        limbs_.back() += up;
        waiting_ = 0;
    }
    /// The bits of the double nearest to it, where carry() was called and it is not negative.
    [[nodiscard]] constexpr std::uint64_t rounded() const noexcept {
        std::size_t top = limbs - 1;
        while (top > 0 && limbs_[top] == 0) --top;
        const auto high = static_cast<std::uint64_t>(limbs_[top]);
        const auto in_high = static_cast<unsigned>(std::bit_width(high));
        if (top == 0 && in_high <= 53) return high; // small doubles: the bits of a double are the number itself
        const unsigned length = static_cast<unsigned>(top) * width + in_high;
        constexpr std::uint64_t infinite = std::uint64_t{0x7ff} << 52;
        if (length > 2098) return infinite;
        // The first 55 bits: those of the result, the one by which it is rounded, one more; and whether there is anything behind.
        const auto low = top > 0 ? static_cast<std::uint64_t>(limbs_[top - 1]) : 0;
        const std::uint64_t first = (high << (55 - in_high)) | (low >> (in_high - 1));
        bool more = (first & 1) != 0 || (low & ((std::uint64_t{1} << (in_high - 1)) - 1)) != 0;
        for (std::size_t i = 0; not more && i + 1 < top; ++i) more = limbs_[i] != 0;
        std::uint64_t mantissa = first >> 2;
        if ((first & 2) != 0 && (more || (mantissa & 1) != 0)) ++mantissa;
        // The highest bit of the mantissa, which doubles do not store, is added to the exponent; so is the carry of rounding up.
        return (std::uint64_t{length - 53} << 52) + mantissa;
    }

    std::array<std::int64_t, limbs> limbs_{};
    std::uint64_t infinite_ = 0;
    std::uint64_t minus_infinite_ = 0;
    std::uint64_t nan_ = 0;
    std::uint32_t waiting_ = 0; // values whose carries wait
};

} // namespace weir::detail
