// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/sqlite.hpp>

#include "connect/sqlite/rows.hpp"

#include <cmath>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace {

using namespace sqlite_test;
using namespace std::chrono_literals;
using weir::sqlite::Committed;
using weir::sqlite::Database;
using weir::sqlite::Inserter;
using weir::sqlite::InsertOptions;
using weir::sqlite::OnConflict;
using weir::sqlite::Statement;

const InsertOptions no_wait{.busy_timeout = 0s};

std::int64_t count(const std::string& file) { return number(file, "select count(*) from flight"); }

std::vector<std::byte> bytes(std::string_view text) {
    std::vector<std::byte> result;
    for (const char c : text) result.push_back(static_cast<std::byte>(c));
    return result;
}

TEST_CASE("insert creates the table from the fields and makes each batch visible to others at once") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Inserter<Flight> inserter(file, "flight");
    for (int batch = 1; batch <= 3; ++batch) {
        CHECK(inserter.insert(flights(batch * 10, 10)) == 10);
        CHECK(count(file) == batch * 10);
    }
    CHECK(number(file, "select count(*) from flight where carrier = 'carrier 12' and delay = 6.0 and arrived = 1") == 1);
    CHECK(inserter.last_committed() == Committed{3, {}});
}

TEST_CASE("the rows of an epoch are visible to others at its commit, not before") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Inserter<Flight> inserter(file, "flight");
    CHECK(inserter.write(flights(0, 5)) == 5);
    CHECK(inserter.write(flights(5, 5)) == 5);
    CHECK(count(file) == 0);
    inserter.prepare(1, bytes("offset 10"));
    CHECK(count(file) == 0);
    inserter.commit(1);
    CHECK(count(file) == 10);
    CHECK(inserter.last_committed() == Committed{1, bytes("offset 10")});
}

TEST_CASE("abort forgets the epoch at hand and nothing else, written or prepared") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Inserter<Flight> inserter(file, "flight");
    inserter.insert(flights(0, 2));
    inserter.write(flights(2, 2));
    inserter.abort(2);
    CHECK(count(file) == 2);
    inserter.write(flights(4, 2));
    inserter.prepare(2);
    inserter.abort(2);
    inserter.abort(2);
    CHECK(count(file) == 2);
    CHECK(inserter.last_committed() == Committed{1, {}});
    inserter.insert(flights(6, 2));
    CHECK(number(file, "select group_concat(carrier) = 'carrier 0,carrier 1,carrier 6,carrier 7' from flight") == 1);
}

TEST_CASE("commit of what is committed does nothing, however often") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Inserter<Flight> inserter(file, "flight");
    inserter.write(flights(0, 3));
    inserter.prepare(7);
    for (int i = 0; i < 3; ++i) CHECK_NOTHROW(inserter.commit(7));
    inserter.write(flights(3, 3));
    CHECK_NOTHROW(inserter.commit(7));
    CHECK(count(file) == 3);
    inserter.prepare(8);
    CHECK_NOTHROW(inserter.commit(7));
    CHECK(count(file) == 3);
    inserter.commit(8);
    CHECK(count(file) == 6);
}

TEST_CASE("a restarted sink knows its last epoch and position, and does not store an epoch twice") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    {
        Inserter<Flight> inserter(file, "flight");
        CHECK_FALSE(inserter.last_committed().has_value());
        inserter.write(flights(0, 3));
        inserter.prepare(1, bytes("3"));
        inserter.commit(1);
        inserter.write(flights(3, 3));
        inserter.prepare(2, bytes("6"));
        inserter.commit(2);
        inserter.write(flights(6, 3)); // killed before its commit
        inserter.prepare(3, bytes("9"));
    }
    Inserter<Flight> inserter(file, "flight");
    CHECK(inserter.last_committed() == Committed{2, bytes("6")});
    CHECK(count(file) == 6);
    inserter.write(flights(3, 3)); // epoch 2 once more
    inserter.prepare(2, bytes("other"));
    inserter.commit(2);
    CHECK(count(file) == 6);
    CHECK(inserter.last_committed() == Committed{2, bytes("6")});
    inserter.write(flights(6, 3));
    inserter.prepare(3, bytes("9"));
    inserter.commit(3);
    CHECK(number(file, "select count(distinct carrier) = 9 and count(*) = 9 from flight") == 1);
}

TEST_CASE("an empty epoch moves the position, and no rows are no transaction") {
    const TempDirectory directory;
    Inserter<Flight> inserter(directory.file("flights.db"), "flight");
    CHECK(inserter.insert({}) == 0);
    CHECK_FALSE(inserter.last_committed().has_value());
    inserter.prepare(4, bytes("here"));
    inserter.commit(4);
    CHECK(inserter.last_committed() == Committed{4, bytes("here")});
}

