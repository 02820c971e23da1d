// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Bid {
    std::string auction;
    std::int64_t price;
    std::chrono::sys_time<std::chrono::milliseconds> time;
};

weir::Timestamp at(std::chrono::seconds s) { return weir::Timestamp(s); }
std::chrono::sys_time<std::chrono::milliseconds> ms(int t) { return std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(t)); }

using Row = weir::Windowed<weir::NoKey, std::uint64_t>;

/// start, end in seconds, count, index and timing of each row.
struct Seen {
    std::int64_t start;
    std::int64_t end;
    std::uint64_t count;
    std::uint64_t index = 0;
    weir::Timing timing = weir::Timing::on_time;
    friend bool operator==(const Seen&, const Seen&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Seen& seen) {
        return out << '[' << seen.start << ", " << seen.end << ") " << seen.count << " pane " << seen.index << " timing " << static_cast<int>(seen.timing);
    }
};

std::int64_t seconds(weir::Timestamp t) { return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count(); }

struct Ran {
    std::vector<Seen> rows;
    weir::OperatorReport report;
};

template <typename Spec>
Ran count_in(weir::TestStream<int> script, const Spec& spec) {
    Ran ran;
    const weir::Report report = weir::run(weir::from(std::move(script)) | weir::window(spec) | weir::aggregate(weir::count()) | weir::for_each([&](const Row& row) {
        ran.rows.push_back({seconds(row.window.start), seconds(row.window.end), row.value, row.window.pane.index, row.window.pane.timing});
    }));
    for (const weir::OperatorReport& row : report.operators) {
        CHECK(row.in == row.passed + row.dropped() + row.held);
        if (row.name.rfind("aggregate", 0) == 0) ran.report = row;
    }
    return ran;
}

weir::TestStream<int> events(std::initializer_list<int> times) {
    weir::TestStream<int> script;
    for (const int t : times) script.event(t, at(std::chrono::seconds(t)));
    return script;
}

constexpr auto early = weir::Timing::early;
constexpr auto on_time = weir::Timing::on_time;
constexpr auto late = weir::Timing::late;

} // namespace

TEST_CASE("bids are counted per auction and ten seconds, and what is too late goes elsewhere") {
    const std::vector<Bid> bids{{"a", 10, ms(1'000)}, {"b", 5, ms(2'000)}, {"a", 30, ms(9'999)}, {"a", 1, ms(10'000)}, {"b", 7, ms(100'000)}, {"a", 99, ms(3'000)}};
    std::vector<Bid> too_late;
    std::vector<std::string> rows;
    weir::run(weir::from(bids)
        | weir::event_time(&Bid::time, weir::bounded_disorder(5s))
        | weir::key_by(&Bid::auction)
        | weir::window(weir::tumbling(10s).allowed_lateness(1min).late_to(weir::collect_into(too_late)))
        | weir::aggregate(weir::count(), weir::sum(&Bid::price), weir::quantile(&Bid::price, 0.99))
        | weir::for_each([&](const auto& row) {
            auto& [auction, window, values] = row;
            rows.push_back(auction + " " + std::to_string(seconds(window.start)) + " " + std::to_string(std::get<0>(values)) + " " + std::to_string(std::get<1>(values)));
        }));
    CHECK(rows == std::vector<std::string>{"a 0 2 40", "b 0 1 5", "a 10 1 1", "b 100 1 7"});
    REQUIRE(too_late.size() == 1);
    CHECK(too_late[0].price == 99);
}

TEST_CASE("windows of negative times, and with an offset, begin at multiples below") {
    CHECK(count_in(events({-11, -10, -1, 0, 9}), weir::tumbling(10s)).rows == std::vector<Seen>{{-20, -10, 1}, {-10, 0, 2}, {0, 10, 2}});
    CHECK(count_in(events({-11, -8, 2, 3, 13}), weir::tumbling(10s).offset(3s)).rows == std::vector<Seen>{{-17, -7, 2}, {-7, 3, 1}, {3, 13, 1}, {13, 23, 1}});
    CHECK(count_in(events({2, 3}), weir::tumbling(10s).offset(-7s)).rows == std::vector<Seen>{{-7, 3, 1}, {3, 13, 1}});
}

