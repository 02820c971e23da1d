// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/sqlite.hpp>
#include <weir/weir.hpp>

#include "connect/sqlite/rows.hpp"
#include "runtime/tasks.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace sqlite_test;
using weir::sqlite::Database;
using weir::sqlite::insert_into;
using weir::sqlite::query;

std::int64_t count(const std::string& file) { return number(file, "select count(*) from flight"); }

std::vector<std::vector<Flight>> batches_of(int n, int size) {
    std::vector<std::vector<Flight>> batches;
    for (int i = 0; i < n; ++i) batches.push_back(flights(i * size, size));
    return batches;
}

TEST_CASE("each batch is stored in one transaction") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Database(file).execute("create table flight (carrier text, delay real, arrived integer)");
    const auto batches = batches_of(4, 3);
    std::vector<std::int64_t> seen;
    const auto look = [&](const std::vector<Flight>& batch) {
        seen.push_back(count(file));
        return batch;
    };
    const weir::Report report = weir::run(weir::from(batches) | weir::map(look) | insert_into(file, "flight"));
    CHECK(seen == std::vector<std::int64_t>{0, 3, 6, 9});
    CHECK(count(file) == 12);
    CHECK(number(file, "select epoch from weir_epochs where sink = 'flight'") == 4);
    const auto& row = report.operators.back();
    CHECK(row.in == 4);
    CHECK(row.passed == 4);
    CHECK(row.name == "sqlite::insert_into#1");
}

TEST_CASE("a batch with a row that the table refuses is not stored, those before it are, and run throws") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    auto batches = batches_of(4, 3);
    batches[2][1].delay = std::nan("");
    const auto error = error_of([&] { weir::run(weir::from(batches) | insert_into(file, "flight")); });
    CHECK(error.row() == 2U);
    CHECK(error.info().before == 6U);
    CHECK(says(error, "insert into \"flight\", row 8 (2 of its batch), field \"delay\""));
    CHECK(count(file) == 6);
    weir::run(weir::from(batches_of(1, 3)) | insert_into(file, "flight"));
    CHECK(count(file) == 9);
}

TEST_CASE("a table that does not fit fails when the job starts, before an event is read") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Database(file).execute("create table flight (carrier text, arrived integer)");
    int read = 0;
    const auto look = [&](const std::vector<Flight>& batch) {
        ++read;
        return batch;
    };
    const auto batches = batches_of(2, 2);
    const auto error = error_of([&] { weir::run(weir::from(batches) | weir::map(look) | insert_into(file, "flight")); });
    CHECK(error.info().field == "delay");
    CHECK(read == 0);
}

TEST_CASE("a stored chain can be run again, and options reach the sink") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    Database(file).execute("create table flight (carrier text primary key, delay real, arrived integer)");
    const auto store = weir::map([](const std::vector<Flight>& batch) { return batch; })
                     | insert_into(file, "flight", {.on_conflict = weir::sqlite::OnConflict::skip, .sink = "skipping"});
    const auto batches = batches_of(2, 2);
    weir::run(weir::from(batches) | store);
    weir::run(weir::from(batches) | store);
    CHECK(count(file) == 4);
    CHECK(number(file, "select epoch from weir_epochs where sink = 'skipping'") == 4);
}

TEST_CASE("no batch: the table is there, and empty") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    weir::run(weir::from(std::vector<std::vector<Flight>>{}) | insert_into(file, "flight"));
    CHECK(count(file) == 0);
}

TEST_CASE("batches with event times are stored as well") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    const std::vector<weir::Event<std::vector<Flight>>> batches{{flights(0, 2), {}}, {flights(2, 3), {}}};
    weir::run(weir::from(batches) | insert_into(file, "flight"));
    CHECK(count(file) == 5);
}

TEST_CASE("a query is a source of a pipeline, at the start and behind an error") {
    const TempDirectory directory;
    const std::string file = directory.file("flights.db");
    weir::run(weir::from(batches_of(10, 300)) | insert_into(file, "flight"));
    const std::string all = "select carrier, delay, arrived from flight order by rowid";
    std::vector<Flight> rows;
    weir::run(weir::from(query<Flight>(file, all)) | weir::collect_into(rows));
    CHECK(rows == flights(0, 3000));
    rows.clear();
    weir::run(weir::from(query<Flight>(file, all).rows_per_batch(7)) | weir::filter(&Flight::arrived) | weir::collect_into(rows));
    CHECK(rows.size() == 1500);

    Database(file).execute("create table other as select * from flight order by rowid; update other set arrived = 2 where rowid = 2000");
    rows.clear();
    const auto error = error_of([&] { weir::run(weir::from(query<Flight>(file, "select * from other order by rowid")) | weir::collect_into(rows)); });
    CHECK(error.row() == 2000U);
    CHECK(rows == flights(0, 1999));
}

