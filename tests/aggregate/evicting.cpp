// SPDX-License-Identifier: BSL-1.0
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

using namespace std::chrono_literals;

namespace {

using aggregate_test::cut_result_of;
using aggregate_test::result_of;
using aggregate_test::reused_result_of;
using aggregate_test::state_of;

struct Reading {
    std::chrono::sys_time<std::chrono::milliseconds> time;
    int value;
    static constexpr auto fields() { return weir::fields("time", &Reading::time, "value", &Reading::value); }
};
Reading at(std::chrono::milliseconds ms, int value) { return {std::chrono::sys_time<std::chrono::milliseconds>(ms), value}; }

/// What each pane of a window that gives one every second event has.
template <typename T, typename A>
auto panes_of(const A& aggregate, const std::vector<T>& values) {
    std::vector<weir::aggregate_result_t<A, T>> results;
    weir::run(weir::from(values) | weir::window(weir::global_window().trigger(weir::after_count(2))) | weir::aggregate(aggregate) |
              weir::for_each([&](const auto& row) { results.push_back(row.value); }));
    return results;
}

using Lists = std::vector<std::vector<int>>;

} // namespace

TEST_CASE("keep_last keeps the last values of a pane") {
    CHECK(result_of<int>(weir::evicting(weir::keep_last(2), weir::sum()), {1, 2, 4, 8}) == 12);
    CHECK(result_of<int>(weir::evicting(weir::keep_last(9), weir::sum(), weir::count()), {1, 2}) == std::tuple<std::int64_t, std::uint64_t>(3, 2));
    CHECK(panes_of<int>(weir::evicting(weir::keep_last(3), weir::collect()), {1, 2, 3, 4, 5, 6}) == Lists{{1, 2}, {2, 3, 4}, {4, 5, 6}});
    CHECK(panes_of<int>(weir::evicting(weir::keep_last(1).after_pane(), weir::collect()), {1, 2, 3, 4, 5, 6}) == Lists{{1, 2}, {2, 3, 4}, {4, 5, 6}});
    CHECK_THROWS_WITH(weir::keep_last(0), Catch::Contains("at least 1"));
}

TEST_CASE("keep_within keeps what is not too old beside the newest, in whatever order they came") {
    const std::vector<Reading> readings{at(5000ms, 1), at(1000ms, 2), at(3001ms, 3), at(3000ms, 4)};
    const auto values = weir::collect(&Reading::value);
    CHECK(result_of<Reading>(weir::evicting(weir::keep_within(2s, &Reading::time), values), readings) == std::vector<int>{1, 3});
    CHECK(panes_of(weir::evicting(weir::keep_within(2s, &Reading::time).after_pane(), values), readings) == Lists{{1, 2}, {1, 3, 4}});
    CHECK_THROWS_WITH(weir::keep_within(0s, &Reading::time), Catch::Contains("greater than 0"));
}

TEST_CASE("evict_if compares with the last value, which stays") {
    const auto far_below = weir::evict_if([](int value, int last) { return last - value >= 2; });
    CHECK(panes_of<int>(weir::evicting(far_below, weir::collect()), {5, 7, 6, 7, 9, 1}) == Lists{{7}, {7, 6, 7}, {7, 6, 7, 9, 1}});
    CHECK(result_of<int>(weir::evicting(weir::evict_if([](int, int) { return true; }), weir::min()), {5, 7}) == 7);
}

TEST_CASE("evict_if is asked once for each value of a pane but the last, also where the pane may have no result") {
    const std::vector<int> values{1, 2, 4, 6, 8, 9};
    int calls = 0;
    const auto evictor = weir::evict_if([&calls](int, int) { return ++calls % 2 == 0; }); // every second that it is asked for
    const auto is_odd = [](int v) { return v % 2 == 1; };
    CHECK(panes_of<int>(weir::evicting(evictor, weir::collect()), values) == Lists{{1, 2}, {2, 6}, {2, 8, 9}});
    CHECK(calls == 1 + 3 + 3);
    calls = 0;
    CHECK(panes_of<int>(weir::evicting(evictor, weir::where(is_odd, weir::max())), values).size() == 2);
    CHECK(calls == 1 + 3 + 2 + 2); // the second pane, which has no result, is tried again with the next value
    calls = 0;
    CHECK(panes_of<int>(weir::evicting(evictor.after_pane(), weir::where(is_odd, weir::max())), values).size() == 3);
    CHECK(calls == 1 + 3 + 3);
}

