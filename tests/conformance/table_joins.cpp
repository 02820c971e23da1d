// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "conformance/joins.hpp"

#include <string>

using namespace conformance;

namespace {

constexpr auto deletes = [](const Row& row) { return row.value.is_null(); };

/// A side without the rows that have no key, which engines ignore.
auto keyed_side(const Case& c, Unit unit, const Record& record, const char* name) {
    return weir::from(SideScript(c, unit, record->gate, name)) | weir::filter([](const Row& row) { return not row.key.is_null(); }) | weir::key_by(&Row::key);
}

Json entry_of(const Json& key, const Json& value, std::int64_t ts) {
    Json entry = Json::object();
    entry.member("key") = key;
    entry.member("value") = value;
    entry.member("ts") = Json(ts);
    return entry;
}

template <weir::JoinType Type>
struct TableJob {
    static constexpr bool in_any_order = false;
    const Case* c;
    Unit unit;

    auto job(const Record& record) const {
        return weir::table_join<Type>(weir::table(keyed_side(*c, unit, record, "L")).deleted_when(deletes),
                                      weir::table(keyed_side(*c, unit, record, "R")).deleted_when(deletes),
                                      [](const auto& l, const auto& r) { return PairOf{}(l, r).value; }) |
               weir::for_each([record, u = unit](const weir::Event<weir::Change<Json, Json>>& e) {
                   record->give(entry_of(e.value.key, e.value.value.value_or(Json()), u.ms(e.time)));
               });
    }
};

template <weir::JoinType Type>
struct LookupJob {
    static constexpr bool in_any_order = false;
    const Case* c;
    Unit unit;

    auto job(const Record& record) const {
        return weir::lookup_join<Type>(keyed_side(*c, unit, record, "stream"), weir::table(keyed_side(*c, unit, record, "table")).deleted_when(deletes), PairOf{}) |
               weir::for_each([record, u = unit](const weir::Event<Pair>& e) { record->give(entry_of(e.value.key, e.value.value, u.ms(e.time))); });
    }
};

template <typename Job>
void replay_join(const Case& c) {
    judge(c, replay(c, {Unit{1'000'000}, Unit{1}}, [&c](Unit unit) { return Job{&c, unit}; }));
}

} // namespace

TEST_CASE("joins of tables are those of other engines") {
    for (const Case& c : cases_of({"table_join"})) {
        const std::string type = c.params.string_or("type", "inner");
        if (type == "inner") replay_join<TableJob<weir::JoinType::inner>>(c);
        else if (type == "left") replay_join<TableJob<weir::JoinType::left>>(c);
        else replay_join<TableJob<weir::JoinType::full>>(c);
    }
}

TEST_CASE("joins of a stream with a table are those of other engines") {
    for (const Case& c : cases_of({"stream_table_join"})) {
        if (c.params.string_or("type", "inner") == "inner") replay_join<LookupJob<weir::JoinType::inner>>(c);
        else replay_join<LookupJob<weir::JoinType::left>>(c);
    }
}
