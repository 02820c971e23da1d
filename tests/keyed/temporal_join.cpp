// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

using Seconds = std::chrono::sys_seconds;
struct Trade {
    std::string symbol;
    int pieces;
    Seconds time;
};
struct Quote {
    std::string symbol;
    int price; // 0: no longer traded
    Seconds time;
};
struct Bought {
    int pieces;
    int price;
    friend bool operator==(const Bought&, const Bought&) = default;
};

Seconds at(int seconds) { return Seconds{std::chrono::seconds(seconds)}; }

const auto bought = [](const Trade& t, const Quote& q) { return Bought{t.pieces, q.price}; };

} // namespace

TEST_CASE("temporal_join gives each event with the version that was valid at its time") {
    const std::vector<Quote> quotes{{"A", 10, at(1)}, {"B", 70, at(2)}, {"A", 11, at(5)}, {"A", 12, at(5)}, {"A", 0, at(8)}};
    const std::vector<Trade> trades{{"A", 1, at(0)}, {"A", 2, at(1)}, {"A", 3, at(4)}, {"A", 4, at(5)}, {"B", 5, at(6)}, {"A", 6, at(8)}};
    std::vector<Bought> out, all;
    auto stream = weir::from(trades) | weir::event_time(&Trade::time) | weir::key_by(&Trade::symbol);
    auto versions = weir::table(weir::from(quotes) | weir::event_time(&Quote::time) | weir::key_by(&Quote::symbol)).deleted_when([](const Quote& q) {
        return q.price == 0;
    });
    const weir::Report report = weir::run(weir::temporal_join(stream, versions, bought) | weir::collect_into(out));
    CHECK(out == std::vector<Bought>{{2, 10}, {3, 10}, {4, 12}, {5, 70}});
    CHECK(report.at("temporal_join#1").dropped(weir::Drop::unmatched) == 4); // two trades and two quotes
    CHECK(report.at("temporal_join#1").held == 0);

    weir::run(weir::temporal_join<weir::JoinType::left>(stream, versions, [](const Trade& t, const Quote* q) { return Bought{t.pieces, q != nullptr ? q->price : -1}; }) |
              weir::collect_into(all));
    CHECK(all == std::vector<Bought>{{1, -1}, {2, 10}, {3, 10}, {4, 12}, {5, 70}, {6, -1}});
}

TEST_CASE("an event waits until no earlier version can come, and events of either side may be late") {
    weir::TestStream<int> events, versions;
    events.event(1, at(10)).event(2, at(4)).watermark(at(10)).event(3, at(10)).event(4, at(20)).watermark(at(40));
    versions.event(100, at(3)).event(300, at(12)).event(200, at(7)).watermark(at(15)).event(900, at(15)).watermark(at(40));
    std::vector<int> out;
    std::vector<weir::Timestamp> times;
    const auto zero = [](int) { return 0; };
    const weir::Report report = weir::run(weir::temporal_join(weir::from(events) | weir::key_by(zero), weir::from(versions) | weir::key_by(zero),
                                                              [](int e, int v) { return e + v; }) |
                                          weir::drop_late() | weir::for_each([&](const weir::Event<int>& e) {
                                              out.push_back(e.value);
                                              times.push_back(e.time);
                                          }));
    CHECK(out == std::vector<int>{102, 201, 304});
    CHECK(times == std::vector<weir::Timestamp>{at(4), at(10), at(20)});
    CHECK(report.at("temporal_join#1").dropped(weir::Drop::late) == 2);
}

TEST_CASE("versions that nobody can find any more are let go") {
    std::vector<std::int64_t> ticks;
    for (std::int64_t t = 0; t < 50'000; ++t) ticks.push_back(t);
    const auto timed = [&ticks] {
        return weir::from(ticks) | weir::event_time([](std::int64_t t) { return weir::Timestamp(weir::Duration(t)); }) | weir::key_by([](std::int64_t t) { return t % 10; });
    };
    std::uint64_t n = 0, most = 0;
    auto stepper = weir::stepper(weir::temporal_join(timed(), timed(), [](std::int64_t e, std::int64_t v) { return e - v; }) |
                                 weir::for_each([&n](std::int64_t age) { n += age == 0; }));
    while (stepper.step(100) != weir::Progress::ended) most = std::max(most, stepper.report().at("temporal_join#1").held);
    CHECK(n == 50'000);
    CHECK(most < 400);
}
