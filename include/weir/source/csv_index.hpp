// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace weir::detail {

/// Which of 64 characters are one of three, and whether any is not ASCII.
struct CsvMasks {
    std::uint64_t delimiters = 0;
    std::uint64_t line_ends = 0;
    std::uint64_t quotes = 0;
    bool beyond_ascii = false;
};

#if defined(__SSE2__) && defined(__GNUC__) // what <immintrin.h> has, without what it costs every includer
#if defined(__AVX2__)
using ByteVector = char __attribute__((vector_size(32)));
inline std::uint64_t mask_of(ByteVector bytes) noexcept { return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb256(bytes)); }
#else
using ByteVector = char __attribute__((vector_size(16)));
inline std::uint64_t mask_of(ByteVector bytes) noexcept { return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb128(bytes)); }
#endif

inline CsvMasks csv_masks(const char* from, char delimiter, char quote) noexcept {
    CsvMasks masks;
    ByteVector all{};
    for (std::size_t i = 0; i < 64; i += sizeof(ByteVector)) {
        ByteVector bytes;
        std::memcpy(&bytes, from + i, sizeof bytes);
        all |= bytes;
        masks.delimiters |= mask_of(static_cast<ByteVector>(bytes == delimiter)) << i;
        masks.line_ends |= mask_of(static_cast<ByteVector>(bytes == '\n')) << i;
        masks.quotes |= mask_of(static_cast<ByteVector>(bytes == quote)) << i;
    }
    masks.beyond_ascii = mask_of(all) != 0;
    return masks;
}
#else
inline CsvMasks csv_masks(const char* from, char delimiter, char quote) noexcept {
    CsvMasks masks;
    for (std::size_t i = 0; i < 64; ++i) {
        masks.delimiters |= static_cast<std::uint64_t>(from[i] == delimiter) << i;
        masks.line_ends |= static_cast<std::uint64_t>(from[i] == '\n') << i;
        masks.quotes |= static_cast<std::uint64_t>(from[i] == quote) << i;
        masks.beyond_ascii = masks.beyond_ascii || (from[i] & 0x80) != 0;
    }
    return masks;
}
#endif

/// What separates the fields and records of a CSV text. A character '\0' is none.
struct CsvDialect {
    char delimiter;
    char quote;
    char comment;
    bool trim;
};

/// Where fields end: the places of delimiters and line ends outside of quotes, found 64 characters at a time. A quote opens only where
/// a field begins, one inside of quotes closes them, and directly behind that another opens them again; others are characters.
/// A template, as its users are, so that it costs only those who read CSV.
template <typename Place = std::uint32_t>
class CsvIndex {
public:
    static constexpr Place line_end = Place{1} << 31; // set in the places of line ends
    static constexpr std::size_t step = 64;

    explicit CsvIndex(CsvDialect dialect) : dialect_(dialect) {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] Place* places() noexcept { return places_.data(); }
    /// Whether the text ends inside of quotes, and where they were opened.
    [[nodiscard]] bool is_quoted() const noexcept { return quoted_; }
    [[nodiscard]] std::size_t opened_at() const noexcept { return opened_; }
    [[nodiscard]] bool beyond_ascii() const noexcept { return beyond_ascii_; }
    /// Whether there was a line end inside of quotes; until it is told to forget that.
    [[nodiscard]] bool breaks_lines() const noexcept { return breaks_lines_; }
    void forget_breaks() noexcept { breaks_lines_ = false; }

    /// What has been found is forgotten; a record begins at `begin`.
    void restart(std::size_t begin) noexcept {
        size_ = 0;
        quoted_ = beyond_ascii_ = false;
        closed_ = nowhere;
        line_ = begin;
    }
    /// The first `n` places are forgotten, and the text moves so that what was at `from` is at `to`. Nothing before `from` is used any more.
    void move(std::size_t n, std::size_t from, std::size_t to) noexcept {
        for (std::size_t i = n; i < size_; ++i) places_[i - n] = static_cast<Place>(places_[i] - from + to);
        size_ -= n;
        closed_ = closed_ == nowhere || closed_ < from ? nowhere : closed_ - from + to;
        opened_ = opened_ < from ? 0 : opened_ - from + to;
        line_ = line_ < from ? to : line_ - from + to;
    }
    /// Only the first n places are kept.
    void cut(std::size_t n) noexcept { size_ = n; }
    /// An end of the last line where the text has none.
    void end_line(std::size_t at) {
        reserve(1);
        places_[size_++] = static_cast<Place>(at) | line_end;
    }

