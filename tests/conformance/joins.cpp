// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "conformance/joins.hpp"

using namespace conformance;

namespace {

weir::Duration bound(const Case& c, Unit unit, const char* name, weir::Duration none) {
    return c.params[name].is_null() ? none : unit.length(c.params[name].integer());
}

/// How far behind the watermark the engine of the case takes a row (D3).
weir::Duration accepted(const Case& c, Unit unit) {
    const std::string rule = c.params.string_or("late_if", "ts <= watermark");
    if (rule == "never") return weir::Duration::max();
    return unit.length(rule == "ts < watermark" ? 1 : 0); // at W ms a row is taken that is W ms old
}

template <weir::JoinType Type>
auto bounds_of(const Case& c, Unit unit) {
    auto bounds = weir::within(bound(c, unit, "lower", weir::Duration::min()), bound(c, unit, "upper", weir::Duration::max())).accept_late(accepted(c, unit));
    if (not c.params.true_or("lower_inclusive", true)) bounds = bounds.lower_exclusive();
    if (not c.params.true_or("upper_inclusive", true)) bounds = bounds.upper_exclusive();
    if constexpr (Type == weir::JoinType::left) return bounds.left_outer();
    else if constexpr (Type == weir::JoinType::right) return bounds.right_outer();
    else if constexpr (Type == weir::JoinType::full) return bounds.full_outer();
    else return bounds;
}

template <weir::JoinType Type>
struct IntervalJob {
    static constexpr bool in_any_order = false;
    const Case* c;
    Unit unit;

    auto job(const Record& record) const {
        const auto late = weir::for_each([record](const Row& row) { record->late.push_back(row.index); });
        return weir::interval_join(side_of(*c, unit, record, "L"), side_of(*c, unit, record, "R"),
                                   bounds_of<Type>(*c, unit).late_left_to(late).late_right_to(late), PairOf{}) |
               weir::for_each([record, u = unit](const weir::Event<Pair>& row) {
                   Json entry = Json::object();
                   entry.member("key") = row.value.key;
                   entry.member("value") = row.value.value;
                   entry.member("ts") = Json(u.ms(row.time));
                   record->give(std::move(entry));
               });
    }
};

/// No more rows than are listed may be kept at some steps.
template <weir::JoinType Type>
std::string too_much_held(const Case& c, Unit unit) {
    if (c.bounds.empty()) return {};
    const auto record = std::make_shared<Recorder>();
    weir::ManualClock clock;
    weir::Stepper stepper = weir::stepper(IntervalJob<Type>{&c, unit}.job(record), {.clock = &clock});
    for (const Json& limit : c.bounds) {
        record->gate->open_until = static_cast<std::size_t>(limit["after_input_index"].integer()) + 1;
        settle(stepper);
        const std::size_t most = limit["left"].elements().size() + limit["right"].elements().size();
        const std::uint64_t held = stepper.report().at("interval_join#1").held;
        if (held > most) return fmt::format("\n      {} rows kept behind step {}, at most {} are needed", held, record->gate->open_until - 1, most);
    }
    return {};
}

template <weir::JoinType Type>
void replay_interval(const Case& c) {
    judge(c, replay(c, {Unit{1'000'000}, Unit{1}}, [&c](Unit unit) { return IntervalJob<Type>{&c, unit}; }) + too_much_held<Type>(c, Unit{}));
}

} // namespace

TEST_CASE("interval joins are those of other engines") {
    for (const Case& c : cases_of({"interval_join"})) {
        const std::string type = c.params.string_or("type", "inner");
        if (type == "left") replay_interval<weir::JoinType::left>(c);
        else if (type == "right") replay_interval<weir::JoinType::right>(c);
        else if (type == "full" || type == "outer") replay_interval<weir::JoinType::full>(c);
        else replay_interval<weir::JoinType::inner>(c);
    }
}
