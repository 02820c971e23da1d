// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/frequent_items.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using aggregate_test::cut_result_of;
using aggregate_test::reloaded;
using aggregate_test::result_of;
using aggregate_test::reused_result_of;
using aggregate_test::state_of;
using aggregate_test::tree_result_of;

template <typename V>
using Items = std::vector<weir::FrequentItem<V>>;

struct Sale {
    std::string product;
    int price = 0;
};
struct Pair { // hashed by its fields, without <
    int a = 0;
    int b = 0;
    static constexpr auto fields() { return weir::fields("a", &Pair::a, "b", &Pair::b); }
};

constexpr int kinds = 6;
std::vector<int> values_of(int kind, std::size_t n, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<int> values;
    for (std::size_t i = 0; i < n; ++i) {
        const auto x = static_cast<int>(i);
        switch (kind) {
        case 0: values.push_back(x % 3 == 0 ? -1 : x); break;                               // one frequent among rare ones
        case 1: values.push_back(static_cast<int>(1000 / (1 + random() % 1000))); break;    // Zipf
        case 2: values.push_back(5); break;                                                 // all equal
        case 3: values.push_back(x); break;                                                 // all different
        case 4: values.push_back(i < n / 2 ? x : static_cast<int>(random() % 5)); break;    // the frequent ones come last
        default: values.push_back(static_cast<int>(random() % 40));                         // nearly as frequent
        }
    }
    return values;
}

/// Whether the items are what is promised of the values.
template <typename V>
void check(const Items<V>& items, const std::vector<V>& values, std::size_t k, std::size_t capacity) {
    std::map<V, std::uint64_t> exact;
    for (const V& value : values) ++exact[value];
    const std::uint64_t most_over = values.size() / capacity;
    CHECK(items.size() == std::min({k, exact.size(), capacity}));
    std::map<V, std::uint64_t> given;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::uint64_t count = exact[items[i].item];
        if (i > 0 && items[i].count > items[i - 1].count) FAIL("not in order");
        if (items[i].overcount > most_over) FAIL("an overcount of " << items[i].overcount);
        if (count > items[i].count || count + items[i].overcount < items[i].count) FAIL("a count out of its bounds");
        if (not given.emplace(items[i].item, items[i].count).second) FAIL("an item twice");
    }
    for (const auto& [item, count] : exact) // what is frequent is there, unless k more frequent ones may be
        if (count > most_over && given.count(item) == 0 && (items.size() < k || count > items.back().count)) FAIL("a frequent item is missing");
    if (exact.size() > capacity) return;
    for (const auto& item : items) CHECK((item.overcount == 0 && item.count == exact[item.item]));
}

TEST_CASE("frequent_items gives the k that came most often") {
    CHECK(result_of<int>(weir::frequent_items(2), {3, 1, 3, 2, 1, 3}) == Items<int>{{3, 3, 0}, {1, 2, 0}});
    const std::vector<Sale> sales{{"tea", 3}, {"jam", 4}, {"tea", 3}};
    CHECK(result_of<Sale>(weir::frequent_items(&Sale::product, 9), sales) == Items<std::string>{{"tea", 2, 0}, {"jam", 1, 0}});
    CHECK(result_of<int>(weir::frequent_items(2), {}).empty());
    CHECK(result_of<int>(weir::frequent_items(3), {9, 5, 7}) == Items<int>{{5, 1, 0}, {7, 1, 0}, {9, 1, 0}}); // as frequent: by <
    CHECK(result_of<Pair>(weir::frequent_items(1), {{1, 2}, {2, 1}, {1, 2}}).at(0).item.b == 2);
}

TEST_CASE("of more items than counters the counts are within the bounds that stand with them") {
    // 1 takes a counter, 2 the other; 3 that of 2, which came least often, with its count
    CHECK(result_of<int>(weir::frequent_items(2, {.capacity = 2}), {1, 1, 2, 3}) == Items<int>{{1, 2, 0}, {3, 2, 1}});
    for (int kind = 0; kind < kinds; ++kind)
        for (const std::size_t capacity : {3U, 8U, 9U, 33U, 100U})
            for (const std::size_t n : {1U, 3U, 50U, 2000U}) {
                const auto values = values_of(kind, n, static_cast<unsigned>(kind));
                CAPTURE(kind, capacity, n);
                check(result_of(weir::frequent_items(3, {.capacity = capacity}), values), values, 3, capacity);
                check(result_of(weir::frequent_items(capacity, {.capacity = capacity}), values), values, capacity, capacity);
            }
}

