// SPDX-License-Identifier: BSL-1.0
// event_time hands spans with their times and marks beside them to windows that add runs of events at once. That is a shortcut: events
// that come one by one give the same rows, late events, signals and Report.
#include "laws/streams.hpp"

#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using streams::In;

struct Named {
    std::string name;
    In in;
};

std::vector<Named> named_events(std::uint64_t seed, std::size_t n) {
    std::vector<Named> all;
    for (const streams::Step& step : streams::random_steps(seed, {.steps = n, .keys = seed % 3 == 0 ? 40U : 4U, .disorder = 5 + seed % 30, .speed = 1 + seed % 4}))
        if (step.kind == streams::Step::Kind::event) all.push_back({"a name too long for a small string " + std::to_string(step.in.key), step.in});
    return all;
}

/// What a run gave: rows as text, in order with the watermarks between, then the late events, the Report and the error.
struct Seen {
    std::vector<std::string> rows;
    std::vector<std::string> late;
    std::vector<std::string> report;
    friend bool operator==(const Seen&, const Seen&) = default;
};

/// Notes what comes past it: rows, each with the watermark before it.
struct Note {
    using kind = weir::OperatorKind;
    std::vector<std::string>* to;
    weir::Timestamp* mark;
    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        const auto& [key, window, value] = weir::value_of(event);
        to->push_back(fmt::format("{}, {} [{},{}) {} {}: {}", mark->time_since_epoch().count(), key, window.start.time_since_epoch().count(), window.end.time_since_epoch().count(), window.pane.index,
                                  static_cast<int>(window.pane.timing), value));
        next.on_event(std::forward<E>(event));
    }
    template <typename Next>
    void on_watermark(weir::Timestamp t, Next& next) {
        *mark = t;
        next.on_watermark(t);
    }
};

struct Nothing {};

/// Further: what follows the rows.
template <typename Further = Nothing, typename Source, typename Op>
Seen run_on(Source events, Op op, Further further = {}) {
    Seen seen;
    weir::Timestamp mark = weir::min_time;
    try {
        const auto note_late = weir::for_each([&seen](const Named& e) { seen.late.push_back(e.name + ' ' + std::to_string(e.in.value)); });
        auto job = [&] {
            auto rows = weir::from(std::move(events)) | op(note_late) | Note{&seen.rows, &mark};
            if constexpr (std::is_same_v<Further, Nothing>) return std::move(rows) | weir::for_each([](const auto&) {});
            else return std::move(rows) | further | weir::for_each([](const auto&) {});
        }();
        auto stepper = weir::stepper(std::move(job));
        for (bool more = true; more;) { // where a step ends the same has been given
            more = stepper.step(150) != weir::Progress::ended;
            if constexpr (std::is_same_v<Further, Nothing>) seen.rows.push_back(fmt::format("at {}", mark.time_since_epoch().count()));
        }
        const weir::Report report = stepper.report();
        for (const weir::OperatorReport& row : report.operators)
            seen.report.push_back(fmt::format("{} in {} out {} passed {} held {} late {} some {}", row.name, row.in, row.out, row.passed, row.held, row.dropped(weir::Drop::late),
                                              row.late_in_some));
    } catch (const std::runtime_error& error) {
        seen.report.push_back(error.what());
    }
    return seen;
}

constexpr auto time_of_named = [](const Named& e) { return streams::at(e.in.time); };
constexpr auto weighted = [](const Named& e) { return e.in.value; };

template <typename Op>
void hold_for(Op op) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const std::vector<Named> events = named_events(seed, seed % 4 == 0 ? 900 : 90);
        INFO("seed " << seed);
        const Seen one_by_one = run_on(std::list<Named>(events.begin(), events.end()), op);
        CHECK(run_on(events, op) == one_by_one);
        CHECK_FALSE((one_by_one.rows.empty() && one_by_one.report.empty()));
    }
}

struct Takes {
    static constexpr bool takes_timed_span = true;
};
struct TakesNot {
    static constexpr bool takes_timed_span = false;
};

} // namespace

TEST_CASE("the shortcut is taken by a range in memory, and not by a list") {
    std::vector<Named> events(1000, Named{"x", {}});
    std::size_t asked = 0;
    const auto counting = [&asked](const Named& e) { return ++asked, e.in.key; };
    weir::run(weir::from(events) | weir::event_time(time_of_named) | weir::key_by(counting) | weir::window(weir::tumbling(std::chrono::nanoseconds(10))) |
              weir::aggregate(weir::count()) | weir::for_each([](const auto&) {}));
    CHECK(asked == 1000); // a function of the user's is called once for each event
    using Timing = weir::detail::EventTimingOfSpans<decltype(time_of_named), weir::detail::BoundedDisorder>;
    STATIC_REQUIRE(weir::detail::TakesSpans<Timing, Takes>);
    STATIC_REQUIRE_FALSE(weir::detail::TakesSpans<Timing, TakesNot>);
}

