// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/variance.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <cmath>
#include <random>
#include <vector>

namespace {

using aggregate_test::cut_result_of;
using aggregate_test::result_of;

TEST_CASE("the sample variance") {
    CHECK(result_of<int>(weir::variance(), {2, 4, 4, 4, 5, 5, 7, 9}) == Approx(32.0 / 7));
    CHECK(result_of<double>(weir::variance(), {1, 1, 1}) == 0.0);
    CHECK(std::isnan(result_of<double>(weir::variance(), {1})));
    CHECK(std::isnan(result_of<double>(weir::variance(), {})));
}

TEST_CASE("the variance of great numbers that lie close together is not lost") {
    CHECK(result_of<double>(weir::variance(), {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}) == 30.0);
}

TEST_CASE("partials of any cut merge to the same variance, within its tolerance") {
    std::mt19937 random(9);
    std::normal_distribution<double> normal(1e6, 2);
    std::vector<double> values(5000);
    for (double& v : values) v = normal(random);
    const double whole = result_of<double>(weir::variance(), values);
    CHECK(whole == Approx(4).epsilon(0.1));
    for (unsigned seed = 0; seed < 30; ++seed)
        CHECK(std::abs(cut_result_of<double>(weir::variance(), values, seed) - whole) <= weir::Variance<std::identity>::rules<double>.tolerance * whole);
}

} // namespace
