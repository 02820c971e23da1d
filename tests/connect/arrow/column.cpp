// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/arrow/record_batch_of.hpp>
#include <weir/connect/arrow/record_batches.hpp>
#include <weir/connect/arrow/to_stream.hpp>
#include <weir/weir.hpp>

#include "connect/arrow/made.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace arrow_test;
using namespace std::chrono_literals;
using weir::arrow::RecordBatch;
using weir::arrow::Stream;

std::vector<Made> two_batches() {
    std::vector<Made> batches;
    for (const double first : {1.0, 10.0}) batches.push_back(batch({texts("u", "name", {"a", "b", "c"}, "101"), numbers<double>("g", "delay", {first, first + 1, first + 2})}));
    batches[1].offset = 1; // sliced
    batches[1].length = 2;
    return batches;
}

TEST_CASE("a column goes to a batch processor where it lies") {
    Count count;
    std::vector<double> sums;
    {
        MadeStream stream(two_batches(), count);
        weir::run(weir::from(weir::arrow::column<double>(stream.get(), "delay")) | weir::as_batches()
                  | weir::process([](std::span<const double> delays) { return std::accumulate(delays.begin(), delays.end(), 0.0); }) | weir::collect_into(sums));
    }
    CHECK(sums == std::vector<double>{6, 23});
    CHECK(count.made == count.released);
}

TEST_CASE("a record batch is an event, with its columns where they lie") {
    Count count;
    std::vector<std::string> names;
    {
        MadeStream stream(two_batches(), count);
        weir::run(weir::from(weir::arrow::record_batches(stream.get())) | weir::for_each([&](const RecordBatch& batch) {
                      const auto name = batch.column<std::string_view>("name");
                      const auto delay = batch.column<double>("delay");
                      CHECK(delay.values().data() == static_cast<const double*>(batch.array().children[1]->buffers[1]) + batch.array().offset);
                      for (std::size_t i = 0; i < batch.rows(); ++i) names.push_back((name.is_null(i) ? "null" : std::string(name[i])) + std::to_string(static_cast<int>(delay[i])));
                  }));
    }
    CHECK(names == std::vector<std::string>{"a1", "null2", "c3", "null11", "c12"});
    CHECK(count.made == count.released);
}