TEST_CASE("sinks of other names keep their epochs apart; without numbers of their own, two may write the same table") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Inserter<Flight> a(file, "flight", {.sink = "a"}), b(file, "flight", {.sink = "b"}), c(file, "flight", {.sink = "b"});
    for (int i = 0; i < 3; ++i) a.insert(flights(i, 1));
    b.insert(flights(3, 1));
    c.insert(flights(4, 1));
    b.insert(flights(5, 1));
    CHECK(count(file) == 6);
    CHECK(a.last_committed() == Committed{3, {}});
    CHECK(b.last_committed() == Committed{3, {}});
}

TEST_CASE("a row that the table refuses rolls back exactly its batch and is named") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Database(file).execute("create table flight (carrier text unique, delay real check (delay < 100), arrived boolean not null)");
    Inserter<Flight> inserter(file, "flight");
    inserter.insert(flights(0, 4));
    auto rows = flights(4, 4);
    rows[2].delay = 100;
    const auto error = error_of([&] { inserter.insert(rows); });
    CHECK(error.is_constraint());
    CHECK(error.row() == 3U);
    CHECK(says(error, "sqlite: insert into \"flight\", row 3: CHECK constraint failed: delay < 100"));
    CHECK(count(file) == 4);
    rows[2] = rows[1];
    CHECK(error_of([&] { inserter.insert(rows); }).row() == 3U);
    CHECK(count(file) == 4);
    inserter.insert(flights(4, 4));
    CHECK(count(file) == 8);
    CHECK(inserter.last_committed() == Committed{2, {}});
}

TEST_CASE("a value that cannot be stored names its row and field") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Inserter<Flight> inserter(file, "flight");
    auto rows = flights(0, 3);
    rows[1].delay = std::nan("");
    const auto error = error_of([&] { inserter.insert(rows); });
    CHECK(error.row() == 2U);
    CHECK(error.info().field == "delay");
    CHECK(says(error, "row 2, field \"delay\": NaN cannot be stored"));
    CHECK(count(file) == 0);
}

TEST_CASE("after a write that failed the epoch is gone, and only abort leads on") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Inserter<Flight> inserter(file, "flight");
    inserter.write(flights(0, 3));
    std::vector<Flight> bad = flights(3, 1);
    bad[0].delay = std::nan("");
    CHECK_THROWS_AS(inserter.write(bad), weir::sqlite::Error);
    CHECK(error_of([&] { inserter.write(flights(4, 1)); }).is_misuse());
    CHECK(error_of([&] { inserter.prepare(1); }).is_misuse());
    CHECK(error_of([&] { inserter.commit(1); }).is_misuse());
    CHECK(error_of([&] { inserter.insert(flights(4, 1)); }).is_misuse());
    inserter.abort(1);
    inserter.insert(flights(5, 1));
    CHECK(count(file) == 1);
}

TEST_CASE("the calls come in order: commit needs its prepare, and a prepared epoch takes no more rows") {
    const TempDirectory directory;
    Inserter<Flight> inserter(directory.file("flights.db"), "flight");
    CHECK(says(error_of([&] { inserter.commit(1); }), "commit: epoch 1 is not prepared"));
    inserter.write(flights(0, 1));
    CHECK(error_of([&] { inserter.insert(flights(1, 1)); }).is_misuse());
    CHECK(error_of([&] { static_cast<void>(inserter.last_committed()); }).is_misuse());
    inserter.prepare(1);
    CHECK(error_of([&] { inserter.write(flights(1, 1)); }).is_misuse());
    CHECK(error_of([&] { inserter.prepare(2); }).is_misuse());
    CHECK(error_of([&] { inserter.commit(2); }).is_misuse());
    CHECK_NOTHROW(inserter.commit(1));
    CHECK(error_of([&] { inserter.prepare(~std::uint64_t{0}); }).is_misuse());
}

TEST_CASE("a database that another writer holds is busy: nothing is written, and the same call works later") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Inserter<Flight> inserter(file, "flight", no_wait);
    Database other(file, {.busy_timeout = 0s});
    other.execute("begin immediate");
    const auto error = error_of([&] { inserter.insert(flights(0, 3)); });
    CHECK(error.is_busy());
    CHECK(says(error, "insert into \"flight\": database is locked"));
    CHECK(error_of([&] { inserter.write(flights(0, 3)); }).is_busy());
    CHECK(error_of([&] { inserter.prepare(1); }).is_busy());
    other.execute("commit");
    CHECK(count(file) == 0);
    CHECK(inserter.insert(flights(0, 3)) == 3);
    CHECK(count(file) == 3);
}

