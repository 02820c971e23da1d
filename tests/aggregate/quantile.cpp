// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/quantile.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <algorithm>
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
using aggregate_test::reused_result_of;
using aggregate_test::state_of;

struct Request {
    int milliseconds = 0;
};

TEST_CASE("quantile interpolates between the sorted values") { // as quantile() of R, numpy.quantile and Excel's PERCENTILE
    CHECK(result_of<int>(weir::quantile(0.5), {3, 1, 2}) == 2);
    CHECK(result_of<int>(weir::quantile(0.5), {4, 1, 2, 3}) == 2.5);
    CHECK(result_of<int>(weir::quantile(0.25), {1, 2, 3, 4}) == 1.75);
    CHECK(result_of<int>(weir::quantile(0.99), {10, 20}) == Approx(19.9));
    CHECK(result_of<int>(weir::quantile(0), {3, -1, 2}) == -1);
    CHECK(result_of<int>(weir::quantile(1), {3, -1, 2}) == 3);
    CHECK(result_of<int>(weir::quantile(0.3), {7}) == 7);
    CHECK(result_of<int>(weir::quantile(0.3), {7, 7, 7}) == 7);
    CHECK(result_of<Request>(weir::quantile(&Request::milliseconds, 0.5), {{10}, {30}, {20}}) == 20);
    CHECK(result_of<Request>(weir::quantile([](const Request& r) { return r.milliseconds / 2; }, 0.5), {{10}, {30}, {20}}) == 10);
    static_assert(std::is_same_v<weir::aggregate_result_t<weir::Quantile<std::identity>, int>, double>);
    static_assert(std::is_same_v<weir::aggregate_result_t<weir::Quantile<std::identity>, float>, double>);
}

TEST_CASE("quantile is the same to the last bit however the values are cut and ordered, saved and loaded") {
    std::mt19937 random(21);
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::vector<double> values(1 + random() % 50);
        for (double& value : values) value = (static_cast<double>(random() % 41) - 20) / 8 * (random() % 2 == 0 ? 1 : -1); // with both zeros
        const double q = seed % 4 == 0 ? static_cast<double>(seed % 3) / 2 : static_cast<double>(random() % 1000) / 999;
        auto sorted = values;
        std::sort(sorted.begin(), sorted.end());
        const double place = static_cast<double>(sorted.size() - 1) * q;
        const auto below = static_cast<std::size_t>(std::floor(place));
        const double above = sorted[std::min(below + 1, sorted.size() - 1)];
        const double oracle = std::lerp(sorted[below], above, place - std::floor(place));
        const double whole = result_of(weir::quantile(q), values);
        CHECK(whole == Approx(oracle).margin(1e-12));
        CHECK((whole >= sorted[below] && whole <= above));
        std::shuffle(values.begin(), values.end(), random);
        const double cut = cut_result_of(weir::quantile(q), values, seed);
        const double reused = reused_result_of(weir::quantile(q), values, seed);
        CHECK((cut == whole && std::signbit(cut) == std::signbit(whole)));
        CHECK((reused == whole && std::signbit(reused) == std::signbit(whole)));
    }
    static_assert(weir::Quantile<std::identity>::rules<double>.exact && weir::Quantile<std::identity>::rules<double>.commutative);
}

TEST_CASE("of the two zeros the positive one is given, whichever came first") {
    CHECK_FALSE(std::signbit(result_of<double>(weir::quantile(0), {-0.0, 0.0})));
    CHECK_FALSE(std::signbit(result_of<double>(weir::quantile(0), {0.0, -0.0})));
    CHECK_FALSE(std::signbit(result_of<float>(weir::quantile(1), {-0.0F, -0.0F})));
}

TEST_CASE("great and infinite values do not overflow on the way") {
    const double inf = std::numeric_limits<double>::infinity();
    const double most = std::numeric_limits<double>::max();
    CHECK(result_of<double>(weir::quantile(0.5), {-most, most}) == 0);
    CHECK(result_of<double>(weir::quantile(0.5), {inf, inf}) == inf);
    CHECK(result_of<double>(weir::quantile(0.25), {-inf, 1}) == -inf);
    CHECK(result_of<double>(weir::quantile(0.5), {-inf, 1, inf}) == 1);
    CHECK(std::isnan(result_of<double>(weir::quantile(0.5), {-inf, inf})));
    using Int = std::numeric_limits<std::int64_t>;
    CHECK(result_of<std::int64_t>(weir::quantile(0.5), {Int::min(), Int::max()}) == 0);
    CHECK(result_of<std::uint8_t>(weir::quantile(0.5), {0, 255}) == 127.5);
}

TEST_CASE("NaN is left out, and the result only where there is nothing else") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(result_of<double>(weir::quantile(0.5), {nan, 3, nan, 1, 2, nan}) == 2);
    CHECK(std::isnan(result_of<double>(weir::quantile(0.5), {nan, nan})));
    for (unsigned seed = 0; seed < 20; ++seed)
        CHECK(cut_result_of<double>(weir::quantile(0.5), {nan, nan, nan, nan, 3, nan, 1, 2, nan, nan}, seed) == 2);
}

TEST_CASE("of none there is no result") {
    CHECK_FALSE(state_of<int>(weir::quantile(0.5), {}).has_result());
    CHECK(state_of<int>(weir::quantile(0.5), {1}).has_result());
    CHECK(std::isnan(result_of<int>(weir::quantile(0.5), {})));
}

TEST_CASE("a q outside of 0 to 1 is refused when the aggregate is made") {
    CHECK_THROWS_AS(weir::quantile(-0.01), std::invalid_argument);
    CHECK_THROWS_AS(weir::quantile(99), std::invalid_argument);
    CHECK_THROWS_AS(weir::quantile(&Request::milliseconds, std::numeric_limits<double>::quiet_NaN()), std::invalid_argument);
}

TEST_CASE("quantiles of durations are durations of the same unit") {
    using namespace std::chrono_literals;
    const auto median = result_of<std::chrono::milliseconds>(weir::quantile(0.5), {4ms, 1ms});
    static_assert(std::is_same_v<decltype(median), const std::chrono::duration<double, std::milli>>);
    CHECK(median.count() == 2.5);
    CHECK(reused_result_of<std::chrono::milliseconds>(weir::quantile(1), {4ms, 1ms, 7ms}, 1) == 7ms);
}

TEST_CASE("only numbers and durations have quantiles") {
    static_assert(not weir::AggregateOn<weir::Quantile<std::identity>, std::string>);
    static_assert(not weir::AggregateOn<weir::Quantile<std::identity>, bool>);
    static_assert(weir::AggregateOn<weir::Quantile<std::identity>, std::int8_t>);
}

TEST_CASE("a cleared state is one of no values and keeps its memory") {
    auto state = state_of<int>(weir::quantile(0.5), {1, 2, 3});
    state.clear();
    CHECK_FALSE(state.has_result());
    CHECK(state.values.capacity() >= 3);
    CHECK(state_of<int>(weir::quantile(0.5), {}).values.capacity() == 0);
}

} // namespace
