// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/fold.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using aggregate_test::cut_result_of;
using aggregate_test::reloaded;
using aggregate_test::result_of;
using aggregate_test::reused_result_of;
using aggregate_test::state_of;

struct Trade {
    double price = 0;
    int amount = 0;
};

struct Weighed { // not default-constructible: the state does without
    explicit Weighed(double start) : money(start) {}
    double money;
    int amount = 0;
};

TEST_CASE("fold makes an aggregate of functions") {
    const auto average_price = weir::fold(
        Weighed(0), [](Weighed w, const Trade& t) { w.money += t.price * t.amount; w.amount += t.amount; return w; },
        [](Weighed w, const Weighed& later) { w.money += later.money; w.amount += later.amount; return w; },
        [](const Weighed& w) { return w.money / w.amount; });
    static_assert(weir::AggregateOn<decltype(average_price), Trade>);
    static_assert(not weir::AggregateOn<decltype(average_price), std::string>);
    const std::vector<Trade> trades{{10, 1}, {20, 3}, {1, 6}};
    CHECK(result_of(average_price, trades) == 7.6);
    for (unsigned seed = 0; seed < 10; ++seed) CHECK(cut_result_of(average_price, trades, seed) == 7.6);
}

TEST_CASE("fold of none is what it begins with") {
    const auto product = weir::fold(1, std::multiplies<>(), std::multiplies<>());
    CHECK(result_of<int>(product, {}) == 1);
    CHECK(result_of<int>(product, {2, 3, 7}) == 42);
    CHECK(cut_result_of<int>(product, {}, 1) == 1);
    CHECK_FALSE(state_of<int>(product, {}).value.has_value());
    CHECK(result_of<long>(product, {2, 3}) == 6); // narrowed as the state says
}

TEST_CASE("parts of a fold are merged in the order of their values") {
    const auto join = weir::fold(std::string(), [](std::string all, std::string_view word) { return std::move(all) += word; }, std::plus<>());
    static_assert(not decltype(join)::rules<std::string>.commutative && decltype(join)::rules<std::string>.exact);
    std::vector<std::string> words;
    for (unsigned seed = 0; seed < 60; ++seed) {
        const std::string whole = std::accumulate(words.begin(), words.end(), std::string());
        CHECK(cut_result_of(join, words, seed) == whole);
        CHECK(reused_result_of(join, words, seed) == whole);
        words.push_back(std::to_string(seed));
    }
    CHECK(join.finish(reloaded(state_of<std::string>(join, {}))).empty());
}

TEST_CASE("a view in a fold's state is kept as a string") {
    const auto later = [](std::string_view a, std::string_view b) { return std::max(a, b); };
    const auto greatest = weir::fold(std::string_view(), later, later);
    static_assert(std::is_same_v<weir::aggregate_result_t<decltype(greatest), std::string_view>, std::string>);
    weir::aggregate_state_t<decltype(greatest), std::string_view> state, other;
    for (const char c : {'x', 'z', 'y'}) greatest.add(state, std::string_view(std::string(40, c))); // gone at once
    greatest.add(other, std::string_view("a"));
    greatest.merge(state, other);
    CHECK(greatest.finish(state) == std::string(40, 'z'));
}

TEST_CASE("a fold says what it promises") {
    const auto greatest = weir::fold<weir::AggregateRules{.exact = true, .commutative = true, .tolerance = 0}>(
        0, [](int a, int b) { return std::max(a, b); }, [](int a, int b) { return std::max(a, b); });
    static_assert(decltype(greatest)::rules<int>.commutative);
    CHECK(result_of<int>(greatest, {3, 9, 2}) == 9);
    const auto near = weir::fold<weir::AggregateRules{.exact = false, .commutative = true, .tolerance = 1e-12}>(0.0, std::plus<>(), std::plus<>());
    static_assert(decltype(near)::rules<double>.tolerance == 1e-12 && not decltype(near)::rules<double>.exact);
    CHECK(result_of<double>(near, {0.5, 0.25}) == 0.75);
}

} // namespace
