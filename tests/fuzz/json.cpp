// SPDX-License-Identifier: BSL-1.0
#include "fuzz/input.hpp"

#include <weir/connect/json.hpp>
#include <weir/weir.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Leg {
    std::string to{};
    double miles = 0;
    static constexpr auto fields() { return weir::fields("to", &Leg::to, "miles", &Leg::miles); }
};
struct Row {
    std::string a{};
    std::optional<std::int64_t> b{};
    std::vector<Leg> legs{};
    weir::Timestamp at{};
    static constexpr auto fields() { return weir::fields("a", &Row::a, "b", &Row::b, "legs", &Row::legs, "at", &Row::at); }
};
std::string text_of(const Row& row) {
    std::string text = row.a + '|' + (row.b ? std::to_string(*row.b) : "none") + '|' + std::to_string(row.at.time_since_epoch().count());
    for (const Leg& leg : row.legs) text += '|' + leg.to + std::to_string(leg.miles);
    return text;
}

/// What a row was read from is JSON for simdjson's other parser too, which looks at all of it, where nothing in it is skipped.
void check_as_json(const weir::JsonOptions& options, std::size_t rows) {
    weir::detail::LinesReader<> lines({"text"}, options.files, {options.block, options.max_line});
    simdjson::dom::parser parser;
    std::size_t documents = 0;
    for (auto batch = lines.next_batch(); not batch.empty(); batch = lines.next_batch())
        for (std::string_view line : batch) {
            if (line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
            if (lines.cutter().too_long() || line.empty()) continue;
            const simdjson::error_code error = parser.parse(line.data(), line.size()).error();
            documents += error == simdjson::SUCCESS || error == simdjson::NUMBER_ERROR; // it takes no integer of more than 64 bits, not even as a double
        }
    fuzz::must(options.allow_extra_fields || rows <= documents, "what a row is read from is JSON");
}

/// What to_jsonl writes of a row is read as that row.
void check_written(const Row& row) {
    std::string written;
    weir::detail::JsonFormat<>(weir::ToJsonlOptions{})(written, row);
    const fuzz::OneText text(written, written.size() + 1);
    weir::JsonRows<Row> source("text", {.files = &text});
    const auto batch = source.next_batch();
    fuzz::must(batch.size() == 1 && text_of(batch[0]) == text_of(row), "what is written is read again");
}

} // namespace

/// Rows, bad rows and their places do not depend on where blocks and reads end, nor on how the file is divided.
void fuzz::json(std::string_view bytes) {
    Input input(bytes);
    weir::JsonOptions options;
    options.allow_missing_fields = input.choose(2) == 1;
    options.allow_extra_fields = input.choose(2) == 1;
    options.max_line = 1 + 10 * input.choose(40);
    const std::size_t block = 1 + input.choose(200), piece = 1 + input.choose(50);
    using Source = weir::JsonRows<Row, true>;
    const OneText whole(input.rest(), input.rest().size() + 1), in_pieces(input.rest(), piece);
    options.files = &whole;
    Source source("text", options);
    const std::string expected = all_of(source, text_of);
    options.files = &in_pieces;
    options.block = block;
    Source cut("text", options);
    must(all_of(cut, text_of) == expected, "the rows are the same in blocks of any size");
    std::string in_parts;
    for (Source& part : Source("text", options).split(3)) in_parts += all_of(part, text_of);
    must(in_parts == expected, "the rows are the same in parts");
    options.files = &whole;
    std::size_t rows = 0;
    Source again("text", options);
    for (auto batch = again.next_batch(); not batch.empty(); batch = again.next_batch())
        for (const auto& read : batch)
            if (not read.error) {
                ++rows;
                check_written(read.row);
            }
    check_as_json(options, rows);
}
