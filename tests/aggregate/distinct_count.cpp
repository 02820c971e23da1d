// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/distinct_count.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

using aggregate_test::cut_result_of;
using aggregate_test::reloaded;
using aggregate_test::result_of;
using aggregate_test::reused_result_of;
using aggregate_test::state_of;

struct Visit {
    std::string user;
    int page = 0;
};

TEST_CASE("distinct_count counts different values") {
    CHECK(result_of<int>(weir::distinct_count(), {3, 1, 3, 3, -1}) == 3);
    CHECK(result_of<Visit>(weir::distinct_count(&Visit::user), {{"ann", 1}, {"bob", 1}, {"ann", 2}}) == 2);
    CHECK(result_of<Visit>(weir::distinct_count([](const Visit& v) { return v.page > 1; }), {{"ann", 1}, {"bob", 1}, {"ann", 2}}) == 2);
    CHECK(result_of<int>(weir::distinct_count(), {}) == 0);
    CHECK(result_of<std::string_view>(weir::distinct_count(), {"a", "b", "a"}) == 2);
    static_assert(weir::DistinctCount<std::identity>::rules<int>.exact && weir::DistinctCount<std::identity>::rules<int>.commutative);
}

TEST_CASE("distinct_count counts as a std::set does, however the values are cut, saved and loaded") {
    std::mt19937_64 random(7);
    for (unsigned seed = 0; seed < 100; ++seed) {
        const std::uint64_t different = std::uint64_t{1} << (random() % 12);
        const unsigned apart = static_cast<unsigned>(random() % 52); // also those that differ in high bits only
        std::vector<std::uint64_t> values(random() % 2000);
        std::vector<std::string> words;
        for (auto& value : values) {
            value = (random() % different) << apart;
            words.push_back("word " + std::to_string(value));
        }
        const std::size_t count = std::set<std::uint64_t>(values.begin(), values.end()).size();
        CHECK(result_of(weir::distinct_count(), values) == count);
        CHECK(cut_result_of(weir::distinct_count(), values, seed) == count);
        CHECK(cut_result_of(weir::distinct_count(), words, seed) == count);
        if (seed % 10 == 0) CHECK(reused_result_of(weir::distinct_count(), words, seed) == count);
    }
}

TEST_CASE("strings that are lent are found among those that are kept") {
    std::vector<std::string> words;
    for (int i = 0; i < 1000; ++i) words.push_back(std::to_string(i % 100));
    const auto state = state_of<std::string_view>(weir::distinct_count(), std::vector<std::string_view>(words.begin(), words.end()));
    words.assign(words.size(), "gone");
    CHECK(weir::distinct_count().finish(state) == 100);
    CHECK(weir::distinct_count().finish(reloaded(state)) == 100);
}

TEST_CASE("all NaN are one value, as are the two zeros") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(result_of<double>(weir::distinct_count(), {nan, 1, -nan, nan}) == 2);
    CHECK(result_of<double>(weir::distinct_count(), {0.0, -0.0}) == 1);
    std::vector<double> many;
    for (int i = 0; i < 100; ++i) many.insert(many.end(), {i * 0.5, nan, -nan, -0.0});
    CHECK(result_of<double>(weir::distinct_count(), many) == 101);
}

TEST_CASE("a cleared state is one of no values and can be used again") {
    const auto count = weir::distinct_count();
    weir::aggregate_state_t<decltype(count), int> state;
    for (const int n : {1000, 5, 9, 300}) {
        for (int i = 0; i < n; ++i) count.add(state, i % (n - 1));
        CHECK(count.finish(state) == static_cast<std::uint64_t>(n - 1));
        state.clear();
        CHECK(count.finish(state) == 0);
    }
    CHECK(state.values().capacity() >= 999);
    CHECK(weir::aggregate_state_t<decltype(count), int>().values().capacity() == 0);
}

TEST_CASE("what has no std::hash or no == has no distinct count") {
    static_assert(not weir::AggregateOn<weir::DistinctCount<std::identity>, Visit>);
    static_assert(weir::AggregateOn<weir::DistinctCount<std::string Visit::*>, Visit>);
}

} // namespace
