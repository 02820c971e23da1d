// SPDX-License-Identifier: BSL-1.0
// A case of windows as a pipeline: source | key_by | window(...) | aggregate(...) | sink.
#pragma once
#include "conformance/features.hpp"
#include "conformance/replay.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace conformance {

struct LateTo {
    Record record;
    void on_event(const Row& row) const { record->late.push_back(row.index); }
};

/// Window, or what a case without one has: nothing, or the number of the window.
struct ResultTo {
    Record record;
    Unit unit;
    std::string op;

    void on_event(const weir::Windowed<Json, Json>& row) const {
        const auto& [key, window, value] = row;
        Json entry = Json::object();
        entry.member("key") = key;
        entry.member("value") = value;
        entry.member("window") = {};
        if (op == "count") entry.member("seq") = Json(static_cast<std::int64_t>(window.pane.index));
        else if (op != "global") entry.member("window") = Json::list({Json(unit.ms(window.start)), Json(unit.ms(window.end))});
        record->give(std::move(entry));
    }
};

/// How long windows stay behind their end. Engines whose sessions merge with those given already (D15) keep them for a while.
inline std::int64_t lateness_of(const Case& c) {
    const std::int64_t kept = disagrees(c, "D15") && not c.model ? c.params.integer_or("gap", 0) : 0;
    return std::max(kept, c.params.integer_or("allowed_lateness", 0));
}

/// What a trigger says of what comes behind the end.
template <typename When>
When at_end(When when, const Json& trigger) {
    if (trigger.string_or("late", "each") == "none") when = when.late(weir::never());
    if (trigger.true_or("final_pane", false)) when = when.final_pane();
    return when;
}

/// Whether something can come too late for a window.
template <typename Spec>
inline constexpr bool is_timed = decltype(Spec::assigner)::is_timed;

/// What a case says of triggers and lateness, beyond the windows themselves; of windows that count, nothing.
template <typename Spec>
Spec configured(Spec spec, const Case& c, Unit unit) {
    if constexpr (requires { decltype(spec.assigner)::is_count; }) {
        return spec;
    } else {
        if constexpr (is_timed<Spec>) spec = spec.allowed_lateness(unit.length(lateness_of(c)));
        if (not c.params.true_or("accumulate", true)) spec = spec.discarding();
        if (c.params.string_or("emit", "final") == "update") return spec.trigger(weir::each());
        const Json& trigger = c.params["trigger"];
        if (trigger.is_null()) return spec;
        const std::string& type = trigger["type"].string();
        if (type == "count") return spec.trigger(weir::after_count(static_cast<std::uint64_t>(trigger["n"].integer())));
        if (type == "continuous") return spec.trigger(weir::every(unit.length(trigger["interval"].integer())));
        weir::Trigger when = weir::after_watermark();
        if (trigger.has("early_count")) when = when.early(weir::after_count(static_cast<std::uint64_t>(trigger["early_count"].integer())));
        return spec.trigger(at_end(when, trigger));
    }
}

/// The same where a trigger looks at the clock.
template <typename Spec>
auto configured_by_clock(Spec spec, const Case& c, Unit unit) {
    const Json& trigger = c.params["trigger"];
    const weir::Duration delay = unit.length(trigger["early_processing_delay"].integer());
    const auto early = trigger.has("early_count") ? weir::after_count(static_cast<std::uint64_t>(trigger["early_count"].integer())).or_after(delay)
                                                  : weir::after_delay(delay);
    if constexpr (is_timed<Spec>) spec = spec.allowed_lateness(unit.length(lateness_of(c)));
    if (not c.params.true_or("accumulate", true)) spec = spec.discarding();
    return spec.trigger(at_end(weir::after_watermark().early(early), trigger));
}

/// ByElement: lateness is judged by the element (D2), so an operator before the window drops what is late.
/// With: what is made of the aggregate that the case names.
template <typename Spec, bool ByElement = false, typename With = std::identity>
struct WindowJob {
    static constexpr bool in_any_order = true;
    const Case* c;
    Unit unit;
    Spec spec;
    With with{};

    template <bool Staged, typename Source>
    auto job(Source source, const Record& record, weir::StageOptions small = {}) const {
        const auto late = weir::for_each(LateTo{record});
        const auto window = weir::window([&] {
            if constexpr (is_timed<Spec>) return spec.late_to(late);
            else return spec;
        }());
        auto windows = [&] {
            if constexpr (ByElement) return std::move(source) | weir::key_by(&Row::key) | weir::drop_late().late_to(late) | window;
            else return std::move(source) | weir::key_by(&Row::key) | window;
        }();
        auto rows = weir::aggregate(with(Chosen(c->aggregate, c->op == "session")));
        auto sink = weir::for_each(ResultTo{record, unit, c->op});
        if constexpr (Staged) return std::move(windows) | weir::stage(small) | std::move(rows) | weir::stage(small) | std::move(sink);
        else return std::move(windows) | std::move(rows) | std::move(sink);
    }
};

/// Whether the rule by which an element is late decides what a case gives.
inline bool judged_by_element(const Case& c) {
    return c.params.string_or("late_rule", "window") == "element" && has_element_behind_watermark(c);
}

/// Sessions exactly `gap` apart are one (D1). Engines where they are two are had with a gap that is shorter by the least there is.
inline bool touching_merge(const Case& c) { return c.params.string_or("session_merge", "touch") == "touch"; }

/// Replays a case whose windows make(unit) gives.
template <bool ByElement = false, typename MakeSpec, typename With = std::identity>
void replay_windows(const Case& c, MakeSpec make, std::vector<Unit> units = {Unit{1'000'000}, Unit{1}}, With with = {}) {
    if (ticks_at_end(c)) units = {Unit{1}};
    judge(c, replay(c, units, [&](Unit unit) {
              auto spec = configured(make(unit), c, unit);
              return WindowJob<decltype(spec), ByElement, With>{&c, unit, std::move(spec), with};
          }));
}

} // namespace conformance
