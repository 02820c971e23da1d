// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "files.hpp"
#include "nexmark/oracles.hpp"
#include "nexmark/partitions.hpp"
#include "nexmark/reader.hpp"

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace nexmark;

namespace {

template <typename Row>
std::string text_of(const std::vector<Row>& rows, Format format) {
    std::string text;
    if (format == Format::csv) append_header<Row>(text);
    for (const Row& row : rows) append_line(text, row, format);
    return text;
}
template <typename Row>
std::string line_of(const Row& row, Format format = Format::csv) {
    std::string line;
    append_line(line, row, format);
    return line;
}
std::string error_of(const std::string& text, Format format = Format::csv) {
    try {
        static_cast<void>(read<SideRow>(text, format, "file"));
        return "";
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}
std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST_CASE("events are read as they were written, in both formats") {
    const Input input = generate({.events = 5'000, .shuffled = 100});
    for (const Format format : {Format::csv, Format::jsonl}) {
        const std::string bids = text_of(input.bids, format), auctions = text_of(input.auctions, format), persons = text_of(input.persons, format);
        CHECK(text_of(read<Bid>(bids, format, "bids").events, format) == bids);
        CHECK(text_of(read<Auction>(auctions, format, "auctions").events, format) == auctions);
        CHECK(text_of(read<Person>(persons, format, "persons").events, format) == persons);
    }
}

TEST_CASE("texts with quotes, commas, line ends and whatever else come back") {
    const std::vector<std::string> texts{"", "plain", "a,b", "say \"no\"", "\"", "two\nlines", "\r\n", "back\\slash", "tab\t", "\x01", "{\"a\":1}", "Zürich", "🎉"};
    std::vector<SideRow> rows;
    for (const std::string& text : texts) rows.push_back({static_cast<Id>(rows.size()), text});
    for (const Format format : {Format::csv, Format::jsonl}) {
        const Loaded<SideRow> loaded = read<SideRow>(text_of(rows, format), format, "file");
        REQUIRE(loaded.events.size() == rows.size());
        for (std::size_t i = 0; i < rows.size(); ++i) CHECK(loaded.events[i].value == rows[i].value);
    }
    CHECK(line_of(SideRow{7, "say \"no\", now"}) == "7,\"say \"\"no\"\", now\"\n");
    CHECK(line_of(SideRow{7, "a\"b\\c\n"}, Format::jsonl) == "{\"key\":7,\"value\":\"a\\\"b\\\\c\\u000a\"}\n");
}

TEST_CASE("CSV of other tools is read: columns in another order, more of them, other line ends") {
    const auto loaded = read<SideRow>("value,more,key\r\n\"x\"\"y\",1,7\r\nz,2,8", Format::csv, "file");
    REQUIRE(loaded.events.size() == 2);
    CHECK(line_of(loaded.events[0]) == "7,\"x\"\"y\"\n");
    CHECK(line_of(loaded.events[1]) == "8,z\n");
    CHECK(read<SideRow>("", Format::csv, "file").events.empty());
    CHECK(read<SideRow>("key,value\n", Format::csv, "file").events.empty());
}

TEST_CASE("JSON of other tools is read: blanks, escapes, more members") {
    const auto loaded = read<SideRow>("{ \"more\" : null, \"value\" : \"\\u00fc\\ud83c\\udf89\\/\\n\" , \"key\" : 7 }\r\n{\"key\":8,\"value\":\"\"}", Format::jsonl, "file");
    REQUIRE(loaded.events.size() == 2);
    CHECK(loaded.events[0].value == "ü🎉/\n");
    CHECK(loaded.events[1].key == 8);
}

TEST_CASE("what is no such file is an error with its line") {
    CHECK(error_of("key,value\n7,x\nseven,x\n") == "file:3: column key: 'seven' is no such value");
    CHECK(error_of("key,other\n7,x\n") == "file:2: column value is missing");
    CHECK(error_of("key,value\n7\n") == "file:2: 1 fields instead of 2");
    CHECK(error_of("key,value\n7,\"x\n") == "file:3: a quote is not closed");
    CHECK(error_of("key,value\n7,\"x\"y\n") == "file:2: something follows a quote");
    CHECK(error_of("{\"key\":7}\n", Format::jsonl) == "file:1: column value is missing");
    CHECK(error_of("{\"key\":7,\"value\":\"x}\n", Format::jsonl) == "file:1: a string is not closed");
    CHECK(error_of("{\"key\":7,\"value\":\"\\ud800\"}\n", Format::jsonl) == "file:1: '\\' is missing");
    CHECK(error_of("[7]\n", Format::jsonl) == "file:1: '{' is missing");
    CHECK_THROWS_AS(read_file<SideRow>("/not/there", Format::csv), std::runtime_error);
}

TEST_CASE("times, days and decimals as text") {
    const auto time_of = [](const std::string& text) {
        Time time{};
        return parse(text, time) ? time.time_since_epoch().count() : -1;
    };
    CHECK(time_of("2015-07-15 00:00:00.000") == 1'436'918'400'000);
    CHECK(time_of("2015-07-15T01:02:03") == 1'436'918'400'000 + 3'723'000);
    CHECK(time_of("1436918400001") == 1'436'918'400'001);
    for (const char* const wrong : {"", "2015-02-29 00:00:00", "2015-07-15", "2015-07-15 24:00:00", "2015-07-15 00:00:00.0", "2015-07-15x00:00:00", "2015-07-15 00:00:00,000"})
        CHECK(time_of(wrong) == -1);
    std::string text;
    append(text, Decimal{12'696'452'316});
    append(text += ' ', Decimal{-7});
    append(text += ' ', Decimal{0});
    append(text += ' ', day_of(Time(std::chrono::milliseconds(1'436'918'400'000 + 86'399'999))));
    append(text += ' ', minute_of(Time(std::chrono::milliseconds(1'436'918'400'000 + 86'399'999))));
    append(text += ' ', 0.1);
    CHECK(text == "12696452.316 -0.007 0.000 2015-07-15 23:59 0.1");
}

TEST_CASE("Q10 writes a file for each minute, which has its name once it is complete") {
    const files_test::TempDirectory directory;
    const Input input = generate({.events = 3'000, .rate = 10, .shuffled = 10}); // five minutes
    Partitions partitions(directory.path("log"), Format::csv, input.disorder);
    weir::run(q10(weir::from(input.bids)) | weir::for_each(std::ref(partitions)));
    CHECK(partitions.finished() == 4);
    partitions.finish();
    CHECK(partitions.finished() == 5);
    nexmark_test::Lines lines;
    for (int minute = 0; minute < 5; ++minute) {
        const std::string path = directory.path("log/dt=2015-07-15/hm=00:0" + std::to_string(minute) + "/bids.csv");
        const std::string text = content_of(path);
        CHECK_FALSE(std::filesystem::exists(path + ".part"));
        for (std::size_t begin = text.find('\n') + 1, end = 0; begin < text.size(); begin = end) {
            end = text.find('\n', begin) + 1;
            lines.push_back(text.substr(begin, end - begin));
            CHECK(lines.back().ends_with(",2015-07-15,00:0" + std::to_string(minute) + "\n"));
        }
    }
    CHECK(nexmark_test::sorted(lines) == nexmark_test::oracle_q10(input));
}
