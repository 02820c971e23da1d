// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <cmath>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace {

using aggregate_test::cut_result_of;
using aggregate_test::result_of;
using aggregate_test::reused_result_of;
using aggregate_test::state_of;
using weir::detail::in_one_pass;

struct Bid {
    std::string bidder;
    int price = 0;
    static constexpr auto fields() { return weir::fields("bidder", &Bid::bidder, "price", &Bid::price); }
};
const std::vector<Bid> bids{{"ann", 3}, {"bob", 9}, {"ann", 6}};

TEST_CASE("several aggregates in one pass give a tuple") {
    const auto all = in_one_pass(weir::count(), weir::sum(&Bid::price), weir::last(&Bid::bidder), weir::quantile(&Bid::price, 0.5));
    static_assert(std::is_same_v<weir::aggregate_result_t<decltype(all), Bid>, std::tuple<std::uint64_t, std::int64_t, std::string, double>>);
    CHECK(result_of(all, bids) == std::tuple(3U, 18, "ann", 6.0));
}

TEST_CASE("one alone is not wrapped") {
    static_assert(std::is_same_v<decltype(in_one_pass(weir::count())), weir::Count>);
    CHECK(result_of(in_one_pass(weir::count()), bids) == 3);
}

TEST_CASE("several aggregates are cut, merged, cleared, saved and loaded each by its own rules") {
    const auto all = in_one_pass(weir::top_k(2, &Bid::price), weir::collect(&Bid::bidder), weir::distinct_count(&Bid::bidder),
                            weir::arg_min(&Bid::price, &Bid::bidder), weir::mean(&Bid::price));
    std::vector<Bid> many;
    for (unsigned seed = 0; seed < 40; ++seed) {
        many.push_back({"bidder " + std::to_string(seed % 7), static_cast<int>(seed * 37 % 23)});
        const auto [top, names, different, lowest, mean] = result_of(all, many);
        for (const auto& result : {cut_result_of(all, many, seed), reused_result_of(all, many, seed)}) {
            CHECK(std::get<0>(result).at(0).price == top.at(0).price);
            CHECK(std::get<1>(result) == names);
            CHECK(std::get<2>(result) == different);
            CHECK(std::get<3>(result) == lowest);
            CHECK(std::get<4>(result) == mean);
        }
        CHECK(names.size() == seed + 1);
    }
}

TEST_CASE("several aggregates promise what all of them promise") {
    using Exact = decltype(in_one_pass(weir::count(), weir::sum()));
    using Ordered = decltype(in_one_pass(weir::count(), weir::first()));
    using Near = decltype(in_one_pass(weir::mean(), weir::count(), weir::variance()));
    static_assert(Exact::rules<int>.exact && Exact::rules<int>.commutative && Exact::rules<int>.tolerance == 0);
    static_assert(Ordered::rules<int>.exact && not Ordered::rules<int>.commutative);
    static_assert(not Near::rules<double>.exact && Near::rules<double>.tolerance == weir::Variance<std::identity>::rules<double>.tolerance);
    static_assert(not weir::AggregateOn<Near, std::string>); // has no mean
}

TEST_CASE("values can be taken out where each part can do it") {
    const auto all = in_one_pass(weir::count(), weir::sum(), weir::mean());
    static_assert(weir::RemovableAggregateOn<decltype(all), int>);
    static_assert(not weir::RemovableAggregateOn<decltype(all), double>);
    static_assert(not weir::RemovableAggregateOn<decltype(in_one_pass(weir::count(), weir::min())), int>);
    auto state = state_of<int>(all, {4, 1, 2});
    all.remove(state, 4);
    CHECK(all.finish(state) == std::tuple(2U, 3, 1.5));
}

TEST_CASE("a part without a result is NaN where it can be; else there is no row") {
    const auto have_result = [](const auto& all, const std::vector<int>& values) { return state_of(all, values).has_result(); };
    CHECK(have_result(in_one_pass(weir::count(), weir::sum()), {}));
    CHECK(have_result(in_one_pass(weir::count(), weir::mean()), {}));
    CHECK_FALSE(have_result(in_one_pass(weir::count(), weir::min()), {}));
    CHECK(have_result(in_one_pass(weir::count(), weir::min()), {1}));
    CHECK_FALSE(have_result(in_one_pass(weir::mean(), weir::variance()), {}));
    CHECK(have_result(in_one_pass(weir::mean(), weir::variance()), {1}));

    const auto [count, mean, variance] = result_of<int>(in_one_pass(weir::count(), weir::mean(), weir::variance()), {5});
    CHECK((count == 1 && mean == 5 && std::isnan(variance)));
    const auto [none, least] = result_of<double>(in_one_pass(weir::count(), weir::min()), {}); // min alone would throw
    CHECK((none == 0 && std::isnan(least)));
}

TEST_CASE("several aggregates own what they keep") {
    std::string text = "lent";
    const auto all = in_one_pass(weir::first(), weir::distinct_count(), weir::max());
    const auto state = state_of<std::string_view>(all, {text, "a"});
    text = "gone";
    CHECK(all.finish(state) == std::tuple("lent", 2U, "lent"));
}

} // namespace

TEST_CASE("a value at which one of several aggregates throws is not counted, wherever the count stands") {
    const auto throws = weir::sum([](int value) -> int { return value < 0 ? throw std::invalid_argument("below zero") : value; });
    const auto check = [](const auto& aggregate) {
        weir::aggregate_state_t<std::remove_cvref_t<decltype(aggregate)>, int> state{};
        aggregate.add(state, 1);
        CHECK_THROWS_AS(aggregate.add(state, -1), std::invalid_argument);
        CHECK(aggregate.inputs(state) == 1);
    };
    check(in_one_pass(weir::count(), throws));
    check(in_one_pass(throws, weir::count()));
}
