// SPDX-License-Identifier: BSL-1.0
// Sliding windows behind batches and without keys, the global window, and windows that a function names, with each trigger.
#include "laws/agreement.hpp"

using namespace laws;
using weir::Duration;

namespace {

/// Three windows of an event: two that end together and one that is its value's alone.
std::vector<std::pair<Time, Time>> ranges_of(Time t, const In& in) {
    const Time start = oracles::floor_to(t, 8);
    std::vector<std::pair<Time, Time>> windows{{start - 8, start + 8}, {start, start + 8}};
    if (in.value % 3 == 0) windows.emplace_back(start, start + 11);
    return windows;
}

/// make(spec) -> what stands between source and sink.
template <typename Spec, typename Make>
void hold(const Spec& spec, const oracles::Assign& assign, std::uint64_t seeds, const Make& make, bool one_key, bool is_global) {
    for (const Rules& rules : all_rules()) {
        INFO(describe(rules));
        const Oracle oracle = [&](Steps steps) {
            if (one_key)
                for (Step& step : steps) step.in.key = 0;
            return oracles::Windows(assign, rules, Measure::all, is_global)(steps);
        };
        agree_on_random(seeds, oracle, make(with_rules(spec, rules)));
    }
}

const auto keyed = [](const auto& spec) {
    return [spec](auto source, auto sink) {
        return std::move(source) | weir::key_by(&In::key) | weir::window(spec) | every_aggregate() | weir::map(ToRow{}) | std::move(sink);
    };
};

} // namespace

TEST_CASE("sliding windows without keys, behind batches, are what the rules say") {
    const auto make = [](const auto& spec) {
        return [spec](auto source, auto sink) {
            return std::move(source) | weir::micro_batch(3) | weir::unbatch() | weir::window(spec) | every_aggregate() | weir::map(ToRow{}) | std::move(sink);
        };
    };
    hold(weir::sliding(Duration(10), Duration(4)), oracles::sliding(10, 4), 3, make, true, false);
}

TEST_CASE("a global window with each trigger is what the rules say") {
    hold(weir::global_window(), oracles::global(), 3, keyed, false, true);
}

TEST_CASE("windows that a function names are what the rules say") {
    const auto windows = [](weir::Timestamp t, const In& in) {
        std::vector<weir::Window> named;
        for (const auto& [start, end] : ranges_of(t.time_since_epoch().count(), in)) named.push_back({streams::at(start), streams::at(end)});
        return named;
    };
    hold(weir::windows_by(windows), ranges_of, 3, keyed, false, false);
    const auto with_little_room = [](const auto& spec) { // it waits in the middle of windows that end together
        return [spec](auto source, auto sink) {
            return std::move(source) | weir::key_by(&In::key) | weir::window(spec) | every_aggregate() | weir::stage({.capacity = 1}) | weir::map(ToRow{}) | std::move(sink);
        };
    };
    const Rules rules{.lateness = 6, .every = 4};
    const Oracle oracle = [&](const Steps& steps) { return oracles::Windows(ranges_of, rules, Measure::all)(steps); };
    agree_on_random(6, oracle, with_little_room(with_rules(weir::windows_by(windows), rules)));
}
