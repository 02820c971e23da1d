// SPDX-License-Identifier: BSL-1.0
#include <weir/sink/to_jsonl.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "files.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace files_test;
using namespace std::chrono_literals;
using Catch::Contains;

enum class Kind : std::uint8_t { day = 1, night = 2 };

struct Leg {
    std::string to{};
    std::optional<double> km{};
    static constexpr auto fields() { return weir::fields("to", &Leg::to, "km", &Leg::km); }
};

struct Trip {
    std::uint64_t id = 0;
    double price = 0;
    bool paid = false;
    Kind kind = Kind::day;
    char grade = 'a';
    weir::Timestamp at{};
    std::chrono::milliseconds took{};
    std::vector<Leg> legs{};
    std::array<int, 2> seats{};
    std::vector<bool> flags{};
    static constexpr auto fields() {
        return weir::fields("id", &Trip::id, "price", &Trip::price, "paid", &Trip::paid, "kind", &Trip::kind, "grade", &Trip::grade, "at", &Trip::at, "took",
                            &Trip::took, "legs", &Trip::legs, "the \"seats\"", &Trip::seats, "flags", &Trip::flags);
    }
};
using Trips = std::vector<Trip>;

std::string written(const Trips& trips, weir::ToJsonlOptions options = {}) {
    const TempDirectory directory;
    weir::run(weir::from(trips) | weir::to_jsonl(directory.path("out.jsonl"), options));
    return content_of(directory.path("out.jsonl"));
}

/// A value as JSON.
template <typename V>
std::string json(const V& value, weir::ToJsonlOptions options = {}) {
    std::string text;
    weir::detail::JsonFormat<>{options}(text, value);
    return text;
}

TEST_CASE("to_jsonl writes each row as an object on a line of its own") {
    const Trips trips{{18'446'744'073'709'551'615U, 0.1, true, Kind::night, '"', weir::Timestamp(1'500ms), -7ms, {{"Rome", 2.5}, {"Oslo", {}}}, {3, -4}, {true, false}}, {}};
    CHECK(written(trips) == R"({"id":18446744073709551615,"price":0.1,"paid":true,"kind":2,"grade":"\"","at":"1970-01-01T00:00:01.500Z","took":-7,)"
                            R"("legs":[{"to":"Rome","km":2.5},{"to":"Oslo","km":null}],"the \"seats\"":[3,-4],"flags":[true,false]})" "\n"
                            R"({"id":0,"price":0,"paid":false,"kind":1,"grade":"a","at":"1970-01-01T00:00:00Z","took":0,"legs":[],"the \"seats\"":[0,0],"flags":[]})" "\n");
    CHECK(written({}).empty());
}

TEST_CASE("strings are escaped where JSON asks for it, wherever in the text that is") {
    CHECK(json(std::string("plain, with \xc3\xa4 and / and \x7f")) == "\"plain, with \xc3\xa4 and / and \x7f\"");
    CHECK(json(std::string("\b\f\n\r\t\"\\\x01\x1f\0", 10)) == R"("\b\f\n\r\t\"\\\u0001\u001f\u0000")");
    for (std::size_t size = 0; size < 40; ++size)
        for (std::size_t at = 0; at < size; ++at)
            for (const std::pair<char, const char*>& c : {std::pair('\n', "\\n"), std::pair('"', "\\\""), std::pair('\\', "\\\\"), std::pair('\0', "\\u0000"), std::pair('\x1f', "\\u001f"), std::pair(' ', " "), std::pair('!', "!"), std::pair('~', "~")}) {
                std::string text(size, 'x'), expected = text;
                text[at] = c.first;
                expected.replace(at, 1, c.second);
                CHECK(json(text) == '"' + expected + '"');
            }
}

TEST_CASE("results of aggregates are objects with key, window and value; tuples are arrays; single values stand alone") {
    const weir::Window window{weir::Timestamp(1s), weir::Timestamp(2s), {}};
    using Values = std::tuple<int, std::optional<double>>;
    CHECK(json(weir::Windowed<std::string, Values>{"a", window, {1, {}}}) == R"({"key":"a","start":"1970-01-01T00:00:01Z","end":"1970-01-01T00:00:02Z","value":[1,null]})");
    CHECK(json(weir::Windowed<weir::NoKey, int>{{}, window, 3}) == R"({"start":"1970-01-01T00:00:01Z","end":"1970-01-01T00:00:02Z","value":3})");
    CHECK(json(weir::Keyed<std::pair<int, char>, Leg>{{1, 'x'}, {"Rome", {}}}) == R"({"key":[1,"x"],"value":{"to":"Rome","km":null}})");
    CHECK(json(std::tuple<>()) == "[]");
    CHECK(json(std::optional<int>()) == "null");
    CHECK(json(7) == "7");
}

TEST_CASE("times are written as text or as numbers, as the options say") {
    const weir::Timestamp time(1'500ms);
    CHECK(json(time, {.time = weir::epoch_milliseconds}) == "1500");
    CHECK(json(time, {.time = weir::epoch_seconds}) == "1.500");
    CHECK(json(time, {.time = "%H:%M \"%S\""}) == R"("00:00 \"01.500\"")");
}

TEST_CASE("numbers that are not finite are null or an error, text that is not UTF-8 is an error or passes") {
    const double infinite = std::numeric_limits<double>::infinity();
    CHECK(json(std::vector<double>{infinite, -infinite, std::numeric_limits<double>::quiet_NaN(), 1e300, -5e-324}) == "[null,null,null,1e+300,-5e-324]");
    CHECK(json(std::vector<float>{std::numeric_limits<float>::infinity(), std::numeric_limits<float>::max()}) == "[null,3.4028235e+38]");
    Trips trips(3);
    trips[1].price = infinite;
    const TempDirectory directory;
    CHECK_THROWS_WITH(weir::run(weir::from(trips) | weir::to_jsonl(directory.path("out"), {.non_finite_as_null = false})), Contains("to_jsonl: row 2: field price: a number is not finite"));
    trips[2].legs = {{}, {"\xff"}};
    CHECK_THROWS_WITH(weir::run(weir::from(trips) | weir::to_jsonl(directory.path("out"))), Contains("to_jsonl: row 3: field legs.to: the text \"\\xff\" is not UTF-8"));
    CHECK(directory.names().empty());
    CHECK_THROWS_WITH(json(std::string("a\xff")), "the text \"a\\xff\" is not UTF-8 (ToJsonlOptions::check_utf8 = false lets any bytes pass)");
    CHECK(json(std::string("a\xff"), {.check_utf8 = false}) == "\"a\xff\"");
}

TEST_CASE("to_jsonl into a stream leaves it open; a file that fails is an error and leaves what was there") {
    const TempStream stream;
    weir::run(weir::from(Trips(1)) | weir::to_jsonl(stream.get(), {.buffer = 1}));
    CHECK(stream.content() == written(Trips(1)));
    const TempDirectory directory;
    const std::string path = directory.file("out", "old");
    FaultyFiles full;
    full.fails_at = 500;
    CHECK_THROWS_AS(weir::run(weir::from(Trips(10)) | weir::to_jsonl(path, {.buffer = 100, .files = &full})), weir::FileError);
    CHECK(content_of(path) == "old");
    CHECK(directory.names().size() == 1);
}

} // namespace
