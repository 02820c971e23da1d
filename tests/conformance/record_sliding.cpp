// SPDX-License-Identifier: BSL-1.0
// Windows that follow a key's events. Those that begin behind an event begin a nanosecond behind it, so a millisecond of a case is one.
#include "catch.hpp"
#include "conformance/windows.hpp"

#include <utility>

using namespace conformance;

namespace {

/// That engine's grace is how far its clock of events, the latest of their times, stays behind.
struct RecordSlidingJob {
    static constexpr bool in_any_order = true;
    const Case* c;
    Unit unit;

    template <bool Staged, typename Source>
    auto job(Source source, const Record& record, weir::StageOptions small = {}) const {
        auto spec = weir::record_sliding(unit.length(c->params["difference"].integer()));
        if (c->params.has("min_start")) spec = spec.not_before(unit.at(c->params["min_start"].integer()));
        auto windows = std::move(source) | weir::event_time(&Row::time, weir::bounded_disorder(unit.length(c->params.integer_or("grace", 0)))) |
                       weir::key_by(&Row::key) | weir::window(spec.late_to(weir::for_each(LateTo{record}))) | weir::aggregate(Chosen(c->aggregate));
        auto sink = weir::for_each(ResultTo{record, unit, c->op});
        if constexpr (Staged) return std::move(windows) | weir::stage(small) | std::move(sink);
        else return std::move(windows) | std::move(sink);
    }
};

} // namespace

TEST_CASE("windows that follow the events are those of another engine") {
    for (const Case& c : cases_of({"record_sliding"}))
        judge(c, replay(c, {Unit{1}}, [&c](Unit unit) { return RecordSlidingJob{&c, unit}; }));
}