TEST_CASE("too few values are left for a variance: NaN, as it cannot be left out any more") {
    CHECK(std::isnan(result_of<int>(weir::evicting(weir::keep_last(1), weir::variance()), {5, 7})));
    CHECK(result_of<int>(weir::evicting(weir::keep_last(2), weir::variance()), {5, 7}) == Approx(2));
}

TEST_CASE("evicting gives the same however the values are cut, saved and loaded; it owns what it keeps") {
    const auto last = weir::evicting(weir::keep_last(5), weir::collect());
    std::vector<std::string> words;
    for (unsigned seed = 0; seed < 40; ++seed) {
        CHECK(cut_result_of(last, words, seed) == result_of(last, words));
        CHECK(reused_result_of(last, words, seed) == result_of(last, words));
        words.push_back(std::string(seed, 'w'));
    }
    std::string text = "lent";
    const auto state = state_of<std::string_view>(last, {text});
    text = "gone";
    CHECK(last.finish(state) == std::vector<std::string>{"lent"});
}

TEST_CASE("windows that evict are saved and loaded") {
    weir::TestStream<int> script;
    for (int i = 0; i < 30; ++i) script.event(i, weir::Timestamp(std::chrono::seconds(i))).watermark(weir::Timestamp(std::chrono::seconds(i - 3)));
    weir::check_recovery(script, [](auto source, auto sink) {
        return std::move(source) | weir::window(weir::sliding(10s, 5s).trigger(weir::after_watermark().early(weir::after_count(2)))) |
               weir::aggregate(weir::evicting(weir::keep_last(3), weir::sum()), weir::count()) | std::move(sink);
    });
}

TEST_CASE("where nothing is kept that the aggregate takes there is no result, as without an evictor") {
    const auto is_odd = [](int v) { return v % 2 == 1; };
    const std::vector<int> values{1, 2, 4, 6, 8, 9};
    CHECK(panes_of<int>(weir::evicting(weir::keep_last(2), weir::where(is_odd, weir::max())), values) == std::vector{1, 9});
    CHECK(panes_of<int>(weir::evicting(weir::keep_last(1).after_pane(), weir::where(is_odd, weir::max())), values) == std::vector{1, 9});
    CHECK(panes_of<int>(weir::evicting(weir::keep_last(1), weir::count(), weir::where(is_odd, weir::min())), values) ==
          std::vector{std::tuple<std::uint64_t, int>(1, 9)});
    CHECK(panes_of<int>(weir::where(is_odd, weir::evicting(weir::keep_last(1), weir::where(is_odd, weir::max()))), values) == std::vector{1, 1, 9});
    const auto last_of_last = weir::evicting(weir::keep_last(1), weir::evicting(weir::keep_last(1), weir::where(is_odd, weir::first())));
    CHECK(panes_of<int>(last_of_last, values) == std::vector{9});
    CHECK(std::isnan(panes_of<int>(weir::evicting(weir::keep_last(1), weir::where(is_odd, weir::mean())), values).front()));

    std::vector<std::tuple<std::uint64_t, int>> rows;
    const weir::Report report = weir::run(weir::from(values) | weir::window(weir::global_window().trigger(weir::after_count(2)).discarding()) |
                                          weir::aggregate(weir::count(), weir::evicting(weir::keep_last(2), weir::where(is_odd, weir::max()))) |
                                          weir::for_each([&](const auto& row) { rows.push_back(row.value); }));
    CHECK(rows == std::vector<std::tuple<std::uint64_t, int>>{{2, 1}, {4, 9}}); // what is in no result waits for the next
    for (const weir::OperatorReport& row : report.operators) CHECK(row.in == row.passed + row.dropped() + row.held);
}
