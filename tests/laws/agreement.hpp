// SPDX-License-Identifier: BSL-1.0
// Compares what a pipeline gives, in whatever way it is run, with what an oracle says, and finds the smallest stream that differs.
#pragma once
#include "catch.hpp"
#include "laws/oracles.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace laws {

using oracles::Expected;
using oracles::Measure;
using oracles::Row;
using oracles::Rules;
using streams::In;
using streams::Shape;
using streams::Step;
using streams::Steps;
using streams::Time;

template <typename T>
void flatten(std::vector<std::int64_t>& to, const T& value) {
    if constexpr (std::is_integral_v<T>) to.push_back(static_cast<std::int64_t>(value));
    else if constexpr (requires { value.begin(); }) to.insert(to.end(), value.begin(), value.end());
    else std::apply([&to](const auto&... parts) { (flatten(to, parts), ...); }, value);
}

/// A window's result as a Row.
struct ToRow {
    template <typename K, typename V>
    Row operator()(const weir::Windowed<K, V>& row) const {
        Row made{0, row.window.start.time_since_epoch().count(), row.window.end.time_since_epoch().count(), row.window.pane.index,
                 static_cast<int>(row.window.pane.timing), {}};
        if constexpr (std::is_integral_v<K>) made.key = row.key;
        flatten(made.values, row.value);
        return made;
    }
};

inline auto every_aggregate() {
    return weir::aggregate(weir::count(), weir::sum(&In::value), weir::max(&In::value), weir::first(&In::value), weir::last(&In::value),
                           weir::collect(&In::value));
}

/// The windows of `spec` as the rules say.
template <typename Spec>
Spec with_rules(const Spec& spec, const Rules& rules) {
    const auto when = [&] {
        weir::Trigger trigger = weir::after_watermark();
        if (rules.count != 0) trigger = trigger.early(weir::after_count(rules.count));
        if (rules.every != 0) trigger = trigger.early(weir::every(weir::Duration(rules.every)));
        if (not rules.late) trigger = trigger.late(weir::never());
        return rules.final_pane ? trigger.final_pane() : trigger;
    };
    const Spec made = [&] {
        if constexpr (decltype(spec.assigner)::is_timed) return spec.allowed_lateness(weir::Duration(rules.lateness));
        else return spec; // nothing is late for it
    }().trigger(when());
    const Spec repeated = rules.at_end ? made : made.trigger(weir::after_count(rules.count));
    return rules.accumulates ? repeated.accumulating() : repeated.discarding();
}

/// Each trigger, with and without lateness, accumulating and discarding.
inline std::vector<Rules> all_rules() {
    return {{},
            {.lateness = 7},
            {.lateness = 7, .accumulates = false},
            {.count = 3},
            {.lateness = 5, .count = 3, .accumulates = false},
            {.lateness = 5, .count = 1},
            {.every = 4},
            {.every = 3, .accumulates = false},
            {.lateness = 6, .every = 4, .accumulates = false},
            {.lateness = 9, .late = false},
            {.lateness = 9, .late = false, .final_pane = true},
            {.lateness = 9, .final_pane = true, .every = 6},
            {.lateness = 9, .late = false, .final_pane = true, .count = 2, .accumulates = false},
            {.at_end = false, .count = 3},
            {.lateness = 8, .at_end = false, .count = 2, .accumulates = false}};
}

inline std::string describe(const Rules& rules) {
    return fmt::format("rules: lateness {}, at end {}, late {}, final pane {}, count {}, every {}, {}", rules.lateness, rules.at_end, rules.late,
                       rules.final_pane, rules.count, rules.every, rules.accumulates ? "accumulating" : "discarding");
}

/// Nothing, or what differs.
template <typename Captured>
std::string difference(const Expected& expected, const Captured& captured) {
    std::size_t i = 0;
    Time mark = streams::first_of_all;
    for (const oracles::Signal& signal : expected.signals) {
        if (signal.is_mark) {
            mark = signal.time;
            continue;
        }
        const std::string told = fmt::format("({}) at {} with the mark {}", weir::detail::describe(signal.row), signal.time, mark);
        if (i == captured.rows.size()) return "missing: " + told;
        const auto& got = captured.rows[i++];
        const Time time = got.event.time.time_since_epoch().count(), got_mark = got.mark.time_since_epoch().count();
        if (not weir::detail::same(got.event.value, signal.row, 0) || time != signal.time || got_mark != mark)
            return fmt::format("row {}: ({}) at {} with the mark {}\n expected: {}", i, weir::detail::describe(got.event.value), time, got_mark, told);
    }
    if (i != captured.rows.size()) return "one row more than expected: " + weir::detail::describe(captured.rows[i].event);
    return captured.mark.time_since_epoch().count() == mark && captured.ended ? std::string() : "it does not end as expected";
}

