// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace weir::detail {

// Texts of mixed lengths, without a branch that depends on how long each is: a wrong guess of the processor costs more than all else here. So
// the places that are looked at follow from the length by arithmetic that no compiler makes branches of (of std::min g++ 12 makes one).

/// Four characters, in whatever order the machine has them.
WEIR_INLINE std::uint32_t four_of(const char* from) noexcept {
    std::uint32_t word;
    std::memcpy(&word, from, sizeof word);
    return word;
}

#if defined(__AVX2__) && defined(__GNUC__)
using EightWords = std::uint32_t __attribute__((vector_size(32)));

/// The whole words of up to 32 characters, zeros behind them. What lies behind is not touched.
WEIR_INLINE EightWords words_of(const char* from, std::size_t n) noexcept {
    using Ints = int __attribute__((vector_size(32)));
    const Ints there = static_cast<int>(n) > Ints{3, 7, 11, 15, 19, 23, 27, 31};
    return reinterpret_cast<EightWords>(__builtin_ia32_maskloadd256(reinterpret_cast<const Ints*>(from), there));
}
#endif

/// Whether two texts are the same. Of 4 to 31 characters four words from the front and as many from the back have all.
[[nodiscard]] WEIR_INLINE constexpr bool same_text(std::string_view a, std::string_view b) noexcept {
    const std::size_t n = a.size();
    if (n != b.size()) return false;
#if defined(__AVX2__) && defined(__GNUC__)
    if (not std::is_constant_evaluated() && n - 4 < 32) {
        using Longs = long long __attribute__((vector_size(32)));
        const auto others = reinterpret_cast<Longs>(words_of(a.data(), n) ^ words_of(b.data(), n));
        return ((four_of(a.data() + n - 4) ^ four_of(b.data() + n - 4)) == 0) & (__builtin_ia32_ptestz256(others, others) != 0);
    }
#endif
    if (n < 4) return n == 0 || ((a[0] ^ b[0]) | (a[n / 2] ^ b[n / 2]) | (a[n - 1] ^ b[n - 1])) == 0;
    if (std::is_constant_evaluated() || n >= 32) return a == b;
    const std::size_t second = n / 16 * 4, third = (n + 8) / 32 * 8, fourth = n / 8 * 4;
    const char *const p = a.data(), *const q = b.data(), *const p_end = p + n - 4, *const q_end = q + n - 4;
    std::uint32_t others = (four_of(p) ^ four_of(q)) | (four_of(p_end) ^ four_of(q_end));
    others |= (four_of(p + second) ^ four_of(q + second)) | (four_of(p_end - second) ^ four_of(q_end - second));
    others |= (four_of(p + third) ^ four_of(q + third)) | (four_of(p_end - third) ^ four_of(q_end - third));
    others |= (four_of(p + fourth) ^ four_of(q + fourth)) | (four_of(p_end - fourth) ^ four_of(q_end - fourth));
    return others == 0;
}

/// A number by which most texts differ: of six words of it, which are all of it up to 16 characters, or of nine at once. The upper bits are the best.
[[nodiscard]] WEIR_INLINE std::uint64_t text_sample(std::string_view text) noexcept {
    const std::size_t n = text.size();
    const char* const p = text.data();
#if defined(__AVX2__) && defined(__GNUC__)
    if (n >= 4) [[likely]] {
        using Longs = std::uint64_t __attribute__((vector_size(32)));
        using TwoLongs = std::uint64_t __attribute__((vector_size(16)));
        const auto sums = reinterpret_cast<Longs>(words_of(p, n) * EightWords{0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1, 0xd3a2646d, 0xfd7046c5, 0xb55a4f09});
        const TwoLongs two = __builtin_shufflevector(sums, sums, 0, 1) + __builtin_shufflevector(sums, sums, 2, 3);
        return ((two[0] ^ two[1]) + (n ^ std::uint64_t{four_of(p + n - 4)} * 0x8ebc6af09c88c6e3u)) * 0xe7037ed1a0b428dbu;
    }
#endif
    const auto two = [](std::uint64_t high, std::uint64_t low) { return high << 32U | low; };
    std::uint64_t mixed = n;
    if (n >= 4) [[likely]] {
        const char* const end = p + n - 4;
        const std::size_t second = n / 16 * 4, third = n / 8 * 4;
        mixed += two(four_of(end), four_of(end - third));
        mixed ^= two(four_of(p), four_of(p + third)) * 0x9e3779b97f4a7c15u ^ two(four_of(p + second), four_of(end - second)) * 0x8ebc6af09c88c6e3u;
    } else if (n != 0) {
        const auto byte = [p](std::size_t i) -> std::uint64_t { return static_cast<unsigned char>(p[i]); };
        mixed += byte(0) << 8U | byte(n / 2) << 16U | byte(n - 1) << 24U;
    }
    return mixed * 0xe7037ed1a0b428dbu;
}

template <typename T>
concept StandardText = std::same_as<T, std::string> || std::same_as<T, std::string_view>;

} // namespace weir::detail
