// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
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
