// SPDX-License-Identifier: BSL-1.0
// Any bytes as a file of JSON lines: the same rows and errors however they are read; what strict reading takes is JSON for simdjson's
// other parser too; what is written of a row is read as the same row.
#include <weir/connect/json.hpp>
#include <weir/weir.hpp>

#include "fuzz/memory_files.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Part {
    std::string s{};
    std::optional<double> d{};
    static constexpr auto fields() { return weir::fields("s", &Part::s, "d", &Part::d); }
    friend bool operator==(const Part&, const Part&) = default;
};
struct Row {
    std::int64_t i = 0;
    std::uint8_t u = 0;
    double d = 0;
    float f = 0;
    bool b = false;
    std::optional<std::string> s{};
    weir::Timestamp t{};
    std::vector<Part> l{};
    std::array<char, 2> a{};
    static constexpr auto fields() {
        return weir::fields("i", &Row::i, "u", &Row::u, "d", &Row::d, "f", &Row::f, "b", &Row::b, "s", &Row::s, "t", &Row::t, "l", &Row::l, "a", &Row::a);
    }
    friend bool operator==(const Row&, const Row&) = default;
};

struct Read {
    std::vector<Row> rows{};
    std::vector<std::string> errors{};
    std::vector<std::string> lines{}; // of the errors
    friend bool operator==(const Read&, const Read&) = default;
};
template <typename Source>
void add(Read& read, Source& source) {
    for (auto batch = source.next_batch(); not batch.empty(); batch = source.next_batch())
        for (const auto& each : batch) {
            if (not each.error) read.rows.push_back(each.row);
            else try {
                    std::rethrow_exception(each.error);
                } catch (const weir::JsonError& error) {
                    read.errors.push_back(to_string(error.position()) + error.what());
                    read.lines.emplace_back(each.text);
                }
        }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const fuzz::MemoryFiles whole(text, size + 1), pieces(text, 3);
    const weir::JsonOptions options{.allow_missing_fields = true, .allow_extra_fields = false, .max_line = 200, .files = &whole};
    using Source = weir::JsonRows<Row, true>;
    Read first, second, third;
    Source source("file", options);
    add(first, source);
    weir::JsonOptions others = options;
    others.block = 7;
    others.files = &pieces;
    Source other("file", others);
    add(second, other);
    for (Source& part : Source("file", options).split(3)) add(third, part);
    fuzz::check(first == second, "blocks and reads make no difference");
    fuzz::check(first == third, "parts make no difference");

    simdjson::dom::parser dom;
    weir::FileLines lines("file", {.max_line = 200, .files = &whole});
    std::size_t taken = 0;
    try {
        for (auto batch = lines.next_batch(); not batch.empty(); batch = lines.next_batch())
            for (std::string_view line : batch) {
                if (line.starts_with("\xef\xbb\xbf")) return 0;
                if (line.find_first_not_of(" \t\r") == line.npos) continue;
                const simdjson::error_code error = dom.parse(line.data(), line.size()).error();
                taken += error == simdjson::SUCCESS || error == simdjson::NUMBER_ERROR; // it takes no integer of more than 64 bits, not even as a double
            }
        fuzz::check(first.rows.size() <= taken, "a row is JSON");
    } catch (const weir::PositionedError&) { // a long line
    }

    std::string written;
    const weir::detail::JsonFormat<> format(weir::ToJsonlOptions{});
    for (const Row& row : first.rows) {
        if (row.a[0] < 0 || row.a[1] < 0) continue; // half a character, which to_jsonl refuses
        written.clear();
        format(written, row);
        const fuzz::MemoryFiles again(written, written.size() + 1);
        weir::JsonRows<Row> one("file", {.files = &again});
        const auto batch = one.next_batch();
        fuzz::check(batch.size() == 1 && batch[0] == row, "what is written is read again");
    }
    return 0;
}
