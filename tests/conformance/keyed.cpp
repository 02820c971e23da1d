// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "conformance/features.hpp"
#include "conformance/replay.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace conformance;

namespace {

/// A step {register_timer | delete_timer: T, key, namespace, domain}. Timers of different namespaces and domains have nothing to do
/// with each other: they are keys of their own.
std::tuple<Json, Json, Json> timers_of(const Row& row) {
    return {row.value["key"], row.value["namespace"], Json(row.value.string_or("domain", "event"))};
}

/// What a key remembers: where its timer stands, as engines with named timers move it (D7).
struct Standing {
    std::optional<weir::Timestamp> timer;
    static constexpr auto fields() { return weir::fields("timer", &Standing::timer); }
};

template <bool AnyOrder>
struct TimerJob {
    static constexpr bool in_any_order = AnyOrder;
    const Case* c;
    Unit unit;

    template <bool Staged, typename Source>
    auto job(Source source, const Record& record, weir::StageOptions small = {}) const {
        const bool named = c->params.true_or("named_timers", false);
        const auto on_event = [named, u = unit](const Row& row, Standing& standing, auto& context) {
            const bool sets = row.value.has("register_timer");
            const bool clock = std::get<2>(context.key()).string() == "processing";
            const auto remove = [&](weir::Timestamp t) { clock ? context.delete_processing_timer(t) : context.delete_timer(t); };
            if (named && standing.timer) remove(*standing.timer);
            standing.timer.reset();
            const weir::Timestamp t = u.at(row.value[sets ? "register_timer" : "delete_timer"].integer());
            if (not sets) return remove(t);
            standing.timer = t;
            clock ? context.set_processing_timer(t) : context.set_timer(t);
        };
        const auto on_timer = [u = unit](weir::Timestamp t, Standing&, auto& context) {
            Json entry = Json::object();
            entry.member("key") = std::get<0>(context.key());
            entry.member("namespace") = std::get<1>(context.key());
            entry.member("domain") = std::get<2>(context.key());
            entry.member("timer") = Json(u.ms(t));
            context.emit(std::move(entry));
        };
        auto timers = std::move(source) | weir::key_by(timers_of) | weir::process_keyed<Standing, Json>(on_event, on_timer);
        auto sink = weir::for_each([record](const Json& entry) { record->give(entry); });
        if constexpr (Staged) return std::move(timers) | weir::stage(small) | std::move(sink);
        else return std::move(timers) | std::move(sink);
    }
};

/// The window of a row, where one event of each window is wanted.
struct WindowOf {
    weir::Duration size{};
    weir::Timestamp operator()(const Row& row) const {
        if (size == weir::Duration::zero()) return {};
        const auto since = row.time.time_since_epoch() % size;
        return row.time - (since < weir::Duration::zero() ? since + size : since);
    }
};

struct RowsTo {
    Record record;
    Unit unit;
    void on_event(const Row& row) const {
        Json entry = Json::object();
        entry.member("key") = row.key;
        entry.member("value") = row.value;
        entry.member("ts") = Json(unit.ms(row.time));
        record->give(std::move(entry));
    }
};

template <bool AnyOrder>
struct DedupJob {
    static constexpr bool in_any_order = AnyOrder;
    const Case* c;
    Unit unit;

    template <bool Staged, typename Source>
    auto job(Source source, const Record& record, weir::StageOptions small = {}) const {
        record->late_unseen = true;
        const std::string mode = c->params["mode"].string();
        weir::KeyedOptions options;
        if (mode == "exact_with_watermark") options.ttl = weir::Duration::zero();
        if (mode == "within_watermark") options.ttl = unit.length(c->params["delay"].integer());
        if (c->params.has("ttl")) options = {.ttl = unit.length(c->params["ttl"].integer()), .ttl_clock = weir::TtlClock::processing_time};
        const weir::Keep keep = mode == "keep_first" ? weir::Keep::earliest : mode == "keep_last" ? weir::Keep::latest : weir::Keep::first;
        const WindowOf window{mode == "first_per_window" ? unit.length(c->params["size"].integer()) : weir::Duration::zero()};
        auto first = std::move(source) | weir::key_by(&Row::key, window) | weir::deduplicate(options, keep);
        auto sink = weir::for_each(RowsTo{record, unit});
        if constexpr (Staged) return std::move(first) | weir::stage(small) | std::move(sink);
        else return std::move(first) | std::move(sink);
    }
};

/// That engine's clock of events is the latest of their times.
template <bool AnyOrder>
struct SuppressJob {
    static constexpr bool in_any_order = AnyOrder;
    const Case* c;
    Unit unit;

    template <bool Staged, typename Source>
    auto job(Source source, const Record& record, weir::StageOptions small = {}) const {
        weir::KeyedOptions options;
        if (c->params.has("max_records")) options = {.max_keys = static_cast<std::size_t>(c->params["max_records"].integer()), .at_max = weir::AtMaxKeys::evict};
        const auto suppress = c->params.has("limit") ? weir::suppress(unit.length(c->params["limit"].integer()), options) : weir::suppress(options);
        auto latest = std::move(source) | weir::event_time(&Row::time) | weir::key_by(&Row::key) | suppress;
        auto sink = weir::for_each(RowsTo{record, unit});
        if constexpr (Staged) return std::move(latest) | weir::stage(small) | std::move(sink);
        else return std::move(latest) | std::move(sink);
    }
};

/// Under simulation the clock runs as it likes, so cases that look at it are replayed step by step only.
template <template <bool> typename Job>
void replay_keyed(const Case& c) {
    const bool looks_at_clock = std::any_of(c.input.begin(), c.input.end(), [](const Json& step) {
        return step.has("proc_time") || step.string_or("domain", "") == "processing";
    }) || c.params.has("ttl");
    const std::vector<Unit> units = {Unit{1'000'000}, Unit{1}};
    judge(c, looks_at_clock ? replay(c, units, [&c](Unit unit) { return Job<false>{&c, unit}; })
                            : replay(c, units, [&c](Unit unit) { return Job<true>{&c, unit}; }));
}

} // namespace

TEST_CASE("timers fire as those of other engines") {
    for (const Case& c : cases_of({"timers"})) replay_keyed<TimerJob>(c);
}

TEST_CASE("duplicates are those of other engines") {
    for (const Case& c : cases_of({"dedup"})) replay_keyed<DedupJob>(c);
}

TEST_CASE("updates are suppressed as in another engine") {
    for (const Case& c : cases_of({"suppress"})) replay_keyed<SuppressJob>(c);
}