TEST_CASE("a reader in the way of a commit makes it busy: the epoch stays prepared, and insert has rolled back") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Inserter<Flight> inserter(file, "flight", no_wait);
    inserter.insert(flights(0, 3));
    Database other(file);
    Statement reader(other, "select carrier from flight");
    REQUIRE(reader.step());
    CHECK(error_of([&] { inserter.insert(flights(3, 3)); }).is_busy());
    CHECK_FALSE(inserter.database().in_transaction());
    inserter.write(flights(6, 3));
    inserter.prepare(2);
    CHECK(error_of([&] { inserter.commit(2); }).is_busy());
    CHECK(error_of([&] { inserter.commit(2); }).is_busy());
    reader.reset();
    inserter.commit(2);
    CHECK(number(file, "select count(*) = 6 and max(carrier) = 'carrier 8' from flight") == 1);
}

TEST_CASE("a full disk stops a batch with nothing half-written, and the sink works again when there is room") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Inserter<Flight> inserter(file, "flight");
    inserter.insert(flights(0, 10));
    const std::int64_t pages = number(file, "pragma page_count");
    inserter.database().execute("pragma max_page_count = " + std::to_string(pages + 1));
    const auto error = error_of([&] { inserter.insert(flights(10, 5000)); });
    CHECK(error.is_full());
    CHECK(error.row() > 1U);
    CHECK(says(error, "insert into \"flight\", row"));
    CHECK(count(file) == 10);
    CHECK(number(file, "select integrity_check = 'ok' from pragma_integrity_check") == 1);
    CHECK(inserter.insert(flights(10, 5)) == 5);
    inserter.database().execute("pragma max_page_count = 1000000");
    CHECK(inserter.insert(flights(15, 5000)) == 5000);
    CHECK(number(file, "select count(*) = 5015 and count(distinct carrier) = 5015 from flight") == 1);
    CHECK(inserter.last_committed() == Committed{3, {}});
}

TEST_CASE("a full disk in the middle of an epoch loses all of it, also what was written before") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Inserter<Flight> inserter(file, "flight");
    inserter.write(flights(0, 10));
    inserter.database().execute("pragma max_page_count = 1"); // held at the pages there are
    CHECK(error_of([&] { inserter.write(flights(10, 5000)); }).is_full());
    CHECK(error_of([&] { inserter.prepare(1); }).is_misuse());
    inserter.abort(1);
    CHECK(count(file) == 0);
    CHECK_FALSE(inserter.last_committed().has_value());
}

TEST_CASE("a commit that SQLite turned into a rollback has lost the epoch, and only abort leads on") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Inserter<Flight> inserter(file, "flight");
    bool refuse = true;
    sqlite3_commit_hook(inserter.database().handle(), [](void* yes) { return *static_cast<bool*>(yes) ? 1 : 0; }, &refuse);
    inserter.write(flights(0, 2));
    inserter.prepare(1);
    CHECK(error_of([&] { inserter.commit(1); }).is_constraint());
    CHECK(error_of([&] { inserter.commit(1); }).is_misuse());
    CHECK(error_of([&] { inserter.write(flights(2, 2)); }).is_misuse());
    inserter.abort(1);
    CHECK_THROWS_AS(inserter.insert(flights(2, 2)), weir::sqlite::Error);
    refuse = false;
    inserter.insert(flights(4, 2));
    CHECK(number(file, "select count(*) = 2 and min(carrier) = 'carrier 4' from flight") == 1);
}

TEST_CASE("on conflict, skip keeps what is there and update replaces it; both still refuse what is wrong otherwise") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Database(file).execute("create table flight (carrier text primary key, delay real check (delay < 100), arrived integer, remark default 'kept')");
    Inserter<Flight>(file, "flight").insert(flights(0, 3));
    auto rows = flights(2, 3);
    rows[0].delay = 50;
    CHECK(Inserter<Flight>(file, "flight", {.on_conflict = OnConflict::skip}).insert(rows) == 2);
    CHECK(number(file, "select delay = 1.0 from flight where carrier = 'carrier 2'") == 1);
    Database(file).execute("update flight set remark = 'mine'");
    Inserter<Flight> updating(file, "flight", {.on_conflict = OnConflict::update});
    CHECK(updating.insert(rows) == 3);
    CHECK(number(file, "select delay = 50 and remark = 'mine' from flight where carrier = 'carrier 2'") == 1);
    CHECK(count(file) == 5);
    rows[1].delay = 100;
    CHECK(error_of([&] { updating.insert(rows); }).row() == 2U);
    CHECK(error_of([&] { Inserter<Flight>(file, "flight", {.on_conflict = OnConflict::skip}).insert(rows); }).is_constraint());
}

struct Hour {
    std::string shop;
    int hour = 0;
    std::int64_t n = 0;
    std::optional<double> sum{};
    static constexpr auto fields() { return weir::fields("shop", &Hour::shop, "hour", &Hour::hour, "n", &Hour::n, "sum", &Hour::sum); }
};

