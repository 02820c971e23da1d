// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/postgres.hpp>
#include <weir/testing/random.hpp>
#include <weir/weir.hpp>

#include "connect/postgres/server.hpp"

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace postgres_test;
using namespace std::chrono_literals;
using weir::postgres::Column;
using weir::postgres::Inserter;
using weir::postgres::query;

enum class Size : std::uint8_t { small, large };

struct Everything {
    bool yes = false;
    std::int8_t tiny = 0;
    std::uint64_t large = 0;
    float ratio = 0;
    Size size{};
    std::optional<std::string> name;
    std::vector<std::byte> raw;
    weir::Timestamp at{};
    std::optional<std::chrono::sys_seconds> until;
    std::optional<std::chrono::milliseconds> took;
    static constexpr auto fields() {
        return weir::fields("yes", &Everything::yes, "tiny", &Everything::tiny, "large", &Everything::large, "ratio", &Everything::ratio, "size", &Everything::size, "name",
                            &Everything::name, "raw", &Everything::raw, "at", &Everything::at, "until", &Everything::until, "took", &Everything::took);
    }
    friend bool operator==(const Everything&, const Everything&) = default;
};

template <typename Row>
std::vector<Row> all_of(weir::postgres::Query<Row> source) {
    std::vector<Row> rows;
    for (auto batch = source.next_batch(); not batch.empty(); batch = source.next_batch())
        for (auto& row : batch) rows.push_back(std::move(row)); // the source allows it
    return rows;
}

template <typename T>
std::string refused(const T& value) {
    std::string text;
    try {
        Column<T>::append(text, value);
    } catch (const std::range_error& error) {
        return error.what();
    }
    return "stored as " + text;
}

