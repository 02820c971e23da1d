// SPDX-License-Identifier: BSL-1.0
// No more than max_keys keys in a join: what happens at the bound, and that each row is counted once.
#include "../catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <cstdint>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using weir::AtMaxKeys;
using weir::Drop;
using weir::Duration;
using weir::JoinType;
using weir::KeyedOptions;

namespace {

struct Row {
    int key;
    int value;
};
using Script = weir::TestStream<Row>;
using Ints = std::vector<int>;

weir::Timestamp at(std::int64_t t) { return weir::Timestamp(Duration(t)); }
auto keyed(const Script& script) { return weir::from(Script(script)) | weir::key_by(&Row::key); }

const auto both = [](const Row& l, const Row& r) { return 100 * l.value + r.value; };
const auto left_at_least = [](const Row& l, const Row* r) { return 100 * l.value + (r != nullptr ? r->value : 0); };

/// What a job gives, in its order, and the row of its join in the report.
template <typename Pipeline>
std::pair<Ints, weir::OperatorReport> run(Pipeline pipeline, const char* name) {
    Ints out;
    const weir::Report report = weir::run(std::move(pipeline) | weir::collect_into(out));
    CHECK(weir::detail::wrong_counts(report).empty());
    return {out, report.at(name)};
}

/// All of it before anything of the other side: its watermark stays behind.
Script left_of(const std::vector<Row>& rows) {
    Script script;
    std::int64_t t = 0;
    for (const Row& row : rows) script.event(row, at(++t));
    return script;
}

} // namespace

TEST_CASE("an interval join keeps rows of max_keys keys at once") {
    const Script left = left_of({{1, 1}, {2, 2}, {1, 3}, {3, 4}});
    Script right; // nothing is late: all of the left side is read first
    right.advance(Duration(1)).event({1, 5}, at(10)).event({2, 6}, at(11)).event({3, 7}, at(12));
    const auto joined = [&](KeyedOptions options) {
        return run(weir::interval_join(keyed(left), keyed(right), weir::within(Duration(0), Duration(50)), both, options), "interval_join#1");
    };
    CHECK(joined({}).first == Ints{105, 305, 206, 407});
    CHECK(joined({.max_keys = 3}).first == Ints{105, 305, 206, 407});

    const auto [first, dropped] = joined({.max_keys = 2, .at_max = AtMaxKeys::drop_new});
    CHECK(first == Ints{105, 305, 206});
    CHECK(dropped.dropped(Drop::overflow) == 2); // 4, and 7 which finds nothing of its key
    const auto [last, evicted] = joined({.max_keys = 2, .at_max = AtMaxKeys::evict});
    CHECK(last == Ints{105, 305}); // key 2 goes for 3, that for 2 as it comes again, and then 1 for 3
    CHECK(evicted.evicted_keys == 3);
    CHECK(evicted.dropped(Drop::evicted) == 2); // the rows of key 1 had been joined
    CHECK(evicted.dropped(Drop::unmatched) == 2);
    CHECK_THROWS_AS(joined({.max_keys = 2}), weir::TooManyKeys);
    try {
        static_cast<void>(joined({.max_keys = 2}));
    } catch (const weir::TooManyKeys& e) {
        CHECK(std::string(e.what()).find("interval_join: an event has a further key 3, but .max_keys = 2") == 0);
    }
    CHECK_THROWS_AS(joined({.ttl = Duration(1)}), std::invalid_argument);
    CHECK_THROWS_AS(joined({.max_keys = 0}), std::invalid_argument);
}

TEST_CASE("keys without rows do not count, and evicted ones leave nothing behind") {
    weir::Random random(3);
    for (const AtMaxKeys at_max : {AtMaxKeys::drop_new, AtMaxKeys::evict}) {
        Script left, right;
        std::uint64_t n = 0;
        for (std::int64_t t = 0; t < 4000; ++t, ++n) {
            (random.one_in(2) ? left : right).event({static_cast<int>(random.below(60)), static_cast<int>(t)}, at(t));
            if (random.one_in(5)) left.watermark(at(t - 3)), right.watermark(at(t - 3));
        }
        const KeyedOptions options{.max_keys = 7, .at_max = at_max};
        std::set<int> given;
        const auto pairs = [&given](const Row* l, const Row* r) {
            if (l != nullptr) given.insert(l->value);
            if (r != nullptr) given.insert(r->value);
            return 0;
        };
        const auto report = run(weir::interval_join(keyed(left), keyed(right), weir::within(Duration(-9), Duration(9)).full_outer(), pairs, options), "interval_join#1").second;
        const std::uint64_t gone = report.dropped(Drop::overflow) + report.dropped(Drop::evicted);
        CHECK(gone > 500);
        CHECK(report.held == 0);
        CHECK(given.size() == n - gone); // the others, all of them, and none of those
        CHECK(report.passed == given.size());
    }
}

