// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/postgres.hpp>
#include <weir/weir.hpp>

#include "connect/postgres/server.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace postgres_test;
using weir::postgres::Committed;
using weir::postgres::Connection;
using weir::postgres::Inserter;
using weir::postgres::OnConflict;

std::vector<std::byte> bytes(std::string_view text) {
    std::vector<std::byte> result;
    for (const char c : text) result.push_back(static_cast<std::byte>(c));
    return result;
}

TEST_CASE("what is copied is escaped, and an error's context says which line it was, in any language") {
    std::string text = "kept\t";
    weir::postgres::detail::append_for_copy(text, std::string("a\tb\\c\nd\re"));
    CHECK(text == "kept\ta\\tb\\\\c\\nd\\re");
    CHECK(weir::postgres::detail::line_of_context("COPY flight, line 3, column delay: \"5\"") == 3);
    CHECK(weir::postgres::detail::line_of_context("COPY f2, Zeile 17: »7«") == 17);
    CHECK(weir::postgres::detail::line_of_context("SQL statement 7") == 0);
    CHECK(weir::postgres::detail::column_of_context("COPY flight, line 3, column delay: \"5\"") == "delay");
}

/// Stores `rows` from the position on that is in the database, a few at a time; in a process of its own, which may be killed.
pid_t store_in_child(const std::string& server, const std::vector<Flight>& rows) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
        Inserter<Flight> inserter(server, "flight");
        const auto last = inserter.last_committed().value_or(Committed{});
        std::uint64_t epoch = last.epoch;
        std::size_t at = 0;
        if (last.position.size() == sizeof at) std::memcpy(&at, last.position.data(), sizeof at);
        while (at < rows.size()) {
            const std::size_t n = std::min<std::size_t>(rows.size() - at, epoch % 5 + 1);
            inserter.write(std::span(rows).subspan(at, n));
            at += n;
            inserter.prepare(++epoch, std::as_bytes(std::span(&at, 1)));
            inserter.commit(epoch);
        }
        ::_exit(0);
    } catch (const std::exception&) {
        ::_exit(1);
    }
}

