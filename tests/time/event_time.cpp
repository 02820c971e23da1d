// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

using Second = std::chrono::sys_seconds;
struct Reading {
    int value;
    Second time;
    std::optional<Second> complete{};
};

Second s(std::int64_t t) { return Second(std::chrono::seconds(t)); }

/// The counts of windows of 10 s, and how many readings were late.
template <typename Strategy>
std::pair<std::vector<std::uint64_t>, std::uint64_t> counts(const std::vector<Reading>& readings, Strategy strategy) {
    std::pair<std::vector<std::uint64_t>, std::uint64_t> seen;
    const weir::Report report = weir::run(weir::from(readings) | weir::event_time(&Reading::time, strategy) | weir::window(weir::tumbling(10s)) |
                                          weir::aggregate(weir::count()) | weir::for_each([&](const auto& row) { seen.first.push_back(row.value); }));
    for (const weir::OperatorReport& row : report.operators) {
        CHECK(row.in == row.passed + row.dropped() + row.held);
        seen.second += row.dropped(weir::Drop::late);
    }
    return seen;
}

using Counts = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("event_time gives each event its time, and changes no value") {
    std::vector<weir::Event<int>> seen;
    weir::run(weir::from(std::vector<Reading>{{1, s(5)}, {2, s(-7)}}) | weir::event_time(&Reading::time) |
              weir::map([](const Reading& r) { return r.value; }) | weir::collect_into(seen));
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].value == 1);
    CHECK(seen[0].time == weir::Timestamp(5s));
    CHECK(seen[1].time == weir::Timestamp(-7s));
}

TEST_CASE("without a strategy times are taken to rise, and the same time again is not late") {
    std::vector<weir::Event<Reading>> seen;
    weir::run(weir::from(std::vector<Reading>{{1, s(9)}, {2, s(9)}}) | weir::event_time(&Reading::time) | weir::collect_into(seen));
    CHECK(seen.size() == 2);
    CHECK(counts({{1, s(9)}, {2, s(9)}, {3, s(10)}, {4, s(9)}}, weir::monotonous()) == std::pair<Counts, std::uint64_t>{{2, 1}, 1});
}

TEST_CASE("bounded disorder takes what comes just as late as it says, and nothing later") {
    const std::vector<Reading> at_the_bound{{1, s(1)}, {2, s(14)}, {3, s(9)}};
    CHECK(counts(at_the_bound, weir::bounded_disorder(5s)) == std::pair<Counts, std::uint64_t>{{2, 1}, 0});
    CHECK(counts({{1, s(1)}, {2, s(15)}, {3, s(9)}}, weir::bounded_disorder(5s)) == std::pair<Counts, std::uint64_t>{{1, 1}, 1});
    CHECK(counts(at_the_bound, weir::bounded_disorder(-5s)).second == 1); // as 0 s
}

TEST_CASE("punctuated takes the watermark from events that have one") {
    const auto complete = weir::punctuated(&Reading::complete);
    CHECK(counts({{1, s(1)}, {2, s(99)}, {3, s(2)}}, complete) == std::pair<Counts, std::uint64_t>{{2, 1}, 0});
    CHECK(counts({{1, s(1)}, {2, s(99), s(10)}, {3, s(2)}}, complete) == std::pair<Counts, std::uint64_t>{{1, 1}, 1});
}

TEST_CASE("a time beyond what nanoseconds hold stands at their ends") {
    std::vector<weir::Event<Reading>> seen;
    weir::run(weir::from(std::vector<Reading>{{1, s(-100'000'000'000)}, {2, s(100'000'000'000)}}) | weir::event_time(&Reading::time) |
              weir::collect_into(seen));
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].time < weir::Timestamp(-9'223'372'000s));
    CHECK(seen[1].time > weir::Timestamp(9'223'372'000s));
}

TEST_CASE("event_time may be the last before a stage, a merge or the end of an AnyChain") {
    const std::vector<Reading> readings{{1, s(1)}, {2, s(2)}, {3, s(3)}};
    std::vector<weir::Event<Reading>> seen;
    weir::run(weir::from(readings) | weir::event_time(&Reading::time) | weir::stage() | weir::collect_into(seen));
    weir::run(weir::merge(weir::from(readings) | weir::event_time(&Reading::time)) | weir::collect_into(seen));
    const weir::AnyChain<Reading, weir::Event<Reading>> timed = weir::event_time(&Reading::time);
    weir::run(weir::from(readings) | timed | weir::collect_into(seen));
    CHECK(seen.size() == 9);
}

TEST_CASE("an error of what a watermark brings leaves counts that add up: the event before it had gone on") {
    std::vector<Reading> readings;
    for (int i = 0; i < 60; ++i) readings.push_back({i, s(i)});
    const auto time = weir::event_time(&Reading::time, weir::bounded_disorder(2s));
    const auto all = weir::filter([](const Reading& r) { return r.value >= 0; });
    const auto windows = weir::window(weir::tumbling(10s)) | weir::aggregate(weir::count());
    auto stepper = weir::stepper(weir::from(readings) | time | all | windows | weir::for_each([](const auto&) { throw std::runtime_error("no room"); }));
    CHECK_THROWS_WITH([&] { while (stepper.step() != weir::Progress::ended) {} }(), "no room");
    const weir::Report report = stepper.report();
    CHECK(report.at("event_time#1").passed == 13); // the last of them brought the watermark of the first ten seconds
    CHECK(report.at("event_time#1").held == 0);
    CHECK(report.at("filter#1").passed == 13);
    CHECK(report.at("filter#1").dropped() == 0);
    CHECK(report.at("aggregate#1").held == 3);

    const auto fails_anywhere = [&](const auto& before, const auto& behind) {
        weir::check_errors(readings, [&](auto source, auto sink, const auto& fault) {
            return std::move(source) | before | all | behind | weir::map([fault](const auto& row) { return fault(), row; }) | std::move(sink);
        });
    };
    const auto ordered = weir::in_time_order() | weir::map([](const Reading& r) { return r.value; });
    fails_anywhere(time, windows | weir::map([](const auto& row) { return row.value; }));
    fails_anywhere(time, ordered);
    fails_anywhere(weir::map([](const Reading& r) { return r; }) | time, ordered);
}

TEST_CASE("only the end of the stream is its end, whatever watermark an event has") {
    const std::vector<Reading> readings{{1, s(1)}, {2, s(2), s(400'000'000'000)}, {3, s(3)}};
    std::vector<std::uint64_t> rows;
    const auto keep = [&](const auto& row) { rows.push_back(row.value); };
    const auto timed = weir::event_time(&Reading::time, weir::punctuated(&Reading::complete));
    weir::run(weir::from(readings) | timed | weir::key_by([](const Reading&) { return 0; }) | weir::aggregate(weir::count()) | weir::for_each(keep));
    weir::run(weir::from(readings) | timed | weir::window(weir::global_window()) | weir::aggregate(weir::count()) | weir::for_each(keep));
    weir::run(weir::from(readings) | timed | weir::micro_batch(1) | weir::process(weir::partial(weir::count())) | weir::combine(weir::count()) |
              weir::for_each([&](std::uint64_t n) { rows.push_back(n); }));
    CHECK(rows == std::vector<std::uint64_t>{3, 3, 3});
    CHECK(counts(readings, weir::punctuated(&Reading::complete)) == std::pair(Counts{2}, std::uint64_t{1}));
}
