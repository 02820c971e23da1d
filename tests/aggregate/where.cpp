// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate.hpp>
#include <weir/core/all_of.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

namespace {

using aggregate_test::cut_result_of;
using aggregate_test::result_of;
using aggregate_test::reused_result_of;

struct Order {
    int buyer = 0;
    std::int64_t cents = 0;
    bool is_paid = false;
};
constexpr auto is_odd = [](int i) { return i % 2 != 0; };

} // namespace

TEST_CASE("where takes only the values for which its predicate is true") {
    const std::vector<Order> orders{{1, 500, true}, {2, 900, false}, {1, 700, true}, {3, 100, true}};
    const auto is_large = [](const Order& order) { return order.cents >= 500; };
    CHECK(result_of<Order>(weir::where(&Order::is_paid, weir::count()), orders) == 3);
    CHECK(result_of<Order>(weir::where(&Order::is_paid, weir::sum(&Order::cents)), orders) == 1300);
    CHECK(result_of<Order>(weir::where(is_large, weir::distinct_count(&Order::buyer)), orders) == 2);
    CHECK(result_of<Order>(weir::where(&Order::is_paid, weir::where(is_large, weir::count())), orders) == 2);
    CHECK(result_of<Order>(weir::detail::in_one_pass(weir::count(), weir::where(&Order::is_paid, weir::count())), orders) == std::tuple(4U, 3U));
}

TEST_CASE("of no such value where gives what its aggregate gives of none") {
    CHECK(result_of<int>(weir::where(is_odd, weir::count()), {2, 4}) == 0);
    const auto least = weir::where(is_odd, weir::min(std::identity{}));
    CHECK_THROWS_AS(result_of<int>(least, {2, 4}), std::bad_optional_access);
    CHECK(result_of<int>(least, {2, 5, 3}) == 3);
    CHECK_FALSE(weir::detail::has_result(aggregate_test::state_of<int>(least, {2, 4})));
}

TEST_CASE("where promises what its aggregate promises, however the values are cut") {
    std::mt19937 random(5);
    for (unsigned seed = 0; seed < 50; ++seed) {
        std::vector<int> values(random() % 50);
        for (int& value : values) value = static_cast<int>(random() % 100);
        std::vector<int> odd;
        std::copy_if(values.begin(), values.end(), std::back_inserter(odd), is_odd);
        CHECK(cut_result_of<int>(weir::where(is_odd, weir::collect()), values, seed) == odd);
        CHECK(reused_result_of<int>(weir::where(is_odd, weir::sum()), values, seed) == result_of<int>(weir::sum(), odd));
    }
    static_assert(decltype(weir::where(is_odd, weir::count()))::rules<int>.commutative);
    static_assert(not decltype(weir::where(is_odd, weir::collect()))::rules<int>.commutative);
    static_assert(decltype(weir::where(is_odd, weir::collect()))::rules<int>.grows);
}

TEST_CASE("values can be taken out again where the aggregate allows it") {
    const auto sum = weir::where(is_odd, weir::sum());
    static_assert(weir::RemovableAggregateOn<decltype(sum), int>);
    static_assert(not weir::RemovableAggregateOn<decltype(weir::where(is_odd, weir::collect())), int>);
    auto state = aggregate_test::state_of<int>(sum, {1, 2, 3, 5});
    sum.remove(state, 1);
    sum.remove(state, 2);
    CHECK(sum.finish(state) == 8);
}

TEST_CASE("a predicate that cannot be asked makes no aggregate") {
    STATIC_REQUIRE_FALSE(weir::AggregateOn<decltype(weir::where(&Order::is_paid, weir::count())), int>);
    STATIC_REQUIRE(weir::AggregateOn<decltype(weir::where(&Order::is_paid, weir::evicting(weir::keep_last(2), weir::count()))), Order>);
}