struct Sale {
    std::int64_t id = 0;
    std::string shop{};
    std::int64_t amount = 0;
    static constexpr auto fields() { return weir::fields("id", &Sale::id, "shop", &Sale::shop, "amount", &Sale::amount); }
};
struct Sum {
    std::string shop{};
    std::int64_t amount = 0;
    static constexpr auto fields() { return weir::fields("shop", &Sum::shop, "amount", &Sum::amount); }
    friend bool operator==(const Sum&, const Sum&) = default;
};

TEST_CASE("a job that comes again adds up the new rows of a table, each once, wherever it is ended: their greatest key is stored with its result") {
    const TempDirectory directory;
    const std::string shop = directory.file("shop.db");
    Database sales(shop, {.mode = weir::sqlite::Open::create});
    sales.execute("create table sale (id integer primary key autoincrement, shop text not null, amount integer not null)");

    std::vector<std::int64_t> read;
    enum class End { before_prepare, before_commit, behind_commit };
    const auto roll_up = [&](End end) {
        weir::sqlite::Inserter<Sum> sums(shop, "by_shop", {.on_conflict = weir::sqlite::OnConflict::add, .key = {"shop"}});
        const auto last = sums.last_committed().value_or(weir::sqlite::Committed{});
        weir::NewRows<std::int64_t> news(last.position);
        std::vector<Sum> found;
        weir::run(weir::from(query<Sale>(shop, "select * from sale where id > ? order by shop", news.after()))
                  | weir::tap(news.seen(&Sale::id))
                  | weir::tap([&](const Sale& sale) { read.push_back(sale.id); })
                  | weir::key_by(&Sale::shop)
                  | weir::aggregate(weir::sum(&Sale::amount))
                  | weir::map([](const auto& row) { return Sum{row.key, row.value}; })
                  | weir::collect_into(found));
        CHECK(news.any() == not found.empty());
        sums.write(found);
        if (end == End::before_prepare) return; // as a program that is killed there
        sums.prepare(last.epoch + 1, news.position());
        if (end == End::before_commit) return;
        sums.commit(last.epoch + 1);
    };
    roll_up(End::behind_commit);
    for (int i = 0; i < 30; ++i) {
        for (int n = 0; n < i % 4; ++n) sales.execute("insert into sale (shop, amount) values ('shop " + std::to_string(n * i % 3) + "', " + std::to_string(i * 7 + n) + ")");
        roll_up(static_cast<End>(i % 3));
    }
    roll_up(End::behind_commit);
    read.clear();
    roll_up(End::behind_commit);
    CHECK(read.empty());
    std::vector<Sum> expected, stored;
    weir::run(weir::from(query<Sum>(shop, "select shop, sum(amount) as amount from sale group by shop order by shop")) | weir::collect_into(expected));
    weir::run(weir::from(query<Sum>(shop, "select shop, amount from by_shop order by shop")) | weir::collect_into(stored));
    CHECK(expected.size() == 3);
    CHECK(stored == expected);
}

TEST_CASE("new rows can have any key that can be saved and compared") {
    weir::NewRows<std::string> texts({}, "b");
    const auto seen = texts.seen([](const std::string& key) { return key; });
    seen(std::string("a"));
    CHECK(texts.after() == "b");
    seen(std::string("d"));
    seen(std::string("c"));
    CHECK(weir::NewRows<std::string>(texts.position()).after() == "d");
    CHECK(weir::NewRows<std::int64_t>().after() < -1'000);
    CHECK_THROWS_AS(weir::NewRows<std::int64_t>(std::vector(3, std::byte{1})), weir::StateError);
    CHECK_THROWS_AS(weir::NewRows<std::int32_t>(weir::NewRows<std::int64_t>().position()), weir::StateError);
}

struct Flights {
    using event_type = Flight;
    int next = 0;
    weir::Polled<Flight> poll() { return next == 30 ? weir::Polled<Flight>::ended() : weir::Polled<Flight>(flights(next++, 1).front()); }
    [[nodiscard]] int position() const noexcept { return next; }
    void seek(int position) noexcept { next = position; }
};

TEST_CASE("a job that is stopped and goes on has stored each row once") {
    for (int steps = 0; steps < 40; steps += 3) {
        const TempDirectory directory;
        const std::string file = directory.file("flights.db");
        const auto job = [&file] { return weir::from(Flights{}) | weir::stage(4) | weir::micro_batch(5) | insert_into(file, "flight"); };
        weir::StateWriter saved;
        {
            Tasks<true> tasks(job());
            for (int i = 0; i < steps; ++i)
                for (std::size_t task = 0; task < tasks.size(); ++task) tasks.step(task, 2);
            tasks.graph.tell_sources({weir::Control::Kind::stop});
            tasks.run_to_end();
            weir::detail::SaveWalk walk(tasks.graph.names(), saved);
            for (const weir::Task* task : tasks.graph.tasks()) task->save(walk);
        }
        Tasks<true> tasks(job());
        weir::detail::load_graph(tasks.graph, saved);
        tasks.run_to_end();
        std::vector<Flight> stored;
        weir::run(weir::from(query<Flight>(file, "select carrier, delay, arrived from flight order by delay")) | weir::collect_into(stored));
        CHECK(stored == flights(0, 30));
    }
}

} // namespace
