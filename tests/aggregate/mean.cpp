// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/mean.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace {

using aggregate_test::cut_result_of;
using aggregate_test::result_of;

struct Flight {
    std::string carrier;
    double delay = 0;
};

TEST_CASE("mean of what the projection gives") {
    CHECK(result_of<int>(weir::mean(), {1, 2, 3, 4}) == 2.5);
    CHECK(result_of<Flight>(weir::mean(&Flight::delay), {{"a", 1}, {"b", 2}}) == 1.5);
    CHECK(result_of<int>(weir::mean(), {-1, -2}) == -1.5);
    CHECK(std::isnan(result_of<int>(weir::mean(), {})));
}

TEST_CASE("the mean of integers is exact: it does not overflow, and is the same however it is cut") {
    const auto big = std::numeric_limits<std::int64_t>::max();
    CHECK(result_of<std::int64_t>(weir::mean(), {big, big, big, big}) == static_cast<double>(big));
    CHECK(result_of<std::int64_t>(weir::mean(), {-big, -big, -big}) == static_cast<double>(-big));
    std::vector<std::int64_t> values;
    for (int i = 0; i < 300; ++i) values.push_back(i % 7 * 1'000'003);
    const double whole = result_of<std::int64_t>(weir::mean(), values);
    for (unsigned seed = 0; seed < 20; ++seed) CHECK(cut_result_of<std::int64_t>(weir::mean(), values, seed) == whole);
    CHECK(weir::Mean<std::identity>::rules<int>.exact);
    CHECK_FALSE(weir::Mean<std::identity>::rules<float>.exact);
}

TEST_CASE("the mean of doubles does not drift") {
    CHECK(result_of<double>(weir::mean(), std::vector<double>(1'000'000, 0.1)) == 0.1);
}

TEST_CASE("integers can be taken out of a mean again, floating point cannot") {
    const auto mean = weir::mean();
    static_assert(weir::RemovableAggregateOn<weir::Mean<std::identity>, int>);
    static_assert(not weir::RemovableAggregateOn<weir::Mean<std::identity>, double>);
    auto state = aggregate_test::state_of<int>(mean, {-7, 4, 1});
    mean.remove(state, -7);
    CHECK(mean.finish(state) == 2.5);
}

TEST_CASE("only numbers have a mean") {
    static_assert(not weir::AggregateOn<weir::Mean<std::identity>, std::string>);
    static_assert(weir::AggregateOn<weir::Mean<double Flight::*>, Flight>);
}

} // namespace
