// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/source/csv_index.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace weir::detail {

/// What a piece of a CSV text has.
struct CsvLook {
    std::uint64_t lines = 0;   // line ends
    bool quotes = false;
    bool beyond_ascii = false;
    bool empty_lines = false;  // there may be some
};

/// Looks at so many characters; one more may be read. No '\0' is a quote.
inline CsvLook csv_look(const char* from, std::size_t n, char quote) noexcept {
    CsvLook look;
    std::size_t i = 0;
#if defined(__SSE2__) && defined(__GNUC__)
    ByteVector all{}, quotes{}, empty{};
    while (n - i > sizeof(ByteVector)) {
        ByteVector ends{}; // of each place, which counts to 255
        for (std::size_t left = std::min<std::size_t>((n - i - 1) / sizeof(ByteVector), 255); left != 0; --left, i += sizeof(ByteVector)) {
            ByteVector bytes, behind;
            std::memcpy(&bytes, from + i, sizeof bytes);
            std::memcpy(&behind, from + i + 1, sizeof behind);
            const auto line_ends = static_cast<ByteVector>(bytes == '\n');
            ends -= line_ends;
            empty |= line_ends & static_cast<ByteVector>((behind == '\n') | (behind == '\r'));
            quotes |= static_cast<ByteVector>(bytes == quote);
            all |= bytes;
        }
        for (std::size_t place = 0; place < sizeof(ByteVector); ++place) look.lines += static_cast<unsigned char>(ends[place]);
    }
    look.quotes = mask_of(quotes) != 0;
    look.beyond_ascii = mask_of(all) != 0;
    look.empty_lines = mask_of(empty) != 0;
#endif
    for (; i < n; ++i) {
        look.lines += from[i] == '\n';
        look.empty_lines |= from[i] == '\n' && i + 1 != n && (from[i + 1] == '\n' || from[i + 1] == '\r');
        look.quotes |= from[i] == quote;
        look.beyond_ascii |= (from[i] & 0x80) != 0;
    }
    look.quotes = look.quotes && quote != '\0';
    return look;
}

/// Those without anything in them, of a text without quotes and comments. Two characters before it and 64 behind it may be read.
inline std::uint64_t count_empty_lines(const char* from, std::size_t n) noexcept {
    std::uint64_t empty = 0;
    std::uint64_t before = from[-1] == '\n', two_before = from[-1] == '\r' && from[-2] == '\n'; // a line ended there, perhaps with a CR behind it
    for (std::size_t i = 0; i < n; i += CsvIndex<>::step) {
        const CsvMasks masks = csv_masks(from + i, '\r', '\r');
        std::uint64_t ends = masks.line_ends;
        if (n - i < CsvIndex<>::step) ends &= (std::uint64_t{1} << (n - i)) - 1;
        const std::uint64_t behind_end = ends << 1 | before, behind_cr = (masks.delimiters & behind_end) << 1 | two_before;
        empty += static_cast<std::uint64_t>(std::popcount(ends & (behind_end | behind_cr)));
        before = ends >> 63;
        two_before = (masks.delimiters & behind_end) >> 63;
    }
    return empty;
}

} // namespace weir::detail
