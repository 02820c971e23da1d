// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/count_min.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using aggregate_test::cut_result_of;
using aggregate_test::reloaded;
using aggregate_test::result_of;
using aggregate_test::reused_result_of;
using aggregate_test::state_of;
using aggregate_test::tree_result_of;

struct Visit {
    std::string page;
};

std::vector<int> values_of(int kind, std::size_t n) {
    std::mt19937 random(7);
    std::vector<int> values;
    for (std::size_t i = 0; i < n; ++i) {
        const auto x = static_cast<int>(i);
        values.push_back(kind == 0 ? x : kind == 1 ? static_cast<int>(1000 / (1 + random() % 1000)) : kind == 2 ? 9 : (x % 500) << 20);
    }
    return values;
}

TEST_CASE("count_min is asked how often an item came") {
    const auto pages = result_of<Visit>(weir::count_min(&Visit::page), {{"home"}, {"help"}, {"home"}});
    CHECK(pages.count("home") == 2);
    CHECK(pages.count(std::string_view("help")) == 1);
    CHECK(pages.count("shop") == 0);
    CHECK(pages.total() == 3);
    const auto none = result_of<int>(weir::count_min(), {});
    CHECK((none.count(3) == 0 && none.total() == 0));
}

TEST_CASE("a count is never too small, and as rarely too great by more than its error as it says") {
    for (const double error : {0.1, 0.01, 0.002})
        for (const double confidence : {0.9, 0.999})
            for (int kind = 0; kind < 4; ++kind) {
                const auto values = values_of(kind, 20'000);
                std::map<int, std::uint64_t> exact;
                for (const int value : values) ++exact[value];
                const auto counts = result_of(weir::count_min({}, {.error = error, .confidence = confidence}), values);
                CHECK(counts.error() <= error);
                std::size_t wrong = 0;
                for (int i = 0; i < 1000; ++i) exact.try_emplace(-i - 1); // that did not come
                for (const auto& [item, count] : exact) {
                    if (counts.count(item) < count) FAIL(item << " came " << count << " times, not " << counts.count(item));
                    if (static_cast<double>(counts.count(item) - count) > error * 20'000) ++wrong;
                }
                CAPTURE(error, confidence, kind);
                CHECK(static_cast<double>(wrong) <= (1 - confidence) * static_cast<double>(exact.size()));
            }
}

TEST_CASE("counts are the same however the values are cut, merged, saved and loaded") {
    for (unsigned seed = 0; seed < 12; ++seed) {
        const auto values = values_of(static_cast<int>(seed % 4), 700);
        const auto sketch = weir::count_min({}, {.width = 20 + seed, .depth = 1 + seed % 5});
        const auto whole = result_of(sketch, values);
        for (const auto& other : {cut_result_of(sketch, values, seed), tree_result_of(sketch, values, seed), reused_result_of(sketch, values, seed)})
            for (const int value : values)
                if (other.count(value) != whole.count(value)) FAIL(value << " has two counts");
    }
    using Sketch = weir::CountMin<std::identity>;
    static_assert(Sketch::rules<int>.exact && Sketch::rules<int>.commutative && not Sketch::rules<int>.grows);
}

TEST_CASE("width and depth follow from error and confidence, or are given") {
    const auto one = result_of<int>(weir::count_min(), {1});
    CHECK((one.width() == 272 && one.depth() == 5));
    const auto other = result_of<int>(weir::count_min({}, {.width = 7, .depth = 2}), {1});
    CHECK((other.width() == 7 && other.depth() == 2));
    weir::StateWriter saved;
    saved.put(other);
    CHECK(saved.size() == 8 * (3 + 7 * 2));
}

TEST_CASE("what makes no sense is refused, when the aggregate is made or when states of two shapes meet") {
    CHECK_THROWS_AS(weir::count_min({}, {.error = 0}), std::invalid_argument);
    CHECK_THROWS_AS(weir::count_min({}, {.confidence = 1}), std::invalid_argument);
    CHECK_THROWS_AS(weir::count_min({}, {.depth = 65}), std::invalid_argument);
    const auto sketch = weir::count_min();
    auto state = state_of<int>(sketch, {1});
    CHECK_THROWS_AS(sketch.merge(state, state_of<int>(weir::count_min({}, {.depth = 2}), {1})), std::invalid_argument);
    sketch.merge(state, state_of<int>(weir::count_min({}, {.depth = 2}), {}));
    CHECK(sketch.finish(state).count(1) == 1);
    static_assert(not weir::AggregateOn<weir::CountMin<std::identity>, Visit>);
}

TEST_CASE("count_min: an error that no width can have is refused") {
    for (const double error : {1e-300, 1e-18, 5e-10, std::numeric_limits<double>::denorm_min()})
        CHECK_THROWS_WITH(weir::count_min(std::identity(), {.error = error}), Catch::Contains("less than 2^32, which an .error of 1e-9 is"));
    CHECK_NOTHROW(weir::count_min(std::identity(), {.error = 1e-9}));
    CHECK_NOTHROW(weir::count_min(std::identity(), {.error = 1e-300, .width = 8}));
}

TEST_CASE("count_min: a cleared state is one of no values") {
    const auto sketch = weir::count_min();
    auto state = state_of<int>(sketch, {1, 1});
    state.clear();
    CHECK((sketch.finish(state).count(1) == 0 && sketch.finish(state).total() == 0));
    sketch.add(state, 2);
    CHECK((sketch.finish(reloaded(state)).count(2) == 1 && sketch.finish(state).count(1) == 0));
}

} // namespace
