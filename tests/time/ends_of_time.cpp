// SPDX-License-Identifier: BSL-1.0
// Windows where time begins and ends: no event there is lost, and all stores of windows agree.
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <ostream>
#include <random>
#include <tuple>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

using weir::Duration;
using weir::Timestamp;
__extension__ typedef __int128 Wide; // whole numbers in which no window is cut off

constexpr Timestamp first_time = weir::min_time;
constexpr Timestamp last_time = weir::max_time;

struct Seen {
    Timestamp start;
    Timestamp end;
    std::uint64_t count;
    std::uint64_t index = 0;
    weir::Timing timing = weir::Timing::on_time;
    friend bool operator==(const Seen&, const Seen&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Seen& seen) {
        return out << '[' << seen.start.time_since_epoch().count() << ", " << seen.end.time_since_epoch().count() << ") " << seen.count << " pane "
                   << seen.index << " timing " << static_cast<int>(seen.timing);
    }
};
struct Ran {
    std::vector<Seen> rows;
    std::uint64_t late = 0;
    std::uint64_t expired = 0;
    std::uint64_t late_rows = 0; // that came behind the watermark of their own time
    friend bool operator==(const Ran&, const Ran&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Ran& ran) {
        for (const Seen& row : ran.rows) out << row << ", ";
        return out << ran.late << " late, " << ran.expired << " expired, " << ran.late_rows << " late rows";
    }
};

template <typename Spec, typename... Aggregates>
Ran ran(const std::vector<Timestamp>& times, const Spec& spec, Duration disorder, Aggregates... aggregates) {
    Ran all;
    const weir::Report report =
        weir::run(weir::from(times) | weir::event_time([](Timestamp t) { return t; }, weir::bounded_disorder(disorder)) | weir::window(spec) |
                  weir::aggregate(aggregates...) | weir::tap([&](const auto& row) {
                      std::uint64_t count = 0;
                      if constexpr (sizeof...(Aggregates) == 1) count = row.value;
                      else count = std::get<0>(row.value);
                      all.rows.push_back({row.window.start, row.window.end, count, row.window.pane.index, row.window.pane.timing});
                  }) | weir::drop_late() | weir::for_each([](const auto&) {}));
    for (const weir::OperatorReport& row : report.operators) {
        CHECK(row.in == row.passed + row.dropped() + row.held);
        if (row.name.rfind("aggregate", 0) == 0) all.late = row.dropped(weir::Drop::late), all.expired = row.dropped(weir::Drop::expired);
        if (row.name.rfind("drop_late", 0) == 0) all.late_rows = row.dropped();
    }
    return all;
}
/// In an order that may be merged any way, and in one that may not: by slices and by panes where windows overlap.
template <typename Spec>
Ran by_slices(const std::vector<Timestamp>& times, const Spec& spec, Duration disorder = 0ns) { return ran(times, spec, disorder, weir::count()); }
template <typename Spec>
Ran by_panes(const std::vector<Timestamp>& times, const Spec& spec, Duration disorder = 0ns) {
    return ran(times, spec, disorder, weir::count(), weir::first());
}

Timestamp held(Wide t) {
    const Wide last = last_time.time_since_epoch().count();
    const Wide first = first_time.time_since_epoch().count();
    return Timestamp(Duration(static_cast<std::int64_t>(std::clamp(t, first, last))));
}

/// Windows of a size that begin at offset + k slide. Those that would end beyond all time are one, the first of them; the last time of
/// all belongs to the windows of the one before it.
std::vector<Seen> slid(const std::vector<Timestamp>& times, Duration size, Duration slide, Duration offset = 0ns) {
    std::map<std::pair<Timestamp, Timestamp>, std::uint64_t> counts;
    const Wide n = size.count();
    const Wide step = slide.count();
    for (const Timestamp time : times) {
        const Wide t = std::min(time, last_time - 1ns).time_since_epoch().count();
        Wide start = t - ((t - offset.count()) % step + step) % step;
        while (start - step + n > t) start -= step;
        for (; start <= t; start += step) {
            if (start + n <= t) continue;
            ++counts[{held(start + n), held(start)}];
            if (held(start + n) == last_time) break;
        }
    }
    std::vector<Seen> rows;
    for (const auto& [window, count] : counts) rows.push_back({window.second, window.first, count});
    return rows;
}

/// Times near either end of all time, the more of them at the very end the nearer.
std::vector<Timestamp> near_ends(std::mt19937_64& random, std::int64_t reach) {
    std::vector<Timestamp> times;
    const std::size_t n = random() % 12;
    for (std::size_t i = 0; i < n; ++i) {
        const Duration from_end((random() % 3 == 0 ? random() % 3 : random() % static_cast<std::uint64_t>(reach)));
        times.push_back(random() % 2 == 0 ? first_time + from_end : last_time - from_end);
    }
    return times;
}
std::vector<Timestamp> in_order(std::vector<Timestamp> times) {
    std::sort(times.begin(), times.end());
    return times;
}

} // namespace

