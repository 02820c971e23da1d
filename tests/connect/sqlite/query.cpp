// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/sqlite.hpp>
#include <weir/testing.hpp>
#include <weir/decimal.hpp>

#include "connect/sqlite/rows.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace {

using namespace sqlite_test;
using namespace std::chrono_literals;
using weir::sqlite::Database;
using weir::sqlite::Inserter;
using weir::sqlite::query;

const std::string all = "select carrier, delay, arrived from flight order by rowid";

std::string stored(const TempDirectory& directory, int n) {
    std::string file = directory.file("flights.db");
    Inserter<Flight>(file, "flight").insert(flights(0, n));
    return file;
}

template <typename Source>
auto read_all(Source&& source) {
    std::vector<typename std::remove_cvref_t<Source>::event_type> rows;
    for (auto batch = source.next_batch(); not batch.empty(); batch = source.next_batch())
        for (auto& row : batch) rows.push_back(std::move(row)); // the source allows it
    return rows;
}

TEST_CASE("a query gives the stored rows as they were, in batches") {
    const TempDirectory directory;
    const std::string file = stored(directory, 2500);
    auto source = query<Flight>(file, all);
    static_assert(std::is_same_v<decltype(source)::event_type, Flight> && decltype(source)::bounded);
    std::vector<std::size_t> sizes;
    std::vector<Flight> rows;
    for (auto batch = source.next_batch(); not batch.empty(); batch = source.next_batch()) {
        sizes.push_back(batch.size());
        rows.insert(rows.end(), batch.begin(), batch.end());
    }
    CHECK(rows == flights(0, 2500));
    CHECK(sizes == std::vector<std::size_t>{1024, 1024, 452});
    CHECK(source.next_batch().empty());
}

TEST_CASE("where batches are cut does not matter, and rows may be moved from") {
    const TempDirectory directory;
    const std::string file = stored(directory, 10);
    for (const std::size_t rows : {0U, 1U, 3U, 5U, 10U, 11U}) CHECK(read_all(query<Flight>(file, all).rows_per_batch(rows)) == flights(0, 10));
    CHECK(read_all(query<Flight>(file, all + " limit 0")).empty());
}

struct Everything {
    bool yes = false;
    std::int8_t small = 0;
    std::uint64_t large = 0;
    float ratio = 0;
    std::optional<std::string> name;
    std::vector<std::byte> raw;
    weir::Timestamp at{};
    std::optional<std::chrono::milliseconds> took;
    static constexpr auto fields() {
        return weir::fields("yes", &Everything::yes, "small", &Everything::small, "large", &Everything::large, "ratio", &Everything::ratio, "name",
                            &Everything::name, "raw", &Everything::raw, "at", &Everything::at, "took", &Everything::took);
    }
    friend bool operator==(const Everything&, const Everything&) = default;
};

TEST_CASE("all types make the round trip through table and query") {
    const TempDirectory directory;
    const std::string file = directory.file("all.db");
    const std::vector<Everything> rows{{true, -128, 1ULL << 62, 0.25F, "x", {std::byte{1}, std::byte{0}}, weir::Timestamp(5ns), 3ms},
                                       {false, 127, 0, -1e30F, std::nullopt, {}, weir::min_time, std::nullopt},
                                       {true, 0, 7, 0, "", {std::byte{9}}, weir::max_time, -1ms}};
    Inserter<Everything>(file, "everything").insert(rows);
    CHECK(read_all(query<Everything>(file, "select * from everything order by rowid").rows_per_batch(1)) == rows);
}

struct Price {
    weir::Decimal<2> price;
    std::optional<weir::Decimal<1, std::int8_t>> change;
    static constexpr auto fields() { return weir::fields("price", &Price::price, "change", &Price::change); }
    friend bool operator==(const Price&, const Price&) = default;
};

