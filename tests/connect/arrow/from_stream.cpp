// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/arrow/from_stream.hpp>
#include <weir/weir.hpp>

#include "connect/arrow/made.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace arrow_test;
using namespace std::chrono_literals;
using Catch::Contains;
using weir::arrow::from_stream;

template <typename T>
struct One {
    T value{};
    static constexpr auto fields() { return weir::fields("value", &One::value); }
};

/// What a field of this type reads from a column. Whatever comes of it, each struct is released once.
template <typename T>
std::vector<T> read(const std::vector<Made>& batches, const std::string& error = {}) {
    Count count;
    std::vector<T> values;
    const auto all = [&] {
        MadeStream stream(batches, count, error);
        weir::arrow::Rows<One<T>> rows(stream.get());
        for (auto some = rows.next_batch(); not some.empty(); some = rows.next_batch())
            for (const One<T>& row : some) values.push_back(row.value);
    };
    try {
        all();
    } catch (...) {
        CHECK(count.made == count.released);
        throw;
    }
    CHECK(count.made == count.released);
    return values;
}
template <typename T>
std::vector<T> read(const Made& column) { return read<T>(std::vector{batch({column})}); }
template <typename T>
std::string refusal(const Made& column) {
    try {
        read<T>(column);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "it was taken";
}

/// The same numbers as each of Arrow's integers.
std::vector<Made> integers(const std::vector<std::int8_t>& values) {
    const auto as = [&]<typename S>(const char* format, S) { return numbers(format, "value", std::vector<S>(values.begin(), values.end())); };
    return {as("c", std::int8_t{}),  as("s", std::int16_t{}),  as("i", std::int32_t{}),  as("l", std::int64_t{}),
            as("C", std::uint8_t{}), as("S", std::uint16_t{}), as("I", std::uint32_t{}), as("L", std::uint64_t{})};
}

TEST_CASE("numbers are read from columns of any width, where the field can hold them") {
    for (const Made& column : integers({0, 1, 127})) {
        CHECK(read<std::int16_t>(column) == std::vector<std::int16_t>{0, 1, 127});
        CHECK(read<double>(column) == std::vector<double>{0, 1, 127});
    }
    CHECK(read<double>(numbers<float>("f", "value", {0.5F})) == std::vector{0.5});
    CHECK(read<std::int16_t>(numbers<std::int64_t>("l", "value", {-32'768, 32'767})) == std::vector<std::int16_t>{-32'768, 32'767});
    constexpr std::string_view out_of_range = "from_stream: arrow: row 2, column value: ";
    CHECK(refusal<std::int16_t>(numbers<std::int64_t>("l", "value", {1, 32'768})) == std::string(out_of_range) + "32768 is out of what the field can hold");
    CHECK(refusal<std::int16_t>(numbers<std::uint64_t>("L", "value", {1, ~std::uint64_t{0}})) == std::string(out_of_range) + "18446744073709551615 is out of what the field can hold");
    CHECK(refusal<double>(numbers<std::int64_t>("l", "value", {1, (std::int64_t{1} << 53) + 1})) == std::string(out_of_range) + "9007199254740993 is out of what the field can hold");
}

TEST_CASE("times are read from any unit, where nothing must be rounded") {
    const auto time = [](const char* format, std::int64_t count) { return numbers<std::int64_t>(format, "value", {count}); };
    using Times = std::vector<weir::Timestamp>;
    CHECK(read<weir::Timestamp>(time("tss:UTC", 2)) == Times{weir::Timestamp(2s)});
    CHECK(read<weir::Timestamp>(time("tsm:Europe/Berlin", 2)) == Times{weir::Timestamp(2ms)});
    CHECK(read<weir::Timestamp>(time("tsu:", -2)) == Times{weir::Timestamp(-2us)});
    CHECK(read<weir::Timestamp>(time("tsn:", 2)) == Times{weir::Timestamp(2ns)});
    CHECK(read<weir::Timestamp>(time("tdm", 86'400'000)) == Times{weir::Timestamp(24h)});
    CHECK(read<weir::Timestamp>(numbers<std::int32_t>("tdD", "value", {-1})) == Times{weir::Timestamp(-24h)});
    CHECK(read<std::chrono::sys_days>(time("tsn:UTC", 86'400'000'000'000)) == std::vector{std::chrono::sys_days(std::chrono::days(1))});
    CHECK(read<std::chrono::seconds>(time("tDm", 3000)) == std::vector{3s});
    CHECK(read<std::chrono::seconds>(numbers<std::int32_t>("tts", "value", {3})) == std::vector{3s});
    CHECK(read<std::chrono::seconds>(time("ttn", 3'000'000'000)) == std::vector{3s});
    CHECK_THAT(refusal<std::chrono::seconds>(time("tDm", 3001)), Contains("row 1, column value: 3001 is out of what"));
    CHECK_THAT(refusal<weir::Timestamp>(time("tss:", 10'000'000'000)), Contains("10000000000 is out of what"));
}

TEST_CASE("text is read from every form that it has, and from dictionaries") {
    using Texts = std::vector<std::string>;
    const Texts texts_of_all_sizes{"", "twelve bytes", "thirteen byte", "another one that is long"};
    CHECK(read<std::string>(texts("u", "value", texts_of_all_sizes)) == texts_of_all_sizes);
    CHECK(read<std::string>(texts("U", "value", texts_of_all_sizes)) == texts_of_all_sizes);
    CHECK(read<std::string>(texts("u", "value", {"", ""})) == Texts{"", ""});

    const auto view = [](const std::string& text, std::int32_t buffer, std::int32_t from) {
        const std::string size = bytes<std::int32_t>({static_cast<std::int32_t>(text.size())});
        return text.size() <= 12 ? size + text + std::string(12 - text.size(), '\0') : size + text.substr(0, 4) + bytes<std::int32_t>({buffer, from});
    };
    Made views{.format = "vu", .name = "value", .length = 4, .buffers = {std::nullopt, "", "xxthirteen byte", "another one that is long", bytes<std::int64_t>({15, 24})}};
    views.buffers[1] = view(texts_of_all_sizes[0], 0, 0) + view(texts_of_all_sizes[1], 0, 0) + view(texts_of_all_sizes[2], 0, 2) + view(texts_of_all_sizes[3], 1, 0);
    CHECK(read<std::string>(views) == texts_of_all_sizes);
    views.buffers[4] = bytes<std::int64_t>({15, 23});
    CHECK(refusal<std::string>(views) == "arrow: column value: a view points outside of its buffers");

    for (Made indices : integers({1, 0, 1})) {
        indices.dictionary = {texts("u", "", {"no", "yes"})};
        CHECK(read<std::string>(indices) == Texts{"yes", "no", "yes"});
        indices.null_count = -1;
        indices.buffers[0] = bits("110");
        CHECK(read<std::optional<std::string>>(indices) == std::vector<std::optional<std::string>>{"yes", "no", std::nullopt});
        indices.dictionary = {texts("u", "", {"only one"})};
        CHECK_THAT(refusal<std::string>(indices), Contains("column value: the index 1 is outside of the dictionary, which has 1 values"));
    }
    Made sliced = numbers<std::int8_t>("c", "value", {9, 9, 1});
    sliced.offset = 2;
    sliced.length = 1;
    sliced.dictionary = {texts("u", "", {"not in it", "no", "yes"}, "101")};
    sliced.dictionary[0].offset = 1;
    sliced.dictionary[0].length = 2;
    CHECK(read<std::string>(sliced) == Texts{"yes"});
    sliced.dictionary[0].null_count = 1;
    sliced.length = 3;
    sliced.offset = 0;
    sliced.buffers[1] = bytes<std::int8_t>({1, 0, 1});
    CHECK(read<std::optional<std::string>>(sliced) == std::vector<std::optional<std::string>>{"yes", std::nullopt, "yes"});
}

TEST_CASE("bytes of a fixed width and views of bytes are bytes") {
    const std::vector<std::vector<std::byte>> pair{{std::byte{'a'}, std::byte{'b'}}, {std::byte{'c'}, std::byte{'d'}}};
    CHECK(read<std::vector<std::byte>>({.format = "w:2", .name = "value", .length = 2, .buffers = {std::nullopt, "abcd"}}) == pair);
    CHECK(read<std::vector<std::byte>>(texts("z", "value", {"ab", "cd"})) == pair);
}

TEST_CASE("null is for std::optional only") {
    using Maybe = std::optional<std::int32_t>;
    const Made column = numbers<std::int32_t>("i", "value", {1, 2, 3}, "101");
    CHECK(read<Maybe>(column) == std::vector<Maybe>{1, std::nullopt, 3});
    CHECK(read<Maybe>({.format = "n", .name = "value", .length = 2}) == std::vector<Maybe>(2));
    CHECK(refusal<std::int32_t>(column) == "from_stream: arrow: row 2, column value: null, and the field is no std::optional");
    CHECK_THAT(refusal<std::int16_t>(numbers<std::int64_t>("l", "value", {1, 2, 40'000}, "101")), Contains("row 2, column value: null")); // the first row
    CHECK_THAT(refusal<std::int16_t>(numbers<std::int64_t>("l", "value", {1, 40'000, 3}, "110")), Contains("row 2, column value: 40000"));
    Made all_null = batch({numbers<std::int32_t>("i", "value", {1, 2})});
    all_null.null_count = 1;
    all_null.buffers[0] = bits("10");
    CHECK_THROWS_WITH(read<std::int32_t>(std::vector{all_null}), "from_stream: arrow: row 2, the whole row is null");
    Made uncounted = column;
    uncounted.null_count = 1;
    uncounted.buffers[0].reset();
    CHECK(refusal<Maybe>(uncounted) == "arrow: column value: the array has nulls, but does not say which");
}

TEST_CASE("a column that is not there, or of another type, is one error that names it") {
    const Made other = numbers<std::int32_t>("i", "other", {1});
    CHECK_THROWS_WITH(read<int>(std::vector{batch({other, texts("u", "name", {"a"})})}), "arrow: column value: there is none of that name, only other, name");
    const Made value = numbers<std::int32_t>("i", "value", {1});
    CHECK_THROWS_WITH(read<int>(std::vector{batch({value, value})}), "arrow: column value: there are two of that name");
    CHECK(read<int>(std::vector{batch({other, value})}) == std::vector{1}); // what has no field is not looked at
    CHECK(refusal<std::string>(value) == "arrow: column value: it is int32 (i), and the field needs utf8");
    CHECK(refusal<int>(numbers<float>("f", "value", {1})) == "arrow: column value: it is float (f), and the field needs an integer");
    CHECK(refusal<float>(numbers<double>("g", "value", {1})) == "arrow: column value: it is double (g), and the field needs float");
    CHECK(refusal<bool>(numbers<std::int8_t>("c", "value", {1})) == "arrow: column value: it is int8 (c), and the field needs bool");
    CHECK(refusal<double>({.format = "d:10,2", .name = "value"}) == "arrow: column value: it is decimal (d:10,2), and the field needs double, float or an integer");
    CHECK(refusal<int>({.format = "n", .name = "value"}) == "arrow: column value: it is null (n), and the field needs an integer");
    CHECK(refusal<weir::Timestamp>(numbers<std::int64_t>("l", "value", {1})) == "arrow: column value: it is int64 (l), and the field needs a timestamp or a date");
    Made encoded = value;
    encoded.dictionary = {numbers<double>("g", "", {1})};
    CHECK(refusal<std::string>(encoded) == "arrow: column value: it is int32 (i) into a dictionary of double (g), and the field needs utf8");
    CHECK_THROWS_WITH(read<int>(std::vector{value}), "arrow: rows are needed, a struct with a child for each column, not int32 (i)");
}

TEST_CASE("an array that cannot be right is an error, and nothing is read from it") {
    Made column = texts("u", "value", {"ab", "cd"});
    const auto with = [&](auto change) {
        Made changed = column;
        change(changed);
        return refusal<std::string>(changed);
    };
    CHECK(with([](Made& m) { m.buffers[1] = bytes<std::int32_t>({0, 3, 2}); }) == "arrow: column value: the offsets of the text do not grow");
    CHECK(with([](Made& m) { m.buffers[1] = bytes<std::int32_t>({-1, 2, 4}); }) == "arrow: column value: the offsets of the text do not grow");
    CHECK(with([](Made& m) { m.buffers.pop_back(); }) == "arrow: column value: the array has 2 buffers, and needs 3");
    CHECK(with([](Made& m) { m.buffers[1].reset(); }) == "arrow: column value: a buffer is missing");
    CHECK(with([](Made& m) { m.offset = -1; }) == "arrow: column value: the array has a negative length or offset");
    Made longer = batch({column});
    longer.length = 3;
    CHECK_THROWS_WITH(read<std::string>(std::vector{longer}), "arrow: column value: the array is shorter than the batch");
    CHECK_THROWS_WITH(read<std::string>(std::vector{batch({column}), batch({})}), "arrow: the array has 0 columns and the schema 1");
}

TEST_CASE("an error of the stream comes behind its rows, and empty batches mean nothing") {
    const auto some = [](std::vector<int> values) { return batch({numbers<int>("i", "value", values)}); };
    CHECK(read<int>({some({}), some({1, 2}), some({}), some({3})}) == std::vector{1, 2, 3});
    CHECK_THROWS_WITH(read<int>({some({1})}, "the disk is gone"), "arrow: the disk is gone");
}

TEST_CASE("a bad row goes to the policy, with as much of it as can be read") {
    struct Flight {
        std::string carrier{};
        std::int32_t delay = -1;
        static constexpr auto fields() { return weir::fields("carrier", &Flight::carrier, "delay", &Flight::delay); }
    };
    Count count;
    std::vector<Made> batches;
    for (int i = 0; i < 2; ++i) batches.push_back(batch({numbers<std::int64_t>("l", "delay", {10, 1L << 40, 30, 40}, "1101"), texts("u", "carrier", {"A", "B", "C", "D"})}));
    std::vector<Flight> good;
    std::vector<weir::Rejected<Flight>> bad;
    MadeStream stream(batches, count);
    const weir::Report report = weir::run(from_stream<Flight>(stream.get(), weir::dead_letter(weir::collect_into(bad))) | weir::collect_into(good));
    REQUIRE(good.size() == 4);
    CHECK(good[3].carrier == "D");
    REQUIRE(bad.size() == 4);
    CHECK(bad[0].what() == "arrow: row 2, column delay: 1099511627776 is out of what the field can hold");
    CHECK(bad[3].what() == "arrow: row 7, column delay: null, and the field is no std::optional");
    CHECK(bad[3].event.carrier == "C");
    CHECK(bad[3].event.delay == -1);
    CHECK(report.at("from_stream#1").dropped(weir::Drop::error) == 4);
    CHECK(count.made == count.released);

    good.clear();
    MadeStream again(batches, count);
    CHECK_THROWS_AS(weir::run(from_stream<Flight>(again.get()) | weir::collect_into(good)), weir::EventError);
    CHECK(good.size() == 1); // the rows before it
    CHECK(count.made == count.released);
}

} // namespace