TEST_CASE("what a column would change has no text") {
    CHECK(refused(weir::Timestamp(1s + 1us)) == "stored as 1970-01-01T00:00:01.000001Z");
    CHECK(refused(weir::Timestamp(1us + 1ns)) == "the time has nanoseconds, which timestamptz would lose; use std::chrono::floor<std::chrono::microseconds>(time)");
    CHECK(refused(weir::max_time) == "stored as infinity");
    CHECK(refused(std::chrono::sys_seconds(-62'135'596'801s)) == "the time is not of the years 1 to 9999");
    CHECK(refused(std::uint64_t{1} << 63) == "9223372036854775808 is greater than the largest bigint, 2^63 - 1");
    CHECK(refused(std::chrono::hours(3'000'000)) == "the time does not fit into 64 bits of nanoseconds");
}

TEST_CASE("rows from a PostgreSQL server") {
    if (no_server()) return;
    const std::string server = Server::get().conninfo();
    Observer observer;
    observer.execute("drop table if exists flight, everything, weir_epochs");
    const std::string all = "select carrier, delay, arrived from flight order by delay";

    SECTION("all types make the round trip through table and query") {
        const std::vector<Everything> rows{
            {true, -128, 1ULL << 62, 0.1F, Size::large, "x\t\\N\n\"é", {std::byte{0}, std::byte{0x5c}, std::byte{255}}, weir::Timestamp(5us), std::chrono::sys_seconds(-62'135'596'800s), 3ms},
            {false, 127, 0, -std::numeric_limits<float>::infinity(), Size::small, std::nullopt, {}, weir::min_time, std::nullopt, std::nullopt},
            {true, 0, std::numeric_limits<std::int64_t>::max(), -0.0F, Size::small, "", {std::byte{9}}, weir::max_time, std::chrono::sys_seconds(253'402'300'799s), -1ms}};
        Inserter<Everything>(server, "everything").insert(rows);
        CHECK(all_of(query<Everything>(server, "select * from everything order by ctid").rows_per_batch(2)) == rows);
        CHECK(observer.number("select count(*) from everything where name is null and at = '-infinity' and raw = ''") == 1);
        CHECK(observer.number("select octet_length(name) from everything where raw = '\\x005cff'") == 8);
        CHECK(observer.number("select (extract(epoch from at) * 1000000)::bigint from everything where tiny = -128") == 5);
    }
    SECTION("whatever is in them, rows come back as they were") {
        weir::Random random(7);
        std::vector<Everything> rows(2'000);
        constexpr std::string_view signs = "\\\\\t\n\r\b\f\v.N\"' ,x\x01\x7f";
        for (Everything& row : rows) {
            const auto below = [&](std::uint64_t n) { return random.below(n); };
            row = {below(2) == 0, static_cast<std::int8_t>(below(256)), below(1ULL << 63), static_cast<float>(below(1'000'000)) / 7, static_cast<Size>(below(2)), {}, {}, {}, {}, {}};
            if (below(10) != 0) row.name.emplace();
            for (auto n = below(12); row.name && n > 0; --n) *row.name += signs.substr(below(signs.size()), 1);
            for (auto n = below(20); n > 0; --n) row.raw.push_back(static_cast<std::byte>(below(256)));
            row.at = weir::Timestamp(std::chrono::microseconds(static_cast<std::int64_t>(below(1ULL << 53))) - std::chrono::microseconds(1LL << 52));
            if (below(3) != 0) row.until = std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(below(1ULL << 37))));
            if (below(3) != 0) row.took = std::chrono::milliseconds(static_cast<std::int64_t>(below(1ULL << 40)));
        }
        Inserter<Everything>(server, "everything").insert(rows);
        CHECK(all_of(query<Everything>(server, "select * from everything order by ctid")) == rows);
    }
    SECTION("blocks of any size give the same rows, in a pipeline too") {
        Inserter<Flight>(server, "flight").insert(flights(0, 2'500));
        for (const std::size_t rows : {1U, 7U, 1'250U, 2'500U, 2'501U}) CHECK(all_of(query<Flight>(server, all).rows_per_batch(rows)) == flights(0, 2'500));
        std::vector<Flight> some;
        weir::run(weir::from(query<Flight>(server, all)) | weir::filter(&Flight::arrived) | weir::take(3) | weir::collect_into(some));
        CHECK(some == std::vector<Flight>{flights(0, 1)[0], flights(2, 1)[0], flights(4, 1)[0]});
        CHECK(all_of(query<Flight>(server, "select 1 as extra, arrived, delay::numeric, carrier from flight where delay > $1 and carrier <> $2 and $3::int is null order by delay;", 1'248.0,
                                   "carrier 2497", std::optional<int>())) == flights(2'498, 2));
        CHECK(all_of(query<Flight>(server, all + " limit 0")).empty());
    }
    SECTION("what is not as the fields say is an error that names query, field and row, after the rows before it") {
        Inserter<Flight>(server, "flight").insert(flights(0, 3));
        const auto error = [&](const std::string& sql) { return error_of([&] { all_of(query<Flight>(server, sql)); }); };
        CHECK(says(error("select carrier, arrived from flight"), "postgres: query, field \"delay\": the query gives no column with the field's name, only carrier, arrived; write `... as \"delay\"`"));
        CHECK(says(error("select *, 1 as delay from flight"), "two columns with the name \"delay\""));
        CHECK(says(error("select carrier, delay::text as delay, arrived from flight"), "field \"delay\": expected a number in the range of the field's type, but the query's column has another type"));
        CHECK(says(error("select missing"), "postgres: query: column \"missing\" does not exist (code 42703; database postgres at "));
        CHECK(says(error(all + "; select 1"), "cannot insert multiple commands"));
        CHECK(says(error("delete from flight returning *"), "sql: delete from flight returning *"));
        CHECK(observer.count() == 3);
        std::vector<Flight> before;
        const auto in_pipeline = error_of([&] {
            weir::run(weir::from(query<Flight>(server, "select carrier, nullif(delay, 1) as delay, arrived from flight order by carrier")) | weir::collect_into(before));
        });
        CHECK(in_pipeline.row() == 3U);
        CHECK(says(in_pipeline, "query, row 3, field \"delay\": expected a number in the range of the field's type, found NULL"));
        CHECK(before == flights(0, 2));
        CHECK(says(error("select carrier, 1 / (1 - delay) as delay, arrived from flight order by carrier"), "division by zero"));
        struct Small {
            std::int8_t n = 0;
            static constexpr auto fields() { return weir::fields("n", &Small::n); }
        };
        CHECK(says(error_of([&] { all_of(query<Small>(server, "select 100 + 20 * generate_series(1, 9) as n")); }), "row 2, field \"n\": expected an integer in the range of the field's type, found '140'"));
    }
    SECTION("a query that is settled waits for those who write, and sees what they have written") {
        observer.execute("create table sale (id bigserial primary key, amount bigint not null)");
        weir::postgres::Connection first(server), second(server);
        first.execute("begin; insert into sale (amount) values (10)");
        second.execute("insert into sale (amount) values (20)"); // is there before the one whose key is less
        struct Sale {
            std::int64_t id = 0, amount = 0;
            static constexpr auto fields() { return weir::fields("id", &Sale::id, "amount", &Sale::amount); }
        };
        const std::string sql = "select id, amount from sale where id > $1";
        weir::NewRows<std::int64_t> news;
        CHECK(all_of(query<Sale>(server, sql, news.after())).size() == 1);
        std::thread writer([&first] {
            std::this_thread::sleep_for(100ms);
            first.execute("commit");
        });
        weir::run(weir::from(query<Sale>(server, sql, news.after()).settled("public.sale")) | weir::tap(news.seen(&Sale::id)) | weir::for_each([&](const Sale&) {
                      second.execute("insert into sale (amount) values (30)"); // nobody is held up by then
                  }));
        writer.join();
        CHECK(news.after() == 2);
        CHECK(all_of(query<Sale>(server, sql, news.after()).settled("sale")).size() == 2);
        CHECK(says(error_of([&] { all_of(query<Sale>(server, sql, news.after()).settled("sales")); }), "relation \"sales\" does not exist"));

        first.execute("begin; insert into sale (amount) values (40)"); // the query waits for it, and others for the query
        std::thread altering([&second] {
            std::this_thread::sleep_for(50ms);
            second.execute("alter table sale add column note text");
        });
        std::thread committing([&first] {
            std::this_thread::sleep_for(150ms);
            first.execute("commit");
        });
        CHECK(all_of(query<Sale>(server, sql, news.after()).settled("sale")).size() == 3);
        altering.join();
        committing.join();
        observer.execute("drop table sale");
    }
    SECTION("a lost connection is an error, behind the rows that had come") {
        Inserter<Flight>(server, "flight").insert(flights(0, 100));
        auto source = query<Flight>(server, all).rows_per_batch(10);
        CHECK(source.next_batch().size() == 10);
        observer.execute("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and usename = 'weir'");
        for (int i = 0; i < 2; ++i) {
            const auto lost = error_of([&] { source.next_batch(); });
            CHECK(lost.is_connection());
            CHECK(says(lost, "query, behind row 10: "));
        }
    }
}

} // namespace