TEST_CASE("rows into a PostgreSQL server") {
    if (no_server()) return;
    const std::string server = Server::get().conninfo();
    Observer observer;
    observer.execute("drop table if exists flight, weir_epochs; drop schema if exists s cascade");

    SECTION("each batch of a pipeline is there as a whole, in a table made from the fields") {
        std::vector<std::int64_t> seen;
        const auto look = weir::map([&](std::vector<Flight> batch) {
            seen.push_back(observer.number("select count(*) from pg_class where relname = 'flight'") == 1 ? observer.count() : -1);
            return batch;
        });
        const std::vector<std::vector<Flight>> batches{flights(0, 3), flights(3, 3), flights(6, 3)};
        const weir::Report report = weir::run(weir::from(batches) | look | weir::postgres::insert_into(server, "flight"));
        CHECK(seen == std::vector<std::int64_t>{0, 3, 6});
        CHECK(report.at("postgres::insert_into#1").passed == 3);
        CHECK(observer.number("select count(*) from flight where carrier = 'carrier 5' and delay = 2.5 and not arrived") == 1);
        CHECK(observer.number("select epoch from weir_epochs where sink = 'flight'") == 3);
        auto bad = batches;
        bad[1][1].carrier = std::string("a\0b", 3);
        const auto error = error_of([&] { weir::run(weir::from(bad) | weir::postgres::insert_into(server, "flight")); });
        CHECK(error.row() == 2U);
        CHECK(says(error, "row 5 (2 of its batch)"));
        CHECK(observer.count() == 12);
    }
    SECTION("an epoch is there at its commit, not before; commit again does nothing; abort forgets what is at hand") {
        Inserter<Flight> inserter(server, "flight");
        CHECK_FALSE(inserter.last_committed().has_value());
        CHECK(inserter.write(flights(0, 5)) == 5);
        CHECK(inserter.write(flights(5, 5)) == 5);
        inserter.prepare(7, bytes("offset \\ 10"));
        CHECK(observer.count() == 0);
        for (int i = 0; i < 3; ++i) inserter.commit(7);
        CHECK(observer.count() == 10);
        CHECK(inserter.last_committed() == Committed{7, bytes("offset \\ 10")});
        inserter.write(flights(10, 1));
        inserter.abort(8);
        inserter.write(flights(11, 1));
        inserter.prepare(8);
        inserter.abort(8);
        inserter.abort(8);
        CHECK(observer.count() == 10);
        CHECK(error_of([&] { inserter.commit(8); }).is_misuse());
        Inserter<Flight> moved = std::move(inserter);
        moved.prepare(9, bytes("empty"));
        CHECK(error_of([&] { moved.write(flights(0, 1)); }).is_misuse());
        moved.commit(9);
        CHECK(moved.last_committed() == Committed{9, bytes("empty")});
    }
    SECTION("a restarted sink knows its last epoch, and does not store an epoch twice") {
        {
            Inserter<Flight> inserter(server, "flight");
            inserter.write(flights(0, 3));
            inserter.prepare(1, bytes("3"));
            inserter.commit(1);
            inserter.write(flights(3, 3)); // killed before its commit
            inserter.prepare(2, bytes("6"));
        }
        Inserter<Flight> inserter(server, "flight");
        CHECK(inserter.last_committed() == Committed{1, bytes("3")});
        inserter.write(flights(0, 3)); // epoch 1 once more
        inserter.prepare(1, bytes("other"));
        inserter.commit(1);
        CHECK(inserter.last_committed() == Committed{1, bytes("3")});
        inserter.write(flights(3, 3));
        inserter.prepare(2, bytes("6"));
        inserter.commit(2);
        CHECK(observer.number("select count(distinct carrier) + count(*) from flight") == 12);
        CHECK(inserter.insert({}) == 0);
        Inserter<Flight> other(server, "flight"); // without numbers of their own two may write as one
        for (int i = 0; i < 3; ++i) CHECK(inserter.insert(flights(i, 1)) + other.insert(flights(i, 1)) == 2);
        CHECK(inserter.last_committed()->epoch == 8);
        CHECK(observer.count() == 12);
    }
    SECTION("killed anywhere, and begun again at its position, also while the one before may still live, nothing is missing or there twice") {
        const auto rows = flights(0, 3'000);
        { Inserter<Flight> tables(server, "flight"); }
        std::vector<pid_t> children;
        int killed = 0;
        for (std::uint64_t i = 0; i < 12; ++i) {
            children.push_back(store_in_child(server, rows));
            std::this_thread::sleep_for(std::chrono::milliseconds(10 + i * 37 % 60));
            if (i % 3 == 0) continue; // this one goes on beside the next
            for (const pid_t child : std::exchange(children, {})) {
                int status = 0;
                ::kill(child, SIGKILL);
                ::waitpid(child, &status, 0);
                killed += WIFSIGNALED(status) ? 1 : 0;
            }
        }
        CHECK(killed > 0);
        int status = -1;
        ::waitpid(store_in_child(server, rows), &status, 0);
        CHECK(status == 0);
        CHECK(observer.count() == 3'000);
        CHECK(observer.number("select count(distinct carrier) from flight") == 3'000);
    }
    SECTION("a row that the table refuses is named, and rolls back exactly its batch") {
        observer.execute("create table flight (carrier text unique, delay double precision check (delay < 100), arrived boolean not null)");
        Inserter<Flight> inserter(server, "flight");
        inserter.insert(flights(0, 4));
        auto rows = flights(4, 4);
        rows[2].delay = 100;
        const auto refused = error_of([&] { inserter.insert(rows); });
        CHECK(refused.is_constraint());
        CHECK(refused.row() == 3U);
        CHECK(says(refused, "postgres: insert into \"flight\", row 3: new row for relation \"flight\" violates check constraint"));
        CHECK(says(refused, "sql: copy \"flight\" (\"carrier\", \"delay\", \"arrived\") from stdin"));
        rows[2] = rows[1];
        CHECK(says(error_of([&] { inserter.insert(rows); }), "row 3: duplicate key value violates unique constraint \"flight_carrier_key\"; Key (carrier)=(carrier 5) already exists."));
        rows[2] = flights(0, 1)[0];
        rows[2].carrier = "\xff";
        CHECK(error_of([&] { inserter.write(rows); }).is_mismatch());
        CHECK(error_of([&] { inserter.write(rows); }).is_misuse());
        CHECK(error_of([&] { inserter.prepare(9); }).is_misuse());
        inserter.abort(9);
        CHECK(inserter.insert(flights(4, 4)) == 4);
        CHECK(observer.count() == 8);
        CHECK(inserter.last_committed() == Committed{2, {}});
    }
    SECTION("a conflict is skipped, or updates the row with its key, by the last of a batch") {
        observer.execute("create table flight (carrier text primary key, delay double precision, arrived boolean)");
        Inserter<Flight>(server, "flight").insert(flights(0, 4));
        auto rows = flights(2, 4);
        for (Flight& row : rows) row.delay = 77;
        rows.push_back({"carrier 5", 99, true});
        Inserter<Flight> skip(server, "flight", {.on_conflict = OnConflict::skip});
        CHECK(skip.insert(rows) == 2);
        CHECK(observer.number("select sum(delay)::int from flight") == 3 + 2 * 77);
        Inserter<Flight> update(server, "flight", {.on_conflict = OnConflict::update, .sink = "updates"});
        for (int i = 0; i < 2; ++i) update.insert(rows);
        CHECK(observer.number("select sum(delay)::int from flight") == 3 * 77 + 99);
        CHECK(update.last_committed() == Committed{2, {}});
    }
    SECTION("a table that is there must keep what the fields hold, and needs nothing else") {
        const auto refused = [&](const std::string& columns) {
            observer.execute("drop table if exists flight; create table flight (" + columns + ")");
            return error_of([&] { Inserter<Flight>(server, "flight"); });
        };
        CHECK(says(refused("carrier text, arrived boolean"), "insert into \"flight\", field \"delay\": the table exists and has no column \"delay\""));
        CHECK(says(refused("carrier text, delay real, arrived boolean"), "column \"delay\" is declared real, which would change the field's values, of type double precision"));
        CHECK(says(refused("carrier text, delay numeric, arrived boolean, gate int not null"), "column \"gate\" needs a value"));
        observer.execute("create schema s; create table s.flight (id serial primary key, arrived boolean, delay numeric, gate text not null default 'A', carrier varchar(20))");
        Inserter<Flight>(server, "s.flight").insert(flights(1, 2));
        CHECK(observer.number("select count(*) from s.flight where id = 1 and carrier = 'carrier 1' and delay = 0.5 and gate = 'A'") == 1);
        CHECK(says(error_of([&] { Inserter<Flight>(server, "s.flight", {.on_conflict = OnConflict::update}); }), "OnConflict::update: the row has no field for the primary key's column \"id\""));
    }
    SECTION("several that begin at once make the tables once, and number their epochs one behind the other") {
        for (int round = 0; round < 5; ++round) {
            observer.execute("drop table if exists flight, weir_epochs");
            std::atomic<int> failed = 0;
            std::vector<std::thread> threads;
            for (int i = 0; i < 4; ++i)
                threads.emplace_back([&] {
                    try {
                        Inserter<Flight> inserter(server, "flight");
                        for (int n = 0; n < 5; ++n) inserter.insert(flights(n, 2));
                    } catch (const std::exception&) {
                        ++failed;
                    }
                });
            for (std::thread& thread : threads) thread.join();
            CHECK(failed == 0);
            CHECK(observer.count() == 40);
            CHECK(observer.number("select epoch from weir_epochs") == 20);
        }
    }
    SECTION("a lost connection is an error, and the next epoch has a new one") {
        Inserter<Flight> inserter(server, "flight");
        inserter.write(flights(0, 3));
        observer.execute("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and usename = 'weir'");
        const auto lost = error_of([&] { inserter.write(flights(3, 3)); });
        CHECK(lost.is_connection());
        CHECK(says(lost, "insert into \"flight\""));
        inserter.abort(1);
        CHECK(inserter.insert(flights(6, 3)) == 3);
        CHECK(observer.count() == 3);
        const auto nobody = error_of([&] { Inserter<Flight>(server + "-gone", "flight"); });
        CHECK(nobody.is_connection());
        CHECK(says(error_of([&] { Connection("host=/nowhere dbname=x password=secret"); }), "postgres: connect: connection to server on socket \"/nowhere/.s.PGSQL.5432\" failed"));
        CHECK_FALSE(says(error_of([&] { Connection("host=/nowhere dbname=x password=secret"); }), "secret"));
    }
}

} // namespace
