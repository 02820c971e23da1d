// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

weir::Timestamp at(std::chrono::seconds s) { return weir::Timestamp(s); }

/// A source that has an event at each of these seconds of the job's clock, and never says what time it is.
struct Scheduled {
    using event_type = int;
    std::vector<std::pair<std::chrono::seconds, int>> events;
    std::size_t next = 0;
    weir::Polled<int> poll(weir::Timestamp now) {
        if (next == events.size()) return weir::Polled<int>::nothing(1h);
        if (now < at(events[next].first)) return weir::Polled<int>::nothing(at(events[next].first) - now);
        return events[next++].second;
    }
};

using Row = weir::Windowed<weir::NoKey, std::uint64_t>;

/// Steps a job from second to second, and says how many results there were after each.
template <typename Job>
std::vector<std::size_t> counts_by_second(Job&& job, const std::vector<weir::Event<Row>>& results, int seconds) {
    weir::ManualClock clock;
    auto stepper = weir::stepper(std::forward<Job>(job), {.clock = &clock});
    std::vector<std::size_t> counts;
    for (int s = 0; s <= seconds; ++s) {
        while (stepper.step() == weir::Progress::more) {}
        counts.push_back(results.size());
        clock.advance(1s);
    }
    return counts;
}

} // namespace

TEST_CASE("windows of processing time end by the clock, without new events") {
    std::vector<weir::Event<Row>> results;
    const auto counts = counts_by_second(weir::from(Scheduled{{{0s, 1}, {1s, 2}, {4s, 3}, {5s, 4}}}) | weir::processing_time() |
                                             weir::window(weir::tumbling(5s)) | weir::aggregate(weir::count()) | weir::collect_into(results),
                                         results, 12);
    REQUIRE(counts == std::vector<std::size_t>{0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2});
    CHECK(results[0].value.value == 3);
    CHECK(results[0].value.window.end == at(5s));
    CHECK(results[1].value.value == 1);
}

TEST_CASE("with ingestion time it is events that end windows") {
    std::vector<weir::Event<Row>> results;
    const auto counts = counts_by_second(weir::from(Scheduled{{{0s, 1}, {1s, 2}, {4s, 3}, {8s, 4}, {12s, 5}}}) | weir::ingestion_time() |
                                             weir::window(weir::tumbling(5s)) | weir::aggregate(weir::count()) | weir::collect_into(results),
                                         results, 12);
    REQUIRE(counts == std::vector<std::size_t>{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2});
}

TEST_CASE("sessions and timers follow the clock too") {
    std::vector<weir::Event<Row>> sessions;
    const auto counts = counts_by_second(weir::from(Scheduled{{{0s, 1}, {2s, 2}, {9s, 3}}}) | weir::processing_time() |
                                             weir::window(weir::session(3s)) | weir::aggregate(weir::count()) | weir::collect_into(sessions),
                                         sessions, 13);
    REQUIRE(counts == std::vector<std::size_t>{0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2, 2});

    weir::ManualClock clock;
    std::vector<weir::Event<int>> calls;
    auto stepper = weir::stepper(weir::from(Scheduled{{{1s, 7}}}) | weir::processing_time() | weir::key_by([](int x) { return x; }) |
                                     weir::process_keyed<int, int>([](int, int&, auto& context) { context.set_timer(context.time() + 2s); },
                                                                   [](weir::Timestamp, int&, auto& context) { context.emit(context.key()); }) |
                                     weir::collect_into(calls),
                                 {.clock = &clock});
    std::vector<std::size_t> called;
    for (int s = 0; s < 5; ++s) {
        while (stepper.step() == weir::Progress::more) {}
        called.push_back(calls.size());
        clock.advance(1s);
    }
    REQUIRE(called == std::vector<std::size_t>{0, 0, 0, 1, 1});
}

TEST_CASE("the clock drives what is inside an AnyChain and behind it") {
    const auto scheduled = [] { return weir::from(Scheduled{{{0s, 1}, {1s, 2}, {4s, 3}, {5s, 4}}}) | weir::processing_time(); };
    const auto windows = weir::window(weir::tumbling(5s)) | weir::aggregate(weir::count());
    const std::vector<std::size_t> by_clock{0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2};
    const weir::AnyChain<weir::Event<int>, weir::Event<Row>> inside = windows;
    std::vector<weir::Event<Row>> results;
    CHECK(counts_by_second(scheduled() | inside | weir::collect_into(results), results, 10) == by_clock);

    const weir::AnyChain<weir::Event<int>, weir::Event<int>> before = weir::filter([](int) { return true; });
    results.clear();
    CHECK(counts_by_second(scheduled() | before | windows | weir::collect_into(results), results, 10) == by_clock);

    const weir::AnyChain<weir::Event<int>, void> sink = windows | weir::collect_into(results);
    results.clear();
    CHECK(counts_by_second(scheduled() | sink, results, 10) == by_clock);

    const weir::AnyChain<int, weir::Event<int>, weir::AnyRules{.clocked = true}> clock = weir::processing_time();
    results.clear();
    CHECK(counts_by_second(weir::from(Scheduled{{{0s, 1}, {1s, 2}, {4s, 3}, {5s, 4}}}) | clock | windows | weir::collect_into(results), results, 10) == by_clock);

    const weir::AnyChain<weir::Event<int>, weir::Event<int>> other_times = weir::event_time([](int) { return at(1s); });
    CHECK_THROWS_WITH(weir::run(scheduled() | other_times | weir::for_each([](int) {})), Catch::Contains("Leave that one out"));
}

namespace {

/// A clock that breaks the rule that it never goes back.
struct Jumping final : weir::Clock {
    mutable int asked = 0;
    [[nodiscard]] weir::Timestamp now() const override { return at(++asked % 3 == 0 ? 100s : std::chrono::seconds(100 + asked)); }
    [[nodiscard]] bool runs() const noexcept override { return false; }
};

/// Gives its events one at a time, so that each is a look at the clock.
struct Slow {
    using event_type = int;
    int asked = 0;
    weir::Polled<int> poll() {
        if (asked == 100) return weir::Polled<int>::ended();
        return ++asked % 2 == 0 ? weir::Polled<int>::nothing() : weir::Polled<int>(asked);
    }
};

} // namespace

TEST_CASE("times of a clock that jumps back do not") {
    const Jumping clock;
    std::vector<weir::Event<int>> events;
    weir::run(weir::from(Slow{}) | weir::ingestion_time() | weir::collect_into(events), {.clock = &clock});
    REQUIRE(events.size() == 50);
    for (std::size_t i = 1; i < events.size(); ++i) CHECK(events[i - 1].time <= events[i].time);
    CHECK(events[0].time < events[49].time);
}
