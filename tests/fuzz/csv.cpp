// SPDX-License-Identifier: BSL-1.0
#include "fuzz/input.hpp"

#include <weir/source/csv.hpp>
#include <weir/weir.hpp>

#include <optional>
#include <vector>

namespace {

struct Row {
    std::string a{};
    std::optional<int> b{};
    double c = 0;
    static constexpr auto fields() { return weir::fields("a", &Row::a, "b", &Row::b, "c", &Row::c); }
};
std::string text_of(const Row& row) { return row.a + '|' + (row.b ? std::to_string(*row.b) : "none") + '|' + std::to_string(row.c); }

} // namespace

/// Rows, bad rows and their places do not depend on where blocks and reads end, nor on how the file is divided.
void fuzz::csv(std::string_view bytes) {
    Input input(bytes);
    weir::CsvOptions options{.delimiter = input.choose(",;\t"), .quote = input.choose(std::string_view("\"'\0", 3)), .comment = input.choose(std::string_view("\0#", 2))};
    options.header = input.choose(2) == 0;
    options.trim = input.choose(2) == 1;
    options.allow_missing_columns = options.allow_ragged_rows = input.choose(2) == 1;
    options.max_record = 1 + 10 * input.choose(40);
    const std::size_t block = 1 + input.choose(200), piece = 1 + input.choose(50);
    using Source = weir::CsvRows<Row, true>;
    const OneText whole(input.rest(), input.rest().size() + 1), in_pieces(input.rest(), piece);
    std::string expected;
    try {
        options.files = &whole;
        Source source("text", options);
        expected = all_of(source, text_of);
    } catch (const weir::CsvError&) { // its header
        return;
    }
    options.files = &in_pieces;
    options.block = block;
    Source cut("text", options);
    must(all_of(cut, text_of) == expected, "the rows are the same in blocks of any size");
    std::string in_parts;
    for (Source& part : Source("text", options).split(3)) in_parts += all_of(part, text_of);
    must(in_parts == expected, "the rows are the same in parts");
    in_parts.clear();
    Source supply("text", options);
    for (Source reader = supply.reader(); supply.next_part(reader);) in_parts += all_of(reader, text_of);
    must(in_parts == expected, "the rows are the same of readers of parts");
    if (options.comment != '\0' || input.rest().find('\1') != std::string_view::npos) return;
    options.comment = '\1';
    Source indexed("text", options);
    must(all_of(indexed, text_of) == expected, "records that are taken from where they lie are those that the index finds");
}
