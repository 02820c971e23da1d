// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/arrow.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "counting_new.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using weir::arrow::BatchOptions;
using weir::arrow::from_stream;
using weir::arrow::RecordBatch;
using weir::arrow::Stream;
using weir::arrow::to_record_batch;
using weir::arrow::to_stream;

enum class Colour : std::uint8_t { red, green = 200 };

struct Place {
    std::string name{};
    std::optional<double> height{};
    static constexpr auto fields() { return weir::fields("name", &Place::name, "height", &Place::height); }
    friend bool operator==(const Place&, const Place&) = default;
};

/// A field of every kind.
struct Row {
    bool yes = false;
    std::int8_t i8 = 0;
    std::uint16_t u16 = 0;
    std::int32_t i32 = 0;
    std::uint64_t u64 = 0;
    float f = 0;
    double d = 0;
    std::string text{};
    std::vector<std::byte> bytes{};
    Colour colour = Colour::red;
    weir::Timestamp ns{};
    std::chrono::sys_time<std::chrono::minutes> minute{};
    std::chrono::sys_days date{};
    std::chrono::microseconds us{};
    Place place{};
    std::optional<bool> maybe_yes{};
    std::optional<std::int64_t> maybe_i64{};
    std::optional<std::string> maybe_text{};
    std::optional<std::chrono::sys_seconds> maybe_time{};
    std::optional<Place> maybe_place{};
    int not_a_field = 7;

    static constexpr auto fields() {
        return weir::fields("yes", &Row::yes, "i8", &Row::i8, "u16", &Row::u16, "i32", &Row::i32, "u64", &Row::u64, "f", &Row::f, "d", &Row::d, "text", &Row::text,
                            "bytes", &Row::bytes, "colour", &Row::colour, "ns", &Row::ns, "minute", &Row::minute, "date", &Row::date, "us", &Row::us, "place",
                            &Row::place, "maybe_yes", &Row::maybe_yes, "maybe_i64", &Row::maybe_i64, "maybe_text", &Row::maybe_text, "maybe_time",
                            &Row::maybe_time, "maybe_place", &Row::maybe_place);
    }
    friend bool operator==(const Row&, const Row&) = default;
};
using Rows = std::vector<Row>;

