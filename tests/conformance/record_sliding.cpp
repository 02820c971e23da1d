// SPDX-License-Identifier: BSL-1.0
// Kafka's windows of each record, which weir has no operator for, as its users would write them: with process_keyed.
#include "catch.hpp"
#include "conformance/features.hpp"
#include "conformance/replay.hpp"

#include <algorithm>
#include <utility>
#include <vector>

using namespace conformance;

namespace {

/// A record, and the watermark behind it, which decides what windows were still open for it.
struct Arrived {
    Row row;
    weir::Timestamp mark{};
    static constexpr auto fields() { return weir::fields("row", &Arrived::row, "mark", &Arrived::mark); }
};
struct Recent {
    std::vector<Arrived> rows;
    static constexpr auto fields() { return weir::fields("rows", &Recent::rows); }
};

/// Windows [t - d, t] and [t + 1, t + 1 + d] of each record, which it may be the only one of; given when the watermark has passed
/// them, so `grace` behind the latest record of any key.
struct RecordSlidingJob {
    static constexpr bool in_any_order = true;
    const Case* c;
    Unit unit;

    template <bool Staged, typename Source>
    auto job(Source source, const Record& record, weir::StageOptions small = {}) const {
        record->late_uncounted = true;
        const weir::Duration d = unit.length(c->params["difference"].integer()), grace = unit.length(c->params.integer_or("grace", 0));
        const weir::Timestamp first = c->params.has("min_start") ? unit.at(c->params["min_start"].integer()) : weir::min_time + d;
        const auto on_event = [=, u = unit](const Row& row, Recent& recent, auto& context) {
            const weir::Timestamp mark = std::max(context.watermark(), row.time - grace - weir::Duration(1));
            if (row.time + d <= mark) return record->late.push_back(row.index);
            recent.rows.push_back({row, mark});
            if (const weir::Timestamp end = std::max(row.time, first + d); end > mark) context.set_timer(end);
            context.set_timer(row.time + u.length(1) + d);
        };
        const auto on_timer = [=, u = unit, chosen = Chosen(c->aggregate)](weir::Timestamp end, Recent& recent, auto& context) {
            Chosen::Parts parts{};
            bool any = false;
            for (const Arrived& arrived : recent.rows) {
                if (arrived.row.time < end - d || arrived.row.time > end || end <= arrived.mark) continue;
                chosen.add(parts, arrived.row);
                any = true;
            }
            std::erase_if(recent.rows, [&](const Arrived& arrived) { return arrived.row.time <= end - d; });
            if (not any) return;
            Json entry = Json::object();
            entry.member("key") = context.key();
            entry.member("window") = Json::list({Json(u.ms(end - d)), Json(u.ms(end) + 1)});
            entry.member("value") = chosen.finish(parts);
            context.emit(std::move(entry));
        };
        auto windows = std::move(source) | weir::event_time(&Row::time, weir::bounded_disorder(grace)) | weir::key_by(&Row::key) |
                       weir::process_keyed<Recent, Json>(on_event, on_timer);
        auto sink = weir::for_each([record](const Json& entry) { record->give(entry); });
        if constexpr (Staged) return std::move(windows) | weir::stage(small) | std::move(sink);
        else return std::move(windows) | std::move(sink);
    }
};

} // namespace

TEST_CASE("windows of each record are those of another engine") {
    for (const Case& c : cases_of({"record_sliding"}))
        judge(c, replay(c, {Unit{}, Unit{1}}, [&c](Unit unit) { return RecordSlidingJob{&c, unit}; }));
}
