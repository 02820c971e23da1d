// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/sqlite.hpp>

#include "connect/sqlite/rows.hpp"

#include <chrono>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace {

using namespace sqlite_test;
using namespace std::chrono_literals;
using weir::sqlite::Database;
using weir::sqlite::Open;
using weir::sqlite::Statement;

enum class Colour : std::uint8_t { red, green = 200 };

/// Writes a value into a column without a type, and reads it back as a U.
template <typename U, typename T>
U through(const T& value) {
    Database database(":memory:");
    database.execute("create table t (v)");
    Statement insert(database, "insert into t values (?)");
    insert.bind_all(value);
    insert.run();
    Statement select(database, "select v from t");
    REQUIRE(select.step());
    return select.column<U>(0);
}

template <typename T>
bool round_trip(const T& value) { return through<T>(value) == value; }

/// What SQLite itself says of the value's type.
template <typename T>
std::string stored_type(const T& value) {
    Database database(":memory:");
    Statement select(database, "select typeof(?)");
    select.bind_all(value);
    REQUIRE(select.step());
    return select.column<std::string>(0);
}

TEST_CASE("a statement is prepared once and run with other values") {
    Database database(":memory:");
    database.execute("create table trade (symbol text, quantity integer); create index by_symbol on trade (symbol);");
    Statement insert(database, "insert into trade values (?, ?)");
    for (int i = 1; i <= 3; ++i) {
        insert.bind_all("ABC", i * 100);
        insert.run();
        CHECK(database.changes() == 1);
    }
    Statement sum(database, "select sum(quantity) as total, count(*) from trade where symbol = ?");
    sum.bind_all(std::string("ABC"));
    REQUIRE(sum.step());
    CHECK(sum.column_count() == 2);
    CHECK(sum.column_name(0) == "total");
    CHECK(sum.column<int>(0) == 600);
    CHECK(sum.column<std::size_t>(1) == 3);
    CHECK_FALSE(sum.step());
}

TEST_CASE("every type comes back as it was") {
    using Limits = std::numeric_limits<std::int64_t>;
    CHECK(round_trip(true));
    CHECK(round_trip(false));
    for (const std::int64_t n : {Limits::min(), std::int64_t{-1}, std::int64_t{0}, Limits::max()}) CHECK(round_trip(n));
    CHECK(round_trip(std::numeric_limits<std::int8_t>::min()));
    CHECK(round_trip(std::numeric_limits<std::uint32_t>::max()));
    CHECK(round_trip(static_cast<std::uint64_t>(Limits::max())));
    CHECK(round_trip(Colour::green));
    for (const double x : {0.0, -0.1, 1e308, 5e-324, HUGE_VAL, -HUGE_VAL}) CHECK(round_trip(x));
    CHECK(round_trip(0.1F));
    CHECK(round_trip(std::string("Zürich 'quoted' \"too\"")));
    CHECK(round_trip(std::string("zero \0 inside", 13)));
    CHECK(round_trip(std::vector<std::byte>{std::byte{0}, std::byte{255}, std::byte{7}}));
    CHECK(round_trip(weir::Timestamp(1'700'000'000'123'456'789ns)));
    CHECK(round_trip(weir::min_time));
    CHECK(round_trip(weir::max_time));
    CHECK(round_trip(std::chrono::sys_days(std::chrono::days(-400))));
    CHECK(round_trip(std::chrono::sys_time<std::chrono::microseconds>(-5us)));
    CHECK(round_trip(std::chrono::milliseconds(1500)));
    CHECK(round_trip(std::optional<int>(3)));
    CHECK(round_trip(std::optional<std::string>()));
    CHECK(through<std::string>(std::string_view("view")) == "view");
    const std::vector<std::byte> bytes(3, std::byte{9});
    CHECK(through<std::vector<std::byte>>(std::span<const std::byte>(bytes)) == bytes);
}