/// Law 2: the counts of the operator whose name begins so.
inline std::string difference(const Expected& expected, const weir::Report& report, const std::string& name) {
    if (std::string text = weir::detail::wrong_counts(report); not text.empty()) return text;
    if (name.empty()) return {};
    using weir::Drop;
    for (const weir::OperatorReport& row : report.operators) {
        if (row.name.compare(0, name.size(), name) != 0 || row.name.find('/') != row.name.npos) continue;
        if (row.dropped(Drop::late) == expected.late && row.late_in_some == expected.late_in_some && row.dropped(Drop::expired) == expected.expired &&
            row.dropped(Drop::duplicate) == expected.duplicate && row.held == expected.held)
            return {};
        return fmt::format("counted late {}, in some {}, expired {}, duplicate {}, held {}; expected {}, {}, {}, {}, {}", row.dropped(Drop::late),
                           row.late_in_some, row.dropped(Drop::expired), row.dropped(Drop::duplicate), row.held, expected.late, expected.late_in_some,
                           expected.expired, expected.duplicate, expected.held);
    }
    return "no row of " + name;
}

using Oracle = std::function<Expected(const Steps&)>;
using weir::detail::Form;
using weir::detail::Plan;
using weir::detail::Runner;

/// How one run differs from what the oracle says.
template <typename Make>
std::string wrong(const Steps& steps, const Expected& expected, Make& make, const Plan& plan, const std::string& counted) {
    const streams::Items items = streams::items_of(steps);
    const auto trial = weir::detail::run_plan<true>(items, make, plan);
    if (trial.error) return "it throws: " + weir::detail::what_of(trial.error);
    const std::string text = difference(expected, *trial.captured);
    return text.empty() ? difference(expected, trial.report, counted) : text;
}

/// Event by event, in spans, through stages, in interleavings: what the oracle says.
///     counted: whose counts are compared too
template <typename Make>
bool agree(const Steps& steps, const Oracle& oracle, Make make, const std::string& counted = "aggregate", std::uint64_t seed = 1) {
    const Plan plans[] = {{},
                          {.runner = Runner::simulated, .seed = seed},
                          {.runner = Runner::simulated, .seed = seed + 1},
                          {.form = Form::staged, .runner = Runner::simulated, .seed = seed + 2}};
    const Expected expected = oracle(steps);
    for (const Plan& plan : plans) {
        if (wrong(steps, expected, make, plan, counted).empty()) continue;
        const Steps smallest = weir::detail::shrink(steps, [&](const Steps& some) { return not wrong(some, oracle(some), make, plan, counted).empty(); });
        FAIL_CHECK("not what the rules say, run " << plan.describe() << ": " << wrong(smallest, oracle(smallest), make, plan, counted) << "\n smallest stream:"
                                                  << streams::describe(smallest));
        return false;
    }
    return true;
}

/// Saved, destroyed and loaded at random points it gives the same.
template <typename Make>
void recovers(const Steps& steps, Make make, std::size_t runs = 4) {
    const streams::Items items = streams::items_of(steps);
    const weir::LawOptions options{.runs = runs};
    std::string text = weir::detail::check_recovery_of<Form::plain>(items, make, options);
    if (text.empty()) text = weir::detail::check_recovery_of<Form::staged>(items, make, options);
    if (not text.empty()) FAIL(text);
}

/// The same for the streams of so many seeds.
template <typename Make>
bool agree_on_seeds(const Shape& shape, std::uint64_t seeds, const Oracle& oracle, Make make, const std::string& counted) {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        INFO("seed " << seed << ", keys " << shape.keys);
        if (not agree(streams::random_steps(seed, shape), oracle, make, counted, 4 * seed)) return false;
    }
    return true;
}

/// The last of them also saved, destroyed and loaded at random points.
template <typename Make>
void agree_on_random(const Shape& shape, std::uint64_t seeds, const Oracle& oracle, Make make, const std::string& counted = "aggregate") {
    if (agree_on_seeds(shape, seeds, oracle, make, counted)) recovers(streams::random_steps(seeds, shape), make);
}

/// Streams of other kinds than the usual one: many keys, watermarks everywhere, long silences, much disorder with few watermarks.
inline constexpr Shape other_shapes[] = {
    {.steps = 200, .keys = 40, .favourite = 8, .disorder = 60, .mark = 6},
    {.keys = 2, .speed = 2, .mark = 2},
    {.disorder = 4, .speed = 25, .quiet = 5},
    {.keys = 2, .favourite = 2, .disorder = 40, .speed = 3, .mark = 15},
};

/// The same for so many usual streams, and some of each other kind.
template <typename Make>
void agree_on_random(std::uint64_t seeds, const Oracle& oracle, Make make, const std::string& counted = "aggregate") {
    agree_on_random({}, seeds, oracle, make, counted);
    for (const Shape& shape : other_shapes)
        if (not agree_on_seeds(shape, (seeds + 7) / 8, oracle, make, counted)) return;
}

} // namespace laws