TEST_CASE("the windows of a join have events of max_keys keys at once") {
    const Script left = left_of({{1, 1}, {2, 2}, {1, 3}, {3, 4}});
    Script right; // nothing is late: all of the left side is read first
    right.advance(Duration(1)).event({1, 5}, at(5)).event({2, 6}, at(6)).event({3, 7}, at(7)).watermark(at(20)).event({3, 8}, at(25));
    const auto ten = weir::tumbling(Duration(10));
    const auto pairs = [&](KeyedOptions options) {
        return run(weir::window_join(keyed(left), keyed(right), ten, both, options) | weir::map([](const auto& row) { return row.value; }), "window_join#1");
    };
    CHECK(pairs({}).first == Ints{105, 305, 206, 407});
    CHECK(pairs({.max_keys = 3}).first == Ints{105, 305, 206, 407});
    const auto [first, dropped] = pairs({.max_keys = 2, .at_max = AtMaxKeys::drop_new});
    CHECK(first == Ints{105, 305, 206});
    CHECK(dropped.dropped(Drop::overflow) == 2); // 4 and 7, but not 8: the others' window has closed
    const auto [last, evicted] = pairs({.max_keys = 2, .at_max = AtMaxKeys::evict});
    CHECK(last.empty()); // key 2 goes for 3, that for 2 as it comes again, and then 1 for 3
    CHECK(evicted.evicted_keys == 3);
    CHECK(evicted.dropped(Drop::evicted) == 5);
    CHECK_THROWS_AS(pairs({.max_keys = 2}), weir::TooManyKeys);

    const auto groups = [&](KeyedOptions options) {
        const auto sizes = [](std::span<const Row> l, std::span<const Row> r) { return static_cast<int>(10 * l.size() + r.size()); };
        return run(weir::cogroup(keyed(left), keyed(right), ten, sizes, options) | weir::map([](const auto& row) { return row.value; }), "cogroup#1");
    };
    CHECK(groups({.max_keys = 3}).first == Ints{21, 11, 11, 1});
    CHECK(groups({.max_keys = 2, .at_max = AtMaxKeys::drop_new}).first == Ints{21, 11, 1});
    try {
        static_cast<void>(groups({.max_keys = 2}));
        FAIL("it has a key too many");
    } catch (const weir::TooManyKeys& e) {
        CHECK(std::string(e.what()).find("cogroup: an event has a further key 3, but .max_keys = 2") == 0);
    }
    CHECK_THROWS_AS(groups({.ttl = Duration(1)}), std::invalid_argument);
}

TEST_CASE("an as-of join keeps events and versions of max_keys keys") {
    Script left, versions;
    versions.event({1, 1}, at(1)).event({2, 2}, at(2)).event({3, 3}, at(3)).event({1, 4}, at(4)).watermark(at(100));
    left.event({1, 5}, at(10)).event({2, 6}, at(11)).event({3, 7}, at(12)).watermark(at(100));
    const auto joined = [&](KeyedOptions options) {
        return run(weir::temporal_join<JoinType::left>(keyed(left), keyed(versions), left_at_least, options), "temporal_join#1");
    };
    CHECK(joined({.max_keys = 3}).first == Ints{504, 602, 703});
    const auto [first, report] = joined({.max_keys = 2, .at_max = AtMaxKeys::drop_new});
    CHECK(report.dropped(Drop::overflow) == 2);
    CHECK(first.size() == 2);
    CHECK(joined({.max_keys = 2, .at_max = AtMaxKeys::evict}).second.evicted_keys >= 1);
    CHECK_THROWS_AS(joined({.max_keys = 2}), weir::TooManyKeys);
}

TEST_CASE("the table of a lookup_join has max_keys rows at most") {
    const std::vector<Row> rows{{1, 1}, {2, 2}, {1, 3}, {3, 4}}, events{{1, 5}, {2, 6}, {3, 7}};
    const auto joined = [&](KeyedOptions options) {
        return run(weir::lookup_join<JoinType::left>(weir::from(events) | weir::key_by(&Row::key),
                                                     weir::table(weir::from(rows) | weir::key_by(&Row::key)).load_first(), left_at_least, options),
                   "lookup_join#1");
    };
    const auto [all, counts] = joined({});
    CHECK(all == Ints{503, 602, 704});
    CHECK(counts.dropped(Drop::unmatched) == 1); // the first row of key 1 was never looked up
    CHECK(counts.held == 3);
    const auto [first, dropped] = joined({.max_keys = 2, .at_max = AtMaxKeys::drop_new});
    CHECK(first == Ints{503, 602, 700});
    CHECK(dropped.dropped(Drop::overflow) == 1);
    const auto [last, evicted] = joined({.max_keys = 2, .at_max = AtMaxKeys::evict});
    CHECK(last == Ints{503, 600, 704});
    CHECK(evicted.dropped(Drop::evicted) == 1);
    CHECK(evicted.evicted_keys == 1);
    CHECK_THROWS_AS(joined({.max_keys = 2}), weir::TooManyKeys);
}

TEST_CASE("a table_join of max_keys keys says of one that is evicted that its row is no more") {
    const std::vector<Row> left{{1, 1}, {1, 2}, {2, 3}, {3, 4}}, right{{1, 5}};
    const auto joined = [&](KeyedOptions options) {
        return run(weir::table_join<JoinType::left>(weir::from(left) | weir::key_by(&Row::key), weir::from(right) | weir::key_by(&Row::key), left_at_least, options) |
                       weir::map([](const weir::Change<int, int>& c) { return c.value ? *c.value / 100 : -c.key; }),
                   "table_join#1");
    };
    const auto values = [](Ints all) { // without what the other side's only row changes
        all.erase(std::unique(all.begin(), all.end()), all.end());
        return all;
    };
    CHECK(values(joined({}).first) == Ints{1, 2, 3, 4, 2}); // the right row comes last
    const auto [some, evicted] = joined({.max_keys = 2, .at_max = AtMaxKeys::evict});
    CHECK(std::count(some.begin(), some.end(), -1) + std::count(some.begin(), some.end(), -2) == static_cast<std::ptrdiff_t>(evicted.evicted_keys));
    CHECK(evicted.evicted_keys >= 1);
    CHECK(joined({.max_keys = 2, .at_max = AtMaxKeys::drop_new}).second.dropped(Drop::overflow) == 1);
    CHECK_THROWS_AS(joined({.max_keys = 2}), weir::TooManyKeys);
}
