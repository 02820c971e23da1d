// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/aggregate.hpp>

#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace weir::detail {

/// An integer that 64 bits hold; with GNU extensions std::integral takes __int128, too.
template <typename T>
concept WordInteger = std::integral<T> && sizeof(T) <= sizeof(std::uint64_t);

/// A sum of 64-bit integers that cannot overflow on the way: 128 bits in two words, two's complement.
class ExactInteger {
public:
    template <WordInteger T>
    constexpr void add(T value) noexcept {
        const auto word = static_cast<std::uint64_t>(value);
        low_ += word;
        high_ += (low_ < word ? 1 : 0) - sign(value);
    }
    template <WordInteger T>
    constexpr void remove(T value) noexcept {
        const auto word = static_cast<std::uint64_t>(value);
        high_ -= (low_ < word ? 1 : 0) - sign(value);
        low_ -= word;
    }
    constexpr void add(const ExactInteger& other) noexcept {
        low_ += other.low_;
        high_ += other.high_ + (low_ < other.low_ ? 1 : 0);
    }
    /// Throws std::overflow_error where it does not fit into a T of 64 bits.
    template <WordInteger T>
    [[nodiscard]] constexpr T as() const {
        const bool fits = std::is_signed_v<T> ? high_ == ((low_ >> 63U) != 0 ? -1 : 0) : high_ == 0;
        if (not fits) throw ResultOverflow("sum(): the sum does not fit into 64 bits");
        return static_cast<T>(low_);
    }
    [[nodiscard]] constexpr double as_double() const noexcept {
        if (high_ >= 0) return static_cast<double>(high_) * 0x1p64 + static_cast<double>(low_);
        // of a negative number the magnitude, which keeps small ones exact
        const std::uint64_t low = ~low_ + 1;
        const std::int64_t high = ~high_ + (low == 0 ? 1 : 0);
        return -(static_cast<double>(high) * 0x1p64 + static_cast<double>(low));
    }
    friend bool operator==(const ExactInteger&, const ExactInteger&) = default;

private:
    template <WordInteger T>
    static constexpr std::int64_t sign(T value) noexcept {
        if constexpr (std::is_signed_v<T>) return value < 0 ? 1 : 0;
        else return 0;
    }
    std::uint64_t low_ = 0;
    std::int64_t high_ = 0;
};

} // namespace weir::detail