    /// Looks through text[from, to), which continues what it has seen. 64 characters may be read from any place of it, and one before.
    void add(const char* text, std::size_t from, std::size_t to) {
        reserve(to - from);
        for (; from < to; from += step) {
            CsvMasks masks = csv_masks(text + from, dialect_.delimiter, dialect_.quote);
            if (dialect_.quote == '\0') masks.quotes = 0;
            if (to - from < step) {
                const std::uint64_t valid = (std::uint64_t{1} << (to - from)) - 1;
                masks.delimiters &= valid;
                masks.line_ends &= valid;
                masks.quotes &= valid;
            }
            beyond_ascii_ |= masks.beyond_ascii;
            std::uint64_t ends = masks.delimiters | masks.line_ends;
            if (masks.quotes != 0 || quoted_) {
                const std::uint64_t inside = quoted_part(text, from, masks);
                breaks_lines_ |= (masks.line_ends & inside) != 0;
                ends &= ~inside;
            }
            if (dialect_.comment != '\0') remember_line(from, ends & masks.line_ends);
            write(from, ends, masks.line_ends);
        }
    }

private:
    void reserve(std::size_t more) {
        if (places_.size() < size_ + more) places_.resize(size_ + more + places_.size() / 2);
    }
    void write(std::size_t from, std::uint64_t ends, std::uint64_t line_ends) noexcept {
        Place* to = places_.data() + size_;
        for (; ends != 0; ends &= ends - 1) {
            const int bit = std::countr_zero(ends);
            *to++ = static_cast<Place>(static_cast<Place>(from) + static_cast<Place>(bit)) | static_cast<Place>(line_ends >> bit & 1) << 31;
        }
        size_ = static_cast<std::size_t>(to - places_.data());
    }
    void remember_line(std::size_t from, std::uint64_t line_ends) noexcept {
        if (line_ends != 0) line_ = from + step - static_cast<std::size_t>(std::countl_zero(line_ends));
    }

    /// The bits of what stands in quotes.
    std::uint64_t quoted_part(const char* text, std::size_t from, const CsvMasks& masks) noexcept {
        std::uint64_t inside = 0;
        std::uint64_t since = 1; // the bit where the quotes were opened
        for (std::uint64_t quotes = masks.quotes; quotes != 0; quotes &= quotes - 1) {
            const std::uint64_t quote = quotes & (0 - quotes);
            const std::size_t at = from + static_cast<std::size_t>(std::countr_zero(quote));
            if (quoted_) {
                quoted_ = false;
                closed_ = at + 1;
                inside |= quote - since;
            } else if (closed_ == at || opens(text, from, at, masks.line_ends & ~inside)) {
                if (closed_ != at) opened_ = at;
                quoted_ = true;
                since = quote;
            }
        }
        if (quoted_) inside |= 0 - since;
        return inside;
    }
    /// Whether a quote outside of quotes stands where a field begins, and not in a comment.
    [[nodiscard]] bool opens(const char* text, std::size_t from, std::size_t at, std::uint64_t line_ends) const noexcept {
        const char* before_it = text + at - 1;
        if (dialect_.trim)
            while (*before_it == ' ' || (*before_it == '\t' && dialect_.delimiter != '\t')) --before_it;
        if (*before_it != dialect_.delimiter && *before_it != '\n') return false;
        if (dialect_.comment == '\0') return true;
        const std::uint64_t before = line_ends & ((std::uint64_t{1} << (at - from)) - 1);
        const std::size_t line = before == 0 ? line_ : from + step - static_cast<std::size_t>(std::countl_zero(before));
        return text[line] != dialect_.comment;
    }

    CsvDialect dialect_;
    std::vector<Place> places_;
    std::size_t size_ = 0;
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
    std::size_t closed_ = nowhere; // behind the quote that was closed last
    std::size_t opened_ = 0;
    std::size_t line_ = 0; // where the current line begins; kept only for comments
    bool quoted_ = false;
    bool beyond_ascii_ = false;
    bool breaks_lines_ = false;
};

} // namespace weir::detail
