// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "conformance/joins.hpp"
#include "conformance/windows.hpp"

#include <span>
#include <string>
#include <vector>

using namespace conformance;

namespace {

/// A value of a window as an entry of the case.
struct WindowedTo {
    Record record;
    Unit unit;
    void on_event(const weir::Windowed<Json, Json>& row) const { give(row.key, row.window.start, row.window.end, row.value); }
    void give(const Json& key, weir::Timestamp start, weir::Timestamp end, const Json& value) const {
        Json entry = Json::object();
        entry.member("key") = key;
        entry.member("window") = Json::list({Json(unit.ms(start)), Json(unit.ms(end))});
        entry.member("value") = value;
        record->give(std::move(entry));
    }
};

bool is_full(const std::string& type) { return type == "full" || type == "outer"; }

weir::Duration size_of(const Case& c, Unit unit) { return unit.length(c.params["size"].integer()); }

Json values_of(std::span<const Row> rows) {
    std::vector<Json> values;
    for (const Row& row : rows) values.push_back(row.value);
    return Json::list(std::move(values));
}

/// All at the window's end: pairs, or all of both sides.
template <bool Pairs, bool Sessions>
struct FinalJob {
    static constexpr bool in_any_order = false;
    const Case* c;
    Unit unit;

    auto job(const Record& record) const {
        auto left = side_of(*c, unit, record, "L");
        auto right = side_of(*c, unit, record, "R");
        const auto windows = configured(spec(), *c, unit).late_to(weir::for_each([record](const weir::Sided<Row, Row>& row) {
            record->late.push_back(row.left() != nullptr ? row.left()->index : row.right()->index);
        }));
        auto sink = weir::for_each(WindowedTo{record, unit});
        if constexpr (Pairs)
            return weir::window_join<weir::JoinType::full>(std::move(left), std::move(right), windows,
                                                           [](const Row* l, const Row* r) { return pair_of(l, r).value; }) |
                   weir::filter([type = c->params.string_or("type", "inner")](const weir::Windowed<Json, Json>& row) {
                       const bool left_missing = row.value.elements()[0].is_null(), right_missing = row.value.elements()[1].is_null();
                       return not(left_missing && type != "right" && not is_full(type)) && not(right_missing && type != "left" && not is_full(type));
                   }) |
                   std::move(sink);
        else
            return weir::cogroup(std::move(left), std::move(right), windows,
                                 [](std::span<const Row> l, std::span<const Row> r) { return Json::list({values_of(l), values_of(r)}); }) |
                   std::move(sink);
    }

private:
    [[nodiscard]] auto spec() const {
        if constexpr (Sessions) return weir::session(unit.length(c->params["gap"].integer()) - weir::Duration(touching_merge(*c) ? 0 : 1));
        else
            return weir::sliding(size_of(*c, unit), unit.length(c->params.integer_or("slide", c->params["size"].integer())))
                .offset(unit.length(c->params.integer_or("offset", 0)));
    }
};

/// Each pair when the second of its rows comes.
template <weir::JoinType Type>
struct EagerJob {
    static constexpr bool in_any_order = false;
    const Case* c;
    Unit unit;

    auto job(const Record& record) const {
        const auto late = weir::for_each([record](const Row& row) { record->late.push_back(row.index); });
        const weir::Duration size = size_of(*c, unit);
        const auto bounds = [&] {
            const auto all = weir::within_window(size).late_left_to(late).late_right_to(late);
            if constexpr (Type == weir::JoinType::left) return all.left_outer();
            else if constexpr (Type == weir::JoinType::right) return all.right_outer();
            else if constexpr (Type == weir::JoinType::full) return all.full_outer();
            else return all;
        }();
        return weir::interval_join(side_of(*c, unit, record, "L"), side_of(*c, unit, record, "R"), bounds, PairOf{}) |
               weir::for_each([to = WindowedTo{record, unit}, size](const Pair& row) {
                   const weir::Duration since = row.time.time_since_epoch() % size;
                   const weir::Timestamp start = row.time - (since < weir::Duration::zero() ? since + size : since);
                   to.give(row.key, start, start + size, row.value);
               });
    }
};

template <typename Job>
void replay_join(const Case& c) {
    std::vector<Unit> units{Unit{1}};
    if (not ticks_at_end(c)) units.push_back(Unit{});
    judge(c, replay(c, units, [&c](Unit unit) { return Job{&c, unit}; }));
}

} // namespace

TEST_CASE("window joins are those of other engines") {
    using enum weir::JoinType;
    for (const Case& c : cases_of({"window_join"})) {
        const std::string type = c.params.string_or("type", "inner");
        if (c.params.string_or("kind", "tumbling") == "session") replay_join<FinalJob<true, true>>(c);
        else if (c.params.string_or("emit", "final") == "final") replay_join<FinalJob<true, false>>(c);
        else if (type == "left") replay_join<EagerJob<left>>(c);
        else if (type == "right") replay_join<EagerJob<right>>(c);
        else is_full(type) ? replay_join<EagerJob<full>>(c) : replay_join<EagerJob<inner>>(c);
    }
}

TEST_CASE("cogroups are those of other engines") {
    for (const Case& c : cases_of({"cogroup"}))
        c.params.string_or("kind", "tumbling") == "session" ? replay_join<FinalJob<false, true>>(c) : replay_join<FinalJob<false, false>>(c);
}
