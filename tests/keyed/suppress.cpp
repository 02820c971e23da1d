// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Price {
    std::string symbol;
    int price;
    std::int64_t time;
    friend bool operator==(const Price&, const Price&) = default;
};
weir::Timestamp at(std::int64_t s) { return weir::Timestamp(std::chrono::seconds(s)); }
weir::Timestamp time_of(const Price& price) { return at(price.time); }

/// What is given of prices that come in the order of their times.
template <typename Op>
std::vector<Price> given(const std::vector<Price>& prices, Op op, weir::Report* report = nullptr) {
    std::vector<Price> got;
    const weir::Report all = weir::run(weir::from(prices) | weir::event_time(time_of) | weir::key_by(&Price::symbol) | op | weir::collect_into(got));
    if (report) *report = all;
    for (const weir::OperatorReport& row : all.operators) CHECK(row.in == row.passed + row.dropped() + row.held);
    return got;
}

const std::vector<Price> ticks{{"a", 1, 0}, {"a", 2, 1}, {"b", 9, 1}, {"a", 3, 4}, {"a", 4, 6}, {"b", 8, 12}};

} // namespace

TEST_CASE("of updates that follow each other within the limit the last one goes on") {
    weir::Report report;
    CHECK(given(ticks, weir::suppress(5s), &report) == std::vector<Price>{{"a", 4, 6}, {"b", 9, 1}, {"b", 8, 12}}); // at 6 - 1 ns, and at the end
    CHECK(report.operators.at(1).dropped(weir::Drop::duplicate) == 3);
    CHECK(given(ticks, weir::suppress(4s)) == std::vector<Price>{{"a", 3, 4}, {"b", 9, 1}, {"a", 4, 6}, {"b", 8, 12}});
    CHECK(given(ticks, weir::suppress(0s)) == ticks);
    CHECK(given(ticks, weir::suppress(1h)) == std::vector<Price>{{"a", 4, 6}, {"b", 8, 12}});
    CHECK(given({}, weir::suppress(5s)).empty());
}

TEST_CASE("no more keys wait than may: the next one goes early, the new one is dropped, or the job fails") {
    weir::Report report;
    CHECK(given(ticks, weir::suppress({.max_keys = 1, .at_max = weir::AtMaxKeys::evict}), &report) ==
          std::vector<Price>{{"a", 2, 1}, {"b", 9, 1}, {"a", 4, 6}, {"b", 8, 12}});
    CHECK(report.operators.at(1).evicted_keys == 3);
    CHECK(given(ticks, weir::suppress(1h, {.max_keys = 1, .at_max = weir::AtMaxKeys::drop_new}), &report) == std::vector<Price>{{"a", 4, 6}});
    CHECK(report.operators.at(1).dropped(weir::Drop::overflow) == 2);
    CHECK_THROWS_AS(given(ticks, weir::suppress(1h, {.max_keys = 1})), weir::TooManyKeys);
    CHECK_THROWS_WITH(given(ticks, weir::suppress(1h, {.ttl = 1s})), Catch::Contains(".ttl says nothing here"));
    CHECK_THROWS_WITH(weir::suppress(-1s), Catch::Contains("must not be negative"));
}

TEST_CASE("what has waited is not late for a window behind it, also where it takes the place of what is newer") {
    weir::TestStream<int> script;
    script.event(1, at(10)).event(2, at(3)).watermark(at(2)).event(1, at(4)).watermark(at(60));
    std::vector<weir::Event<std::uint64_t>> counts;
    std::vector<weir::Event<int>> late;
    weir::run(weir::from(script) | weir::key_by([](int x) { return x; }) | weir::suppress(20s) |
              weir::window(weir::tumbling(5s).late_to(weir::collect_into(late))) | weir::aggregate(weir::count()) |
              weir::map([](const auto& row) { return row.value; }) | weir::collect_into(counts));
    CHECK(late.empty());
    CHECK(counts == std::vector<weir::Event<std::uint64_t>>{{2, at(5) - 1ns}});
}

TEST_CASE("at the last time of all there is no end to the limit but that of the stream") {
    std::vector<int> got;
    weir::run(weir::from(std::vector<int>{1, 2, 3}) | weir::event_time([](int) { return weir::max_time; }) | weir::key_by([](int) { return 0; }) |
              weir::suppress(1min) | weir::collect_into(got));
    CHECK(got == std::vector{3});
}