TEST_CASE("spans with times and marks are invisible: fixed windows") {
    using namespace std::chrono_literals;
    hold_for([](const auto& late) {
        return weir::event_time(time_of_named, weir::bounded_disorder(8ns)) | weir::key_by(&Named::name) |
               weir::window(weir::tumbling(20ns).allowed_lateness(7ns).late_to(late)) | weir::aggregate(weir::collect(weighted));
    });
}

TEST_CASE("spans with times and marks are invisible: windows behind which there is little room") {
    using namespace std::chrono_literals;
    std::vector<std::int64_t> timed; // by their places in the stream, that each function sees its events once and in order
    const auto op = [&timed](const auto& late) {
        const auto time = [&timed](const Named& e) { return timed.push_back(e.in.value), streams::at(e.in.time); };
        return weir::event_time(time, weir::bounded_disorder(8ns)) | weir::key_by([](const Named& e) { return e.in.key; }) |
               weir::window(weir::tumbling(20ns).allowed_lateness(7ns).late_to(late)) | weir::aggregate(weir::count());
    };
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const std::vector<Named> events = named_events(seed, 600);
        INFO("seed " << seed);
        const auto behind = weir::stage({.capacity = 1 + seed % 4});
        const Seen one_by_one = run_on(std::list<Named>(events.begin(), events.end()), op, behind);
        const auto once = std::exchange(timed, {});
        CHECK(run_on(events, op, behind) == one_by_one);
        CHECK(std::exchange(timed, {}) == once);
        CHECK(one_by_one.rows.size() > 10);
    }
}

TEST_CASE("spans with times and marks are invisible: overlapping windows, triggers, none") {
    using namespace std::chrono_literals;
    hold_for([](const auto& late) {
        return weir::event_time(time_of_named, weir::bounded_disorder(8ns)) | weir::key_by(&Named::name) | weir::window(weir::sliding(20ns, 5ns).late_to(late)) |
               weir::aggregate(weir::max(weighted));
    });
    hold_for([](const auto& late) {
        return weir::event_time(time_of_named, weir::monotonous()) | weir::key_by([](const Named& e) { return e.in.key; }) |
               weir::window(weir::tumbling(16ns).allowed_lateness(9ns).late_to(late).trigger(weir::after_watermark().early(weir::after_count(3)).late(weir::each()))) |
               weir::aggregate(weir::count());
    });
    hold_for([](const auto& late) {
        return weir::event_time(time_of_named, weir::punctuated([](const Named& e) {
                   return e.in.value % 3 == 0 ? std::optional(streams::at(e.in.time + e.in.value % 13 - 4)) : std::nullopt; // also ahead of the event
               })) |
               weir::window(weir::tumbling(12ns).late_to(late)) | weir::aggregate(weir::sum(weighted)) |
               weir::map([](auto row) { return weir::Windowed<int, std::int64_t>{0, row.window, row.value}; });
    });
}

TEST_CASE("a throw in the middle of a span finds the events before it added, and the others held") {
    using namespace std::chrono_literals;
    for (const std::int64_t bad : {0, 1, 5, 127, 128, 129, 300, 999}) {
        std::vector<Named> events;
        for (std::int64_t i = 0; i < 1000; ++i) events.push_back({"k", {.key = static_cast<int>(i % 3), .value = i, .time = i}});
        const auto throw_at = [bad](std::int64_t i) {
            if (i == bad) throw std::runtime_error("bad " + std::to_string(i));
            return i;
        };
        const auto counts = [&](auto... chain) {
            auto stepper = weir::stepper((weir::from(events) | ... | std::move(chain)) | weir::for_each([](const auto&) {}));
            CHECK_THROWS_WITH(stepper.step(1000), "bad " + std::to_string(bad));
            const weir::Report report = stepper.report();
            for (const weir::OperatorReport& row : report.operators) CHECK(row.in == row.passed + row.dropped() + row.held);
            return report.operators;
        };
        const auto window = weir::window(weir::tumbling(10'000ns));
        const auto key = weir::key_by([](const Named& e) { return e.in.key; });
        const auto n = static_cast<std::uint64_t>(bad);
        const auto in_time = counts(weir::event_time([&](const Named& e) { return streams::at(throw_at(e.in.value)); }), key, window, weir::aggregate(weir::count()));
        CHECK(in_time[0].out == n);
        CHECK(in_time[0].held == 1000 - n);
        CHECK(in_time[1].in == n);
        CHECK(in_time[1].held == n);
        const auto in_key = counts(weir::event_time(time_of_named), weir::key_by([&](const Named& e) { return throw_at(e.in.value); }), window, weir::aggregate(weir::count()));
        CHECK(in_key[0].passed == n);
        CHECK(in_key[1].held == in_key[1].in);
        const auto in_sum = counts(weir::event_time(time_of_named), key, window, weir::aggregate(weir::sum([&](const Named& e) { return throw_at(e.in.value); })));
        CHECK(in_sum[1].held == in_sum[1].in);
        CHECK(in_sum[1].in >= n);
        CHECK(in_sum[1].held + in_sum[1].passed == in_sum[1].in);
    }
}
