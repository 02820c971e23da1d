// SPDX-License-Identifier: BSL-1.0
#include <weir/sink/to_csv.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "files.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <exception>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace files_test;
using namespace std::chrono_literals;
using Catch::Contains;

enum class Kind : std::uint8_t { day = 1, night = 2 };

struct Row {
    std::string text{};
    double number = 0;
    std::optional<std::string> note{};
    std::optional<std::int64_t> count{};
    bool open = false;
    Kind kind = Kind::day;
    weir::Timestamp time{};
    char letter = 'x';
    static constexpr auto fields() {
        return weir::fields("text", &Row::text, "number", &Row::number, "note", &Row::note, "count", &Row::count, "is open", &Row::open, "kind", &Row::kind, "time",
                            &Row::time, "letter", &Row::letter);
    }
    friend bool operator==(const Row&, const Row&) = default;
};
using Rows = std::vector<Row>;

enum class Side : std::uint8_t { buy, sell, none };
struct Order {
    Side side = Side::none;
    std::optional<Side> hedge{};
    static constexpr auto fields() { return weir::fields("side", &Order::side, "hedge", &Order::hedge); }
    friend bool operator==(const Order&, const Order&) = default;
};

struct ViewRow {
    std::optional<std::string_view> value{};
    int n = 0;
    static constexpr auto fields() { return weir::fields("value", &ViewRow::value, "n", &ViewRow::n); }
};
struct OwnedRow {
    explicit OwnedRow(const ViewRow& row) : value(row.value) {}
    std::optional<std::string> value;
};

} // namespace

template <>
struct weir::EnumNames<Side> {
    static constexpr auto names() { return weir::enum_names("buy", Side::buy, "sell, short", Side::sell); }
};
template <>
struct weir::Owned<ViewRow> {
    using type = OwnedRow;
};