TEST_CASE("sliding windows overlap, also where the size is no multiple of the slide") {
    CHECK(count_in(events({0, 7}), weir::sliding(10s, 4s)).rows == std::vector<Seen>{{-8, 2, 1}, {-4, 6, 1}, {0, 10, 2}, {4, 14, 1}});
}

TEST_CASE("an event in a gap between windows is in none, and is accounted for") {
    const Ran ran = count_in(events({1, 4, 9, 11}), weir::sliding(3s, 10s));
    CHECK(ran.rows == std::vector<Seen>{{0, 3, 1}, {10, 13, 1}});
    CHECK(ran.report.in == 4);
    CHECK(ran.report.passed == 2);
    CHECK(ran.report.dropped() == 2);
}

TEST_CASE("cumulative windows grow") {
    CHECK(count_in(events({1, 4, 11}), weir::cumulative(10s, 5s)).rows == std::vector<Seen>{{0, 5, 2}, {0, 10, 2}, {10, 15, 1}, {10, 20, 1}});
}

TEST_CASE("a session reaches on while events follow within the gap, and an event between two joins them") {
    CHECK(count_in(events({0, 8, 4, 30}), weir::session(5s)).rows == std::vector<Seen>{{0, 13, 3}, {30, 35, 1}});
}

TEST_CASE("an event behind its window's end gives a late pane, then none, and is late at the very end") {
    weir::TestStream<int> script;
    script.event(1, at(1s)).watermark(at(10s)).event(2, at(2s)).watermark(at(13s)).event(3, at(3s)).watermark(at(16s)).event(4, at(4s));
    const Ran kept = count_in(script, weir::tumbling(10s).allowed_lateness(5s));
    CHECK(kept.rows == std::vector<Seen>{{0, 10, 1, 0, on_time}, {0, 10, 2, 1, late}, {0, 10, 3, 2, late}});
    CHECK(kept.report.dropped(weir::Drop::late) == 1);
    CHECK(count_in(script, weir::tumbling(10s).allowed_lateness(5s).discarding()).rows ==
          std::vector<Seen>{{0, 10, 1, 0, on_time}, {0, 10, 1, 1, late}, {0, 10, 1, 2, late}});
    const auto held_back = weir::after_watermark().late(weir::never()).final_pane();
    CHECK(count_in(script, weir::tumbling(10s).allowed_lateness(5s).trigger(held_back)).rows ==
          std::vector<Seen>{{0, 10, 1, 0, on_time}, {0, 10, 3, 1, late}});
    CHECK(count_in(script, weir::tumbling(10s)).report.dropped(weir::Drop::late) == 3);
}

TEST_CASE("the watermark at end - 1 ns closes a window, one before it does not") {
    weir::TestStream<int> script;
    script.event(1, at(1s)).watermark(at(10s) - 2ns).event(2, at(2s)).watermark(at(10s) - 1ns).event(3, at(3s));
    const Ran ran = count_in(script, weir::tumbling(10s));
    CHECK(ran.rows == std::vector<Seen>{{0, 10, 2}});
    CHECK(ran.report.dropped(weir::Drop::late) == 1);
}

TEST_CASE("what is late for some of its windows goes into the others") {
    weir::TestStream<int> script;
    script.event(1, at(1s)).watermark(at(10s)).event(2, at(7s));
    const Ran ran = count_in(script, weir::sliding(10s, 5s));
    CHECK(ran.rows == std::vector<Seen>{{-5, 5, 1}, {0, 10, 1}, {5, 15, 1}});
    CHECK(ran.report.late_in_some == 1);
    CHECK(ran.report.dropped() == 0);
}

TEST_CASE("triggers give early panes") {
    CHECK(count_in(events({1, 2, 3}), weir::tumbling(10s).trigger(weir::after_watermark().early(weir::after_count(2)))).rows ==
          std::vector<Seen>{{0, 10, 2, 0, early}, {0, 10, 3, 1, on_time}});
    CHECK(count_in(events({1, 2, 3}), weir::tumbling(10s).trigger(weir::after_watermark().early(weir::each())).discarding()).rows ==
          std::vector<Seen>{{0, 10, 1, 0, early}, {0, 10, 1, 1, early}, {0, 10, 1, 2, early}});
    weir::TestStream<int> script;
    script.event(1, at(1s)).watermark(at(4s)).event(2, at(5s)).watermark(at(8s));
    CHECK(count_in(script, weir::tumbling(10s).trigger(weir::after_watermark().early(weir::every(3s)))).rows ==
          std::vector<Seen>{{0, 10, 1, 0, early}, {0, 10, 2, 1, early}, {0, 10, 2, 2, early}, {0, 10, 2, 3, on_time}}); // at 3, 6 and 9, also where nothing new came
}

