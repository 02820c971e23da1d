// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/min_max.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using aggregate_test::cut_result_of;
using aggregate_test::result_of;
using aggregate_test::reused_result_of;

struct Row {
    int key = 0;
    std::string name;
    bool operator<(const Row& other) const { return key < other.key; }
};

TEST_CASE("min and max of what the projection gives") {
    CHECK(result_of<int>(weir::min(), {3, 1, 2}) == 1);
    CHECK(result_of<int>(weir::max(), {3, 1, 2}) == 3);
    CHECK(result_of<Row>(weir::max(&Row::name), {{1, "a"}, {2, "c"}, {3, "b"}}) == "c");
    for (unsigned seed = 0; seed < 10; ++seed) CHECK(cut_result_of<int>(weir::min(), {5, 3, 9, 3, 1, 7, 8, 1, 4, 6, 2}, seed) == 1);
}

TEST_CASE("of equal values the first is given, however they are cut") {
    const std::vector<Row> rows{{2, "x"}, {1, "first"}, {1, "second"}, {2, "y"}, {1, "third"}};
    CHECK(result_of<Row>(weir::min(), rows).name == "first");
    CHECK(result_of<Row>(weir::max(), rows).name == "x");
    for (unsigned seed = 0; seed < 10; ++seed) {
        CHECK(cut_result_of<Row>(weir::min(), rows, seed).name == "first");
        CHECK(cut_result_of<Row>(weir::max(), rows, seed).name == "x");
    }
    CHECK_FALSE(weir::Min<std::identity>::rules<Row>.commutative);
    CHECK(weir::Min<std::identity>::rules<double>.commutative);
}

TEST_CASE("NaN is the result only where there is nothing else") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(result_of<double>(weir::min(), {nan, 2, nan, 1}) == 1);
    CHECK(result_of<double>(weir::max(), {nan, 2, nan, 1}) == 2);
    CHECK(std::isnan(result_of<double>(weir::max(), {nan, nan})));
}

TEST_CASE("of the two zeros it is 0.0, in whatever order they come") {
    for (const std::vector<double>& values : {std::vector<double>{0.0, -0.0}, {-0.0, 0.0}, {-0.0}}) {
        CHECK_FALSE(std::signbit(result_of<double>(weir::min(), values)));
        CHECK_FALSE(std::signbit(result_of<double>(weir::max(), values)));
        CHECK_FALSE(std::signbit(cut_result_of<double>(weir::max(), values, 1)));
    }
    CHECK(std::signbit(result_of<float>(weir::max(), {-1e-30F})));
}

TEST_CASE("the result is owned, and there is none of no values") {
    static_assert(std::is_same_v<weir::aggregate_result_t<weir::Min<std::identity>, std::string_view>, std::string>);
    CHECK(result_of<std::string_view>(weir::min(), {"b", "a"}) == "a");
    CHECK_THROWS_AS(result_of<int>(weir::min(), {}), std::bad_optional_access);
}

TEST_CASE("min and max of strings are saved and loaded") {
    const std::vector<std::string> words{"b", "a long word that has memory of its own", "c", "", "d"};
    for (unsigned seed = 0; seed < 10; ++seed) {
        CHECK(reused_result_of(weir::min(), words, seed).empty());
        CHECK(reused_result_of(weir::max(), words, seed) == "d");
    }
}

} // namespace
