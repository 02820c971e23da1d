// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "conformance/windows.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

using namespace conformance;
using namespace std::chrono_literals;

namespace {

/// The windows that there are: each row is one that has come or grown, in the place of those that it now covers.
struct SetTo {
    Record record;
    Unit unit;
    const Case* c;

    void on_event(const weir::Windowed<Json, Json>& row) const {
        const std::int64_t start = unit.ms(row.window.start), end = unit.ms(row.window.end);
        std::erase_if(record->windows, [&](const auto& window) { return start <= window.first && window.second <= end; });
        record->windows[start] = end;
        const Json step(static_cast<std::int64_t>(record->gate->open_until) - 1);
        if (std::none_of(c->expected.begin(), c->expected.end(), [&step](const Json& entry) { return entry["after_input_index"] == step; })) return;
        Json entry = Json::object(), all = Json::list({});
        for (const auto& [from, to] : record->windows) all.elements().push_back(Json::list({Json(from), Json(to)}));
        entry.member("windows") = std::move(all);
        record->give(std::move(entry));
    }
};

struct MergeJob {
    static constexpr bool in_any_order = false;
    const Case* c;
    Unit unit;
    weir::Duration less; // where windows that touch stay two (D1)

    template <bool Staged, typename Source>
    auto job(Source source, const Record& record) const {
        return std::move(source) | weir::key_by(&Row::key) | weir::window(weir::session([d = less](const Row& row) { return row.gap - d; }).trigger(weir::each())) |
               weir::aggregate(Chosen("count")) | weir::for_each(SetTo{record, unit, c});
    }
};

/// A window that is added is an event with that gap.
Case as_elements(Case c) {
    for (Json& step : c.input) {
        if (not step.has("window")) continue;
        const std::vector<Json> window = step["window"].elements();
        step = Json::object();
        step.member("ts") = window[0];
        step.member("gap") = Json(window[1].integer() - window[0].integer());
    }
    return c;
}

} // namespace

TEST_CASE("sessions are those of other engines") {
    for (const Case& c : cases_of({"session"})) {
        if (c.params.has("gap_per_element") || c.params.has("max_duration") || judged_by_element(c)) continue;
        const std::int64_t gap = c.params["gap"].integer();
        if (touching_merge(c)) replay_windows(c, [&](Unit unit) { return weir::session(unit.length(gap)); });
        else replay_windows(c, [&](Unit unit) { return weir::session(unit.length(gap) - 1ns); }, {Unit{1'000'000}});
    }
}

TEST_CASE("sessions of limited length are those of an engine that cuts them at multiples") {
    for (const Case& c : cases_of({"session"})) {
        if (not c.params.has("max_duration")) continue;
        const auto make = [&c](Unit unit) {
            return weir::session(unit.length(c.params["gap"].integer()) - (touching_merge(c) ? 0ns : 1ns)).at_most(unit.length(c.params["max_duration"].integer()));
        };
        if (touching_merge(c)) replay_windows(c, make);
        else replay_windows(c, make, {Unit{1'000'000}});
    }
}

TEST_CASE("sessions whose events bring their gaps are those of other engines") {
    for (const Case& c : cases_of({"session"})) {
        if (not c.params.has("gap_per_element") || judged_by_element(c)) continue;
        if (touching_merge(c)) replay_windows(c, [](Unit) { return weir::session(&Row::gap); });
        else replay_windows(c, [](Unit) { return weir::session([](const Row& row) { return row.gap - 1ns; }); }, {Unit{1'000'000}});
    }
}

TEST_CASE("windows merge as those of other engines") {
    for (const Case& given : cases_of({"merge_windows"})) {
        const Case c = as_elements(given);
        std::vector<Unit> units{Unit{1'000'000}};
        if (touching_merge(c)) units.push_back(Unit{1});
        judge(c, replay(c, units, [&](Unit unit) { return MergeJob{&c, unit, touching_merge(c) ? 0ns : 1ns}; }));
    }
}
