// SPDX-License-Identifier: BSL-1.0
// Which cases ask for what weir does not offer, by id, and how a case says so.
#pragma once
#include "conformance/rows.hpp"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace conformance {

struct Listed {
    std::string_view id;
    std::string_view reason;
};

/// Cases of features that weir does not have; overview.cpp prints them and sees that the list agrees with lacks().
std::span<const Listed> not_offered();
/// Cases that fail although weir has the feature.
std::span<const Listed> known_failing();

inline std::string_view reason_in(std::span<const Listed> list, std::string_view id) {
    for (const Listed& listed : list)
        if (listed.id == id) return listed.reason;
    return {};
}

/// Whether engines differ on the case by this row of the cases' README.
inline bool disagrees(const Case& c, const char* row) {
    return std::find(c.disagree.begin(), c.disagree.end(), Json(std::string(row))) != c.disagree.end();
}

/// Whether an element of the case comes at or behind the watermark.
inline bool has_element_behind_watermark(const Case& c) {
    std::int64_t mark = std::numeric_limits<std::int64_t>::min();
    for (const Json& step : c.input) {
        if (step.has("watermark")) mark = std::max(mark, step["watermark"].integer());
        if (step.has("ts") && not step["ts"].is_null() && step["ts"].integer() <= mark) return true;
    }
    return false;
}

/// Whether a periodic trigger comes in the last millisecond of a window: with more than a nanosecond to it, it comes before the end.
inline bool ticks_at_end(const Case& c) {
    if (c.params["trigger"].is_null() || c.params["trigger"].string_or("type", "") != "continuous") return false;
    const std::int64_t interval = c.params["trigger"]["interval"].integer();
    return std::any_of(c.expected.begin(), c.expected.end(), [interval](const Json& entry) {
        return not entry["window"].is_null() && (entry["window"].elements().at(1).integer() - 1) % interval == 0; // of either sign
    });
}

namespace detail {

inline bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    for (const std::string_view one : names)
        if (one == name) return true;
    return false;
}

inline std::string windows_lack(const Case& c) {
    for (const std::string& name : c.params.names())
        if (not is_one_of(name, {"size", "slide", "step", "offset", "gap", "gap_per_element", "allowed_lateness", "accumulate", "emit", "late_rule",
                                 "session_merge", "min_start", "time", "trigger", "kind", "max_duration", "evictor"}))
            return "unknown parameter " + name;
    if (not Chosen::knows(c.aggregate)) return "unknown aggregate " + c.aggregate;
    if (c.op == "count" && c.params.integer_or("slide", 1) > c.params["size"].integer()) return "count windows that leave events out";
    const Json& trigger = c.params["trigger"];
    if (trigger.is_null()) return {};
    if (trigger.has("early_processing_delay"))
        for (const char* name : {"evictor", "late_rule", "min_start", "max_duration", "step"})
            if (c.params.has(name)) return "panes by the clock with " + std::string(name);
    if (c.params.has("evictor") && c.params["evictor"].string_or("type", "") == "time" && ticks_at_end(c)) return "ages in nanoseconds";
    if (c.params.string_or("session_merge", "touch") == "overlap" && ticks_at_end(c)) return "a period within a nanosecond of a session's end (D1)";
    const std::string& type = trigger["type"].string();
    for (const std::string& name : trigger.names())
        if (not is_one_of(name, {"type", "early_count", "early_processing_delay", "late", "final_pane", "n", "interval"})) return "unknown trigger parameter " + name;
    return is_one_of(type, {"event_time", "count", "continuous"}) ? std::string() : "unknown trigger " + type;
}

} // namespace detail

/// What a case needs that weir does not have; nothing: it can be run.
inline std::string lacks(const Case& c) {
    using detail::is_one_of;
    if (is_one_of(c.op, {"tumbling", "sliding", "cumulative", "session", "global", "count", "assign"})) return detail::windows_lack(c);
    if (c.op == "watermark_gen") return {};
    if (c.op == "watermark_merge") {
        if (disagrees(c, "D8") && c.error_after) return "a watermark that goes back is an error (D8): here it is passed over, as in Flink and Beam";
        return disagrees(c, "D9") && not c.model ? "an ended input that holds others back until the next watermark (D9): here and in Jet it does not" : "";
    }
    if (is_one_of(c.op, {"timers", "suppress", "interval_join", "table_join", "stream_table_join"})) return {};
    if (is_one_of(c.op, {"window_join", "cogroup"})) {
        const std::string kind = c.params.string_or("kind", "tumbling");
        if (not is_one_of(kind, {"tumbling", "sliding", "session"})) return "joins in windows of kind " + kind;
        const bool eager = c.params.string_or("emit", "final") != "final";
        return eager && (kind != "tumbling" || c.params.integer_or("offset", 0) != 0) ? "joins that give at once in other windows than those from 0 on" : "";
    }
    if (c.op == "merge_windows") return {};
    if (c.op == "record_sliding") return c.eventual ? "" : "windows of each record with asserted times";
    if (c.op == "reorder") return c.eventual ? "" : "reorder with asserted times";
    if (c.op == "nexmark") {
        const std::string query = c.params.string_or("query", "");
        if (is_one_of(query, {"q1", "q2", "q3", "q4", "q5", "q7", "q8", "q9", "q14", "q15", "q16", "q17", "q18", "q19", "q20", "q21", "q22"})) return {};
        return "nexmark query " + query;
    }
    if (c.op == "dedup") {
        const std::string mode = c.params.string_or("mode", "");
        if (is_one_of(mode, {"keep_first", "keep_last", "first_per_window", "unbounded", "exact_with_watermark", "within_watermark"})) return {};
        return "dedup mode " + mode;
    }
    return "operator " + c.op;
}

/// Whether a trigger looks at the clock.
inline bool triggers_by_clock(const Case& c) { return not c.params["trigger"].is_null() && c.params["trigger"].has("early_processing_delay"); }

/// The cases of these operators that can be run; those with an evictor are another pipeline's, see evictors.cpp, and so are those
/// whose trigger looks at the clock, see by_clock.cpp.
inline std::vector<Case> cases_of(std::initializer_list<std::string_view> operators, bool evicting = false) {
    std::vector<Case> some;
    for (const Case& c : cases())
        if (detail::is_one_of(c.op, operators) && c.params.has("evictor") == evicting && not triggers_by_clock(c) && lacks(c).empty()) some.push_back(c);
    return some;
}

/// Prints a case's line and checks what its replay said: nothing, but for one that is known to fail.
void judge(const Case& c, const std::string& difference);

} // namespace conformance
