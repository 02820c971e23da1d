// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/exact_sum.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

namespace {

using aggregate_test::cut_result_of;
using aggregate_test::result_of;
using aggregate_test::reused_result_of;
using aggregate_test::state_of;
using Limits = std::numeric_limits<double>;

struct Payment {
    float amount = 0;
};

double sum_of(const std::vector<double>& values) { return result_of<double>(weir::exact_sum(), values); }
std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

constexpr bool sums_exactly() {
    const auto sum = weir::exact_sum();
    weir::aggregate_state_t<weir::ExactSum<std::identity>, double> state;
    for (const double value : {1e100, 1.0, -1e100, 0.5}) sum.add(state, value);
    return sum.finish(state) == 1.5;
}

TEST_CASE("exact_sum rounds once") {
    static_assert(sums_exactly());
    CHECK(sums_exactly());
    CHECK(sum_of({}) == 0);
    CHECK(sum_of({0.1, 0.2, -0.3}) == 0x1p-55); // what the three doubles really add up to
    CHECK(sum_of(std::vector<double>(10, 0.1)) == 1.0);
    CHECK(sum_of({1e308, 1e308, -1e308}) == 1e308);
    CHECK(result_of<Payment>(weir::exact_sum(&Payment::amount), {{0.5F}, {0.25F}}) == 0.75);
    CHECK(result_of<float>(weir::exact_sum(), {16777216.0F, 1.0F}) == 16777217.0);
}

TEST_CASE("of two doubles as near exact_sum takes the even one") {
    CHECK(sum_of({1, 0x1p-53}) == 1);
    CHECK(sum_of({1, 0x1p-53, 0x1p-1074}) == 1 + 0x1p-52);
    CHECK(sum_of({1, 0x1p-53, -0x1p-1074}) == 1);
    CHECK(sum_of({1 + 0x1p-52, 0x1p-53}) == 1 + 0x1p-51);
    CHECK(sum_of({-1, -0x1p-53, -0x1p-1074}) == -1 - 0x1p-52);
    CHECK(sum_of({2 - 0x1p-52, 0x1p-53}) == 2); // rounding carries into the exponent
}

TEST_CASE("the least and the greatest doubles are added as well") {
    const double least = Limits::denorm_min();
    const double most = Limits::max();
    CHECK(sum_of({least}) == least);
    CHECK(sum_of({-least, -least, -least}) == -3 * least);
    CHECK(sum_of({Limits::min(), -least}) == Limits::min() - least);
    CHECK(sum_of({Limits::min() - least, least}) == Limits::min());
    CHECK(sum_of({most}) == most);
    CHECK(sum_of({most, -least}) == most);
    CHECK(sum_of({most, 0x1p969}) == most); // less than half a unit more
    CHECK(sum_of({most, 0x1p970}) == Limits::infinity());
    CHECK(sum_of({-most, -most}) == -Limits::infinity());
    CHECK(sum_of({most, most, -most, least, -most}) == least);
    CHECK(bits(sum_of({-0.0, -0.0})) == bits(0.0));
    CHECK(bits(sum_of({most, -most})) == bits(0.0));
}

TEST_CASE("one and two random doubles are summed as + rounds them") {
    std::mt19937_64 random(1);
    for (int i = 0; i < 200'000; ++i) {
        const double a = std::bit_cast<double>(random());
        double b = std::bit_cast<double>(random());
        if (i % 2 == 0) b = std::ldexp(a, static_cast<int>(random() % 120) - 60) * (i % 4 == 0 ? -1.1 : 1.3); // near enough to matter
        if (not std::isfinite(a) || not std::isfinite(b)) continue;
        weir::detail::Superaccumulator sum;
        sum.add(a);
        if (bits(sum.value() + 0.0) != bits(a + 0.0)) FAIL("the sum of one " << a);
        sum.add(b);
        if (bits(sum.value()) != bits(a + b + 0.0)) FAIL(a << " + " << b << " is not " << sum.value());
    }
}

TEST_CASE("integers of many sizes are summed as in 64 bits, with many carries") {
    std::mt19937_64 random(2);
    for (int round = 0; round < 200; ++round) {
        const int scale = static_cast<int>(random() % 1900) - 1000;
        weir::detail::Superaccumulator sum;
        std::int64_t oracle = 0;
        for (int i = 0; i < 3000; ++i) {
            const auto value = static_cast<std::int64_t>(random() >> (12 + random() % 40)) * (random() % 2 == 0 ? 1 : -1) / 4096;
            oracle += value;
            sum.add(std::ldexp(static_cast<double>(value), scale));
        }
        CHECK(sum.value() == std::ldexp(static_cast<double>(oracle), scale));
    }
    weir::detail::Superaccumulator same; // all carries go up the same limb
    for (int i = 0; i < 1'000'000; ++i) same.add(0x1.fffffffffffffp0);
    CHECK(same.value() == 1e6 * 0x1.fffffffffffffp0);
}

TEST_CASE("partials whose carries wait are merged without overflow") {
    for (const int values_in_each : {1, 7, 255, 509, 510, 511}) {
        weir::detail::Superaccumulator part;
        for (int i = 0; i < values_in_each; ++i) part.add(0x1.fffffffffffffp0);
        weir::detail::Superaccumulator all;
        for (int i = 0; i < 2000; ++i) all.add(part);
        all.add(all);
        CHECK(all.value() == 4000.0 * values_in_each * 0x1.fffffffffffffp0);
    }
}

TEST_CASE("exact_sum is the same to the last bit however the values are cut and ordered, saved and loaded") {
    std::mt19937_64 random(3);
    for (unsigned seed = 0; seed < 100; ++seed) {
        std::vector<double> values(1 + random() % 3000);
        for (double& value : values)
            do value = std::ldexp(std::bit_cast<double>(random()), -8);
            while (not std::isfinite(value));
        const std::uint64_t whole = bits(sum_of(values));
        std::shuffle(values.begin(), values.end(), random);
        CHECK(bits(cut_result_of(weir::exact_sum(), values, seed)) == whole);
        CHECK(bits(reused_result_of(weir::exact_sum(), values, seed)) == whole);
    }
    static_assert(weir::ExactSum<std::identity>::rules<double>.exact && weir::ExactSum<std::identity>::rules<double>.commutative);
    static_assert(sizeof(weir::aggregate_state_t<weir::ExactSum<std::identity>, double>) == 352);
}

TEST_CASE("infinities and NaN give what + would give, in any order") {
    const double inf = Limits::infinity();
    const double nan = Limits::quiet_NaN();
    CHECK(sum_of({1, inf, 1}) == inf);
    CHECK(sum_of({-inf, Limits::max(), -inf}) == -inf);
    CHECK(std::isnan(sum_of({inf, 1, -inf})));
    CHECK(std::isnan(sum_of({1, nan, inf})));
    for (const double special : {inf, -inf, nan})
        for (unsigned seed = 0; seed < 5; ++seed) {
            const double sum = cut_result_of<double>(weir::exact_sum(), {1, 2, 3, special, 4, 5, 6, 7, 8, 9, 10, 11}, seed);
            CHECK((sum == special || (std::isnan(sum) && std::isnan(special))));
        }
}

TEST_CASE("values can be taken out again, infinities too") {
    const auto sum = weir::exact_sum();
    static_assert(weir::RemovableAggregateOn<weir::ExactSum<std::identity>, double>);
    std::mt19937_64 random(4);
    std::vector<double> values(5000);
    for (double& value : values) value = std::bit_cast<double>(random());
    values.front() = Limits::infinity();
    values.back() = 0.3;
    auto state = state_of(sum, values);
    for (std::size_t i = 0; i + 1 < values.size(); ++i) sum.remove(state, values[i]);
    CHECK(sum.finish(state) == 0.3);
}

TEST_CASE("only what fits into a double has an exact sum") {
    static_assert(not weir::AggregateOn<weir::ExactSum<std::identity>, int>);
    static_assert(weir::AggregateOn<weir::ExactSum<std::identity>, float>);
    static_assert(weir::AggregateOn<weir::ExactSum<std::identity>, long double> == (Limits::digits == std::numeric_limits<long double>::digits));
}

} // namespace