TEST_CASE("a column is looked at in its own form only") {
    const auto refusal = [](auto&& fn) -> std::string {
        try {
            fn();
        } catch (const weir::arrow::Error& error) {
            return error.what();
        }
        return "it was taken";
    };
    Count count;
    const auto look = [&]<typename T>(const Made& column, std::type_identity<T>) {
        ArrowArray array = array_of(batch({column}), count);
        ArrowSchema schema = schema_of(batch({column}), count);
        const RecordBatch all(&array, &schema);
        std::vector<T> values;
        const auto view = all.column<T>("x");
        for (std::size_t i = 0; i < view.size(); ++i) values.push_back(view[i]);
        if constexpr (requires { view.values(); }) static_cast<void>(view.values());
        return values;
    };
    CHECK(look(numbers<std::int64_t>("tsm:UTC", "x", {5}), std::type_identity<std::chrono::sys_time<std::chrono::milliseconds>>{}).front().time_since_epoch() == 5ms);
    CHECK(look(numbers<std::int64_t>("tDs", "x", {5}), std::type_identity<std::chrono::seconds>{}) == std::vector{5s});
    CHECK(look({.format = "b", .name = "x", .length = 3, .buffers = {std::nullopt, bits("011")}}, std::type_identity<bool>{}) == std::vector{false, true, true});
    CHECK(look(texts("z", "x", {"ab"}), std::type_identity<std::span<const std::byte>>{}).front().size() == 2);
    CHECK(refusal([&] { look(numbers<int>("i", "x", {5}), std::type_identity<double>{}); }) == "arrow: column x: it is int32 (i), and not g");
    CHECK(refusal([&] { look(numbers<std::int64_t>("tsu:", "x", {5}), std::type_identity<weir::Timestamp>{}); }) == "arrow: column x: it is timestamp (tsu:), and not tsn:UTC");
    CHECK(refusal([&] { look(numbers<int>("i", "y", {5}), std::type_identity<int>{}); }) == "arrow: column x: there is none of that name, only y");
    Made encoded = numbers<std::int8_t>("c", "x", {1, 0});
    encoded.dictionary = {numbers<int>("i", "", {7, 8})};
    CHECK(refusal([&] { look(encoded, std::type_identity<int>{}); }) == "arrow: column x: its values are in a dictionary, so they do not stand in a row");
    Made shifted = numbers<std::int8_t>("c", "x", {0, 1, 0, 0, 0, 0, 0, 0, 0});
    CHECK(refusal([&] {
              ArrowArray array = array_of(batch({shifted}), count);
              ArrowSchema schema = schema_of(batch({numbers<int>("i", "x", {})}), count);
              array.length = array.children[0]->length = 1;
              const void* odd = static_cast<const char*>(array.children[0]->buffers[1]) + 1;
              array.children[0]->buffers[1] = odd;
              const RecordBatch all(&array, &schema);
              CHECK(all.column<int>("x")[0] == 1);
              static_cast<void>(all.column<int>("x").values());
          }) == "arrow: column x: its memory is not aligned");
    CHECK(refusal([&] {
              MadeStream stream({batch({numbers<int>("i", "x", {1})}), batch({numbers<int>("i", "x", {1, 2}, "10")})}, count);
              weir::run(weir::from(weir::arrow::column<int>(stream.get(), "x")) | weir::for_each([](int) {}));
          }) == "arrow: row 3, column x: null: a column is lent where it lies only without nulls; see record_batches");
    CHECK(count.made == count.released);
}

TEST_CASE("columns that were made as such stay where they are") {
    std::vector<double> means{1.5, 2.5};
    const double* where = means.data();
    RecordBatch batch = weir::arrow::record_batch_of("mean", std::move(means), "station", std::vector<std::string>{"a", "b"}, "best", std::vector<std::optional<bool>>{true, {}});
    CHECK(batch.column<double>("mean").values().data() == where);
    CHECK(batch.column<std::string_view>("station")[1] == "b");
    CHECK(batch.column<bool>("best").is_null(1));
    CHECK(weir::arrow::record_batch_of().rows() == 0);
    CHECK_THROWS_WITH(weir::arrow::record_batch_of("a", std::vector{1}, "b", std::vector{1, 2}), "arrow: column b: it has 2 values, and those before it 1");
}

TEST_CASE("a pipeline of record batches is a stream of them, without a copy") {
    Count count;
    {
        MadeStream stream(two_batches(), count);
        Stream filtered = to_stream(weir::from(weir::arrow::record_batches(stream.get())) | weir::filter([](const RecordBatch& batch) { return batch.rows() < 3; }));
        CHECK(std::string(filtered.schema()->children[1]->name) == "delay");
        const auto array = filtered.next();
        REQUIRE(array->length == 2);
        CHECK(array->offset == 1); // as it was made
        CHECK_FALSE(filtered.next());

        MadeStream none({batch({})}, count);
        CHECK(to_stream(weir::from(weir::arrow::record_batches(none.get())) | weir::take(0)).schema()->n_children == 0);
        std::vector<RecordBatch> mixed;
        mixed.push_back(weir::arrow::record_batch_of("a", std::vector{1}));
        mixed.push_back(weir::arrow::record_batch_of("b", std::vector{1}));
        Stream other = to_stream(std::move(mixed));
        CHECK(other.next());
        CHECK_THROWS_WITH(other.next(), "arrow: a record batch has other columns than the first one of its stream");
    }
    CHECK(count.made == count.released);
}

} // namespace
