// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/source/csv_index.hpp>
#include <weir/source/csv_options.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::detail {

/// A record as it lies in the buffer: field i is text[i == 0 ? begin : ends[i - 1] + 1, ends[i]), the marks of the ends taken off.
template <typename Place = std::uint32_t>
struct CsvRecord {
    enum class Fault : unsigned char { none, quote_not_closed, too_long };
    const char* text = nullptr;
    Place* ends = nullptr;
    std::size_t fields = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint64_t byte = 0;   // of its beginning
    std::uint64_t line = 0;   // of its beginning, the first is 1; 0: not known
    std::uint64_t number = 0; // among the records, the first is 1
    Fault fault = Fault::none;
    std::size_t fault_at = 0; // where it stands: so many characters behind the beginning,
    std::size_t fault_lines = 0; // and lines below it,
    std::size_t fault_column = 0; // in this column of that; the first is 1

    [[nodiscard]] WEIR_INLINE std::string_view field(std::size_t i) const noexcept {
        const std::size_t from = i == 0 ? begin : (ends[i - 1] & ~CsvIndex<Place>::line_end) + std::size_t{1};
        return {text + from, (ends[i] & ~CsvIndex<Place>::line_end) - from};
    }
    [[nodiscard]] std::string_view whole() const noexcept { return {text + begin, end - begin}; }
};

/// What is to be known at a place of a file by who reads on from there.
struct CsvBorder {
    CsvPosition next{}; // of the first record that nobody has,
    std::string rest{}; // what of it stands before the place,
    bool open = false;  // which may be within its quotes
    bool over = false;  // there is nothing more
};

} // namespace weir::detail
