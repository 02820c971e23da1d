// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/collect.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using aggregate_test::cut_result_of;
using aggregate_test::result_of;
using aggregate_test::reused_result_of;
using aggregate_test::state_of;

struct Line {
    std::string text;
    bool read = false;
};

TEST_CASE("collect gives all values as they arrived") {
    CHECK(result_of<int>(weir::collect(), {3, 1, 3}) == std::vector{3, 1, 3});
    const std::vector<Line> lines{{"b", true}, {"a", false}};
    CHECK(result_of<Line>(weir::collect(&Line::text), lines) == std::vector<std::string>{"b", "a"});
    CHECK(result_of<Line>(weir::collect(&Line::read), lines) == std::vector<bool>{true, false});
    CHECK(result_of<int>(weir::collect(), {}).empty());
    CHECK(state_of<int>(weir::collect(), {}).values.capacity() == 0);
    static_assert(not weir::Collect<std::identity>::rules<int>.commutative && weir::Collect<std::identity>::rules<int>.exact);
}

TEST_CASE("collect gives the same however the values are cut, saved and loaded") {
    std::vector<std::string> words;
    for (unsigned seed = 0; seed < 60; ++seed) {
        CHECK(cut_result_of(weir::collect(), words, seed) == words);
        CHECK(reused_result_of(weir::collect(), words, seed) == words);
        words.push_back(std::string(seed, 'w'));
    }
}

TEST_CASE("collect owns what it keeps; a cleared state is one of no values and keeps its memory") {
    static_assert(std::is_same_v<weir::aggregate_result_t<weir::Collect<std::identity>, std::string_view>, std::vector<std::string>>);
    std::string text = "lent";
    auto state = state_of<std::string_view>(weir::collect(), {text, "x"});
    text = "gone";
    CHECK(weir::collect().finish(state) == std::vector<std::string>{"lent", "x"});
    state.clear();
    CHECK(weir::collect().finish(state).empty());
    CHECK(state.values.capacity() >= 2);
}

} // namespace
