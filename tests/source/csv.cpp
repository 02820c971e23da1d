// SPDX-License-Identifier: BSL-1.0
#include <weir/decimal.hpp>
#include <weir/source/csv.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "csv_text.hpp"
#include "files.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace csv_test;
using namespace files_test;
using namespace std::string_literals;
using Catch::Contains;

struct Flight {
    std::string carrier{};
    double delay = -1;
    bool arrived = false;
    int seen = 0; // no field
    static constexpr auto fields() { return weir::fields("carrier", &Flight::carrier, "delay", &Flight::delay, "arrived", &Flight::arrived); }
    friend bool operator==(const Flight&, const Flight&) = default;
};
using Flights = std::vector<Flight>;

using Rejects = std::vector<weir::Rejected<std::string>>;

template <typename Row = Texts>
std::vector<Row> rows_of(const std::string& path, weir::CsvOptions options = {}) {
    weir::CsvRows<Row> source(path, std::move(options));
    std::vector<Row> rows;
    for (auto batch = source.next_batch(); not batch.empty(); batch = source.next_batch()) rows.insert(rows.end(), batch.begin(), batch.end());
    return rows;
}

/// The rows, and what was wrong with the others: "file:line:column: ...", the file left out.
struct Read {
    Rows rows;
    std::vector<std::string> errors;
    Rejects rejects;
};
Read read(const TempDirectory& directory, std::string_view text, weir::CsvOptions options = {}) {
    Read read;
    const std::string path = directory.file("rows.csv", text);
    weir::run(weir::from_csv<Texts>(path, std::move(options), weir::dead_letter(weir::collect_into(read.rejects))) | weir::collect_into(read.rows));
    for (const auto& bad : read.rejects) read.errors.push_back(to_string(bad.position).substr(path.size() + 1) + ": " + bad.what());
    return read;
}
using Errors = std::vector<std::string>;

TEST_CASE("from_csv gives the rows of a file, each field from the column of its name") {
    const TempDirectory directory;
    const std::string path = directory.file("flights.csv", "arrived,from,delay,carrier\ntrue,BOS,-5,\"Delta\"\nfalse,\"New \"\"York\"\", NY\",12.5,United\n");
    Flights flights;
    weir::run(weir::from_csv<Flight>(path) | weir::collect_into(flights));
    CHECK(flights == Flights{{"Delta", -5, true}, {"United", 12.5, false}});
}

TEST_CASE("lines end with LF or CRLF, the last one need not; empty ones and a byte order mark are passed over") {
    const TempDirectory directory;
    const Rows expected{{"1", "x"}, {"", std::nullopt}, {"3", "\r\n"}, {"4", "y\rz"}};
    for (const std::string end : {"\n", "\r\n"})
        for (const std::string& last : {std::string(), end, end + end})
            for (const std::string mark : {"", "\xef\xbb\xbf"}) {
                const std::string text = mark + "a,b" + end + "1,x" + end + end + "," + end + "\"3\",\"\r\n\"" + end + "4,y\rz" + last;
                CHECK(rows_of(directory.file("rows.csv", text)) == expected);
                CHECK(rows_of(directory.file("rows.csv", text), {.block = 1}) == expected);
            }
}

TEST_CASE("a file with nothing but a header has no rows; one without the header that it should have is an error that names it") {
    const TempDirectory directory;
    for (const char* text : {"", "\xef\xbb\xbf", "\n\r\n"}) {
        CHECK_THROWS_WITH(rows_of(directory.file("a", text)), directory.path("a") + ": there is no header: the file is empty (CsvOptions::header = false: it has none; "
                                                                                    "allow_missing_columns = true: it has no rows)");
        CHECK(rows_of(directory.file("a", text), {.allow_missing_columns = true}).empty());
    }
    CHECK(rows_of(directory.file("d", "a,b")).empty());
    CHECK(rows_of(directory.file("e", "a,b\r\n")).empty());
    CHECK(rows_of(directory.file("f", ""), {.header = false}).empty());
}

