// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/arg_min_max.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using aggregate_test::cut_result_of;
using aggregate_test::result_of;
using aggregate_test::reused_result_of;

struct Bid {
    std::string bidder;
    double price = 0;
    static constexpr auto fields() { return weir::fields("bidder", &Bid::bidder, "price", &Bid::price); }
};

TEST_CASE("arg_min and arg_max give the value with the least and the greatest") {
    const std::vector<Bid> bids{{"ann", 3}, {"bob", -1}, {"eve", 7}};
    CHECK(result_of<Bid>(weir::arg_max(&Bid::price), bids).bidder == "eve");
    CHECK(result_of<Bid>(weir::arg_min(&Bid::price, &Bid::bidder), bids) == "bob");
    CHECK(result_of<Bid>(weir::arg_max(&Bid::bidder, &Bid::price), bids) == 7);
    CHECK(result_of<int>(weir::arg_max([](int i) { return i * i; }), {1, -5, 4}) == -5);
}

TEST_CASE("of equal ones arg_min and arg_max give the first, however they are cut, saved and loaded") {
    std::mt19937 random(3);
    for (unsigned seed = 0; seed < 100; ++seed) {
        std::vector<Bid> bids(1 + random() % 60);
        for (std::size_t i = 0; i < bids.size(); ++i) bids[i] = {"number " + std::to_string(i), static_cast<double>(random() % 7) - 3};
        const auto less = [](const Bid& a, const Bid& b) { return a.price < b.price; };
        const std::string least = std::min_element(bids.begin(), bids.end(), less)->bidder;
        const std::string greatest = std::max_element(bids.begin(), bids.end(), less)->bidder;
        CHECK(cut_result_of<Bid>(weir::arg_min(&Bid::price, &Bid::bidder), bids, seed) == least);
        CHECK(cut_result_of<Bid>(weir::arg_max(&Bid::price, &Bid::bidder), bids, seed) == greatest);
        CHECK(reused_result_of<Bid>(weir::arg_min(&Bid::price), bids, seed).bidder == least);
        CHECK(reused_result_of<Bid>(weir::arg_max(&Bid::price), bids, seed).bidder == greatest);
    }
    static_assert(not weir::ArgMin<double Bid::*, std::identity>::rules<Bid>.commutative);
}

TEST_CASE("a value with NaN is given only where there is no other, and then the first") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(result_of<Bid>(weir::arg_min(&Bid::price), {{"a", nan}, {"b", 2}, {"c", nan}, {"d", 3}}).bidder == "b");
    CHECK(result_of<Bid>(weir::arg_max(&Bid::price), {{"a", nan}, {"b", 2}, {"c", nan}, {"d", 3}}).bidder == "d");
    CHECK(result_of<Bid>(weir::arg_max(&Bid::price), {{"a", nan}, {"b", nan}}).bidder == "a");
    for (unsigned seed = 0; seed < 10; ++seed)
        CHECK(cut_result_of<Bid>(weir::arg_max(&Bid::price), {{"a", nan}, {"b", nan}, {"c", -2}, {"d", nan}, {"e", -2}}, seed).bidder == "c");
}

TEST_CASE("arg_min and arg_max own what they keep, and have no result of none") {
    const auto longest = weir::arg_max([](std::string_view s) { return s.size(); });
    static_assert(std::is_same_v<weir::aggregate_result_t<decltype(longest), std::string_view>, std::string>);
    CHECK(result_of<std::string_view>(longest, {"b", "abc", "xyz", "a"}) == "abc");
    CHECK(result_of<std::string_view>(weir::arg_min(std::identity{}), {"b", "a"}) == "a");
    CHECK_THROWS_AS(result_of<int>(weir::arg_min(std::identity{}), {}), std::bad_optional_access);
    static_assert(not weir::AggregateOn<weir::ArgMin<std::identity, std::identity>, Bid>); // it has no <
}

} // namespace
