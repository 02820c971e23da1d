// SPDX-License-Identifier: BSL-1.0
// Times that are not believed: one clock that is far ahead must not close everybody's windows.
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Reading {
    int id;
    std::chrono::sys_time<std::chrono::milliseconds> time;
    static constexpr auto fields() { return weir::fields("id", &Reading::id, "time", &Reading::time); }
};

Reading at(std::chrono::seconds s, int id = 0) { return {id, std::chrono::sys_time<std::chrono::milliseconds>(s)}; }

struct Ran {
    std::vector<std::uint64_t> counts;
    std::vector<weir::Event<Reading>> ahead;
    std::uint64_t late = 0;
    std::uint64_t dropped = 0;
};

/// Windows of 10 s over the readings.
template <typename Strategy>
Ran ran(const std::vector<Reading>& readings, const Strategy& strategy, const weir::Clock* clock = nullptr) {
    Ran result;
    weir::RunOptions options;
    if (clock) options.clock = clock;
    const weir::Report report =
        weir::run(weir::from(readings) | weir::event_time(&Reading::time, strategy).ahead_to(weir::collect_into(result.ahead)) |
                      weir::window(weir::tumbling(10s)) | weir::aggregate(weir::count()) |
                      weir::for_each([&](const auto& row) { result.counts.push_back(row.value); }),
                  options);
    for (const weir::OperatorReport& row : report.operators) {
        CHECK(row.in == row.passed + row.dropped() + row.held);
        result.late += row.dropped(weir::Drop::late);
        result.dropped += row.dropped(weir::Drop::ahead);
    }
    return result;
}

using Counts = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("an event far ahead of the job's clock closes no windows, and is dropped for a reason of its own") {
    weir::ManualClock clock(weir::Timestamp(100s));
    const std::vector<Reading> readings{at(98s), at(1'000'000s, 7), at(99s), at(105s), at(106s, 8), at(95s), at(104s)};
    CHECK(ran(readings, weir::bounded_disorder(5s).no_further_than(1'000'000s), &clock).late == 5);
    const Ran result = ran(readings, weir::bounded_disorder(5s).no_further_than(5s), &clock);
    CHECK(result.counts == Counts{2, 2});
    CHECK(result.late == 1);
    CHECK(result.dropped == 2);
    REQUIRE(result.ahead.size() == 2);
    CHECK(result.ahead[0].value.id == 7);
    CHECK(result.ahead[0].time == weir::Timestamp(1'000'000s));
    CHECK(result.ahead[1].value.id == 8);
}

TEST_CASE("an event far beyond the greatest time so far is dropped, whenever the job runs") {
    const std::vector<Reading> readings{at(1s), at(1'000'000s, 7), at(3s), at(63s), at(124s, 8), at(60s), at(123s), at(2s)};
    const Ran result = ran(readings, weir::bounded_disorder(5s).jump_at_most(60s));
    CHECK(result.counts == Counts{2, 2, 1});
    CHECK(result.late == 1);
    REQUIRE(result.ahead.size() == 2);
    CHECK(result.ahead[0].value.id == 7);
    CHECK(result.ahead[1].value.id == 8);
}

TEST_CASE("when as many as said are ahead in a row it is believed that time has gone on") {
    std::vector<Reading> readings{at(1s), at(9s)};
    for (int i = 0; i < 4; ++i) readings.push_back(at(1000s + std::chrono::seconds(i)));
    readings.push_back(at(1001s));
    const Ran result = ran(readings, weir::bounded_disorder(5s).jump_at_most(60s, 3));
    CHECK(result.dropped == 3);
    CHECK(result.counts == Counts{2, 2});
    readings.insert(readings.begin() + 4, at(8s)); // one of another kind between
    CHECK(ran(readings, weir::bounded_disorder(5s).jump_at_most(60s, 3)).dropped == 5);
}

TEST_CASE("times at the end of what can be represented are ahead too") {
    const std::vector<Reading> readings{at(1s), at(100'000'000'000s), at(2s), at(-100'000'000'000s), at(3s)};
    const Ran result = ran(readings, weir::bounded_disorder(5s).no_further_than(24h));
    CHECK(result.dropped == 1);
    CHECK(result.late == 1);
    CHECK(result.counts == Counts{3});
}

TEST_CASE("the limits of a strategy can be combined, in any order") {
    weir::ManualClock clock(weir::Timestamp(100s));
    const std::vector<Reading> readings{at(10s), at(50s), at(101s), at(11s)};
    CHECK(ran(readings, weir::monotonous().jump_at_most(30s).no_further_than(0s), &clock).dropped == 2);
    CHECK(ran(readings, weir::monotonous().no_further_than(0s).jump_at_most(30s), &clock).dropped == 2);
    CHECK(ran(readings, weir::punctuated([](const Reading& r) { return std::optional(r.time); }).no_further_than(0s), &clock).dropped == 1);
    CHECK_THROWS_WITH(weir::monotonous().jump_at_most(0s), Catch::Contains("greater than 0"));
    CHECK_THROWS_WITH(weir::monotonous().no_further_than(-1s), Catch::Contains("negative"));
}

TEST_CASE("an event that is not believed ends no idleness") {
    weir::ManualClock clock;
    struct Live {
        using event_type = Reading;
        int asked = 0;
        weir::Polled<Reading> poll() { return ++asked % 2 == 0 ? weir::Polled<Reading>::nothing(1s) : weir::Polled<Reading>(at(asked == 1 ? 1s : 1000s)); }
    };
    weir::TestStream<Reading> other;
    other.event(at(500s), weir::Timestamp(500s)).watermark(weir::Timestamp(600s)).advance(100s);
    std::uint64_t rows = 0;
    const auto strategy = weir::monotonous().no_further_than(60s).idle_after(3s);
    auto stepper = weir::stepper(weir::merge(weir::from(other), weir::from(Live{}) | weir::event_time(&Reading::time, strategy)) |
                                     weir::window(weir::tumbling(10s)) | weir::aggregate(weir::count()) | weir::for_each([&](const auto&) { ++rows; }),
                                 {.clock = &clock});
    std::vector<std::uint64_t> by_second;
    for (int s = 0; s < 5; ++s) {
        for (int turn = 0; turn < 4; ++turn) stepper.step();
        by_second.push_back(rows);
        clock.advance(1s);
    }
    CHECK(by_second == std::vector<std::uint64_t>{0, 0, 0, 2, 2});
    stepper.stop();
    while (stepper.step() != weir::Progress::ended) {}
}

TEST_CASE("which times are believed is saved and loaded, and the same however the stream is cut") {
    weir::TestStream<Reading> script;
    for (int i = 0; i < 40; ++i) script.event(at(std::chrono::seconds(i % 7 == 3 ? 1000 + i : i * 3), i), {});
    const auto job = [](auto source, auto sink) {
        const auto side = weir::micro_batch(2) | weir::unbatch() | weir::for_each([](const Reading&) {});
        return std::move(source) | weir::event_time(&Reading::time, weir::bounded_disorder(2s).jump_at_most(8s, 3)).ahead_to(side) |
               weir::map([](const Reading& r) { return r.id; }) | std::move(sink);
    };
    weir::check_recovery(script, job);
    weir::detail::check_equivalence_of<true>(script.items(), job, {});
}
