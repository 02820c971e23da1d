// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/mean.hpp>
#include <weir/aggregate/sum.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using aggregate_test::cut_result_of;
using aggregate_test::result_of;
using aggregate_test::state_of;

struct Bid {
    int price = 0;
    double rate = 0;
};

TEST_CASE("sum adds up what its projection gives; of none it is 0") {
    CHECK(result_of<int>(weir::sum(), {1, 2, 3}) == 6);
    CHECK(result_of<Bid>(weir::sum(&Bid::price), {{1, 0}, {5, 0}}) == 6);
    CHECK(result_of<Bid>(weir::sum([](const Bid& b) { return b.price * b.rate; }), {{2, 0.5}, {4, 0.25}}) == 2.0);
    CHECK(result_of<int>(weir::sum(), {}) == 0);
    CHECK(result_of<bool>(weir::sum(), {true, false, true}) == 2U);
}

#ifdef __SIZEOF_INT128__
__extension__ using Wide = __int128;

TEST_CASE("integers of 128 bits are added as they are, also where they count as integers, and nothing else takes them") { // with -std=gnu++20
    CHECK(result_of<Wide>(weir::sum(), {Wide(1) << 100, Wide(-1)}) == (Wide(1) << 100) - 1);
    static_assert(not weir::AggregateOn<weir::Mean<std::identity>, Wide>);
}
#endif

TEST_CASE("the sum of integers has 64 bits and their sign") {
    static_assert(std::is_same_v<weir::aggregate_result_t<weir::Sum<std::identity>, std::int8_t>, std::int64_t>);
    static_assert(std::is_same_v<weir::aggregate_result_t<weir::Sum<std::identity>, std::uint8_t>, std::uint64_t>);
    static_assert(std::is_same_v<weir::aggregate_result_t<weir::Sum<std::identity>, float>, double>);
    CHECK(result_of<std::int8_t>(weir::sum(), std::vector<std::int8_t>(1000, -100)) == -100'000);
}

TEST_CASE("sums of integers do not overflow on the way, whatever the order") {
    using Limits = std::numeric_limits<std::int64_t>;
    CHECK(result_of<std::int64_t>(weir::sum(), {Limits::max(), Limits::max(), Limits::min(), Limits::min(), 2}) == 0);
    CHECK(result_of<std::int64_t>(weir::sum(), {Limits::min()}) == Limits::min());
    CHECK(result_of<std::int64_t>(weir::sum(), {Limits::max()}) == Limits::max());
    CHECK(result_of<std::uint64_t>(weir::sum(), {std::numeric_limits<std::uint64_t>::max()}) == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("a sum that does not fit into 64 bits throws and does not wrap") {
    using Limits = std::numeric_limits<std::int64_t>;
    CHECK_THROWS_AS(result_of<std::int64_t>(weir::sum(), {Limits::max(), 1}), std::overflow_error);
    CHECK_THROWS_AS(result_of<std::int64_t>(weir::sum(), {Limits::min(), -1}), std::overflow_error);
    CHECK_THROWS_AS(result_of<std::uint64_t>(weir::sum(), {std::numeric_limits<std::uint64_t>::max(), 1}), std::overflow_error);
}

TEST_CASE("sums of integers are the same however they are cut, and values can be taken out again") {
    std::mt19937_64 random(1);
    std::vector<std::int64_t> values(500);
    for (auto& v : values) v = static_cast<std::int64_t>(random()) / 4;
    const auto sum = weir::sum();
    for (unsigned seed = 0; seed < 20; ++seed) {
        std::vector<std::int64_t> some(values.begin(), values.begin() + 3);
        CHECK(cut_result_of(sum, some, seed) == values[0] + values[1] + values[2]);
        some.assign(values.begin(), values.end());
        for (const auto v : values) some.push_back(-v);
        some.push_back(42);
        CHECK(cut_result_of(sum, some, seed) == 42);
    }
    auto state = state_of(sum, values);
    for (std::size_t i = 0; i + 1 < values.size(); ++i) sum.remove(state, values[i]);
    CHECK(sum.finish(state) == values.back());
}

TEST_CASE("sums of doubles keep what rounding loses") {
    std::vector<double> values(10'000'000 / 100, 0.1);
    CHECK(result_of<double>(weir::sum(), values) == 10'000.0);
    CHECK(result_of<double>(weir::sum(), {1, 1e100, 1, -1e100}) == 2.0);
    CHECK(cut_result_of<double>(weir::sum(), {1, 1e100, 1, -1e100}, 3) == 2.0);
    constexpr double inf = std::numeric_limits<double>::infinity();
    CHECK(result_of<double>(weir::sum(), {1, inf, 1}) == inf);
    CHECK(std::isnan(result_of<double>(weir::sum(), {inf, -inf})));
}

TEST_CASE("sums of doubles near the greatest one lose nothing on the way") {
    constexpr double most = std::numeric_limits<double>::max();
    CHECK(result_of<double>(weir::sum(), {-most / 3, most}) == most - most / 3);
    CHECK(result_of<double>(weir::sum(), {most / 3, -most, 1.0, most}) == most / 3);
    CHECK(result_of<double>(weir::sum(), {most, most, -most}) == std::numeric_limits<double>::infinity());
}

TEST_CASE("sums of doubles are equal within their tolerance however they are cut") {
    std::mt19937 random(5);
    std::normal_distribution<double> normal(10, 3);
    std::vector<double> values(2000);
    for (double& v : values) v = normal(random);
    const double whole = result_of<double>(weir::sum(), values);
    for (unsigned seed = 0; seed < 50; ++seed)
        CHECK(std::abs(cut_result_of<double>(weir::sum(), values, seed) - whole) <= weir::Sum<std::identity>::rules<double>.tolerance * std::abs(whole));
}

TEST_CASE("sums of durations are durations") {
    using namespace std::chrono_literals;
    CHECK(result_of<std::chrono::milliseconds>(weir::sum(), {1ms, 2s}) == 2001ms);
    CHECK(weir::Sum<std::identity>::rules<std::chrono::milliseconds>.exact);
    CHECK_FALSE(weir::Sum<std::identity>::rules<double>.exact);
}

TEST_CASE("sums of strings are saved and loaded, and merged in their order") {
    static_assert(not weir::Sum<std::identity>::rules<std::string>.commutative && weir::Sum<std::identity>::rules<int>.commutative);
    for (unsigned seed = 0; seed < 10; ++seed)
        CHECK(aggregate_test::reused_result_of<std::string>(weir::sum(), {"a", "bc", "", "d"}, seed) == "abcd");
}

} // namespace
