// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/json.hpp>
#include <weir/decimal.hpp>
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "files.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace files_test;
using namespace std::chrono_literals;
using namespace std::string_literals;
using Catch::Contains;

enum class Kind : std::uint8_t { day = 1, night = 2 };

struct Leg {
    std::string to{};
    std::optional<double> km{};
    static constexpr auto fields() { return weir::fields("to", &Leg::to, "km", &Leg::km); }
    friend bool operator==(const Leg&, const Leg&) = default;
};

struct Trip {
    std::uint64_t id = 7;
    std::int64_t balance = -1;
    double price = 0;
    float tax = 0;
    std::int8_t small = 0;
    bool paid = false;
    Kind kind = Kind::day;
    char grade = 'a';
    std::string name{};
    std::optional<std::string> note{};
    weir::Timestamp at{};
    std::chrono::milliseconds took{};
    std::vector<Leg> legs{};
    std::array<int, 2> seats{};
    std::optional<Leg> back{};
    int seen = 0; // no field
    static constexpr auto fields() {
        return weir::fields("id", &Trip::id, "balance", &Trip::balance, "price", &Trip::price, "tax", &Trip::tax, "small", &Trip::small, "paid", &Trip::paid, "kind",
                            &Trip::kind, "grade", &Trip::grade, "name", &Trip::name, "note", &Trip::note, "at", &Trip::at, "took", &Trip::took, "legs", &Trip::legs,
                            "the \"seats\"", &Trip::seats, "back", &Trip::back);
    }
    friend bool operator==(const Trip&, const Trip&) = default;
};
using Trips = std::vector<Trip>;

enum class Side : std::uint8_t { buy, sell };
struct Order {
    Side side{};
    std::vector<std::optional<Side>> sides{};
    static constexpr auto fields() { return weir::fields("side", &Order::side, "sides", &Order::sides); }
    friend bool operator==(const Order&, const Order&) = default;
};

} // namespace

template <>
struct weir::EnumNames<Side> {
    static constexpr auto names() { return weir::enum_names("buy", Side::buy, "a \"sale\"", Side::sell); }
};

