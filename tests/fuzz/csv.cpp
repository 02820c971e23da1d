// SPDX-License-Identifier: BSL-1.0
// Any bytes as a CSV file: the same rows and errors however they are read.
#include <weir/source/csv.hpp>
#include <weir/weir.hpp>

#include "fuzz/memory_files.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Row {
    std::string s{};
    std::optional<std::string> o{};
    std::int32_t i = 0;
    double d = 0;
    bool b = false;
    weir::Timestamp t{};
    static constexpr auto fields() { return weir::fields("s", &Row::s, "o", &Row::o, "i", &Row::i, "d", &Row::d, "b", &Row::b, "t", &Row::t); }
};

/// Rows and errors as text.
std::vector<std::string> read(const fuzz::MemoryFiles& files, weir::CsvOptions options) {
    options.files = &files;
    weir::CsvRows<Row, true> source("file", options);
    std::vector<std::string> found;
    try {
        for (auto batch = source.next_batch(); not batch.empty(); batch = source.next_batch())
            for (const auto& each : batch) {
                std::string text;
                if (each.error) {
                    try {
                        std::rethrow_exception(each.error);
                    } catch (const weir::CsvError& error) {
                        text = "bad " + to_string(error.position()) + error.what() + std::string(each.text);
                    }
                } else {
                    const Row& row = each.row;
                    text = row.s + "|" + row.o.value_or("none") + "|" + std::to_string(row.i) + "|" + std::to_string(row.d) + "|" + std::to_string(row.b) + "|" +
                           std::to_string(row.t.time_since_epoch().count());
                }
                found.push_back(std::move(text));
            }
    } catch (const weir::CsvError& error) { // a header that is none
        found.emplace_back(error.what());
    }
    return found;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const unsigned how = data[0];
    weir::CsvOptions options;
    options.delimiter = how % 2 == 0 ? ',' : ';';
    options.quote = how / 2 % 4 == 0 ? '\0' : '"';
    options.comment = how / 8 % 2 == 0 ? '\0' : '#';
    options.header = how / 16 % 2 != 0;
    options.trim = how / 32 % 2 != 0;
    options.allow_ragged_rows = how / 64 % 2 != 0;
    options.allow_missing_columns = true;
    options.max_record = 100;
    const fuzz::MemoryFiles whole(text, size), pieces(text, 5);
    const auto first = read(whole, options);
    options.block = 1;
    fuzz::check(read(pieces, options) == first, "blocks and reads make no difference");
    return 0;
}
