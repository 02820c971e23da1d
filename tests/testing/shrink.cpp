// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>

#include <algorithm>
#include <numeric>
#include <vector>

TEST_CASE("an input is shrunk to what is needed for the failure") {
    std::vector<int> input(1000);
    std::iota(input.begin(), input.end(), 0);
    const auto has = [](const std::vector<int>& v, int x) { return std::find(v.begin(), v.end(), x) != v.end(); };
    const auto smallest = weir::detail::shrink(input, [&](const std::vector<int>& v) { return has(v, 17) && has(v, 808); });
    REQUIRE(smallest == std::vector{17, 808});
}

TEST_CASE("an input of which nothing is needed is shrunk to nothing") {
    REQUIRE(weir::detail::shrink(std::vector{1, 2, 3}, [](const std::vector<int>&) { return true; }).empty());
    REQUIRE(weir::detail::shrink(std::vector<int>{}, [](const std::vector<int>&) { return true; }).empty());
}

TEST_CASE("values are described for people") {
    using weir::detail::describe;
    REQUIRE(describe(1) == "1");
    REQUIRE(describe(std::string("a")) == "\"a\"");
    REQUIRE(describe(std::vector{1, 2}) == "[1, 2]");
    REQUIRE(describe(std::pair(1, 2.5)) == "(1, 2.5)");
    REQUIRE(describe(weir::Event<int>{3, weir::Timestamp(weir::Duration(7))}) == "3 at 7 ns");
}

TEST_CASE("numbers of floating point are compared within a tolerance") {
    using weir::detail::same;
    REQUIRE(same(1.0, 1.0 + 1e-12, 1e-9));
    REQUIRE_FALSE(same(1.0, 1.0 + 1e-6, 1e-9));
    REQUIRE(same(std::vector{1.0, 2.0}, std::vector{1.0, 2.0}, 0));
    REQUIRE_FALSE(same(std::vector{1.0}, std::vector{1.0, 2.0}, 1));
}