TEST_CASE("dialects: another delimiter, another quote or none, comments, no header, blanks taken off") {
    const TempDirectory directory;
    CHECK(rows_of(directory.file("a", "a;b\n'1;2';'it''s'\n"), {.delimiter = ';', .quote = '\''}) == Rows{{"1;2", "it's"}});
    CHECK(rows_of(directory.file("b", "a\tb\n\"1\t2\"\n"), {.delimiter = '\t', .quote = '\0'}) == Rows{{"\"1", "2\""}});
    CHECK(rows_of(directory.file("c", "# \"by hand\na,b\n1,#2\n#3,\"4\n5,6\n#"), {.comment = '#'}) == Rows{{"1", "#2"}, {"5", "6"}});
    CHECK(rows_of(directory.file("c", "#" + std::string(62, 'x') + "\na,b\n1,2\n"), {.comment = '#', .block = 1}) == Rows{{"1", "2"}});
    CHECK(rows_of(directory.file("d", "1,2\n3,4"), {.header = false}) == Rows{{"1", "2"}, {"3", "4"}});
    CHECK(rows_of(directory.file("e", "1,2,3\n4,5,6\n"), {.header = false, .columns = {"b", "x", "a"}}) == Rows{{"3", "1"}, {"6", "4"}});
    CHECK(rows_of(directory.file("f", "a , \"b\"\n 1 ,\t\"2,\n \" \n  ,\n"), {.trim = true}) == Rows{{"1", "2,\n "}, {"", std::nullopt}});
    CHECK(rows_of(directory.file("g", "a,b\nNA,NA\nx,\"NA\"\n,\n"), {.null = "NA"}) == Rows{{"NA", std::nullopt}, {"x", "NA"}, {"", ""}});
    CHECK_THROWS_AS(rows_of(directory.path("a"), {.delimiter = '"'}), std::invalid_argument);
    CHECK_THROWS_AS(rows_of(directory.path("a"), {.comment = ','}), std::invalid_argument);
}

TEST_CASE("a quote inside of a field that has none around it is a character") {
    const TempDirectory directory;
    CHECK(rows_of(directory.file("rows.csv", "a,b\n5\" disk,6\"\nx\"\",\"\"\n")) == Rows{{"5\" disk", "6\""}, {"x\"\"", ""}});
}

TEST_CASE("columns that are missing, too many or twice are errors or not, as the options say") {
    const TempDirectory directory;
    const std::string path = directory.file("rows.csv", "carrier,x\nAA,1\nBB,2\n");
    CHECK_THROWS_WITH(rows_of<Flight>(path), path + ": there is no column delay, only carrier, x");
    CHECK(rows_of<Flight>(path, {.allow_missing_columns = true}) == Flights{{"AA", -1, false}, {"BB", -1, false}});
    CHECK_THROWS_WITH(rows_of<Flight>(path, {.allow_missing_columns = true, .allow_extra_columns = false}), Contains("there are columns that no field has: carrier, x"));
    CHECK_THROWS_WITH(rows_of(directory.file("rows.csv", "a,b,a\n1,2,3\n")), Contains("two columns have the name a"));
    CHECK_THROWS_WITH(rows_of(directory.file("rows.csv", "a,\"b\"x\n1,2\n")), Contains("not rightly quoted"));
    CHECK_THROWS_WITH(rows_of(directory.file("rows.csv", "a,\"b\n1,2\n")), Contains("a quote is not closed"));
}

