// SPDX-License-Identifier: BSL-1.0
#include "fuzz/input.hpp"

#include <weir/connect/json.hpp>
#include <weir/weir.hpp>

#include <cstdint>
#include <optional>
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
}