TEST_CASE("nothing but an empty optional is stored as NULL") {
    CHECK(stored_type(std::optional<double>()) == "null");
    CHECK(stored_type(std::string()) == "text");
    CHECK(stored_type(std::string_view()) == "text");
    CHECK(stored_type(std::vector<std::byte>()) == "blob");
    CHECK(round_trip(std::string()));
    CHECK(round_trip(std::vector<std::byte>()));
    CHECK(stored_type(weir::Timestamp(5ns)) == "integer");
    CHECK(through<std::int64_t>(weir::Timestamp(5ns)) == 5);
    CHECK(through<std::int64_t>(std::chrono::seconds(2)) == 2'000'000'000);
    CHECK(stored_type(true) == "integer");
    CHECK(stored_type(2.0F) == "real");
}

TEST_CASE("a value that cannot be stored as it is, is an error") {
    CHECK(says(error_of([] { stored_type(std::nan("")); }), "NaN cannot be stored"));
    CHECK(error_of([] { stored_type(std::optional<float>(std::nanf(""))); }).is_mismatch());
    CHECK(says(error_of([] { stored_type(std::uint64_t{1} << 63); }), "9223372036854775808 is greater than SQLite's largest integer"));
    CHECK(says(error_of([] { stored_type(std::chrono::hours(10'000'000)); }), "does not fit into 64 bits of nanoseconds"));
    CHECK(error_of([] { stored_type(std::chrono::sys_time<std::chrono::seconds>::min()); }).is_mismatch());
}

TEST_CASE("a column of another type, or a value out of range, is an error that shows the value") {
    CHECK(says(error_of([] { through<int>("abc"); }), "expected an integer, found the text 'abc'"));
    CHECK(says(error_of([] { through<int>(2.5); }), "expected an integer, found the number 2.5"));
    CHECK(says(error_of([] { through<std::string>(7); }), "expected text, found the integer 7"));
    CHECK(says(error_of([] { through<double>("1.5"); }), "expected a number, found the text '1.5'"));
    CHECK(says(error_of([] { through<std::vector<std::byte>>("abc"); }), "expected a blob, found the text 'abc'"));
    CHECK(says(error_of([] { through<std::string>(std::vector<std::byte>(4)); }), "expected text, found a blob of 4 bytes"));
    CHECK(says(error_of([] { through<bool>(2); }), "expected a bool, 0 or 1, found the integer 2"));
    CHECK(says(error_of([] { through<std::int8_t>(128); }), "found the integer 128"));
    CHECK(error_of([] { through<std::uint64_t>(-1); }).is_mismatch());
    CHECK(error_of([] { through<Colour>(256); }).is_mismatch());
    CHECK(says(error_of([] { through<float>(1e300); }), "in the range of float"));
    CHECK(says(error_of([] { through<std::chrono::seconds>(1'500'000'000); }), "without rounding"));
    CHECK(says(error_of([] { through<int>(std::optional<int>()); }), "expected an integer, found NULL"));
    CHECK(error_of([] { through<int>("abc"); }).info().field == "v");
    CHECK(says(error_of([] { through<int>(std::string(100, 'x')); }), "'" + std::string(60, 'x') + "'..."));
}

TEST_CASE("integers are read as double where it holds them exactly") {
    CHECK(through<double>(3) == 3.0);
    CHECK(through<double>(std::int64_t{1} << 53) == 9007199254740992.0);
    CHECK(error_of([] { through<double>((std::int64_t{1} << 53) + 1); }).is_mismatch());
}

TEST_CASE("an error of a statement names the operation, the SQL, the file and SQLite's words and code") {
    const TempDirectory directory;
    const std::string file = directory.file("a.db");
    Database database(file);
    const auto error = error_of([&] { Statement(database, "selec 1"); });
    CHECK(error.info().operation == "prepare");
    CHECK(error.info().sql == "selec 1");
    CHECK(error.info().database == database.file());
    CHECK(error.info().code == SQLITE_ERROR);
    CHECK(says(error, "syntax error"));
    CHECK(says(error, "a.db"));
    CHECK_FALSE((error.is_busy() || error.is_full() || error.is_constraint() || error.is_mismatch() || error.is_misuse() || error.row()));
    CHECK(says(error_of([&] { database.execute("drop table nowhere"); }), "no such table: nowhere"));
    CHECK(says(error_of([&] { Statement(database, "  -- nothing"); }), "the statement is empty"));
    CHECK(says(error_of([&] { Statement(database, "select 1; select 2"); }), "more than one statement"));
    CHECK_NOTHROW(Statement(database, "select 1; -- and a remark"));
    CHECK(says(error_of([&] { Statement(database, "select ?, ?").bind_all(1); }), "the statement has 2 parameters, and 1 values are given"));
    CHECK(error_of([&] { Statement(database, "select ?").bind(2, 1); }).info().operation == "bind");
}

TEST_CASE("a constraint of the table is an error that SQLite's words name, and the statement can be used again") {
    Database database(":memory:");
    database.execute("create table t (v integer not null unique)");
    Statement insert(database, "insert into t values (?)");
    insert.bind_all(1);
    insert.run();
    const auto error = error_of([&] { insert.run(); });
    CHECK(error.is_constraint());
    CHECK(error.info().code == SQLITE_CONSTRAINT_UNIQUE);
    CHECK(says(error, "UNIQUE constraint failed: t.v"));
    insert.bind_all(2);
    CHECK_NOTHROW(insert.run());
}

TEST_CASE("a database that is not there is an error unless it may be created") {
    const TempDirectory directory;
    const std::string file = directory.file("new.db");
    const auto error = error_of([&] { Database(file, {.mode = Open::read_only}); });
    CHECK(error.info().operation == "open");
    CHECK(error.info().database == file);
    CHECK(error_of([&] { Database(file, {.mode = Open::read_write}); }).info().code == SQLITE_CANTOPEN);
    Database(file).execute("create table t (v)");
    Database reader(file, {.mode = Open::read_only});
    CHECK(says(error_of([&] { reader.execute("insert into t values (1)"); }), "readonly"));
}

TEST_CASE("a busy database is an error that says so, and can be tried again") {
    const TempDirectory directory;
    const std::string file = directory.file("a.db");
    Database first(file), second(file, {.busy_timeout = 0s});
    first.execute("create table t (v); begin immediate");
    CHECK(first.in_transaction());
    CHECK(error_of([&] { second.execute("insert into t values (1)"); }).is_busy());
    first.execute("commit");
    CHECK_FALSE(first.in_transaction());
    CHECK_NOTHROW(second.execute("insert into t values (1)"));
}

TEST_CASE("a statement outlives its database, and both can be moved") {
    std::optional<Database> database(std::in_place, ":memory:");
    database->execute("create table t (v); insert into t values (5)");
    Database moved = std::move(*database);
    Statement select(moved, "select v from t");
    Statement also_moved = std::move(select);
    { Database closed = std::move(moved); }
    database.reset();
    REQUIRE(also_moved.step());
    CHECK(also_moved.column<int>(0) == 5);
}

} // namespace