TEST_CASE("merged in any order they still are") {
    for (unsigned seed = 0; seed < 120; ++seed) {
        const int kind = static_cast<int>(seed) % kinds;
        const std::size_t capacity = 3 + seed % 20;
        const auto values = values_of(kind, 1500, seed);
        const auto frequent = weir::frequent_items(capacity, {.capacity = capacity});
        CAPTURE(seed, kind, capacity);
        check(cut_result_of(frequent, values, seed), values, capacity, capacity);
        check(tree_result_of(frequent, values, seed, 100), values, capacity, capacity);
        check(reused_result_of(frequent, values, seed), values, capacity, capacity);
        std::vector<std::string> words;
        for (const int value : values) words.push_back("a word that is long enough to have memory " + std::to_string(value));
        check(tree_result_of(frequent, words, seed, 100), words, capacity, capacity);
    }
}

TEST_CASE("where every item has a counter the result is the same however the values are cut and ordered") {
    for (unsigned seed = 0; seed < 40; ++seed) {
        auto values = values_of(5, 300, seed);
        const auto frequent = weir::frequent_items(7);
        const auto whole = result_of(frequent, values);
        CHECK(cut_result_of(frequent, values, seed) == whole);
        CHECK(tree_result_of(frequent, values, seed) == whole);
        std::shuffle(values.begin(), values.end(), std::minstd_rand(seed));
        CHECK(result_of(frequent, values) == whole);
    }
}

TEST_CASE("adding to a state behind a merge keeps to the bounds") {
    for (unsigned seed = 0; seed < 60; ++seed) {
        const std::size_t capacity = 2 + seed % 11;
        const auto frequent = weir::frequent_items(1, {.capacity = capacity});
        const auto all = weir::frequent_items(capacity, {.capacity = capacity});
        std::vector<int> values;
        auto state = state_of<int>(frequent, {});
        for (unsigned round = 0; round < 12; ++round) {
            const auto more = values_of(static_cast<int>((seed + round) % kinds), 40, seed + round);
            values.insert(values.end(), more.begin(), more.end());
            if (round % 2 == 0) frequent.merge(state, reloaded(state_of(frequent, more)));
            else for (const int value : more) frequent.add(state, value);
            CAPTURE(seed, round);
            check(all.finish(state), values, capacity, capacity);
        }
    }
}

TEST_CASE("items that are lent are found among those that are kept") {
    std::vector<std::string> words;
    for (int i = 0; i < 1000; ++i) words.push_back(std::to_string(i % 12));
    const std::vector<std::string_view> lent(words.begin(), words.end());
    const auto state = state_of<std::string_view>(weir::frequent_items(3), lent);
    const auto kept = result_of(weir::frequent_items(3), words);
    words.assign(words.size(), "gone");
    CHECK(weir::frequent_items(3).finish(state) == kept);
}

TEST_CASE("all NaN are one item, as are the two zeros") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto items = result_of<double>(weir::frequent_items(4), {nan, 0.0, -nan, 1, -0.0, nan});
    REQUIRE(items.size() == 3);
    CHECK((items[0].count == 3 && items[1].count == 2 && items[1].item == 0));
}

TEST_CASE("a cleared state is one of no values; its saved form is as small as its counters") {
    const auto frequent = weir::frequent_items(3, {.capacity = 50});
    auto state = state_of(frequent, values_of(3, 10'000, 1));
    weir::StateWriter saved;
    saved.put(state);
    CHECK(saved.size() == 16 + 50 * (sizeof(int) + 16));
    state.clear();
    CHECK(frequent.finish(state).empty());
    frequent.add(state, 3);
    CHECK(frequent.finish(state) == Items<int>{{3, 1, 0}});
}

TEST_CASE("no items at all, or fewer counters than items, are refused when the aggregate is made") {
    CHECK_THROWS_AS(weir::frequent_items(0), std::invalid_argument);
    CHECK_THROWS_AS(weir::frequent_items(&Sale::product, 5, {.capacity = 4}), std::invalid_argument);
    static_assert(not weir::AggregateOn<weir::FrequentItems<std::identity>, Sale>);
    static_assert(weir::AggregateOn<weir::FrequentItems<std::string Sale::*>, Sale>);
}

} // namespace