TEST_CASE("decimals are numbers for SQLite, and exact") {
    const TempDirectory directory;
    const std::string file = directory.file("prices.db"), all_prices = "select price, change from price order by rowid";
    std::vector<Price> rows;
    std::vector<std::int64_t> units_of;
    constexpr std::int64_t most = 1'000'000'000'000'000;
    weir::Random random(1);
    for (std::int64_t units = 1; units < most; units = units * 3 + 1) units_of.push_back(units);
    for (int i = 0; i < 500; ++i) units_of.push_back(most - static_cast<std::int64_t>(random.below(i < 250 ? 1'000 : most / 2)));
    for (const std::int64_t units : units_of)
        for (const int sign : {1, -1}) rows.push_back({weir::Decimal<2>::from_units(sign * units), weir::Decimal<1, std::int8_t>::from_units(sign * static_cast<int>(units % 128))});
    Inserter<Price> inserter(file, "price");
    inserter.insert(rows);
    CHECK(read_all(query<Price>(file, all_prices)) == rows);
    CHECK(read_all(query<Price>(file, "select 5 as price, null as change")) == std::vector<Price>{{weir::Decimal<2>(5), std::nullopt}});
    CHECK_THROWS_WITH(read_all(query<Price>(file, "select 0.125 as price, null as change")), Catch::Contains("expected a number with no more decimals"));
    CHECK_THROWS_WITH(read_all(query<Price>(file, "select 1e300 as price, null as change")), Catch::Contains("field \"price\""));
    CHECK_THROWS_WITH(read_all(query<Price>(file, "select 1 as price, 12.8 as change")), Catch::Contains("field \"change\""));
    CHECK_THROWS_WITH(inserter.insert(std::vector<Price>{{weir::Decimal<2>::from_units(most + 1), std::nullopt}}), Catch::Contains("10^15 units"));
}

TEST_CASE("columns are matched by name: order and case do not matter, further ones are ignored") {
    const TempDirectory directory;
    const std::string file = stored(directory, 3);
    CHECK(read_all(query<Flight>(file, "select 1 as extra, arrived, delay + 0 as DELAY, x'00', carrier as Carrier from flight")) == flights(0, 3));
}

TEST_CASE("parameters are given behind the query, and are kept until it is opened") {
    const TempDirectory directory;
    const std::string file = stored(directory, 100);
    std::string carrier = "carrier 7";
    const char* text = "carrier 70";
    auto one = query<Flight>(file, "select * from flight where carrier = ?", std::string_view(carrier));
    auto two = query<Flight>(file, "select * from flight where carrier in (?, ?) and delay > ?", text, "carrier 2", 1.0);
    carrier = "overwritten by now";
    CHECK(read_all(one) == flights(7, 1));
    CHECK(read_all(two) == flights(70, 1));
    CHECK(says(error_of([&] { query<Flight>(file, all, 5).next_batch(); }), "the statement has 0 parameters, and 1 values are given"));
}

TEST_CASE("the database is opened by the first next_batch, and read only") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    auto late = query<Flight>(file, all);
    CHECK_THROWS_AS(query<Flight>(file, all).next_batch(), weir::sqlite::Error);
    CHECK_FALSE(std::filesystem::exists(file));
    stored(directory, 2);
    CHECK(read_all(late) == flights(0, 2));
    CHECK(says(error_of([&] { read_all(query<Flight>(file, "delete from flight returning carrier, delay, arrived")); }), "readonly"));
    CHECK(number(file, "select count(*) from flight") == 2);
}

TEST_CASE("a field without a column, or with two, is an error that names query and field") {
    const TempDirectory directory;
    const std::string file = stored(directory, 1);
    const auto error = error_of([&] { query<Flight>(file, "select carrier, arrived from flight").next_batch(); });
    CHECK(error.info().field == "delay");
    CHECK(error.info().sql == "select carrier, arrived from flight");
    CHECK(says(error, "query, field \"delay\": the query gives no column with the field's name, only carrier, arrived"));
    CHECK(says(error_of([&] { query<Flight>(file, all + "; select 1").next_batch(); }), "more than one statement"));
    CHECK(says(error_of([&] { query<Flight>(file, "select *, 1 as delay from flight").next_batch(); }), "two columns with the name \"delay\""));
    CHECK(says(error_of([&] { query<Flight>(file, "select missing").next_batch(); }), "no such column: missing"));
}

TEST_CASE("a row that cannot be read names its number, field and value, after the rows before it were given") {
    const TempDirectory directory;
    const std::string file = stored(directory, 5);
    Database(file).execute("create table other as select * from flight; update other set delay = 'late' where rowid = 4");
    for (const std::size_t cut : {1U, 2U, 100U}) {
        auto source = query<Flight>(file, "select * from other order by rowid").rows_per_batch(cut);
        std::vector<Flight> rows;
        const auto error = error_of([&] {
            while (true) {
                const auto batch = source.next_batch();
                rows.insert(rows.end(), batch.begin(), batch.end());
            }
        });
        CHECK(rows == flights(0, 3));
        CHECK(error.row() == 4U);
        CHECK(error.is_mismatch());
        CHECK(says(error, "query, row 4, field \"delay\": expected a number, found the text 'late'"));
        CHECK(error_of([&] { source.next_batch(); }).row() == 4U);
    }
}

TEST_CASE("NULL for a field that is not optional is an error that names row and field") {
    const TempDirectory directory;
    const std::string file = stored(directory, 2);
    Database(file).execute("create table other as select * from flight; update other set carrier = null where rowid = 1");
    const auto error = error_of([&] { query<Flight>(file, "select * from other").next_batch(); });
    CHECK(error.row() == 1U);
    CHECK(says(error, "row 1, field \"carrier\": expected text, found NULL"));
}

TEST_CASE("an error while SQLite looks for a row names that row") {
    const TempDirectory directory;
    const std::string file = stored(directory, 3);
    auto source = query<Flight>(file, "select carrier, case rowid when 3 then abs(-9223372036854775807 - 1) else delay end as delay, arrived from flight");
    CHECK(source.next_batch().size() == 2);
    const auto error = error_of([&] { source.next_batch(); });
    CHECK(error.row() == 3U);
    CHECK(says(error, "integer overflow"));
}

struct Marked {
    int n = 0;
    std::string kept;
    int not_a_field = 42;
    static constexpr auto fields() { return weir::fields("n", &Marked::n, "kept", &Marked::kept); }
};

TEST_CASE("members that are no fields are as new in every row, whatever was done to the batch before") {
    const TempDirectory directory;
    const std::string file = directory.file("n.db");
    Database(file).execute("create table n as with recursive c(n) as (select 1 union all select n + 1 from c where n < 9) select n, 'text' as kept from c");
    auto source = query<Marked>(file, "select * from n").rows_per_batch(3);
    int seen = 0;
    for (auto batch = source.next_batch(); not batch.empty(); batch = source.next_batch())
        for (auto& row : batch) {
            CHECK(row.n == ++seen);
            CHECK(row.kept == "text");
            CHECK(row.not_a_field == 42);
            row.not_a_field = 0;
            row.kept += "more";
        }
    CHECK(seen == 9);
}

TEST_CASE("a string's memory is used again by the next batch") {
    const TempDirectory directory;
    const std::string file = stored(directory, 4);
    auto source = query<Flight>(file, "select 'a text that is too long to be stored in place' as carrier, delay, arrived from flight").rows_per_batch(1);
    const char* const place = source.next_batch()[0].carrier.data();
    for (int i = 0; i < 3; ++i) CHECK(source.next_batch()[0].carrier.data() == place);
}

TEST_CASE("a query sees one state of the database, and lets go of it at the end") {
    const TempDirectory directory;
    const std::string file = stored(directory, 4);
    Database writer(file, {.busy_timeout = 0s});
    writer.execute("pragma journal_mode = wal");
    auto source = query<Flight>(file, all).rows_per_batch(2);
    CHECK(source.next_batch().size() == 2);
    writer.execute("delete from flight");
    CHECK(source.next_batch().size() == 2);
    CHECK(source.next_batch().empty());
    CHECK_NOTHROW(writer.execute("pragma journal_mode = delete")); // needs that nobody else has it open
}

TEST_CASE("a query behind a writer that holds the file is busy") {
    const TempDirectory directory;
    const std::string file = stored(directory, 4);
    Database writer(file);
    writer.execute("begin exclusive");
    CHECK(error_of([&] { query<Flight>(file, all).busy_timeout(0s).next_batch(); }).is_busy());
    writer.execute("commit");
    CHECK(read_all(query<Flight>(file, all).busy_timeout(0s)) == flights(0, 4));
}

TEST_CASE("a query can be moved while it runs") {
    const TempDirectory directory;
    auto first = query<Flight>(stored(directory, 4), all).rows_per_batch(2);
    CHECK(first.next_batch().size() == 2);
    auto second = std::move(first);
    CHECK(read_all(second) == flights(2, 2));
}

} // namespace