namespace {

struct Sale {
    std::string shop;
    int amount;
    weir::Timestamp time{};
};

struct Total {
    std::uint64_t n;
    std::int64_t sum;
    static constexpr auto fields() { return weir::fields("n", &Total::n, "sum", &Total::sum); }
};

/// What a chain that ends in to_csv writes of these events.
template <typename Event>
std::string written(const std::vector<Event>& events, weir::ToCsvOptions options = {}) {
    const TempDirectory directory;
    weir::run(weir::from(events) | weir::to_csv(directory.path("out.csv"), std::move(options)));
    return content_of(directory.path("out.csv"));
}

TEST_CASE("to_csv writes rows with the names of their fields first") {
    const Rows rows{{"one", 0.1, std::nullopt, 7, true, Kind::night, weir::Timestamp(1'500ms), 'y'}, {"a,b\"c\"\n", -1e300, "", std::nullopt, false, Kind::day, {}, ','}};
    CHECK(written(rows) == "text,number,note,count,is open,kind,time,letter\n"
                           "one,0.1,,7,true,2,1970-01-01T00:00:01.500Z,y\n"
                           "\"a,b\"\"c\"\"\n\",-1e+300,\"\",,false,1,1970-01-01T00:00:00Z,\",\"\n");
    CHECK(written(Rows{}) == "text,number,note,count,is open,kind,time,letter\n");
    CHECK(written(Rows{}, {.header = false}).empty());
}

TEST_CASE("from_csv reads what to_csv has written, to the last bit") {
    std::mt19937_64 random(1);
    Rows rows(3'000);
    const auto text = [&random] {
        std::string made;
        const std::vector<std::string> pieces{"a", "b", ",", ";", "\"", "'", "\r", "\n", " ", "\t", "-", "NULL", "\xc3\xa4", "\xef\xbb\xbf", std::string(1, '\0')};
        for (auto n = random() % 12; n > 0; --n) made += pieces[random() % pieces.size()];
        return made;
    };
    for (Row& row : rows) {
        const std::uint64_t bits = random();
        std::memcpy(&row.number, &bits, sizeof bits);
        if (std::isnan(row.number)) row.number = 0.5;
        row.text = text();
        if (random() % 2 != 0) row.note = text();
        if (random() % 2 != 0) row.count = static_cast<std::int64_t>(random());
        row.time = weir::Timestamp(weir::Duration(static_cast<std::int64_t>(random()) >> random() % 40));
        row.letter = "x\"\n,;'"[random() % 6];
    }
    const TempDirectory directory;
    const auto check = [&](const weir::ToCsvOptions& to, const weir::CsvOptions& from) {
        Rows again;
        weir::run(weir::from(rows) | weir::to_csv(directory.path("rows.csv"), to));
        weir::run(weir::from_csv<Row>(directory.path("rows.csv"), from) | weir::collect_into(again));
        CHECK(again == rows);
    };
    check({}, {});
    check({.buffer = 100}, {.block = 100});
    check({.delimiter = ';', .quote = '\'', .null = "NULL", .time = weir::epoch_nanoseconds}, {.delimiter = ';', .quote = '\'', .null = "NULL", .time = weir::epoch_nanoseconds});
    check({.delimiter = '-'}, {.delimiter = '-'}); // which also stands in numbers and times
    check({.header = false}, {.header = false});
}

TEST_CASE("enums are written and read by the names that they are given; another name is a bad row that lists them") {
    const std::vector<Order> orders{{Side::buy, {}}, {Side::sell, Side::buy}};
    CHECK(written(orders) == "side,hedge\nbuy,\n\"sell, short\",buy\n");
    CHECK_THROWS_WITH(written(std::vector<Order>{{Side::none, {}}}), Contains("the value 2 of an enum has no name"));
    const TempDirectory directory;
    std::vector<Order> read;
    std::vector<weir::Rejected<std::string>> bad;
    weir::run(weir::from_csv<Order>(directory.file("in", written(orders) + "0,\nbuy,Sell\n"), weir::dead_letter(weir::collect_into(bad))) | weir::collect_into(read));
    CHECK(read == orders);
    REQUIRE(bad.size() == 2);
    CHECK(bad[0].what() == "column side: '0' is not one of buy, sell, short");
    CHECK(bad[1].what() == "column hedge: 'Sell' is not one of buy, sell, short");
}

TEST_CASE("the columns of Keyed and Windowed rows are key, start, end and value; the parts of tuples are numbered") {
    const std::vector<Sale> sales{{"A", 1}, {"B", 2}, {"A", 3}};
    const TempDirectory directory;
    const std::string path = directory.path("out.csv");
    weir::run(weir::from(sales) | weir::key_by(&Sale::shop) | weir::aggregate(weir::sum(&Sale::amount)) | weir::to_csv(path));
    CHECK(content_of(path) == "key,value\nA,4\nB,2\n");
    weir::run(weir::from(sales) | weir::key_by(&Sale::shop) | weir::aggregate(weir::count(), weir::sum(&Sale::amount)) | weir::to_csv(path));
    CHECK(content_of(path) == "key,value1,value2\nA,2,4\nB,1,2\n");
    weir::run(weir::from(sales) | weir::event_time(&Sale::time) | weir::window(weir::tumbling(1s)) | weir::aggregate(weir::into<Total>(weir::count(), weir::sum(&Sale::amount)))
              | weir::to_csv(path));
    CHECK(content_of(path) == "start,end,n,sum\n1970-01-01T00:00:00Z,1970-01-01T00:00:01Z,3,6\n");
    CHECK(written(std::vector<int>{1, 2}) == "value\n1\n2\n");
    CHECK(written(std::vector<std::tuple<int, std::pair<std::string, Total>>>{{1, {"x", {2, 3}}}}) == "value1,value21,n,sum\n1,x,2,3\n");
}

/// The only column of its rows.
template <typename T>
struct One {
    T value{};
    static constexpr auto fields() { return weir::fields("value", &One::value); }
};

/// What is read of what was written of these.
template <typename T>
std::vector<T> again(const std::vector<T>& values, weir::ToCsvOptions to = {}, weir::CsvOptions from = {}) {
    const TempDirectory directory;
    std::vector<One<T>> rows;
    for (const T& value : values) rows.push_back({value});
    weir::run(weir::from(rows) | weir::to_csv(directory.path("out.csv"), std::move(to)));
    std::vector<T> read;
    weir::run(weir::from_csv<One<T>>(directory.path("out.csv"), std::move(from)) | weir::for_each([&](const One<T>& row) { read.push_back(row.value); }));
    return read;
}

TEST_CASE("a row of one column is read as what it was, or refused where CSV cannot say it") {
    using Text = std::optional<std::string>;
    using Number = std::optional<int>;
    CHECK(again<std::string>({"", "\xef\xbb\xbf", "x"}, {.header = false}, {.header = false}) == std::vector<std::string>{"", "\xef\xbb\xbf", "x"});
    CHECK(again<std::string>({"\xef\xbb\xbfx"}, {.header = false}, {.header = false}) == std::vector<std::string>{"\xef\xbb\xbfx"});
    CHECK(again<Number>({1, {}, 2}) == std::vector<Number>{1, {}, 2});
    CHECK(again<Text>({"", "a"}) == std::vector<Text>{"", "a"});
    CHECK(again<Text>({"", {}, "-"}, {.null = "-"}, {.null = "-"}) == std::vector<Text>{"", {}, "-"});
    CHECK_THROWS_WITH(again<Text>({"a", {}}), "to_csv: row 2: a none that is alone in its row would be an empty line, which is no row (give ToCsvOptions::null "
                                              "and CsvOptions::null a text)");
    CHECK_THROWS_WITH(again<std::string>({""}, {.quote = '\0'}), Contains("row 1: an empty text that is alone in its row"));
    CHECK_THROWS_WITH(again<Number>({0, -1}, {.null = "-1"}), "to_csv: row 2: column value: the value '-1' would be read as none (ToCsvOptions::null)");
    CHECK(again<int>({-1, 12}, {.quote = '-'}, {.quote = '-'}) == std::vector<int>{-1, 12});
}

TEST_CASE("a std::optional text that is empty is read as one, also as a view") {
    const TempDirectory directory;
    const std::string path = directory.file("in.csv", "value,n\n\"\",1\n,2\n");
    std::vector<bool> is_there;
    weir::run(weir::from_csv<ViewRow>(path) | weir::for_each([&](const ViewRow& row) { is_there.push_back(row.value.has_value()); }));
    CHECK(is_there == std::vector<bool>{true, false});
}

TEST_CASE("what from_csv would refuse to_csv refuses, with the row and the column") {
    Rows rows(3);
    rows[2].note = "a\xff";
    CHECK_THROWS_WITH(written(rows), "to_csv: row 3: column note: 'a\\xff' is not UTF-8 (ToCsvOptions::check_utf8 = false lets any bytes pass)");
    CHECK_THAT(written(rows, {.check_utf8 = false}), Contains("a\xff"));
    rows[1].letter = '\xe4';
    CHECK_THROWS_WITH(written(rows), Contains("to_csv: row 2: column letter: "));
    const std::string longest((std::size_t{1} << 20) - 1, 'x');
    CHECK(again<std::string>({longest + "x"}).front().size() == longest.size() + 1);
    CHECK_THROWS_WITH(written(std::vector<std::string>{"a", longest + "xx"}), "to_csv: row 2: it takes 1048577 bytes, more than 1048576 (ToCsvOptions::max_record; who "
                                                                              "reads it needs as much in CsvOptions::max_record)");
    CHECK(again<std::string>({longest + "xx"}, {.max_record = 2'000'000}, {.max_record = 2'000'000}).front().size() == longest.size() + 2);
    CHECK_THROWS_AS(written(rows, {.null = "a,b"}), std::invalid_argument);
    CHECK_THROWS_AS(written(rows, {.delimiter = '\0'}), std::invalid_argument);
    try {
        written(std::vector<Order>{{Side::buy, {}}, {Side::none, {}}});
        FAIL("must throw");
    } catch (const weir::EventError& error) {
        CHECK(error.number() == 2);
        CHECK(std::string(error.what()).starts_with("to_csv: row 2: column side: the value 2 of an enum has no name"));
        CHECK_THROWS_AS(std::rethrow_if_nested(error), std::out_of_range);
    }
}

TEST_CASE("a row of one empty text is a line of its quotes, as an empty line would be none") {
    CHECK(written(std::vector<std::string>{"", "x"}) == "value\n\"\"\nx\n");
}

TEST_CASE("text that needs quotes where there are none ends the job, and leaves what was there") {
    const TempDirectory directory;
    const std::string path = directory.file("out.csv", "old");
    CHECK_THROWS_WITH(weir::run(weir::from(std::vector<std::string>{"a", "b,c"}) | weir::to_csv(path, {.quote = '\0'})), Contains("the text 'b,c' needs quotes"));
    CHECK_THROWS_AS(weir::run(weir::from(std::vector<std::string>{"a"}) | weir::to_csv(path, {.delimiter = '"'})), std::invalid_argument);
    CHECK(content_of(path) == "old");
    CHECK(directory.names() == std::vector<std::string>{"out.csv"});
}

TEST_CASE("a job that fails, a full disk, and a file that cannot be completed leave nothing behind") {
    const TempDirectory directory;
    const std::string path = directory.path("out.csv");
    const std::vector<int> numbers(1'000, 7);
    const auto fail_at_500 = [n = 0](int x) mutable {
        if (++n == 500) throw std::runtime_error("no more");
        return x;
    };
    CHECK_THROWS_WITH(weir::run(weir::from(numbers) | weir::map(fail_at_500) | weir::to_csv(path, {.buffer = 100})), "no more");
    FaultyFiles full;
    full.fails_at = 1'000;
    CHECK_THROWS_AS(weir::run(weir::from(numbers) | weir::to_csv(path, {.buffer = 100, .files = &full})), weir::FileError);
    FaultyFiles closing;
    closing.fails_to_complete = true;
    CHECK_THROWS_AS(weir::run(weir::from(numbers) | weir::to_csv(path, {.files = &closing})), weir::FileError);
    CHECK(directory.names().empty());
}

TEST_CASE("to_csv writes into a stream and leaves it open") {
    const TempStream stream;
    weir::run(weir::from(std::vector<int>{1, 2}) | weir::to_csv(stream.get(), {.header = false}));
    CHECK(stream.content() == "1\n2\n");
}

} // namespace
