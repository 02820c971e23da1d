// SPDX-License-Identifier: BSL-1.0
// Question: what does it cost to read a CSV file into rows? (Options: rounds.hpp.) A million rows (times scale), in a file that the system
// has in memory; the events are rows.
// Four integers, four decimals and two texts, a tenth of the fields in quotes: all fields read and added up. Beside it what any reader
// pays (reading the file; finding line ends and delimiters in it by memchr, quotes not understood), and the program that one writes
// first (getline, find, stol, stod; quotes taken off).
#include "rounds.hpp"
#include "temp_file.hpp"

#include <weir/weir.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::uint64_t bits(double sum) { return static_cast<std::uint64_t>(static_cast<std::int64_t>(sum)); } // all values are whole quarters or less

template <typename Text>
struct Wide {
    std::int64_t a, b, c, d;
    double e, f, g, h;
    Text s, t;
    static constexpr auto fields() {
        return weir::fields("a", &Wide::a, "b", &Wide::b, "c", &Wide::c, "d", &Wide::d, "e", &Wide::e, "f", &Wide::f, "g", &Wide::g, "h", &Wide::h, "s", &Wide::s, "t", &Wide::t);
    }
    double sum() const { return static_cast<double>(a + b + c + d) + e + f + g + h + static_cast<double>(s.size() + t.size()); }
};
using Strings = Wide<std::string>;
using Views = Wide<std::string_view>;

} // namespace

template <>
struct weir::Owned<Views> {
    using type = std::string; // nobody keeps one here
};

namespace {

std::string wide_rows(std::size_t n) {
    std::string text = "a,b,c,d,e,f,g,h,s,t\n";
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint64_t x = weir::stable_hash(i);
        for (unsigned field = 0; field < 10; ++field) {
            const bool quoted = weir::stable_hash(x + field) % 10 == 0;
            if (field != 0) text += ',';
            if (quoted) text += '"';
            const std::uint64_t v = x >> (field * 4U);
            if (field < 4) text += std::to_string(static_cast<std::int64_t>(v % (10U << (field * 8U))) - 5);
            else if (field < 8) text += std::to_string(v % 10'000) + (v % 4 == 0 ? ".25" : v % 4 == 1 ? ".5" : v % 4 == 2 ? ".75" : ".125");
            else text.append(3 + v % 20, static_cast<char>('a' + v % 26));
            if (quoted) text += '"';
        }
        text += '\n';
    }
    return text;
}

std::uint64_t only_read(const File& file) {
    const auto in = weir::SystemFiles().open(file.path());
    std::vector<char> block(65'536);
    while (in->read(block) != 0) {}
    return 0;
}

/// Calls fn(from, to) for each field of each line.
template <typename Fn>
void split_by_memchr(const std::string& path, char delimiter, Fn&& fn) {
    const auto in = weir::SystemFiles().open(path);
    std::vector<char> block(65'536 * 4);
    std::size_t kept = 0;
    for (;;) {
        const std::size_t n = in->read(std::span(block).subspan(kept));
        if (n == 0) return;
        const char* at = block.data();
        const char* const end = at + kept + n;
        while (const auto* line_end = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) {
            while (const auto* field = static_cast<const char*>(std::memchr(at, delimiter, static_cast<std::size_t>(line_end - at)))) {
                fn(at, field);
                at = field + 1;
            }
            fn(at, line_end);
            at = line_end + 1;
        }
        kept = static_cast<std::size_t>(end - at);
        std::memmove(block.data(), at, kept);
    }
}

std::uint64_t by_getline(const File& file) {
    std::ifstream in(file.path());
    std::string line;
    std::getline(in, line);
    double sum = 0;
    std::array<std::string, 10> fields;
    while (std::getline(in, line)) {
        std::size_t at = 0;
        for (std::string& field : fields) {
            const std::size_t end = std::min(line.find(',', at), line.size());
            field = line.substr(at, end - at);
            if (not field.empty() && field.front() == '"') field = field.substr(1, field.size() - 2);
            at = end + 1;
        }
        for (std::size_t i = 0; i < 4; ++i) sum += static_cast<double>(std::stol(fields[i]));
        for (std::size_t i = 4; i < 8; ++i) sum += std::stod(fields[i]);
        sum += static_cast<double>(fields[8].size() + fields[9].size());
    }
    return bits(sum);
}

template <typename Row>
std::uint64_t by_rows(const File& file) {
    weir::CsvRows<Row> source(file.path());
    double sum = 0;
    for (auto rows = source.next_batch(); not rows.empty(); rows = source.next_batch())
        for (const Row& row : rows) sum += row.sum();
    return bits(sum);
}

template <typename Row, typename Policy>
std::uint64_t by_pipeline(const File& file, Policy policy) {
    double sum = 0;
    weir::run(weir::from_csv<Row>(file.path(), policy) | weir::for_each([&sum](const Row& row) { sum += row.sum(); }));
    return bits(sum);
}

std::vector<rounds::Variant> wide(std::size_t n) {
    const auto file = std::make_shared<const File>(wide_rows(n));
    const std::uint64_t expected = by_getline(*file);
    return {{"from_csv, std::string", [file] { return by_pipeline<Strings>(*file, weir::fail()); }},
            {"from_csv, std::string_view", [file] { return by_pipeline<Views>(*file, weir::fail()); }},
            {"from_csv, std::string, drop()", [file] { return by_pipeline<Strings>(*file, weir::drop()); }},
            {"CsvRows, std::string_view", [file] { return by_rows<Views>(*file); }},
            {"reading alone", [file, expected] { return only_read(*file) + expected; }},
            {"memchr alone",
             [file, expected] {
                 std::uint64_t fields = 0;
                 split_by_memchr(file->path(), ',', [&fields](const char*, const char*) { ++fields; });
                 return fields == 0 ? 0 : expected;
             }},
            {"getline, stol, stod", [file] { return by_getline(*file); }}};
}

} // namespace

int main(int argc, char** argv) {
    return rounds::main(argc, argv, {{"4 integers, 4 decimals, 2 texts, a tenth of them quoted", wide}}, 1e6);
}
