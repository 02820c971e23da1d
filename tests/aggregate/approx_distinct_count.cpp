// SPDX-License-Identifier: BSL-1.0
#include <weir/aggregate/approx_distinct_count.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
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
    std::string user;
    int page = 0;
};
using Distinct = weir::ApproxDistinctCount<std::identity>;

double standard_error(int precision) { return 1.04 / std::sqrt(std::pow(2.0, precision)); }

/// n different numbers, that many times each, mixed.
std::vector<std::uint64_t> numbers(std::size_t n, std::size_t times, unsigned apart, std::uint64_t from) {
    std::vector<std::uint64_t> values;
    for (std::size_t i = 0; i < n * times; ++i) values.push_back((from + i * 7919 % n) << apart); // 7919 is a prime
    return values;
}

TEST_CASE("approx_distinct_count counts different values, few of them nearly always exactly") {
    CHECK(result_of<int>(weir::approx_distinct_count(), {3, 1, 3, 3, -1}) == 3);
    CHECK(result_of<Visit>(weir::approx_distinct_count(&Visit::user), {{"ann", 1}, {"bob", 1}, {"ann", 2}}) == 2);
    CHECK(result_of<int>(weir::approx_distinct_count(), {}) == 0);
    CHECK(result_of<int>(weir::approx_distinct_count(), std::vector<int>(10'000, 7)) == 1);
    CHECK(result_of<double>(weir::approx_distinct_count(), {0.0, -0.0, std::nan("1"), -std::nan("2")}) == 2);
    for (const std::size_t n : {2U, 10U, 100U, 500U}) CHECK(result_of(weir::approx_distinct_count(), numbers(n, 3, 0, 0)) == n);
    static_assert(Distinct::rules<int>.exact && Distinct::rules<int>.commutative && not Distinct::rules<int>.grows);
}

TEST_CASE("its error is the one stated, whatever the values and however many") {
    for (const int precision : {4, 7, 10, 12, 14}) {
        const auto distinct = weir::approx_distinct_count({}, {.precision = precision});
        for (const std::size_t n : {1U, 3U, 17U, 250U, 1'030U, 5'000U, 60'000U}) {
            double squares = 0;
            double sum = 0;
            int trials = 0;
            for (const unsigned apart : {0U, 20U, 44U}) // also values that differ in high bits only
                for (std::uint64_t from = 0; from < 5; ++from) {
                    const double counted = static_cast<double>(result_of(distinct, numbers(n, 1 + from % 2, apart, from << 17)));
                    const double error = (counted - static_cast<double>(n)) / static_cast<double>(n);
                    CHECK(std::abs(error) <= std::max(4 * standard_error(precision), 0.51 / static_cast<double>(n)));
                    squares += error * error;
                    sum += error;
                    ++trials;
                }
            CAPTURE(precision, n);
            CHECK(std::sqrt(squares / trials) <= 1.5 * standard_error(precision));
            CHECK(std::abs(sum / trials) <= standard_error(precision)); // it leans to neither side: by more than 3.8 of the mean's own
        }
    }
}

TEST_CASE("an approximate count is the same to the last bit however the values are cut, merged, saved and loaded") {
    std::mt19937_64 random(5);
    for (unsigned seed = 0; seed < 40; ++seed) {
        const auto distinct = weir::approx_distinct_count({}, {.precision = 4 + static_cast<int>(seed % 6)});
        std::vector<std::uint64_t> values(random() % 3000);
        for (auto& value : values) value = random() % (std::uint64_t{1} << (random() % 14)); // skewed
        const std::uint64_t whole = result_of(distinct, values);
        CHECK(cut_result_of(distinct, values, seed) == whole);
        CHECK(tree_result_of(distinct, values, seed) == whole);
        CHECK(reused_result_of(distinct, values, seed) == whole);
    }
}

TEST_CASE("states of two precisions merge into what the lower one would have counted") {
    const auto fine = weir::approx_distinct_count({}, {.precision = 13});
    const auto coarse = weir::approx_distinct_count({}, {.precision = 6});
    for (const std::size_t n : {5U, 14U, 17U, 300U, 3000U, 40'000U})
        for (const std::size_t others : {0U, 5U, 14U, 300U, 4000U}) {
            const auto values = numbers(n, 1, 0, 0);
            const auto more = numbers(others, 1, 0, 1'000'000);
            auto all = values;
            all.insert(all.end(), more.begin(), more.end());
            auto here = state_of(fine, values);
            fine.merge(here, state_of(coarse, more));
            auto there = state_of(coarse, more);
            coarse.merge(there, state_of(fine, values));
            CAPTURE(n, others);
            if (others != 0) CHECK(fine.finish(here) == result_of(coarse, all));
            CHECK(coarse.finish(there) == result_of(others != 0 ? coarse : fine, all));
        }
}

TEST_CASE("a state takes no more than 2^precision bytes, and a cleared one is one of no values") {
    const auto distinct = weir::approx_distinct_count({}, {.precision = 10});
    auto state = state_of(distinct, numbers(100'000, 1, 0, 0));
    weir::StateWriter saved;
    saved.put(state);
    CHECK(saved.size() <= 1024 + 3 * sizeof(std::size_t));
    CHECK(distinct.finish(reloaded(state)) == distinct.finish(state));
    state.clear();
    CHECK(distinct.finish(state) == 0);
    distinct.add(state, std::uint64_t{3});
    CHECK(distinct.finish(state) == 1);
}

TEST_CASE("texts that are lent count as those that are kept") {
    std::vector<std::string> words;
    for (int i = 0; i < 5000; ++i) words.push_back(std::to_string(i % 3000));
    const std::vector<std::string_view> lent(words.begin(), words.end());
    CHECK(result_of(weir::approx_distinct_count(), lent) == result_of(weir::approx_distinct_count(), words));
}

TEST_CASE("a precision out of range is refused when the aggregate is made, and what cannot be hashed is not counted") {
    CHECK_THROWS_AS(weir::approx_distinct_count({}, {.precision = 3}), std::invalid_argument);
    CHECK_THROWS_AS(weir::approx_distinct_count({}, {.precision = 19}), std::invalid_argument);
    static_assert(not weir::AggregateOn<Distinct, Visit>);
    static_assert(weir::AggregateOn<weir::ApproxDistinctCount<std::string Visit::*>, Visit>);
}

} // namespace