TEST_CASE("on conflict, add makes of what comes in parts the same as of all at once") {
    const TempDirectory directory;
    const std::string file = directory.file("sums.db");
    const InsertOptions adding{.on_conflict = OnConflict::add, .key = {"hour", "shop"}};
    Inserter<Hour>(file, "by_hour", adding).insert(std::vector<Hour>{{"a", 1, 1, 0.5}, {"a", 2, 1, {}}, {"b", 1, 1, {}}, {"a", 1, 4, 1.5}});
    Inserter<Hour>(file, "by_hour", adding).insert(std::vector<Hour>{{"a", 1, 1, {}}, {"b", 1, 2, 4.0}});
    CHECK(number(file, "select count(*) = 3 and sum(n) = 10 from by_hour") == 1);
    CHECK(number(file, "select n = 6 and sum = 2.0 from by_hour where shop = 'a' and hour = 1") == 1);
    CHECK(number(file, "select n = 3 and sum = 4.0 from by_hour where shop = 'b'") == 1);
    CHECK(number(file, "select n = 1 and sum is null from by_hour where hour = 2") == 1);
    const auto refuses = [&](const InsertOptions& options) { return std::string(error_of([&] { Inserter<Hour>(file, "other", options); }).what()); };
    CHECK_THAT(refuses({.on_conflict = OnConflict::add}), Catch::Contains("needs a primary key"));
    Database(file).execute("drop table other");
    CHECK_THAT(refuses({.on_conflict = OnConflict::add, .key = {"hour"}}), Catch::Contains("adds numbers, and this field, of type text"));
}

struct Wide {
    std::optional<int> maybe;
    std::string_view name;
    std::vector<std::byte> raw;
    weir::Timestamp at{};
    static constexpr auto fields() { return weir::fields("maybe", &Wide::maybe, "name", &Wide::name, "raw", &Wide::raw, "order", &Wide::at); }
};

TEST_CASE("the table that is created has a column of its type for each field, not null unless it is optional") {
    const TempDirectory directory;
    const std::string file = directory.file("wide.db");
    Inserter<Wide> inserter(file, "a \"quoted\" table");
    const std::vector<Wide> rows{{std::nullopt, "n", bytes("raw"), weir::Timestamp(9ns)}, {4, {}, {}, {}}};
    CHECK(inserter.insert(rows) == 2);
    CHECK(number(file, R"(select sql = 'CREATE TABLE "a ""quoted"" table" ("maybe" integer, "name" text not null, "raw" blob not null, "order" integer not null)'
                          from sqlite_master where name like 'a %')") == 1);
    CHECK(number(file, R"(select count(*) from "a ""quoted"" table" where maybe is null and name = 'n' and raw = x'726177' and "order" = 9)") == 1);
    CHECK(number(file, R"(select count(*) from "a ""quoted"" table" where maybe = 4 and name = '' and raw = x'' and "order" = 0)") == 1);
}

weir::sqlite::Error refused(const std::string& columns) {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Database(file).execute("create table flight (" + columns + ")");
    return error_of([&] { Inserter<Flight>(file, "flight"); });
}

TEST_CASE("a table that does not fit the fields is refused before the first row, and the column is named") {
    CHECK(says(refused("carrier text, arrived integer"), "field \"delay\": the table exists and has no column \"delay\""));
    CHECK(refused("carrier text, arrived integer").info().field == "delay");
    CHECK(says(refused("carrier text, delay varchar(10), arrived integer"), "column \"delay\" is declared varchar(10), which would change"));
    CHECK(says(refused("carrier integer, delay real, arrived integer"), "column \"carrier\" is declared"));
    CHECK(says(refused("carrier text, delay real, arrived double"), "column \"arrived\" is declared"));
    CHECK(says(refused("carrier text, delay real, arrived integer, gate text not null"), "column \"gate\" needs a value"));
}

TEST_CASE("a table that exists may have further columns, other case, other order, and types that keep the values") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Database(file).execute("create table FLIGHT (id integer not null primary key, Arrived boolean, DELAY numeric, carrier, gate text not null default 'A', x)");
    Inserter<Flight> inserter(file, "flight");
    inserter.insert(flights(1, 2));
    CHECK(number(file, "select count(*) from flight where id = 1 and carrier = 'carrier 1' and delay = 0.5 and arrived = 0 and gate = 'A'") == 1);
}

TEST_CASE("an inserter can be moved in the middle of an epoch") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Inserter<Flight> first(file, "flight");
    first.write(flights(0, 2));
    Inserter<Flight> second = std::move(first);
    second.write(flights(2, 2));
    second.prepare(1);
    second.commit(1);
    CHECK(count(file) == 4);
}

} // namespace