Rows random_rows(std::size_t n, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto chance = [&] { return random() % 2 == 0; };
    const auto text = [&] {
        constexpr std::string_view parts[] = {"", "a", "longer than twelve bytes", "\u00fc", "\U0001f40b", "zero \0 in it"};
        return std::string(parts[random() % std::size(parts)]) + std::string(random() % 3, 'x');
    };
    const auto place = [&] { return Place{text(), chance() ? std::optional(static_cast<double>(random() % 9000)) : std::nullopt}; };
    const auto number = [&] { return static_cast<std::int64_t>(random()) >> random() % 64; };
    Rows rows(n);
    for (Row& row : rows) {
        row.yes = chance();
        row.i8 = static_cast<std::int8_t>(number());
        row.u16 = static_cast<std::uint16_t>(number());
        row.i32 = static_cast<std::int32_t>(number());
        row.u64 = random();
        row.f = static_cast<float>(number()) / 8;
        row.d = static_cast<double>(number()) / 8;
        row.text = text();
        row.bytes.assign(random() % 4, static_cast<std::byte>(random()));
        row.colour = chance() ? Colour::red : Colour::green;
        row.ns = weir::Timestamp(std::chrono::nanoseconds(number()));
        row.minute = std::chrono::sys_time<std::chrono::minutes>(std::chrono::minutes(number() % 1'000'000'000));
        row.date = std::chrono::sys_days(std::chrono::days(number() % 100'000));
        row.us = std::chrono::microseconds(number());
        row.place = place();
        if (chance()) row.maybe_yes = chance();
        if (chance()) row.maybe_i64 = number();
        if (chance()) row.maybe_text = text();
        if (chance()) row.maybe_time = std::chrono::sys_seconds(std::chrono::seconds(number()));
        if (chance()) row.maybe_place = place();
    }
    return rows;
}

Rows rows_of(Stream stream) {
    Rows rows;
    weir::run(from_stream<Row>(std::move(stream)) | weir::collect_into(rows));
    return rows;
}

TEST_CASE("rows become an Arrow stream, and are the same when they come back") {
    const std::vector<Place> places{{"Zugspitze", 2962}, {"nowhere", {}}, {"Brocken", 1141}};
    ArrowArrayStream c_stream{}; // what pyarrow, DuckDB or Polars would be given
    to_stream(weir::from(places) | weir::filter([](const Place& place) { return place.name != "Brocken"; })).move_to(&c_stream);

    std::vector<Place> back;
    weir::run(from_stream<Place>(&c_stream) | weir::collect_into(back));
    CHECK(back == std::vector<Place>{{"Zugspitze", 2962}, {"nowhere", {}}});
    CHECK(c_stream.release == nullptr); // it was taken over
}

TEST_CASE("any number of rows in batches of any size comes back") {
    for (const std::size_t n : {0U, 1U, 7U, 8U, 9U, 2500U})
        for (const std::size_t size : {7U, 1000U, 65'536U})
            for (const bool large : {false, true}) {
                const Rows rows = random_rows(n, n);
                CHECK(rows_of(to_stream(rows, {.rows_per_batch = size, .large_strings = large})) == rows);             // cut where they stand
                CHECK(rows_of(to_stream(weir::from(rows), {.rows_per_batch = size, .large_strings = large})) == rows); // through a pipeline
            }
    CHECK(rows_of(to_stream(random_rows(10, 2), {.rows_per_batch = 3})) == random_rows(10, 2)); // owned
    CHECK_THROWS_AS(to_stream(Rows{}, {.rows_per_batch = 0}), std::invalid_argument);
    CHECK_THROWS_AS(to_stream(weir::from(Rows{}), {.rows_per_batch = 0}), std::invalid_argument);
}

TEST_CASE("an array that is sliced, outside or inside, begins where it says") {
    const Rows rows = random_rows(100, 3);
    const auto slice = [](ArrowArray& array, std::int64_t from) {
        array.offset += from;
        array.length -= from;
        if (array.null_count != 0) array.null_count = -1; // to be counted
    };
    for (const std::int64_t outside : {0, 1, 13, 100})
        for (const std::int64_t inside : {0, 1, 13}) {
            ArrowArray array{};
            ArrowSchema schema{};
            to_record_batch(rows).move_to(&array, &schema);
            for (std::int64_t i = 0; i < array.n_children; ++i) slice(*array.children[i], inside);
            array.length -= inside;
            slice(array, std::min(outside, array.length));
            const Rows expected(rows.begin() + std::min<std::ptrdiff_t>(100, outside + inside), rows.end());
            CHECK(rows_of(RecordBatch(&array, &schema)) == expected);
        }
}

TEST_CASE("rows are read without an allocation once their strings have grown") {
    const std::vector<Place> places(5000, {"long enough to be allocated, and all of one length", 1.0});
    weir::arrow::Rows<Place> source(to_record_batch(places));
    static_cast<void>(source.next_batch());
    std::size_t read = 0;
    const std::size_t before = allocations;
    for (auto some = source.next_batch(); not some.empty(); some = source.next_batch()) read += some.size();
    CHECK(allocations == before);
    CHECK(read == 5000 - 1024);
}

TEST_CASE("columns of what aggregates give have the names of to_csv") {
    const auto columns = [](const auto& row) {
        const RecordBatch batch = to_record_batch(std::vector{row});
        std::string all;
        for (std::int64_t i = 0; i < batch.schema().n_children; ++i) {
            const ArrowSchema& column = *batch.schema().children[i];
            all += std::string(column.name) + " " + column.format + (column.flags != 0 ? "? " : " ");
        }
        return all;
    };
    CHECK(columns(weir::Keyed<std::string, std::tuple<std::uint64_t, std::optional<double>>>{}) == "key u value1 L value2 g? ");
    CHECK(columns(weir::Windowed<std::pair<int, bool>, Place>{}) == "key1 i key2 b start tsn:UTC end tsn:UTC name u height g? ");
    CHECK(columns(weir::Windowed<weir::NoKey, Place>{}) == "start tsn:UTC end tsn:UTC name u height g? ");
}

TEST_CASE("batches can be taken one by one, and released in any order") {
    const Rows rows = random_rows(50, 5);
    std::vector<RecordBatch> batches;
    weir::run(weir::from(rows) | weir::arrow::batches({.rows_per_batch = 20}) | weir::collect_into(batches));
    REQUIRE(batches.size() == 3);
    CHECK(batches[0].rows() + batches[1].rows() + batches[2].rows() == 50);

    ArrowArray array{};
    ArrowSchema schema{};
    std::move(batches[1]).move_to(&array, &schema);
    batches.clear();
    ArrowArray text = *array.children[7]; // a child is moved out: the consumer marks it as released, and its parent goes first
    array.children[7]->release = nullptr;
    ArrowSchema name = *schema.children[14];
    schema.children[14]->release = nullptr;
    array.release(&array);
    schema.release(&schema);
    CHECK(array.release == nullptr);
    CHECK(std::string(static_cast<const char*>(text.buffers[2]), 1).size() == 1);
    CHECK(std::string(name.children[1]->name) == "height");
    text.release(&text);
    name.release(&name);
}

TEST_CASE("arrays outlive their stream, which may be released before its end") {
    const Rows rows = random_rows(300, 6);
    weir::arrow::Owner<ArrowArray> array;
    std::shared_ptr<const weir::arrow::Owner<ArrowSchema>> schema;
    {
        Stream stream = to_stream(rows, {.rows_per_batch = 100});
        schema = std::make_shared<const weir::arrow::Owner<ArrowSchema>>(stream.schema());
        array = stream.next();
        CHECK(stream.next()->length == 100);
    }
    CHECK(rows_of(RecordBatch(std::move(array), schema)) == Rows(rows.begin(), rows.begin() + 100));
    ArrowArrayStream released{};
    CHECK_THROWS_WITH(Stream(&released), "arrow: it was released, or moved away, before");
}

TEST_CASE("what goes wrong in the pipeline reaches the reader, behind the batches before it, again and again") {
    ArrowArrayStream stream{};
    std::vector<int> numbers(100);
    for (int i = 0; i < 100; ++i) numbers[static_cast<std::size_t>(i)] = i;
    to_stream(weir::from(numbers) | weir::map([](int i) { return i == 35 ? throw std::runtime_error("number 35 is refused") : i; }), {.rows_per_batch = 10}).move_to(&stream);
    ArrowArray array{};
    for (int batch = 0; batch < 3; ++batch) {
        REQUIRE(stream.get_next(&stream, &array) == 0);
        CHECK(array.length == 10);
        CHECK(stream.get_last_error(&stream) == nullptr);
        array.release(&array);
    }
    for (int again = 0; again < 2; ++again) {
        CHECK(stream.get_next(&stream, &array) == EIO);
        CHECK(std::string(stream.get_last_error(&stream)) == "number 35 is refused");
        CHECK(array.release == nullptr);
    }
    stream.release(&stream);
    CHECK(stream.release == nullptr);
}

TEST_CASE("a value that no column can hold is an error that names it") {
    const auto says = [](auto rows, BatchOptions options = {}) -> std::string {
        try {
            return std::to_string(to_record_batch(rows, options).rows()) + " rows";
        } catch (const weir::arrow::Error& error) {
            CHECK(error.info().code == EINVAL);
            return error.what();
        }
    };
    CHECK(says(std::vector<Place>{{"fine \u00fc", {}}, {"broken \xfc", {}}}) ==
          "arrow: row 2, column name: the text is not UTF-8 (BatchOptions::check_utf8 = false lets any bytes pass)");
    CHECK(says(std::vector<Place>{{"broken \xfc", {}}}, {.check_utf8 = false}) == "1 rows");
    const std::unique_ptr<char[]> gigabyte(new char[1U << 30]); // not looked at
    CHECK(says(std::vector(2, std::string_view(gigabyte.get(), 1U << 30))) ==
          "arrow: row 2, column value: more than 2 GiB in one batch: take fewer rows_per_batch, or BatchOptions::large_strings");
    CHECK(says(std::vector{std::chrono::sys_days::max()}) == "arrow: row 1, column value: the time is out of the range that the column can hold");
    CHECK(says(std::vector{std::chrono::minutes::max()}) == "arrow: row 1, column value: the time is out of the range that the column can hold");
}

} // namespace
