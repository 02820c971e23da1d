// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/arg_all.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
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
};
using Names = std::vector<std::string>;

} // namespace

TEST_CASE("arg_max_all and arg_min_all give all values with the greatest and the least") {
    const std::vector<Bid> bids{{"ann", 3}, {"bob", -1}, {"eve", 7}, {"joe", 3}, {"kim", 7}, {"lou", -1}};
    CHECK(result_of<Bid>(weir::arg_max_all(&Bid::price, &Bid::bidder), bids) == Names{"eve", "kim"});
    CHECK(result_of<Bid>(weir::arg_min_all(&Bid::price, &Bid::bidder), bids) == Names{"bob", "lou"});
    CHECK(result_of<int>(weir::arg_max_all([](int i) { return i * i; }), {1, -5, 4, 5}) == std::vector{-5, 5});
    CHECK(result_of<int>(weir::arg_max_all(std::identity{}), {}).empty());
}

TEST_CASE("arg_max_all gives them in the order of their arrival, however they are cut, saved and loaded") {
    std::mt19937 random(3);
    for (unsigned seed = 0; seed < 100; ++seed) {
        std::vector<int> numbers(random() % 60);
        for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<int>(10 * i + random() % 4);
        const auto by = [](int i) { return i % 10; };
        std::vector<int> greatest, least;
        for (const int n : numbers) {
            if (std::all_of(numbers.begin(), numbers.end(), [&](int other) { return by(other) <= by(n); })) greatest.push_back(n);
            if (std::all_of(numbers.begin(), numbers.end(), [&](int other) { return by(other) >= by(n); })) least.push_back(n);
        }
        CHECK(cut_result_of<int>(weir::arg_max_all(by), numbers, seed) == greatest);
        CHECK(reused_result_of<int>(weir::arg_max_all(by), numbers, seed) == greatest);
        CHECK(cut_result_of<int>(weir::arg_min_all(by), numbers, seed) == least);
    }
    static_assert(not weir::ArgMaxAll<std::identity, std::identity>::rules<int>.commutative);
}

TEST_CASE("values with NaN are given only where there are no others, and then all of them") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto of = [](const std::vector<Bid>& bids) { return result_of<Bid>(weir::arg_max_all(&Bid::price, &Bid::bidder), bids); };
    CHECK(of({{"a", nan}, {"b", 2}, {"c", nan}, {"d", 2}}) == Names{"b", "d"});
    CHECK(of({{"a", nan}, {"b", nan}}) == Names{"a", "b"});
    for (unsigned seed = 0; seed < 10; ++seed)
        CHECK(cut_result_of<double>(weir::arg_min_all(std::identity{}), {nan, nan, -2, nan, -2, 3}, seed) == std::vector{-2.0, -2.0});
}

TEST_CASE("arg_max_all owns what it keeps, and needs an order") {
    const auto longest = weir::arg_max_all([](std::string_view s) { return s.size(); });
    static_assert(std::is_same_v<weir::aggregate_result_t<decltype(longest), std::string_view>, Names>);
    CHECK(result_of<std::string_view>(longest, {"b", "abc", "xyz", "a"}) == Names{"abc", "xyz"});
    static_assert(not weir::AggregateOn<weir::ArgMaxAll<std::identity, std::identity>, Bid>); // it has no <
}