TEST_CASE("a bad row is named by file, line, column, field and value, and goes where the policy says") {
    const TempDirectory directory;
    const std::string path = directory.file("flights.csv", "carrier,delay,arrived\nAA,1,true\n\"B\nB\",later,true\nCC,2\nDD,3,maybe,\nEE,4,yes\n\"FF\"F,5,no\nGG,\"6\",no\n");
    Flights good;
    Rejects bad;
    const weir::Report report = weir::run(weir::from_csv<Flight>(path, weir::dead_letter(weir::collect_into(bad))) | weir::collect_into(good));
    CHECK(good == Flights{{"AA", 1, true}, {"EE", 4, true}, {"GG", 6, false}});
    REQUIRE(bad.size() == 4);
    CHECK(bad[0].event == "\"B\nB\",later,true");
    CHECK(bad[0].what() == "column delay: 'later' is not a number in the range of the field's type");
    CHECK(bad[0].position == weir::Position{path, 4, 4, 38});
    CHECK(bad[1].what() == "2 fields instead of 3");
    CHECK(bad[1].position == weir::Position{path, 5, 1, 49});
    CHECK(bad[2].what() == "4 fields instead of 3");
    CHECK(bad[3].what() == "column carrier: '\"FF\"F' is text follows the closing quote");
    try {
        std::rethrow_exception(bad[0].error);
    } catch (const weir::CsvError& error) {
        CHECK(error.column() == "delay");
        CHECK(error.value() == "later");
    }
    CHECK(report.at("from_csv#1").in == 7);
    CHECK(report.at("from_csv#1").passed == 3);
    CHECK(report.at("from_csv#1").dropped(weir::Drop::error) == 4);

    good.clear();
    weir::run(weir::from_csv<Flight>(path, weir::drop()) | weir::collect_into(good));
    CHECK(good.size() == 3);
}

struct Measured {
    int count = 0;
    double value = 0;
    float rate = 0;
    static constexpr auto fields() { return weir::fields("count", &Measured::count, "value", &Measured::value, "rate", &Measured::rate); }
};

TEST_CASE("numbers out of range are said to be that, and control characters are shown, a NUL too") {
    const TempDirectory directory;
    const std::string path = directory.file("measured.csv", "count,value,rate\n1,1e400,0\n1,0,1e39\n1\0,0,0\n\"\t\n\x1b\",0,0\n"s);
    Rejects bad;
    std::vector<Measured> good;
    weir::run(weir::from_csv<Measured>(path, weir::dead_letter(weir::collect_into(bad))) | weir::collect_into(good));
    REQUIRE(bad.size() == 4);
    CHECK(bad[0].what() == "column value: '1e400' is not a number in the range of the field's type");
    CHECK(bad[1].what() == "column rate: '1e39' is not a number in the range of the field's type");
    CHECK(bad[2].what() == "column count: '1\\0' is not an integer in the range of the field's type");
    CHECK(bad[3].what() == "column count: '\"\\t\\n\\x1b\"' is not an integer in the range of the field's type");
}

struct Sale {
    std::string item{};
    weir::Decimal<2> price{};
    static constexpr auto fields() { return weir::fields("item", &Sale::item, "price", &Sale::price); }
};

TEST_CASE("decimals are read as they are written, and what has too many digits is a bad row") {
    const TempDirectory directory;
    const std::string path = directory.file("sales.csv", "item,price\nA,12.30\nB,-0.5\nA,\"7\"\nB,1.005\n");
    Rejects bad;
    weir::run(weir::from_csv<Sale>(path, weir::dead_letter(weir::collect_into(bad))) | weir::key_by(&Sale::item) | weir::aggregate(weir::sum(&Sale::price))
              | weir::map([](const auto& row) { return Sale{row.key, row.value}; }) | weir::to_csv(directory.path("sums.csv")));
    CHECK(content_of(directory.path("sums.csv")) == "item,price\nA,19.30\nB,-0.50\n");
    REQUIRE(bad.size() == 1);
    CHECK(bad[0].what() == "column price: '1.005' is not a number with at most 2 decimals in the range of the field's type");
}

TEST_CASE("fail, the default: the job ends with the row, its place and the error, after the rows before it") {
    const TempDirectory directory;
    const std::string path = directory.file("flights.csv", "carrier,delay,arrived\nAA,1,true\nBB,2,true\nCC,x,true\nDD,4,true\n");
    const auto check = [&path](auto&& job, const Flights& good) {
        try {
            weir::run(job);
            FAIL("the job did not fail");
        } catch (const weir::EventError& error) {
            CHECK(error.what() == "from_csv: row 3 at " + path + ":4:4: column delay: 'x' is not a number in the range of the field's type");
            CHECK(error.number() == 3);
            CHECK_THROWS_AS(std::rethrow_if_nested(error), weir::CsvError);
        }
        CHECK(good == Flights{{"AA", 1, true}, {"BB", 2, true}});
    };
    Flights a, b;
    check(weir::from_csv<Flight>(path) | weir::collect_into(a), a);
    check(weir::from_csv<Flight>(path, {.block = 1}, weir::fail()) | weir::collect_into(b), b);
}

