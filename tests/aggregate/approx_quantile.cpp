// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/approx_quantile.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
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
using aggregate_test::reloaded;
using aggregate_test::result_of;
using aggregate_test::reused_result_of;
using aggregate_test::state_of;
using aggregate_test::tree_result_of;
using namespace std::chrono_literals;

struct Request {
    double milliseconds = 0;
};
const double infinity = std::numeric_limits<double>::infinity();
const double nan = std::numeric_limits<double>::quiet_NaN();

double exact(std::vector<double> values, double q) {
    const auto place = static_cast<std::ptrdiff_t>(static_cast<double>(values.size() - 1) * q);
    std::nth_element(values.begin(), values.begin() + place, values.end());
    return values[static_cast<std::size_t>(place)];
}
bool within(double found, double wanted, double relative_error) {
    return found == wanted || std::abs(found - wanted) <= relative_error * (1 + 1e-9) * std::abs(wanted);
}

constexpr int kinds = 10;
std::vector<double> values_of(int kind, std::size_t n, unsigned seed) {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> part(0, 1);
    std::vector<double> values;
    for (std::size_t i = 0; i < n; ++i) {
        const double u = part(random);
        const auto x = static_cast<double>(i);
        switch (kind) {
        case 0: values.push_back(x); break;                              // sorted, with a zero
        case 1: values.push_back(-x / 3); break;                         // sorted the other way, negative
        case 2: values.push_back(42.5); break;                           // all equal
        case 3: values.push_back(std::pow(1 - u, -1 / 1.1)); break;      // Pareto: a heavy tail
        case 4: values.push_back(std::floor(1 / (u + 1e-3))); break;     // Zipf
        case 5: values.push_back((u - 0.5) * 1e3); break;                // both signs
        case 6: values.push_back(std::ldexp(1 + u, static_cast<int>(random() % 20) - 10)); break; // about powers of two
        case 7: values.push_back(random() % 3 == 0 ? 0 : -u); break;     // many zeros
        case 8: values.push_back(i % 2 == 0 ? 1e-3 : 1e6); break;        // two clusters, far apart
        default: values.push_back(std::exp(-8 * u) * (i % 5 == 0 ? -1 : 1));
        }
    }
    return values;
}

TEST_CASE("approx_quantile is within its relative error of the value at that rank") {
    CHECK(within(result_of<int>(weir::approx_quantile(0.5), {4, 1, 2, 3}), 2, 0.01));
    CHECK(within(result_of<Request>(weir::approx_quantile(&Request::milliseconds, 0.99), {{10}, {30}, {20}}), 20, 0.01));
    CHECK(result_of<int>(weir::approx_quantile(0), {3, -1, 2}) == -1); // the least and the greatest are exact
    CHECK(result_of<int>(weir::approx_quantile(1), {3, -1, 2}) == 3);
    CHECK(result_of<int>(weir::approx_quantile(0.3), {7, 7, 7}) == 7);
    const auto both = result_of<Request>(weir::approx_quantiles(&Request::milliseconds, {0.5, 1}), {{10}, {30}, {20}});
    static_assert(std::is_same_v<decltype(both), const std::array<double, 2>>);
    CHECK((within(both[0], 20, 0.01) && both[1] == 30));
    using Median = weir::ApproxQuantile<std::identity, double>;
    static_assert(Median::rules<double>.exact && Median::rules<double>.commutative && not Median::rules<double>.grows);
}

