// SPDX-License-Identifier: BSL-1.0
// Programs that a user would write, as they stand: events, chains, queues, stages.
#include <weir/weir.hpp>

#include "catch.hpp"

#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Trade {
    std::string symbol;
    int qty = 0;
    double price = 0;

    friend bool operator==(const Trade&, const Trade&) = default;
};

Trade normalise(const Trade& trade) { return {trade.symbol, trade.qty, trade.price / 100}; }
bool is_valid(const Trade& trade) { return trade.qty > 0; }

struct Book {
    int quantity = 0;
    void on_event(const Trade& trade) { quantity += trade.qty; }
};

struct Feed { // an event source that the user wrote
    using event_type = int;
    int next_raw = 0;
    std::optional<int> next() { return next_raw < 100 ? std::optional(next_raw++) : std::nullopt; }
};

struct Bar {
    std::string symbol;
    double close = 0;

    friend bool operator==(const Bar&, const Bar&) = default;
};
Bar bar_of(const Trade& trade) { return {trade.symbol, trade.price}; }

const std::vector<Trade> some_trades{{"HERON", 5, 1000}, {"GULL", 0, 2000}, {"HERON", 7, 1100}};

} // namespace

TEST_CASE("a pipeline over a range runs from source to sink", "[acceptance]") {
    const std::vector<Trade> trades = some_trades;
    const weir::Report report =
        weir::run(weir::from(trades)
                  | weir::filter([](const Trade& t) { return t.qty > 0; })
                  | weir::map(&normalise)
                  | weir::for_each([](const Trade& t) { fmt::print("{}\n", t.symbol); }));
    CHECK(report.at("for_each#1").in == 2);
}

TEST_CASE("a chain is a value and the report counts per operator", "[acceptance]") {
    const std::vector<Trade> trades = some_trades;
    std::vector<Trade> result;

    auto cleaned = weir::filter(is_valid) | weir::map(normalise);
    auto job     = weir::from(trades) | cleaned | weir::collect_into(result);
    weir::Report report = weir::run(job);

    CHECK(result == std::vector<Trade>{{"HERON", 5, 10}, {"HERON", 7, 11}});
    CHECK(report.at("filter#1").in == 3);
    CHECK(report.at("filter#1").out == 2);
    CHECK(report.at("filter#1").dropped(weir::Drop::filtered) == 1);
    CHECK(report.at("filter#1").held == 0);
}

TEST_CASE("a pipeline runs beside us, fed by a queue", "[acceptance][threads]") {
    const auto cleaned = weir::filter(is_valid) | weir::map(normalise);
    const Trade trade{"HERON", 5, 1000};
    Book book;

    weir::SpscQueue<Trade> queue{65'536};
    weir::Job running = weir::start(weir::from(queue) | cleaned | weir::for_each(std::ref(book)));
    queue.push(trade); queue.close(); running.wait();

    CHECK(book.quantity == 5);
}

TEST_CASE("a running pipeline can be stopped", "[acceptance][threads]") {
    weir::MpscQueue<Trade> queue{64};
    Book book;
    weir::Job running = weir::start(weir::from(queue) | weir::for_each(std::ref(book)));
    running.stop();
    running.wait();
    CHECK(queue.push({"HERON", 1, 1})); // the user's queue is still open
}

TEST_CASE("a stage runs what follows on its own thread behind a queue", "[acceptance][threads]") {
    Feed feed;
    std::thread::id decoded_by, drawn_by;
    const auto decode = [&](int raw) {
        decoded_by = std::this_thread::get_id();
        return Trade{"HERON", raw, 1.0};
    };
    std::size_t drawn = 0;
    const auto draw = [&](const Trade&) {
        drawn_by = std::this_thread::get_id();
        ++drawn;
    };
    const weir::Report report = weir::run(
        weir::from(feed) | weir::map(decode) | weir::stage({.capacity = 4096, .overflow = weir::Overflow::drop_oldest}) | weir::for_each(draw));
    CHECK(drawn + report.at("stage#1").dropped(weir::Drop::overflow) == 100);
    CHECK(drawn_by != decoded_by);
}

TEST_CASE("a type-erased chain has the type of its ends alone", "[acceptance]") {
    const auto cleaned = weir::filter(is_valid) | weir::map(normalise);
    weir::AnyChain<Trade, Bar> to_bars = cleaned | weir::map(bar_of);

    std::vector<Bar> bars;
    weir::run(weir::from(some_trades) | to_bars | weir::collect_into(bars));
    CHECK(bars == std::vector<Bar>{{"HERON", 10}, {"HERON", 11}});

    std::vector<Bar> closed;
    weir::AnyChain<Trade, void> whole = to_bars | weir::collect_into(closed); // Out = void ends in a sink
    weir::run(weir::from(some_trades) | whole);
    CHECK(closed == bars);
}

TEST_CASE("a type-erased chain carries event times", "[acceptance]") {
    const weir::Timestamp at{5s};
    const std::vector<weir::Event<Trade>> trades{{{"HERON", 5, 10}, at}};
    weir::AnyChain<weir::Event<Trade>, weir::Event<Bar>> to_bars = weir::map(bar_of);
    std::vector<weir::Event<Bar>> bars;
    weir::run(weir::from(trades) | to_bars | weir::collect_into(bars));
    CHECK(bars == std::vector<weir::Event<Bar>>{{{"HERON", 10}, at}});
}

TEST_CASE("a name is an operator's identity", "[acceptance]") {
    const std::vector<Trade> trades = some_trades;
    Book book;
    const weir::Report report = weir::run(weir::from(trades) | weir::named("clean", weir::filter(is_valid)) | weir::for_each(std::ref(book)));
    CHECK(report.operators.at(0).name.find("clean") == 0);
    CHECK(report.operators.at(0).in == 3);
}

TEST_CASE("a job lives in someone else's loop", "[acceptance]") {
    const std::vector<Trade> trades = some_trades;
    Book book;
    int polled = 0;
    const auto poll_my_sockets = [&] { ++polled; };
    auto job = weir::from(trades) | weir::for_each(std::ref(book));

    auto stepper = weir::stepper(job); while (stepper.step(256) != weir::Progress::ended) poll_my_sockets();

    CHECK(book.quantity == 12);
}