TEST_CASE("an event at the last time is late for nothing") {
    const std::vector<Timestamp> times{last_time - 2ns, last_time, last_time - 1ns, last_time, last_time};
    const auto all = [&](const auto& spec, std::size_t n) {
        const Ran seen = by_slices(times, spec);
        CHECK(seen.late == 0);
        CHECK(seen.late_rows == 0);
        CHECK(seen.rows.size() == n);
        if (n == 1 && not seen.rows.empty()) CHECK(seen.rows.front().count == 5);
    };
    all(weir::tumbling(1h), 1);
    all(weir::tumbling(1h).allowed_lateness(1h), 1);
    all(weir::sliding(10s, 10s), 1);
    all(weir::cumulative(10s, 10s), 1);
    all(weir::session(10s), 1);
    all(weir::session(10s).at_most(1h), 1);
    all(weir::session(10s).allowed_lateness(std::chrono::hours::max()), 1);
    all(weir::global_window(), 1);
    all(weir::global_window().trigger(weir::every(1h)), 1);
    all(weir::windows_by([](Timestamp) { return std::vector{weir::Window{last_time - 1h, last_time}}; }), 1);
}

TEST_CASE("an event at the first time is not late before there is a watermark") {
    const std::vector<Timestamp> times{first_time, first_time, first_time + 1ns};
    for (const auto& seen : {by_slices(times, weir::tumbling(1ns)), by_slices(times, weir::sliding(1ns, 1ns)), by_panes(times, weir::tumbling(1ns))})
        CHECK(seen == Ran{.rows = {{first_time, first_time + 1ns, 2}, {first_time + 1ns, first_time + 2ns, 1}}});
    CHECK(by_slices(times, weir::session(1ns)) == Ran{.rows = {{first_time, first_time + 2ns, 3}}});
    CHECK(by_slices(times, weir::session(1ns).at_most(5ns)) == by_slices(times, weir::session(1ns)));
    CHECK(by_slices(times, weir::global_window()) == Ran{.rows = {{first_time, first_time + 2ns, 3}}});
    CHECK(by_slices(times, weir::sliding(2ns, 1ns)) == by_panes(times, weir::sliding(2ns, 1ns)));
    CHECK(by_slices(times, weir::sliding(2ns, 1ns)).rows == slid(times, 2ns, 1ns));
}

TEST_CASE("windows at both ends of time are those of the middle, cut off there") {
    std::mt19937_64 random(7);
    for (int round = 0; round < 400; ++round) {
        const Duration slide(1 + random() % 6);
        const Duration size(slide.count() + static_cast<std::int64_t>(random() % 9));
        const Duration offset(random() % 5);
        const std::vector<Timestamp> times = in_order(near_ends(random, 20));
        INFO("round " << round << ", size " << size.count() << ", slide " << slide.count() << ", offset " << offset.count());
        const auto sliding = weir::sliding(size, slide).offset(offset);
        CHECK(by_panes(times, sliding) == Ran{.rows = slid(times, size, slide, offset)});
        CHECK(by_slices(times, sliding) == Ran{.rows = slid(times, size, slide, offset)});
        const auto tumbling = weir::tumbling(size).offset(offset);
        CHECK(by_panes(times, tumbling) == Ran{.rows = slid(times, size, size, offset)});
        CHECK(by_slices(times, tumbling) == Ran{.rows = slid(times, size, size, offset)});
        const auto cumulative = weir::cumulative(3 * slide, slide).offset(offset);
        CHECK(by_panes(times, cumulative) == by_slices(times, cumulative));
        CHECK(by_panes(times, cumulative).late == 0);
        CHECK(by_slices(times, weir::session(size)).late == 0);
        CHECK(by_slices(times, weir::session(size).at_most(slide)).late == 0);
    }
}

TEST_CASE("a window that would begin behind the last event and end beyond all time is none, and has only what came behind") {
    const auto rows = [](const std::vector<Timestamp>& times) { return by_panes(times, weir::record_sliding(10ns)).rows; };
    for (const Duration before_end : {1ns, 2ns, 9ns, 10ns, 11ns, 12ns}) {
        const Timestamp t = last_time - before_end;
        CHECK(rows({t}) == std::vector<Seen>{{t - 10ns, t + 1ns, 1}});
    }
    const Timestamp a = last_time - 5ns, b = last_time - 3ns, c = last_time - 2ns;
    CHECK(rows({a, b, c}) == std::vector<Seen>{{a - 10ns, a + 1ns, 1}, {b - 10ns, b + 1ns, 2}, {c - 10ns, c + 1ns, 3}, {a + 1ns, last_time, 2}});
}

TEST_CASE("stores of windows agree at both ends of time on what is late") {
    std::mt19937_64 random(11);
    for (int round = 0; round < 400; ++round) {
        const Duration slide(1 + random() % 6);
        const Duration size(slide.count() + static_cast<std::int64_t>(random() % 9));
        const Duration lateness(random() % 3 == 0 ? random() % 12 : 0);
        const Duration disorder(random() % 8);
        const std::vector<Timestamp> times = near_ends(random, 20);
        INFO("round " << round << ", size " << size.count() << ", slide " << slide.count() << ", lateness " << lateness.count() << ", disorder "
                      << disorder.count());
        const auto sliding = weir::sliding(size, slide).allowed_lateness(lateness);
        CHECK(by_panes(times, sliding, disorder) == by_slices(times, sliding, disorder));
        const auto cumulative = weir::cumulative(3 * slide, slide).allowed_lateness(lateness);
        CHECK(by_panes(times, cumulative, disorder) == by_slices(times, cumulative, disorder));
        CHECK(by_slices(times, weir::tumbling(size).allowed_lateness(lateness), disorder) ==
              by_panes(times, weir::sliding(size, size).allowed_lateness(lateness), disorder));
        if (lateness == 0ns) CHECK(by_panes(times, sliding, disorder).late_rows == 0);
    }
}