TEST_CASE("count windows are given when full, and the global window at the end") {
    const Ran ran = count_in(events({5, 3, 9, 7, 1}), weir::count_window(2));
    REQUIRE(ran.rows.size() == 2);
    CHECK(ran.rows[0].count == 2);
    CHECK(ran.rows[0].start == 3);
    CHECK(ran.report.passed == 4);
    const Ran all = count_in(events({5, 3, 9}), weir::global_window());
    REQUIRE(all.rows.size() == 1);
    CHECK(all.rows[0].count == 3);
    CHECK(all.rows[0].start == 3);
}

TEST_CASE("record_sliding has a window for whatever events lie no further apart than the difference") {
    const auto within_10s = weir::record_sliding(10s);
    std::vector<std::string> rows;
    std::vector<weir::Event<int>> too_late;
    weir::TestStream<int> script = events({10, 14, 25});
    script.watermark(at(26s)).event(17, at(17s)).event(16, at(16s));
    const weir::Report report = weir::run(weir::from(script) | weir::window(within_10s.late_to(weir::collect_into(too_late))) | weir::aggregate(weir::collect()) |
                                          weir::for_each([&rows](const auto& row) {
                                              std::string text = std::to_string(seconds(row.window.start)) + ' ' + std::to_string(seconds(row.window.end)) + ':';
                                              for (const int x : row.value) text += ' ' + std::to_string(x);
                                              rows.push_back(text);
                                          }));
    // [0, 10], [4, 14], 10 < t <= 20, [15, 25]; 17 comes too late for these, and 16 for all
    CHECK(rows == std::vector<std::string>{"0 10: 10", "4 14: 10 14", "10 20: 14", "15 25: 25", "17 27: 25"});
    CHECK(too_late == std::vector<weir::Event<int>>{{16, at(16s)}});
    CHECK(report.operators.at(0).late_in_some == 1);
    CHECK(report.operators.at(0).dropped(weir::Drop::expired) == 1);
    CHECK_THROWS_WITH(weir::record_sliding(0s), Catch::Contains("greater than 0"));
}

TEST_CASE("windows follow windows, at the end of the first minus 1 ns") {
    std::vector<std::uint64_t> largest;
    std::vector<weir::Timestamp> times;
    weir::run(weir::from(events({1, 2, 11, 21})) | weir::window(weir::tumbling(10s)) | weir::aggregate(weir::count())
        | weir::map([](const Row& row) { return row.value; }) | weir::tap([&](const weir::Event<std::uint64_t>& e) { times.push_back(e.time); })
        | weir::window(weir::tumbling(20s)) | weir::aggregate(weir::max())
        | weir::for_each([&](const auto& row) { largest.push_back(row.value); }));
    CHECK(times == std::vector<weir::Timestamp>{at(10s) - 1ns, at(20s) - 1ns, at(30s) - 1ns});
    CHECK(largest == std::vector<std::uint64_t>{2, 1});
}

TEST_CASE("before the first watermark an event at min_time is late for no window that follows it") {
    weir::TestStream<int> script;
    script.event(1, weir::min_time).event(2, at(1s)).watermark(at(9s));
    CHECK(count_in(script, weir::record_sliding(1s)).report.late_in_some == 0);
}

TEST_CASE("windows of no size are refused") {
    CHECK_THROWS_AS(weir::tumbling(0s), std::invalid_argument);
    CHECK_THROWS_AS(weir::sliding(1s, -1s), std::invalid_argument);
    CHECK_THROWS_AS(weir::session(0s), std::invalid_argument);
    CHECK_THROWS_AS(weir::cumulative(10s, 3s), std::invalid_argument);
    CHECK_THROWS_AS(weir::count_window(0), std::invalid_argument);
    CHECK_THROWS_AS(weir::tumbling(1s).allowed_lateness(-1s), std::invalid_argument);
}

