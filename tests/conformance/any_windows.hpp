// SPDX-License-Identifier: BSL-1.0
// The evictors and the windows that cases name, each as one type: what a case does not say is left out at run time.
#pragma once
#include "conformance/windows.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace conformance {

/// The evictor that a case names, made of the library's: one type for all cases.
struct CaseEvictor {
    const Case* c;
    bool after;

    [[nodiscard]] std::function<bool(const Row&, std::size_t)> among(std::span<const Row> rows) const {
        const Json& evictor = c->params["evictor"];
        if (evictor.is_null()) return [](const Row&, std::size_t) { return true; };
        const std::string& type = evictor["type"].string();
        if (type == "count") return weir::keep_last(static_cast<std::size_t>(evictor["n"].integer())).among(rows);
        if (type == "time") // a case's milliseconds, so that one more is the least that is older
            return [size = evictor["size"].integer(), rows](const Row& row, std::size_t i) {
                return weir::keep_within(Unit{}.length(size), [](const Row& r) { return r.time; }).among(rows)(row, i);
            };
        return [threshold = evictor["threshold"].integer(), rows](const Row& row, std::size_t i) {
            const auto far = [threshold](const Row& value, const Row& last) { return last.value.integer() - value.value.integer() >= threshold; };
            return weir::evict_if(far).among(rows)(row, i);
        };
    }
};

struct WithEvictor {
    const Case* c;
    auto operator()(Chosen aggregate) const {
        return weir::evicting(CaseEvictor{c, not c->params["evictor"].is_null() && c->params["evictor"].true_or("after", false)}, std::move(aggregate));
    }
};

/// Windows of a grid, made by a function of one's own: [start + k step, start + k step + size) that hold a time, or of a cumulative
/// case [start, start + k step). None begins before `first`, as Kafka has it.
struct OnGrid {
    bool cumulates = false;
    weir::Duration size;
    weir::Duration step;
    weir::Duration offset;
    weir::Timestamp first = weir::min_time;

    std::vector<weir::Window> operator()(weir::Timestamp t) const {
        std::vector<weir::Window> windows;
        const weir::Timestamp last = floor(t, cumulates ? size : step);
        if (cumulates) {
            for (weir::Timestamp end = last + step; end <= last + size; end += step)
                if (end > t && last >= first) windows.push_back({last, end});
            return windows;
        }
        for (weir::Timestamp start = last; start > t - size; start -= step)
            if (start >= first) windows.push_back({start, start + size});
        return {windows.rbegin(), windows.rend()};
    }

private:
    [[nodiscard]] weir::Timestamp floor(weir::Timestamp t, weir::Duration period) const {
        const auto since = (t.time_since_epoch() - offset) % period;
        return t - (since < weir::Duration::zero() ? since + period : since);
    }
};

inline auto windows_on_grid(const Case& c, Unit unit) {
    const std::int64_t size = c.params["size"].integer();
    OnGrid grid{c.op == "cumulative", unit.length(size), unit.length(c.params.integer_or(c.op == "cumulative" ? "step" : "slide", size)),
                unit.length(c.params.integer_or("offset", 0))};
    if (c.params.has("min_start")) grid.first = unit.at(c.params["min_start"].integer());
    return weir::windows_by(grid);
}

/// Sessions of any case: the gap is its own or the element's, and shorter by the least there is where sessions that touch are two (D1).
struct GapOf {
    weir::Duration own;
    weir::Duration less;
    weir::Duration operator()(const Row& row) const { return (own == weir::Duration::zero() ? row.gap : own) - less; }
};
inline auto sessions_of(const Case& c, Unit unit) {
    return weir::session(GapOf{unit.length(c.params.integer_or("gap", 0)), weir::Duration(touching_merge(c) ? 0 : 1)});
}
/// The units of time in which sessions can be told apart.
inline std::vector<Unit> units_of_sessions(const Case& c) {
    if (touching_merge(c)) return {Unit{1'000'000}, Unit{1}};
    return {Unit{1'000'000}};
}

} // namespace conformance
