// SPDX-License-Identifier: BSL-1.0
// Windows behind windows, with filters between, over random streams: the oracles one behind the other.
#include "laws/agreement.hpp"

using namespace laws;
using weir::Duration;

namespace {

/// What one operator gave, as the stream of the next: a row's first number is its value.
Steps as_steps(const Expected& expected) {
    Steps steps;
    for (const oracles::Signal& signal : expected.signals) {
        if (signal.is_mark) steps.push_back(streams::mark(signal.time));
        else steps.push_back(streams::event(signal.row.key, signal.time, signal.row.values.front(), 1));
    }
    return steps;
}

/// The same in the pipeline.
constexpr auto to_in = [](const auto& row) {
    return In{row.key, static_cast<std::int64_t>(row.value), 1, (row.window.end - Duration(1)).time_since_epoch().count()};
};
constexpr auto is_kept = [](const In& in) { return in.value % 3 != 2; };

Steps only_kept(Steps steps) {
    std::erase_if(steps, [](const Step& step) { return step.kind == Step::Kind::event && not is_kept(step.in); });
    return steps;
}

constexpr Time gap = 6;
Time gap_of(const In&) { return gap; }

} // namespace

TEST_CASE("sliding windows behind a filter behind tumbling windows are what the rules say") {
    const Rules first{.lateness = 5, .count = 3}, second{.lateness = 4};
    const auto tumbling = with_rules(weir::tumbling(Duration(4)), first);
    const auto sliding = with_rules(weir::sliding(Duration(12), Duration(4)), second);
    const auto make = [=](auto source, auto sink) {
        return std::move(source) | weir::filter(is_kept) | weir::key_by(&In::key) | weir::window(tumbling) | weir::aggregate(weir::count()) |
               weir::map(to_in) | weir::filter(is_kept) | weir::key_by(&In::key) | weir::window(sliding) | every_aggregate() | weir::map(ToRow{}) |
               std::move(sink);
    };
    const Oracle oracle = [=](const Steps& steps) {
        const Expected counts = oracles::Windows(oracles::tumbling(4), first, Measure::count)(only_kept(steps));
        return oracles::Windows(oracles::sliding(12, 4), second, Measure::all)(only_kept(as_steps(counts)));
    };
    agree_on_random(40, oracle, make, "");
}

TEST_CASE("tumbling windows of all keys behind sessions of each are what the rules say") {
    const Rules first{.lateness = 3}, second{.lateness = 8, .late = false, .final_pane = true};
    const auto session = with_rules(weir::session(Duration(gap)), first);
    const auto tumbling = with_rules(weir::tumbling(Duration(20)), second);
    const auto make = [=](auto source, auto sink) {
        return std::move(source) | weir::key_by(&In::key) | weir::window(session) | weir::aggregate(weir::count()) | weir::map(to_in) |
               weir::micro_batch(2) | weir::unbatch() | weir::window(tumbling) | every_aggregate() | weir::map(ToRow{}) | std::move(sink);
    };
    const Oracle oracle = [=](const Steps& steps) {
        Steps counts = as_steps(oracles::Sessions(gap_of, first, Measure::count)(steps));
        for (Step& step : counts) step.in.key = 0;
        return oracles::Windows(oracles::tumbling(20), second, Measure::all)(counts);
    };
    agree_on_random(40, oracle, make, "");
}

TEST_CASE("sessions behind ticks of sliding windows are what the rules say") {
    const Rules first{.every = 3}, second{.lateness = 5};
    const auto sliding = with_rules(weir::sliding(Duration(10), Duration(5)), first);
    const auto session = with_rules(weir::session(Duration(gap)), second);
    const auto make = [=](auto source, auto sink) {
        return std::move(source) | weir::key_by(&In::key) | weir::window(sliding) | weir::aggregate(weir::count()) | weir::map(to_in) |
               weir::key_by(&In::key) | weir::window(session) | every_aggregate() | weir::map(ToRow{}) | std::move(sink);
    };
    const Oracle oracle = [=](const Steps& steps) {
        const Expected counts = oracles::Windows(oracles::sliding(10, 5), first, Measure::count)(steps);
        return oracles::Sessions(gap_of, second, Measure::all)(as_steps(counts));
    };
    agree_on_random(40, oracle, make, "");
}