TEST_CASE("a window of one's own that ends where it begins, or before that, ends the job") {
    for (const auto length : {0ns, -5ns}) {
        const auto windows = weir::windows_by([length](weir::Timestamp t) {
            return std::vector{weir::Window{at(9s), at(9s) + length}, weir::Window{t, t + 1s}};
        });
        CHECK_THROWS_WITH(count_in(events({3}), windows), Catch::Contains("windows_by(fn): a window must end behind its start, and for an event at "
                                                                          "3000000000 ns since 1970 fn gave [9000000000, "));
    }
}

TEST_CASE("a window of one's own that is given twice for an event counts it once") {
    const auto windows = weir::windows_by([](weir::Timestamp) {
        return std::vector{weir::Window{at(0s), at(9s)}, weir::Window{at(2s), at(9s)}, weir::Window{at(0s), at(9s)}, weir::Window{at(0s), at(10s)},
                           weir::Window{at(0s), at(10s)}};
    });
    CHECK(count_in(events({3, 4}), windows).rows == std::vector<Seen>{{0, 9, 2}, {2, 9, 2}, {0, 10, 2}});
}

TEST_CASE("a count window of more parts than can be kept is refused where it is written") {
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    CHECK_THROWS_WITH(weir::count_window(most, 1), Catch::Contains("these are 18446744073709551615"));
    CHECK_THROWS_WITH(weir::count_window(std::uint64_t{1} << 62U, 1), Catch::Contains("Take a slide that divides n, or a smaller n"));
    CHECK_NOTHROW(weir::count_window(most));
    CHECK_NOTHROW(weir::count_window(std::uint64_t{1} << 62U, std::uint64_t{1} << 61U).without_pauses());
}

TEST_CASE("lengths of which no nanosecond is left, or that are no number, are refused as none") {
    using Seconds = std::chrono::duration<double>;
    constexpr Seconds none{1e-12}, no_number{std::numeric_limits<double>::quiet_NaN()};
    CHECK(weir::saturating_duration(no_number) == weir::Duration::min());
    for (const Seconds d : {none, no_number}) {
        CHECK_THROWS_AS(weir::tumbling(d), std::invalid_argument);
        CHECK_THROWS_AS(weir::session(1s).at_most(d), std::invalid_argument);
        CHECK_THROWS_AS(weir::every(d), std::invalid_argument);
        CHECK_THROWS_AS(weir::every(1s).or_after(d), std::invalid_argument);
        CHECK_THROWS_AS(weir::monotonous().idle_after(d), std::invalid_argument);
        CHECK_THROWS_AS(weir::monotonous().jump_at_most(d), std::invalid_argument);
        CHECK_THROWS_AS(weir::within_window(d), std::invalid_argument);
        CHECK_THROWS_AS(weir::keep_within(d, &Bid::time), std::invalid_argument);
    }
    CHECK_THROWS_AS(weir::tumbling(1s).allowed_lateness(no_number), std::invalid_argument);
    CHECK_THROWS_AS(weir::monotonous().no_further_than(no_number), std::invalid_argument);
    CHECK_THROWS_AS(weir::within(0s, 1s).accept_late(no_number), std::invalid_argument);
    CHECK_THROWS_AS(weir::within(0s, 1s).keep(no_number), std::invalid_argument);
    CHECK_THROWS_AS(weir::suppress(no_number), std::invalid_argument);
    CHECK_THROWS_WITH(weir::tumbling(1s).offset(no_number), "offset(d): d is not a number");
    CHECK_THROWS_WITH(weir::within(no_number, 1s), "within(lower, upper): a bound is not a number");
    CHECK_THROWS_WITH(weir::within(weir::unbounded, no_number), "within(lower, upper): a bound is not a number");
    CHECK_THROWS_WITH(weir::within(no_number, weir::unbounded), "within(lower, upper): a bound is not a number");
    CHECK_THROWS_WITH(weir::bounded_disorder(no_number), "bounded_disorder(disorder): disorder is not a number");
}