namespace {
using Rejects = std::vector<weir::Rejected<std::string>>;
using Errors = std::vector<std::string>;

/// The rows, and what was wrong with the others: "line:column: ...".
struct Read {
    Trips trips;
    Errors errors;
    Rejects rejects;
    weir::Report report;
};
Read read(const TempDirectory& directory, std::string_view text, weir::JsonOptions options = {.allow_missing_fields = true}) {
    Read read;
    const std::string path = directory.file("trips.jsonl", text);
    read.report = weir::run(weir::from_jsonl<Trip>(path, options, weir::dead_letter(weir::collect_into(read.rejects))) | weir::collect_into(read.trips));
    for (const auto& bad : read.rejects) read.errors.push_back(to_string(bad.position).substr(path.size() + 1) + ": " + bad.what());
    return read;
}
/// What is wrong with one line.
std::string error_of(const TempDirectory& directory, const std::string& line, weir::JsonOptions options = {.allow_missing_fields = true}) {
    const Read found = read(directory, line + "\n{\"name\":\"next\"}\n", options);
    CHECK(found.trips.size() + found.errors.size() == 2); // the next one is not affected
    CHECK((found.trips.empty() || found.trips.back().name == "next" || not options.allow_missing_fields));
    return found.errors.empty() ? "" : found.errors.front();
}

TEST_CASE("from_jsonl gives the rows of a file, each field from what has its name, in any order") {
    const TempDirectory directory;
    const Read found = read(directory, R"({"id":18446744073709551615,"balance":-9223372036854775808,"price":0.1,"tax":16777217,"small":-128,"paid":true,"kind":2,"grade":"b","name":"x","note":null,"at":"2001-01-31T23:59:59.25Z","took":-5,"legs":[{"to":"Rome","km":2.5},{"km":null,"to":"Oslo"}],"the \"seats\"":[3,-4],"back":{"to":"Home"}})" "\n"
                                       R"( { "back" : null , "seats" : 5 , "legs" : [ ] , "name" : "" , "x" : { "y" : [ 1 , { } ] } , "price" : -1e3 , "n\u0061me2" : 1 , "\u0069d" : 5 } )" "\r\n");
    CHECK(found.errors.empty());
    REQUIRE(found.trips.size() == 2);
    CHECK(found.trips[0] == Trip{18'446'744'073'709'551'615U, std::numeric_limits<std::int64_t>::min(), 0.1, 16777217.0F, -128, true, Kind::night, 'b', "x", std::nullopt,
                                 weir::Timestamp(980'985'599'250ms), -5ms, {{"Rome", 2.5}, {"Oslo", std::nullopt}}, {3, -4}, Leg{"Home", std::nullopt}});
    CHECK(found.trips[1] == Trip{5, -1, -1000});
}

TEST_CASE("strings may have every escape and any UTF-8") {
    const TempDirectory directory;
    const Read found = read(directory, R"({"name":"\"\\\/\b\f\n\r\t\u0000\u00e4\ud83d\ude00","note":"plain"})" "\n{\"name\":\"\xc3\xa4 \x7f\",\"note\":\"\\n\"}");
    CHECK(found.errors.empty());
    REQUIRE(found.trips.size() == 2);
    CHECK(found.trips[0].name == "\"\\/\b\f\n\r\t\0\xc3\xa4\xf0\x9f\x98\x80"s);
    CHECK(found.trips[0].note == "plain");
    CHECK(found.trips[1].name == "\xc3\xa4 \x7f");
    CHECK(found.trips[1].note == "\n");
}

TEST_CASE("lines end with LF or CRLF, the last one need not; empty ones and a byte order mark are passed over") {
    const TempDirectory directory;
    for (const std::string end : {"\n", "\r\n"})
        for (const std::string& last : {std::string(), end, end + " \t" + end})
            for (const std::string mark : {"", "\xef\xbb\xbf"}) {
                const Read found = read(directory, mark + "{\"id\":1}" + end + end + "  " + end + "{\"id\":2}" + last, {.allow_missing_fields = true, .block = 3});
                CHECK(found.trips == Trips{{1}, {2}});
                CHECK(found.errors.empty());
            }
    CHECK(read(directory, "").trips.empty());
    CHECK(read(directory, "\n\r\n").report.at("from_jsonl#1").in == 0);
}

TEST_CASE("a bad value is named by file, line, column, field and value, and its row goes where the policy says") {
    const TempDirectory directory;
    const std::string path = directory.path("trips.jsonl");
    const Read found = read(directory, "{\"id\":1}\n{\"id\": \"later\"}\n{\"id\":3}\n{\"legs\":[{},{\"to\":\"x\"},{\"to\":\"y\",\"km\":false}]}\n");
    CHECK(found.trips == Trips{{1}, {3}});
    CHECK(found.errors == Errors{"2:8: field id: \"later\" is not an integer in the range of the field's type", "4:39: field legs[2].km: false is not a number in the range of the field's type"});
    CHECK(found.rejects[0].event == "{\"id\": \"later\"}");
    CHECK(found.rejects[0].position == weir::Position{path, 2, 8, 16});
    try {
        std::rethrow_exception(found.rejects[1].error);
    } catch (const weir::JsonError& error) {
        CHECK(error.field() == "legs[2].km");
        CHECK(error.value() == "false");
    }
    CHECK(found.report.at("from_jsonl#1").in == 4);
    CHECK(found.report.at("from_jsonl#1").passed == 2);
    CHECK(found.report.at("from_jsonl#1").dropped(weir::Drop::error) == 2);

    Trips good;
    try {
        weir::run(weir::from_jsonl<Trip>(path, {.allow_missing_fields = true}) | weir::collect_into(good));
        FAIL("the job did not fail");
    } catch (const weir::EventError& error) {
        CHECK(error.what() == "from_jsonl: " + path + ":2:8: field id: \"later\" is not an integer in the range of the field's type");
        CHECK(error.number() == 2);
        CHECK_THROWS_AS(std::rethrow_if_nested(error), weir::JsonError);
    }
    CHECK(good == Trips{{1}});
}

TEST_CASE("each type refuses what it cannot hold") {
    const TempDirectory directory;
    const auto value = [&](const std::string& member) {
        const std::string error = error_of(directory, "{" + member + "}");
        return error.substr(error.find(": ") == error.npos ? 0 : error.find(": ") + 2);
    };
    const std::string integer = " is not an integer in the range of the field's type", number = " is not a number in the range of the field's type";
    for (const char* bad : {"-1", "18446744073709551616", "1.0", "1e3", "true", "null", "01", "+1", "1x", "\"1\"", "-"}) CHECK(value("\"id\":"s + bad) == "field id: "s + bad + integer);
    for (const char* bad : {"9223372036854775808", "-9223372036854775809", "0x1", "1.5"}) CHECK(value("\"balance\":"s + bad) == "field balance: "s + bad + integer);
    for (const char* bad : {"128", "-129"}) CHECK(value("\"small\":"s + bad) == "field small: "s + bad + integer);
    for (const char* bad : {"inf", "NaN", ".5", "5.", "1e", "1e999", "\"1\"", "--1"}) CHECK(value("\"price\":"s + bad) == "field price: "s + bad + number);
    for (const char* bad : {"1e39", "null", "01.5"}) CHECK(value("\"tax\":"s + bad) == "field tax: "s + bad + number);
    for (const char* bad : {"1", "\"true\"", "truex", "TRUE", "null"}) CHECK(value("\"paid\":"s + bad) == "field paid: "s + bad + " is not true or false");
    for (const char* bad : {"256", "\"1\"", "1.5"}) CHECK(value("\"kind\":"s + bad) == "field kind: "s + bad + " is not the number of one of the field's values");
    for (const char* bad : {"1", "true", "null"}) CHECK(value("\"name\":"s + bad) == "field name: "s + bad + " is not a string");
    for (const char* bad : {"1", "\"ab\"", "\"\""}) CHECK_THAT(value("\"grade\":"s + bad), Contains("field grade: "s + bad + " is not "));
    for (const char* bad : {"5", "true", "\"yesterday\"", "null"}) CHECK_THAT(value("\"at\":"s + bad), Contains("field at: "s + bad + " is not a time"));
    CHECK(value("\"took\":1.5") == "field took: 1.5" + integer);
    CHECK(value("\"price\":{\"a\":1}") == "field price: an object" + number);
    CHECK(value("\"price\":[1]") == "field price: an array" + number);
    CHECK(value("\"legs\":{}") == "field legs: an object is not an array");
    CHECK(value("\"legs\":[1]") == "field legs[0]: 1 is not an object");
    CHECK(value("\"back\":\"x\"") == "field back: \"x\" is not an object");
    CHECK(value("\"the \\\"seats\\\"\":[1]") == "field the \"seats\": an array is not an array of 2");
    CHECK(value("\"the \\\"seats\\\"\":[1,2,3]") == "field the \"seats\": an array is not an array of 2");
    CHECK(value("\"note\":nul") == "field note: nul is not a string");
}

TEST_CASE("what is no JSON is a bad row that says so, and the next line is read as if it were not there") {
    const TempDirectory directory;
    for (const char* bad : {"{\"id\":1", "{\"id\":1,}", "{\"id\" 1}", "{id:1}", "{\"id\":1 \"paid\":true}", "{,}", "{\"id\":}", "{\"a\":[1,2}", "{\"legs\":[{\"to\":\"x\"}", "{\"legs\":[,]}", "{",
                            "{\"id\":1}}", "{\"a\":{\"b\":1}", "{\"legs\":[{\"to\":\"x\"],\"id\":1}", "{\"id\":1,\"paid\"}", "{\"\":1,,}", "{\"name\":\"f\":1.5}}"}) {
        INFO(bad);
        CHECK_THAT(error_of(directory, bad), Contains("not JSON") || Contains("is not"));
    }
    for (const char* bad : {"5", "}", "\"text\"", "[1]", "null", "\xff"}) {
        INFO(bad);
        CHECK_THAT(error_of(directory, bad), Contains("not an object of JSON") || Contains("not UTF-8"));
    }
    CHECK(error_of(directory, "{\"id\":1}{\"id\":2}") == "1:9: not JSON: something follows the object");
    CHECK(error_of(directory, "{\"id\":1} x") == "1:1: not JSON: an object or array does not end, or something follows it");
    CHECK_THAT(error_of(directory, "{\"name\":\"abc}"), Contains("a string is not closed"));
    CHECK_THAT(error_of(directory, "{\"name\":\"a\tb\"}"), Contains("a control character stands in a string"));
    CHECK_THAT(error_of(directory, "{\"name\":\"a\0b\"}"s), Contains("a control character stands in a string"));
    CHECK_THAT(error_of(directory, "{\"id\":\0}"s), Contains("field id: \\0 is not an integer"));
    CHECK_THAT(error_of(directory, "{\"name\":\"a\xff\"}"), Contains("not UTF-8"));
    CHECK_THAT(error_of(directory, "{\"name\":\"\\x\"}"), Contains("a string has an escape that is none"));
    CHECK_THAT(error_of(directory, "{\"name\":\"\\ud800\"}"), Contains("a string has an escape that is none"));
    std::string deep = "{\"x\":";
    for (int i = 0; i < 100'000; ++i) deep += '[';
    CHECK_THAT(error_of(directory, deep), Contains("not JSON"));
}

TEST_CASE("missing, unknown and repeated fields are errors or not, as the options say") {
    const TempDirectory directory;
    CHECK(read(directory, "{}\n").trips == Trips(1));
    CHECK(error_of(directory, "{}", {}) == "1:1: there is no field id");
    CHECK(error_of(directory, "{\"legs\":[{}]}") == "");
    CHECK(error_of(directory, "{\"back\":{\"km\":1}}", {}) == "1:1: field back: there is no field to");
    const weir::JsonOptions strict{.allow_missing_fields = true, .allow_extra_fields = false};
    CHECK(error_of(directory, "{\"id\":1,\"names\":2}", strict) == "1:9: no field has the name \"names\"");
    CHECK(error_of(directory, "{\"back\":{\"to\":\"x\",\"\\u0074o2\":2}}", strict) == "1:19: field back: no field has the name \"\\u0074o2\"");
    CHECK(error_of(directory, "{\"id\":1,\"id\":2}") == "1:9: the field id stands twice");
    CHECK(error_of(directory, "{\"id\":1,\"i\\u0064\":2}") == "1:9: the field id stands twice");
}

TEST_CASE("times are read as text or as numbers, as the options say") {
    const TempDirectory directory;
    const auto at = [&](const std::string& value, weir::TimeFormat format) {
        const Read found = read(directory, "{\"at\":" + value + "}", {.time = format, .allow_missing_fields = true});
        return found.trips.empty() ? weir::Timestamp::min() : found.trips[0].at;
    };
    CHECK(at("1500", weir::epoch_milliseconds) == weir::Timestamp(1'500ms));
    CHECK(at("\"1500\"", weir::epoch_milliseconds) == weir::Timestamp(1'500ms));
    CHECK(at("1.25", weir::epoch_seconds) == weir::Timestamp(1'250ms));
    CHECK(at("\"31.01.1970\"", "%d.%m.%Y") == weir::Timestamp(24h * 30));
    CHECK(at("1e3", weir::epoch_seconds) == weir::Timestamp::min());
}

TEST_CASE("a line that is longer than allowed is a bad row with its beginning, and reading goes on behind it") {
    const TempDirectory directory;
    const std::string text = "{\"id\":1}\n{\"name\":\"" + std::string(100'000, 'x') + "\"}\n{\"id\":3}\n";
    for (const std::size_t block : {16U, 1'000U, 1'000'000U}) {
        const Read found = read(directory, text, {.allow_missing_fields = true, .max_line = 64, .block = block});
        CHECK(found.trips == Trips{{1}, {3}});
        CHECK(found.errors == Errors{"2: a line is longer than 64 bytes (JsonOptions::max_line)"});
        CHECK(found.rejects.at(0).event == text.substr(9, 64));
    }
    const Gigabyte files("{\"to\":\"a\"}\n{\"to\":\"", "\"}\n{\"to\":\"b\"}");
    std::string tos;
    std::vector<weir::Rejected<std::string>> bad;
    weir::run(weir::from_jsonl<Leg>("long", {.max_line = 1'000, .files = &files}, weir::dead_letter(weir::collect_into(bad))) | weir::for_each([&](const Leg& leg) { tos += leg.to; }));
    CHECK(tos == "ab");
    REQUIRE(bad.size() == 1);
    CHECK(bad[0].event.size() == 1'000);
    CHECK(bad[0].what() == "a line is longer than 1000 bytes (JsonOptions::max_line)");
}

TEST_CASE("members that are no fields, and values that are gone, do not come back from rows before") {
    const TempDirectory directory;
    std::string text;
    for (int i = 0; i < 100; ++i) text += "{\"note\":\"x\",\"legs\":[{\"to\":\"y\"}],\"back\":{\"to\":\"z\"}}\n{\"back\":null}\n";
    std::size_t n = 0;
    weir::run(weir::from_jsonl<Trip>(directory.file("trips.jsonl", text), {.allow_missing_fields = true, .block = 256}) | weir::for_each([&n](Trip&& trip) {
                  CHECK((n++ % 2 == 0 ? trip.note == "x" && trip.legs.size() == 1 && trip.back : not trip.note && trip.legs.empty() && not trip.back));
                  CHECK(trip.seen == 0);
                  trip.seen = 1;
              }));
    CHECK(n == 200);
}

struct Kept {
    std::string name{}, other{};
    friend bool operator==(const Kept&, const Kept&) = default;
};
struct View {
    std::string_view name{}, other{};
    static constexpr auto fields() { return weir::fields("name", &View::name, "other", &View::other); }
    operator Kept() const { return {std::string(name), std::string(other)}; }
};

} // namespace

template <>
struct weir::Owned<View> { using type = Kept; };

namespace {

/// Rows as they are, from a file whose reads are short, in parts, gone back to: all the same.
TEST_CASE("rows do not depend on where blocks, reads and parts end; views live for a batch, escapes or not") {
    STATIC_REQUIRE(weir::BatchSource<weir::JsonRows<View>>);
    STATIC_REQUIRE(weir::PositionedSource<weir::JsonRows<View>>);
    STATIC_REQUIRE(weir::SplittableSource<weir::JsonRows<View>>);
    STATIC_REQUIRE(weir::PartedSource<weir::JsonRows<View>>);
    STATIC_REQUIRE(weir::MeasuredSource<weir::JsonRows<View>>);
    const TempDirectory directory;
    std::mt19937 random(5);
    std::vector<Kept> expected;
    std::string text;
    weir::detail::JsonFormat<> format(weir::ToJsonlOptions{});
    for (int i = 0; i < 300; ++i) {
        Kept kept;
        for (std::string* each : {&kept.name, &kept.other})
            for (std::size_t size = random() % 40; size > 0; --size) *each += "ab\n\"\\\t\x01 {}[]:,"[random() % 14];
        format(text, View{kept.name, kept.other});
        text += random() % 8 == 0 ? "\r\n\n" : "\n";
        expected.push_back(std::move(kept));
    }
    const std::string path = directory.file("views.jsonl", text);
    const auto rows_of = [](weir::JsonRows<View>& source) {
        std::vector<Kept> rows;
        for (auto batch = source.next_batch(); not batch.empty(); batch = source.next_batch()) rows.insert(rows.end(), batch.begin(), batch.end());
        return rows;
    };
    FaultyFiles short_reads;
    for (const std::size_t piece : {1U, 7U, 100'000U})
        for (const std::size_t block : {1U, 100U, 65'536U}) {
            short_reads.piece = piece;
            const weir::JsonOptions options{.block = block, .files = &short_reads};
            weir::JsonRows<View> whole(path, options);
            CHECK(rows_of(whole) == expected);
            for (const std::size_t n : {2U, 5U}) {
                std::vector<Kept> rows;
                for (auto& part : weir::JsonRows<View>(path, options).split(n))
                    for (const Kept& row : rows_of(part)) rows.push_back(row);
                CHECK(rows == expected);
            }
            weir::JsonRows<View> source(path, options), reader = source.reader();
            std::vector<Kept> rows = rows_of(reader);
            CHECK(rows.empty());
            while (source.next_part(reader))
                for (const Kept& row : rows_of(reader)) rows.push_back(row);
            CHECK(rows == expected);
            CHECK(source.measure().read == text.size());
            CHECK(source.measure().total == text.size());
            weir::JsonRows<View> from_there(path, options);
            if (const std::size_t first = from_there.next_batch().size(); first < expected.size()) {
                const auto place = from_there.position();
                static_cast<void>(from_there.next_batch());
                from_there.seek(place);
                CHECK(rows_of(from_there) == std::vector<Kept>(expected.begin() + static_cast<std::ptrdiff_t>(first), expected.end()));
            }
        }
}

TEST_CASE("a file that has vanished, and a read that fails, are errors that name the file, after the rows before") {
    const TempDirectory directory;
    const std::vector<std::string> paths{directory.file("a", "{\"id\":1}\n"), directory.path("b")};
    Trips trips;
    try {
        weir::run(weir::from_jsonl<Trip>(paths, {.allow_missing_fields = true}) | weir::collect_into(trips));
        FAIL("no error");
    } catch (const weir::FileError& error) {
        CHECK(error.path() == paths[1]);
    }
    CHECK(trips == Trips{{1}});
    FaultyFiles faulty;
    faulty.fails_at = 5;
    weir::JsonRows<Trip> source(paths[0], {.files = &faulty});
    CHECK_THROWS_WITH(source.next_batch(), Contains(paths[0] + ": cannot read at byte 5"));
}

TEST_CASE("workers give the same rows, in order, and the same bad ones with the same lines") {
    const TempDirectory directory;
    std::string text;
    for (int i = 0; i < 2'000; ++i) text += i % 97 == 5 ? "{\"id\":-1}\n\n" : i % 501 == 500 ? "{\"name\":\"" + std::string(3'000, 'x') + "\"}\n" : "{\"id\":" + std::to_string(i) + "}\n";
    const std::string path = directory.file("trips.jsonl", text);
    Trips first;
    Errors bad_first;
    for (const std::size_t workers : {1U, 2U, 3U, 8U}) {
        Trips trips;
        Rejects rejects;
        const auto report = weir::run(weir::from_jsonl<Trip>(path, {.allow_missing_fields = true, .max_line = 2'000, .block = 1'000}, weir::dead_letter(weir::collect_into(rejects))) | weir::collect_into(trips),
                                      {.workers = workers});
        Errors bad;
        for (const auto& each : rejects) bad.push_back(to_string(each.position) + each.what());
        CHECK(trips.size() == 1'976);
        CHECK(report.at("from_jsonl#1").dropped(weir::Drop::error) == 24);
        if (workers == 1) {
            first = trips;
            bad_first = bad;
        }
        CHECK(trips == first);
        CHECK(bad == bad_first);
    }
}

TEST_CASE("what to_jsonl writes, from_jsonl reads again") {
    const TempDirectory directory;
    std::mt19937_64 random(3);
    Trips trips;
    for (int i = 0; i < 200; ++i) {
        Trip& trip = trips.emplace_back();
        trip = {random(), static_cast<std::int64_t>(random()), std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 200) - 100), static_cast<float>(random()) / 3,
                static_cast<std::int8_t>(random()), random() % 2 == 0, Kind::night, static_cast<char>(random() % 128), std::string(random() % 20, static_cast<char>(random() % 128)),
                random() % 2 ? std::optional("null"s) : std::nullopt, weir::Timestamp(std::chrono::nanoseconds(static_cast<std::int64_t>(random() / 4))), std::chrono::milliseconds(random() % 1'000),
                std::vector<Leg>(random() % 3, Leg{"a\"b", 0.1}), {1, 2}, random() % 2 ? std::optional(Leg{"", {}}) : std::nullopt};
    }
    for (const weir::TimeFormat time : {weir::iso_8601, weir::epoch_nanoseconds}) {
        Trips again;
        weir::run(weir::from(trips) | weir::to_jsonl(directory.path("out"), {.time = time}));
        weir::run(weir::from_jsonl<Trip>(directory.path("out"), {.time = time}) | weir::collect_into(again));
        CHECK(again == trips);
    }
}

TEST_CASE("enums are written and read by the names that they are given; another one is a bad row that lists them") {
    const TempDirectory directory;
    const std::vector<Order> orders{{Side::sell, {Side::buy, {}}}};
    const std::string path = directory.path("orders");
    weir::run(weir::from(orders) | weir::to_jsonl(path));
    CHECK(content_of(path) == R"({"side":"a \"sale\"","sides":["buy",null]})" "\n");
    std::vector<Order> read;
    weir::run(weir::from_jsonl<Order>(path) | weir::collect_into(read));
    CHECK(read == orders);
    for (const char* value : {"1", "\"sell\"", "true", "{}"}) {
        const std::string text = R"({"sides":[],"side":)" + std::string(value) + "}";
        CHECK_THROWS_WITH(weir::run(weir::from_jsonl<Order>(directory.file("bad", text)) | weir::collect_into(read)),
                          Contains("field side: " + std::string(*value == '{' ? "an object" : value) + " is not one of buy, a \"sale\""));
    }
}

TEST_CASE("a file of JSON lines that grows is followed: whole lines, bad rows with their places, lines that are too long once") {
    const TempDirectory directory;
    const std::string path = directory.path("legs");
    std::vector<std::string> tos;
    std::vector<weir::Rejected<std::string>> bad;
    const auto job = weir::from_jsonl<Leg>(weir::follow(path, {.every = 1s}), {.max_line = 40, .block = 16}, weir::dead_letter(weir::collect_into(bad)))
                     | weir::for_each([&](const Leg& leg) { tos.push_back(leg.to); });
    weir::ManualClock clock;
    auto stepper = weir::stepper(job, {.clock = &clock});
    const auto look = [&](std::string_view more) {
        std::ofstream(path, std::ios::app | std::ios::binary) << more;
        for (int i = 0; i < 3; ++i, clock.advance(1s)) static_cast<void>(stepper.step(1'000));
    };
    look(R"({"to":"a"})" "\n" R"({"to":)");
    CHECK(tos == std::vector{"a"s});
    look("\"b\"}\n\n{\"to\":3}\n{\"to\":\"" + std::string(100, 'x'));
    CHECK(tos == std::vector{"a"s, "b"s});
    REQUIRE(bad.size() == 2);
    CHECK(to_string(bad[0].position) == path + ":4:7");
    CHECK(to_string(bad[1].position) == path + ":5");
    look(std::string(100, 'y'));
    look("\"}\n{\"to\":\"c\"}\n{\"to\":\"d\"}");
    std::filesystem::rename(path, path + ".1");
    look("{\"to\":\"e\"}\n{");
    CHECK(tos == std::vector{"a"s, "b"s, "c"s, "d"s, "e"s});
    std::filesystem::resize_file(path, 0); // what was begun is no row
    look("{\"to\":\"f\"}\n");
    REQUIRE(bad.size() == 3);
    CHECK(to_string(bad[2].position).starts_with(path + ":2:"));
    look("{\"to\":\"g\"}");
    stepper.drain();
    while (stepper.step(1) != weir::Progress::ended) {}
    CHECK(tos == std::vector{"a"s, "b"s, "c"s, "d"s, "e"s, "f"s, "g"s});
}

TEST_CASE("a followed bad row that ends the job ends it again where that was saved before") {
    const TempDirectory directory;
    const auto make = [path = directory.file("log", "{\"to\":\"a\"}\n{\"to\":1}\n{\"to\":\"b\"}\n")] { return weir::from_jsonl<Leg>(weir::follow(path)).source; };
    auto first = make(), again = make();
    struct {
        std::size_t span(std::span<Leg> legs) { return legs.size(); }
    } feed;
    first.drive(feed, 9, {});
    weir::StateWriter state;
    first.save(state);
    weir::StateReader saved(state.data());
    again.load(saved);
    CHECK_THROWS_WITH(again.drive(feed, 9, {}), Contains("log:2:7: field to: 1 is not"));
}

struct Bill {
    weir::Decimal<2> sum{};
    static constexpr auto fields() { return weir::fields("sum", &Bill::sum); }
};

TEST_CASE("decimals are numbers in JSON") {
    const TempDirectory directory;
    std::vector<std::string> bad;
    weir::run(weir::from_jsonl<Bill>(directory.file("in", "{\"sum\":-0.5}\n{\"sum\":12345678901.25}\n{\"sum\":0.125}\n{\"sum\":\"1.5\"}\n{\"sum\":7}\n"),
                                     weir::dead_letter(weir::for_each([&bad](const auto& rejected) { bad.emplace_back(rejected.what()); })))
              | weir::to_jsonl(directory.path("out")));
    CHECK(content_of(directory.path("out")) == "{\"sum\":-0.50}\n{\"sum\":12345678901.25}\n{\"sum\":7.00}\n");
    REQUIRE(bad.size() == 2);
    CHECK(bad[0] == "field sum: 0.125 is not a number with at most 2 decimals in the range of the field's type");
}

} // namespace
