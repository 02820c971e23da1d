// SPDX-License-Identifier: BSL-1.0
// Question: what does it cost to read JSON lines into rows, and to write them? (Options: rounds.hpp.) Half a million rows (times scale), in a file
// that the system has in memory; the events are rows.
// Beside it what one writes by hand with the same parser, simdjson: a line at a time, and whole blocks at once, which is faster but loses
// what stands behind a bad line.
#include "rounds.hpp"
#include "temp_file.hpp"

#include <weir/connect/json.hpp>
#include <weir/weir.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace {

struct Flight {
    std::int64_t id = 0;
    std::string carrier{};
    double delay = 0;
    bool arrived = false;
    static constexpr auto fields() { return weir::fields("id", &Flight::id, "carrier", &Flight::carrier, "delay", &Flight::delay, "arrived", &Flight::arrived); }
    std::uint64_t sum() const { return static_cast<std::uint64_t>(id) + carrier.size() + static_cast<std::uint64_t>(delay * 100 + 0.5) + arrived; }
};

/// `more`: fields that nobody reads.
std::string lines_of(std::size_t n, std::string_view more) {
    std::string text;
    for (std::size_t i = 0; i < n; ++i)
        text += fmt::format("{{\"id\":{},\"carrier\":\"C{}\",{}\"delay\":{:.2f},\"arrived\":{}}}\n", i * 7'919, i % 97, more, static_cast<double>(i % 1'000) / 8, i % 3 == 0);
    return text;
}

std::string read_padded(const File& file) {
    std::string text;
    const auto in = weir::SystemFiles().open(file.path());
    for (std::size_t n = 1, size = 0; n != 0; size += n) {
        text.resize(size + (1 << 20));
        n = in->read(std::span(text).subspan(size));
        if (n == 0) text.resize(size);
    }
    return text;
}

std::uint64_t sum_of(auto&& document) {
    Flight flight;
    for (auto each : document.get_object()) {
        const std::string_view key = each.unescaped_key();
        if (key == "id") flight.id = each.value().get_int64();
        else if (key == "carrier") flight.carrier = std::string_view(each.value().get_string());
        else if (key == "delay") flight.delay = each.value().get_double();
        else if (key == "arrived") flight.arrived = each.value().get_bool();
    }
    return flight.sum();
}

std::uint64_t line_by_line(const File& file) {
    std::string text = read_padded(file);
    const std::size_t size = text.size();
    text.resize(size + simdjson::SIMDJSON_PADDING);
    simdjson::ondemand::parser parser;
    std::uint64_t sum = 0;
    for (const char *at = text.data(), *const end = at + size; at < end;) {
        const auto length = static_cast<std::size_t>(static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at))) - at);
        simdjson::ondemand::document document = parser.iterate(at, length, length + simdjson::SIMDJSON_PADDING);
        sum += sum_of(document);
        at += length + 1;
    }
    return sum;
}

std::uint64_t blocks(const File& file) {
    std::string text = read_padded(file);
    const std::size_t size = text.size();
    text.resize(size + simdjson::SIMDJSON_PADDING);
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document_stream documents = parser.iterate_many(text.data(), size, 65'536);
    std::uint64_t sum = 0;
    for (auto document : documents) sum += sum_of(document);
    return sum;
}

std::uint64_t pipeline(const File& file, std::size_t workers) {
    std::uint64_t sum = 0;
    weir::run(weir::from_jsonl<Flight>(file.path()) | weir::map(&Flight::sum) | weir::aggregate(weir::sum()) | weir::for_each([&sum](const auto& row) { sum = row.value; }),
              {.workers = workers});
    return sum;
}

std::vector<rounds::Variant> reading(std::size_t n, std::string_view more) {
    const auto file = std::make_shared<const File>(lines_of(n, more));
    return {{"from_jsonl", [file] { return pipeline(*file, 1); }},
            {"from_jsonl, 2 workers", [file] { return pipeline(*file, 2); }},
            {"simdjson, a line at a time", [file] { return line_by_line(*file); }},
            {"simdjson, blocks", [file] { return blocks(*file); }}};
}

std::vector<rounds::Variant> writing(std::size_t n) {
    const auto flights = std::make_shared<std::vector<Flight>>();
    for (std::size_t i = 0; i < n; ++i)
        flights->push_back({static_cast<std::int64_t>(i * 7'919), "C" + std::to_string(i % 97), static_cast<double>(i % 1'000) / 8, i % 3 == 0});
    return {{"to_jsonl", [flights] { return weir::run(weir::from(*flights) | weir::to_jsonl("/dev/null")), std::uint64_t{0}; }},
            {"fmt::format_to", [flights] {
                 const auto out = weir::SystemFiles().create("/dev/null");
                 std::string buffer;
                 for (const Flight& flight : *flights) {
                     fmt::format_to(std::back_inserter(buffer), "{{\"id\":{},\"carrier\":\"{}\",\"delay\":{},\"arrived\":{}}}\n", flight.id, flight.carrier, flight.delay, flight.arrived);
                     if (buffer.size() > 65'536) out->write(buffer), buffer.clear();
                 }
                 return std::uint64_t{0};
             }}};
}

} // namespace

int main(int argc, char** argv) {
    constexpr std::string_view more = R"("from":"Frankfurt am Main","to":"Saint Petersburg","legs":[1,2,3,4],"meta":{"a":1,"b":"text of some length"},"note":"something longer that nobody reads",)";
    return rounds::main(argc, argv,
                        {{"reading rows of 60 bytes, all of it", [](std::size_t n) { return reading(n, ""); }},
                         {"reading rows of 220 bytes, of which 60 are asked for", [more](std::size_t n) { return reading(n, more); }},
                         {"writing rows of 60 bytes", writing}},
                        5e5);
}
