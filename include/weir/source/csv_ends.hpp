// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/source/csv_index.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace weir::detail {

/// Of 64 characters those that are one of two; whether a third is among them is added to `others`.
WEIR_INLINE std::uint64_t csv_ends_among(const char* from, char a, char b, char other, bool& others) noexcept {
#if defined(__SSE2__) && defined(__GNUC__)
    std::uint64_t found = 0;
    ByteVector all{};
    for (std::size_t i = 0; i < 64; i += sizeof(ByteVector)) {
        ByteVector bytes;
        std::memcpy(&bytes, from + i, sizeof bytes);
        all |= static_cast<ByteVector>(bytes == other);
        found |= mask_of(static_cast<ByteVector>((bytes == a) | (bytes == b))) << i;
    }
    others |= mask_of(all) != 0;
    return found;
#else
    const CsvMasks masks = csv_masks(from, a, other);
    others |= masks.quotes != 0;
    return masks.delimiters | masks.line_ends;
#endif
}

/// Where the fields of the next few rows end, found 64 characters at a time. Going from field to field each has to be found before it can
/// be looked for the next one; here the processor has many under way. A template, so that it costs only those who read CSV.
template <typename Place = std::uint16_t>
class CsvEnds {
    static constexpr std::size_t step = 64;
    static constexpr std::size_t most = 2048; // characters at a time: the places stay in the cache
    static constexpr std::size_t at_once = 8; // places that are written whether they are there or not: most words have no more

public:
    /// Looks from there up to `to`, or not that far; 64 characters behind it may be read. The answer: whether there is no quote; '\0' is none.
    bool find(const char* from, const char* to, char delimiter, char quote) noexcept {
        const std::size_t n = std::min(static_cast<std::size_t>(to - from), most);
        bool quotes = false;
        Place* out = places_.data();
        for (std::size_t i = 0; i < n; i += step) {
            std::uint64_t ends = csv_ends_among(from + i, delimiter, '\n', quote, quotes);
            if (n - i < step) ends &= (std::uint64_t{1} << (n - i)) - 1;
            Place* const behind = out + count(ends);
            put(out, i, ends);
            for (out += at_once; out < behind; out += at_once) [[unlikely]] put(out, i, ends);
            out = behind;
        }
        size_ = static_cast<std::size_t>(out - places_.data());
        return not quotes || quote == '\0';
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Seen from where it looked.
    [[nodiscard]] const Place* places() const noexcept { return places_.data(); }

private:
    WEIR_INLINE static void put(Place* to, std::size_t from, std::uint64_t& ends) noexcept {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            constexpr std::uint64_t last = std::uint64_t{1} << 63U; // so that there is one
            ((to[I] = static_cast<Place>(from + static_cast<std::size_t>(std::countr_zero(ends | last))), ends &= ends - 1), ...);
        }(std::make_index_sequence<at_once>{});
    }
    /// std::popcount, which where the processor may lack an instruction for it is a call.
    WEIR_INLINE static std::size_t count(std::uint64_t bits) noexcept {
        bits -= bits >> 1U & 0x5555555555555555;
        bits = (bits & 0x3333333333333333) + (bits >> 2U & 0x3333333333333333);
        return static_cast<std::size_t>(((bits + (bits >> 4U)) & 0x0f0f0f0f0f0f0f0f) * 0x0101010101010101 >> 56U);
    }

    std::array<Place, most + at_once> places_;
    std::size_t size_ = 0;
};

} // namespace weir::detail