TEST_CASE("ragged rows may be let pass: what is missing keeps the value of a new row") {
    const TempDirectory directory;
    const std::string path = directory.file("flights.csv", "carrier,delay,arrived\nAA\nBB,2,true,x,y\nCC,3\n");
    CHECK(rows_of<Flight>(path, {.allow_ragged_rows = true}) == Flights{{"AA", -1, false}, {"BB", 2, true}, {"CC", 3, false}});
}

TEST_CASE("members that are no fields, and values that are gone, do not come back from rows before") {
    const TempDirectory directory;
    std::string text = "b,a\n";
    for (int i = 0; i < 1'000; ++i) text += "1,2\n,\n";
    std::size_t n = 0;
    weir::run(weir::from_csv<Texts>(directory.file("rows.csv", text), {.block = 64}) | weir::for_each([&n](Texts&& row) {
                  CHECK(row.b.has_value() == (n++ % 2 == 0));
                  CHECK(row.a == (row.b ? "2" : ""));
                  row.b = "kept";
              }));
    CHECK(n == 2'000);
    Flights flights;
    weir::run(weir::from_csv<Flight>(directory.file("flights.csv", "carrier,delay,arrived\nAA,1,1\nBB,2,0\nCC,3,1\nDD,4,0\nEE,5,1\nFF,6,0\nGG,7,1\n"), {.block = 64})
              | weir::for_each([&flights](Flight&& flight) {
                    flights.push_back(flight);
                    flight.seen = 7;
                }));
    CHECK(flights.size() == 7);
    CHECK(std::all_of(flights.begin(), flights.end(), [](const Flight& f) { return f.seen == 0; }));
}

TEST_CASE("NULs pass, and text that is not UTF-8 makes a bad row unless any bytes may pass") {
    const TempDirectory directory;
    const std::string text = "a,b\nx\0y,\0\nJos\xc3\xa9,\xe2\x82\xac\nJos\xe9,1\nz,\xff\n"s;
    const Read checked = read(directory, text);
    CHECK(checked.rows == Rows{{std::string("x\0y", 3), std::string(1, '\0')}, {"Jos\xc3\xa9", "\xe2\x82\xac"}});
    CHECK(checked.errors == Errors{"4:1: column a: 'Jos\\xe9' is not UTF-8 (CsvOptions::check_utf8 = false lets any bytes pass)",
                                   "5:3: column b: '\\xff' is not UTF-8 (CsvOptions::check_utf8 = false lets any bytes pass)"});
    CHECK(read(directory, text, {.check_utf8 = false}).rows.size() == 4);
}

TEST_CASE("a quote that nothing closes spoils its line, not the lines behind it") {
    const TempDirectory directory;
    const Read at_end = read(directory, "a,b\n1,2\n3,\"4\n5,6\n7,8\n");
    CHECK(at_end.rows == Rows{{"1", "2"}, {"5", "6"}, {"7", "8"}});
    CHECK(at_end.errors == Errors{"3:3: a quote is not closed, not in 1048576 bytes (CsvOptions::max_record) or before the end"});
    CHECK(at_end.rejects[0].event == "3,\"4");

    std::string text = "a,b\r\n1,2\r\n3,\"4\r\n";
    for (int i = 0; i < 50; ++i) text += "5,six\r\n";
    for (const std::size_t block : {1U, 100U, 65'536U}) {
        const Read far = read(directory, text + "7,\"8\"\r\n", {.max_record = 200, .block = block});
        CHECK(far.rows.size() == 52);
        REQUIRE(far.rejects.size() == 1);
        CHECK(far.rejects[0].event == "3,\"4");
        CHECK(far.rejects[0].position.line == 3);
    }
}

TEST_CASE("a quote that opens behind what is shown of a line is still told by its place") {
    const TempDirectory directory;
    for (const std::size_t block : {64U, 65'536U}) {
        const Read one = read(directory, "a,b\n" + std::string(3'000, 'x') + ",\"" + std::string(9'000, 'y') + "\n1,2\n", {.max_record = 5'000, .block = block});
        REQUIRE(one.errors.size() == 1);
        CHECK_THAT(one.errors[0], Contains("2:3002:"));
        CHECK(one.rows == Rows{{"1", "2"}});
    }
}

TEST_CASE("a record may be as long as allowed, one byte more is an error, and the next line is read") {
    const TempDirectory directory;
    for (const std::size_t block : {1U, 70U, 500U, 65'536U})
        for (const std::string end : {"\n", ""}) {
            const auto text = [&end](std::size_t n) { return "a,b\n1,2\n" + std::string(n, 'x') + ",z\n3,4\n" + std::string(n, 'y') + ",z" + end; };
            CHECK(read(directory, text(998), {.max_record = 1'000, .block = block}).rows.size() == 4);
            const Read over = read(directory, text(999), {.max_record = 1'000, .block = block});
            CHECK(over.rows == Rows{{"1", "2"}, {"3", "4"}});
            CHECK(over.errors == Errors{"3:1: a record is longer than 1000 bytes (CsvOptions::max_record)", "5:1: a record is longer than 1000 bytes (CsvOptions::max_record)"});
            CHECK(over.rejects[0].event == std::string(999, 'x') + ",z");
        }
}

TEST_CASE("a line of a gigabyte is one bad row, and takes no more memory than a record may") {
    const Gigabyte files("a,b\n1,2\n\"", "\n3,4\n");
    Rows rows;
    Rejects bad;
    weir::run(weir::from_csv<Texts>("long.csv", {.files = &files}, weir::dead_letter(weir::collect_into(bad))) | weir::collect_into(rows));
    CHECK(rows == Rows{{"1", "2"}, {"3", "4"}});
    REQUIRE(bad.size() == 1);
    CHECK(bad[0].position == weir::Position{"long.csv", 3, 1, 8});
    CHECK(bad[0].event.size() == 1'024);
    CHECK_THAT(bad[0].what(), Contains("a quote is not closed"));
}

TEST_CASE("a file that is not there, and a read that fails, are errors that name the file") {
    const TempDirectory directory;
    CHECK_THROWS_AS(rows_of(directory.path("missing.csv")), weir::FileError);
    std::string text = "a,b\n";
    for (int i = 0; i < 100; ++i) text += "1,2\n";
    FaultyFiles faulty;
    faulty.fails_at = 250;
    Rows seen;
    CHECK_THROWS_WITH(weir::run(weir::from_csv<Texts>(directory.file("rows.csv", text), {.block = 100, .files = &faulty}) | weir::collect_into(seen)), Contains("byte 250"));
    CHECK(seen.size() >= 40);
}

TEST_CASE("several files are read one after the other, each with its own header") {
    const TempDirectory directory;
    const std::vector<std::string> paths{directory.file("1", "a,b\n1,2\n"), directory.file("2", "a,b\n"), directory.file("3", "b,x,a\n3,4,5")};
    Rows rows;
    weir::run(weir::from_csv<Texts>(paths) | weir::collect_into(rows));
    CHECK(rows == Rows{{"1", "2"}, {"5", "3"}});
    CHECK_THROWS_WITH(weir::run(weir::from_csv<Texts>(std::vector<std::string>{paths[0], directory.file("4", "a,b\n1\n")}) | weir::collect_into(rows)),
                      "from_csv: row 1 at " + directory.path("4") + ":2:1: 1 field instead of 2");
}

/// The records of a text, one character after the other.
std::vector<std::vector<std::string>> records_of(std::string_view text) {
    std::vector<std::vector<std::string>> records;
    std::vector<std::string> fields(1);
    bool quoted = false, was_quoted = false, any = false;
    const auto end_record = [&] {
        if (any) records.push_back(fields);
        fields.assign(1, {});
        any = was_quoted = false;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c != '"') fields.back() += c;
            else if (i + 1 < text.size() && text[i + 1] == '"') fields.back() += text[++i];
            else quoted = false;
        } else if (c == '"' && fields.back().empty() && not was_quoted) quoted = was_quoted = any = true;
        else if (c == ',') fields.emplace_back(), was_quoted = false, any = true;
        else if (c == '\n') end_record();
        else if (c != '\r' || i + 1 == text.size() || text[i + 1] != '\n') fields.back() += c, any = true;
    }
    if (any) records.push_back(fields);
    return records;
}

TEST_CASE("rows do not depend on where blocks and reads end, quotes and line ends in them included") {
    const TempDirectory directory;
    std::mt19937 random(4);
    for (int round = 0; round < 100; ++round) {
        std::string text = random_text(random, 1 + random() % 60);
        if (text.ends_with('\r')) text += '\n';
        Rows expected;
        for (const auto& record : records_of(std::string_view(text).substr(4))) expected.push_back({record.at(0), record.at(1)});
        for (Texts& row : expected)
            if (row.b->empty()) row.b.reset();
        const std::string path = directory.file("rows.csv", text);
        FaultyFiles short_reads;
        for (const std::size_t block : {1U, 65U, 100U, 128U, 1'000U, 65'536U}) {
            short_reads.piece = 1 + random() % 100;
            Rows rows = rows_of(path, {.block = block, .files = &short_reads});
            for (Texts& row : rows)
                if (row.b && row.b->empty()) row.b.reset(); // "" is not none
            REQUIRE(rows == expected);
        }
    }
}

TEST_CASE("rows without quotes are those that are there, to the first quote and behind it") {
    const TempDirectory directory;
    std::mt19937 random(5);
    for (int round = 0; round < 60; ++round) {
        std::string text = "a,b\n";
        Rows expected;
        std::size_t bad = 0;
        const std::size_t n = 1 + random() % 2'000, quotes_from = round % 3 == 0 ? random() % (2 * n) : 2 * n, longest = round % 2 == 0 ? 3 : 60;
        const auto one_in = [&random](unsigned times) { return random() % times == 0; };
        for (std::size_t i = 0; i < n; ++i) {
            const std::string a = std::string(random() % longest, static_cast<char>('a' + i % 26)) + std::to_string(i), b(random() % longest, 'b');
            const bool quoted = i >= quotes_from && one_in(10), too_many = one_in(300);
            text += quoted ? '"' + a + '"' : a;
            text += ',' + b + (too_many ? "," : "") + (one_in(2) ? "\r\n" : "\n") + (one_in(300) ? "\n" : "") + (one_in(300) ? "\r\n" : "");
            if (too_many) ++bad;
            else expected.push_back({a, b.empty() ? std::nullopt : std::optional(b)});
        }
        for (const std::size_t block : {100U, 5'000U, 65'536U}) {
            const Read given = read(directory, text, {.block = block});
            CAPTURE(round, block);
            CHECK(given.rows == expected);
            CHECK(given.errors.size() == bad);
        }
    }
}

TEST_CASE("the ends of fields are found where they are, few or many in a word") {
    std::mt19937 random(6);
    const auto ends = std::make_unique<weir::detail::CsvEnds<>>();
    for (int round = 0; round < 300; ++round) {
        const std::size_t n = random() % 3'000, others = 1 + random() % 40;
        std::string text(n + 64, ',');
        for (std::size_t i = 0; i < n; ++i) text[i] = ",\nabc"[std::min<std::size_t>(random() % (1 + others), 4)];
        std::vector<std::size_t> expected;
        for (std::size_t i = 0; i < std::min<std::size_t>(n, 2'048); ++i)
            if (text[i] == ',' || text[i] == '\n') expected.push_back(i);
        CHECK(ends->find(text.data(), text.data() + n, ',', '"'));
        CHECK(std::vector<std::size_t>(ends->places(), ends->places() + ends->size()) == expected);
        if (n == 0) continue;
        text[random() % std::min<std::size_t>(n, 2'048)] = '"';
        CHECK_FALSE(ends->find(text.data(), text.data() + n, ',', '"'));
        CHECK(ends->find(text.data(), text.data() + n, ',', '\0'));
    }
}

} // namespace