TEST_CASE("it is so for sorted, skewed, equal, far apart, negative and few values") {
    for (const double relative_error : {0.1, 0.01, 0.001})
        for (int kind = 0; kind < kinds; ++kind)
            for (const std::size_t n : {1U, 2U, 3U, 10U, 1000U}) {
                const auto values = values_of(kind, n, static_cast<unsigned>(kind));
                for (const double q : {0.0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0}) {
                    // with 0.1 % so many buckets span a factor of 10^6 only
                    const double found = result_of(weir::approx_quantile(q, {.relative_error = relative_error, .max_buckets = 20'000}), values);
                    CAPTURE(relative_error, kind, n, q);
                    CHECK(within(found, exact(values, q), relative_error));
                }
            }
}

TEST_CASE("every magnitude that a double can have falls into a bucket that is good enough for it") {
    for (const double relative_error : {0.3, 0.01, 1e-4}) {
        const weir::detail::LogBuckets buckets(relative_error);
        std::mt19937_64 random(3);
        std::int32_t before = std::numeric_limits<std::int32_t>::min();
        double step = 1 + 0.37 * relative_error;
        for (double x = 1; x < 5; x *= step) { // neighbours stay in order
            CHECK(buckets.bucket_of(x) >= before);
            before = buckets.bucket_of(x);
        }
        for (int i = 0; i < 20'000; ++i) {
            const double x = std::ldexp(1 + static_cast<double>(random() % 1'000'003) / 1'000'003, static_cast<int>(random() % 2046) - 1022);
            if (not within(buckets.value_of(buckets.bucket_of(x)), x, relative_error)) FAIL("for " << x);
        }
        const double most = std::numeric_limits<double>::max();
        CHECK(within(std::min(buckets.value_of(buckets.bucket_of(most)), most), most, relative_error));
        CHECK(within(buckets.value_of(buckets.bucket_of(std::numeric_limits<double>::min())), std::numeric_limits<double>::min(), relative_error));
    }
}

TEST_CASE("approximate quantiles are the same to the last bit however the values are cut, merged, saved and loaded") {
    for (unsigned seed = 0; seed < 60; ++seed) {
        auto values = values_of(static_cast<int>(seed) % kinds, 400, seed);
        if (seed % 4 == 0) values.insert(values.end(), {infinity, nan, -infinity, infinity});
        const auto quantiles = weir::approx_quantiles({0.01, 0.5, 0.99}, {.relative_error = 0.02, .max_buckets = seed % 3 == 0 ? 20U : 2048U});
        const auto whole = result_of(quantiles, values);
        CHECK(cut_result_of(quantiles, values, seed) == whole);
        CHECK(tree_result_of(quantiles, values, seed, 16) == whole);
        CHECK(reused_result_of(quantiles, values, seed) == whole);
        std::shuffle(values.begin(), values.end(), std::minstd_rand(seed));
        CHECK(result_of(quantiles, values) == whole);
    }
}

TEST_CASE("more magnitudes than buckets: the lowest share one, the others keep their error") {
    std::vector<double> values;
    for (int i = 0; i < 2000; ++i) values.push_back(std::pow(1.05, i - 1000)); // 10^42 from the least to the greatest
    const weir::ApproxQuantileOptions options{.relative_error = 0.01, .max_buckets = 1000};
    const auto state = state_of(weir::approx_quantile(0.5, options), values);
    weir::StateWriter saved;
    saved.put(state);
    CHECK(saved.size() < 1000 * 8 + 200);
    for (const double q : {0.9, 0.95, 0.99, 1.0}) CHECK(within(result_of(weir::approx_quantile(q, options), values), exact(values, q), 0.01));
    const double low = result_of(weir::approx_quantile(0.1, options), values);
    CHECK(low > exact(values, 0.1) * 2); // not what it was, but
    CHECK(low < exact(values, 0.9));     // no more than the lowest bucket that is kept
    CHECK(result_of(weir::approx_quantile(0, options), values) == values[0]);
    for (double& value : values) value = -value; // of negative values too: those nearest to zero
    CHECK(within(result_of(weir::approx_quantile(0.05, options), values), exact(values, 0.05), 0.01));
}

TEST_CASE("infinite values stand at the ends, NaN is left out, and is the result only where there is nothing else") {
    CHECK(result_of<double>(weir::approx_quantile(0), {1, -infinity, infinity}) == -infinity);
    CHECK(within(result_of<double>(weir::approx_quantile(0.5), {1, -infinity, infinity}), 1, 0.01));
    CHECK(result_of<double>(weir::approx_quantile(1), {1, -infinity, infinity}) == infinity);
    CHECK(within(result_of<double>(weir::approx_quantile(0), {std::numeric_limits<double>::max(), infinity}), std::numeric_limits<double>::max(), 0.01));
    CHECK(result_of<double>(weir::approx_quantile(0.5), {nan, 3, nan, 3}) == 3);
    CHECK(std::isnan(result_of<double>(weir::approx_quantile(0.5), {nan, nan})));
    CHECK(state_of<double>(weir::approx_quantile(0.5), {nan}).has_result());
    CHECK_FALSE(state_of<double>(weir::approx_quantile(0.5), {}).has_result());
    CHECK(std::abs(result_of<double>(weir::approx_quantile(0.5), {0.0, -0.0, std::numeric_limits<double>::denorm_min()})) < 1e-300);
    CHECK_FALSE(std::signbit(result_of<double>(weir::approx_quantile(0), {-0.0, 0.0, 1.0})));
    CHECK(result_of<std::int64_t>(weir::approx_quantile(0), {std::numeric_limits<std::int64_t>::min(), 5}) == -0x1p63);
}

TEST_CASE("approximate quantiles of durations are durations of the same unit") {
    const auto median = result_of<std::chrono::milliseconds>(weir::approx_quantile(0.5), {4ms, 1ms, 2ms});
    static_assert(std::is_same_v<decltype(median), const std::chrono::duration<double, std::milli>>);
    CHECK(within(median.count(), 2, 0.01));
}

TEST_CASE("what makes no sense is refused: when the aggregate is made, or when states of two errors meet") {
    CHECK_THROWS_AS(weir::approx_quantile(-0.01), std::invalid_argument);
    CHECK_THROWS_AS(weir::approx_quantiles(&Request::milliseconds, {0.5, 99}), std::invalid_argument);
    CHECK_THROWS_AS(weir::approx_quantile(nan), std::invalid_argument);
    CHECK_THROWS_AS(weir::approx_quantile(0.5, {.relative_error = 0}), std::invalid_argument);
    CHECK_THROWS_AS(weir::approx_quantile(0.5, {.relative_error = 1}), std::invalid_argument);
    CHECK_THROWS_AS(weir::approx_quantile(0.5, {.max_buckets = 0}), std::invalid_argument);
    const auto fine = weir::approx_quantile(0.5, {.relative_error = 0.001});
    auto state = state_of<int>(fine, {1, 2, 3});
    CHECK_THROWS_AS(weir::approx_quantile(0.5).merge(state, state_of<int>(weir::approx_quantile(0.5), {4})), std::invalid_argument);
    fine.merge(state, state_of<int>(weir::approx_quantile(0.5), {})); // of none there is nothing to disagree about
    CHECK(within(fine.finish(state), 2, 0.001));
    static_assert(not weir::AggregateOn<weir::ApproxQuantile<std::identity, double>, std::string>);
    static_assert(not weir::AggregateOn<weir::ApproxQuantile<std::identity, double>, bool>);
}

TEST_CASE("a cleared state is one of no values") {
    auto state = state_of<int>(weir::approx_quantile(0.5), {1, -2, 3, 0});
    state.clear();
    CHECK_FALSE(state.has_result());
    weir::approx_quantile(0.5).add(state, 9);
    CHECK(weir::approx_quantile(0.5).finish(reloaded(state)) == 9);
}

} // namespace
