// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/source/csv_index.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir::detail {

/// The first of two characters at or behind `from`, where at least one of them is, with 64 characters more that may be read.
///     Vectors: that are looked at together; a branch that depends on a length costs more than looking.
template <std::size_t Vectors>
WEIR_INLINE const char* first_of(const char* from, char a, char b) noexcept {
#if defined(__SSE2__) && defined(__GNUC__)
    constexpr std::size_t step = Vectors * 16 < sizeof(ByteVector) ? sizeof(ByteVector) : Vectors * 16;
    for (;; from += step) {
        std::uint64_t found = 0;
        for (std::size_t i = 0; i < step; i += sizeof(ByteVector)) {
            ByteVector bytes;
            std::memcpy(&bytes, from + i, sizeof bytes);
            found |= mask_of(static_cast<ByteVector>((bytes == a) | (bytes == b))) << i;
        }
        if (found != 0) [[likely]] return from + std::countr_zero(found);
    }
#else
    while (*from != a && *from != b) ++from;
    return from;
#endif
}

/// Whether a text has characters that are not ASCII.
inline bool has_beyond_ascii(const char* from, const char* end) noexcept {
    std::uint64_t all = 0;
    for (; end - from >= 32; from += 32) {
        std::uint64_t words[4];
        std::memcpy(words, from, sizeof words);
        all |= (words[0] | words[1]) | (words[2] | words[3]);
    }
    for (; from != end; ++from) all |= static_cast<std::uint64_t>(static_cast<unsigned char>(*from));
    return (all & 0x8080808080808080) != 0;
}

/// Takes the fields of records one after the other from where they lie, without an index: as long as each is as nearly all are. What
/// is not (a quote within quotes or behind a text, a line end in quotes, a record that is empty, too short, too long or not all there)
/// is left to who looks at everything.
struct CsvFields {
    const char* at;    // of the next field
    const char* limit; // there stands a line end, and behind it may be read
    char delimiter;
    int quote; // -1: none

    /// The next field, the last of its record or another; false: it is not as most are.
    ///     Vectors: of characters that are looked at together.
    template <std::size_t Vectors, bool is_last>
    WEIR_INLINE bool take(std::string_view& text, bool& quoted) noexcept {
        const char* const begin = at;
        if (static_cast<unsigned char>(*begin) == quote) [[unlikely]] {
            quoted = true;
            return take_quoted<is_last>(text);
        }
        const char* const end = first_of<Vectors>(begin, delimiter, '\n');
        at = end + 1;
        if constexpr (is_last) {
            if (*end != '\n' || end == limit) [[unlikely]] return false;
            text = {begin, static_cast<std::size_t>(end - begin) - (end != begin && end[-1] == '\r')};
        } else {
            if (*end != delimiter) [[unlikely]] return false;
            text = {begin, static_cast<std::size_t>(end - begin)};
        }
        return true;
    }

private:
    template <bool is_last>
    bool take_quoted(std::string_view& text) noexcept {
        const char* const begin = at + 1;
        if (begin > limit) return false;
        const char* const end = first_of<1>(begin, static_cast<char>(quote), '\n');
        if (*end == '\n') return false;
        text = {begin, static_cast<std::size_t>(end - begin)};
        const char* behind = end + 1;
        if constexpr (is_last) {
            if (*behind == '\r') ++behind;
            at = behind + 1;
            return *behind == '\n' && behind < limit;
        }
        at = behind + 1;
        return *behind == delimiter;
    }
};

} // namespace weir::detail
