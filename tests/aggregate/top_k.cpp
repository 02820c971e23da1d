// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/top_k.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using aggregate_test::cut_result_of;
using aggregate_test::result_of;
using aggregate_test::reused_result_of;
using aggregate_test::state_of;

struct Score {
    int points = 0;
    std::string name;
    static constexpr auto fields() { return weir::fields("points", &Score::points, "name", &Score::name); }
};

TEST_CASE("top_k gives the k greatest, the greatest first") {
    CHECK(result_of<int>(weir::top_k(2), {3, 1, 4, 1, 5}) == std::vector{5, 4});
    const std::vector<Score> scores{{3, "ann"}, {9, "bob"}, {-2, "eve"}, {5, "joe"}};
    CHECK(result_of<Score>(weir::top_k(3, &Score::points, &Score::name), scores) == std::vector<std::string>{"bob", "joe", "ann"});
    CHECK(result_of<Score>(weir::top_k(1, &Score::points), scores).at(0).name == "bob");
    CHECK(result_of<Score>(weir::top_k(1, [](const Score& s) { return -s.points; }), scores).at(0).name == "eve");
}

TEST_CASE("fewer values than k are all given; of none, and for k = 0, none") {
    CHECK(result_of<int>(weir::top_k(9), {1, 2}) == std::vector{2, 1});
    CHECK(result_of<int>(weir::top_k(2), {}).empty());
    CHECK(cut_result_of<int>(weir::top_k(0), {1, 2, 3}, 1).empty());
    CHECK(state_of<int>(weir::top_k(100), {}).heap.capacity() == 0);
}

TEST_CASE("equal ones are given as they arrived, and the last goes first, however they are cut, saved and loaded") {
    CHECK(result_of<Score>(weir::top_k(2, &Score::points, &Score::name), {{1, "a"}, {1, "b"}, {1, "c"}}) == std::vector<std::string>{"a", "b"});
    std::mt19937 random(11);
    for (unsigned seed = 0; seed < 200; ++seed) {
        const std::size_t k = random() % 12;
        std::vector<Score> scores(random() % 70);
        for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = {static_cast<int>(random() % 9) - 4, "number " + std::to_string(i)};
        std::vector<std::size_t> sorted(scores.size());
        std::iota(sorted.begin(), sorted.end(), std::size_t{0});
        std::sort(sorted.begin(), sorted.end(), [&](std::size_t a, std::size_t b) {
            return scores[a].points != scores[b].points ? scores[a].points > scores[b].points : a < b;
        });
        std::vector<std::string> names;
        for (std::size_t i = 0; i < std::min(k, sorted.size()); ++i) names.push_back(scores[sorted[i]].name);
        const auto top = weir::top_k(k, &Score::points, &Score::name);
        CHECK(result_of(top, scores) == names);
        CHECK(cut_result_of(top, scores, seed) == names);
        CHECK(reused_result_of(top, scores, seed) == names);
    }
    static_assert(not weir::TopK<std::identity, std::identity>::rules<int>.commutative);
}

TEST_CASE("NaN is less than everything") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double inf = std::numeric_limits<double>::infinity();
    CHECK(result_of<double>(weir::top_k(3), {nan, -inf, nan, inf, 0}) == std::vector{inf, 0.0, -inf});
    const auto all = result_of<double>(weir::top_k(3), {nan, 1, nan, nan});
    REQUIRE(all.size() == 3);
    CHECK(all[0] == 1);
    CHECK((std::isnan(all[1]) && std::isnan(all[2])));
}

TEST_CASE("top_k owns what it keeps; a cleared state is one of no values and keeps its memory") {
    static_assert(std::is_same_v<weir::aggregate_result_t<weir::TopK<std::identity, std::identity>, std::string_view>, std::vector<std::string>>);
    const auto top = weir::top_k(2);
    auto state = state_of<std::string_view>(top, {"b", "a", "c"});
    CHECK(top.finish(state) == std::vector<std::string>{"c", "b"});
    const auto capacity = state.heap.capacity();
    state.clear();
    CHECK(top.finish(state).empty());
    CHECK(state.arrived == 0);
    CHECK(state.heap.capacity() == capacity);
}

TEST_CASE("a negative k is refused") {
    CHECK_THROWS_WITH(weir::top_k(-3, &Score::points), "top_k(k, by): k must not be negative, and is -3");
    static_assert(weir::top_k(3UL).k == 3);
}

TEST_CASE("what cannot be compared has no top, and what cannot be saved no saved state") {
    struct Opaque {
        std::vector<int*> pointers;
        int rank = 0;
    };
    static_assert(not weir::AggregateOn<weir::TopK<std::identity, std::identity>, Score>);
    static_assert(weir::AggregateOn<weir::TopK<int Opaque::*, std::identity>, Opaque>);
    static_assert(not weir::Savable<weir::aggregate_state_t<weir::TopK<int Opaque::*, std::identity>, Opaque>>);
}

} // namespace
