// SPDX-License-Identifier: BSL-1.0
// Panes by the job's clock: after_delay(d), or_after(d).
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using weir::Duration;
using Strings = std::vector<std::string>;

weir::Timestamp at(std::int64_t t) { return weir::Timestamp(Duration(t)); }
std::int64_t ticks(weir::Timestamp t) { return t.time_since_epoch().count(); }

struct In {
    char key;
    int value;
};
using Script = weir::TestStream<In>;

struct Given {
    std::int64_t clock; // when it was given
    char key;
    weir::Window window;
    std::vector<int> values;
};

template <typename Spec>
std::vector<Given> panes(Script script, const Spec& spec, std::uint64_t seed = 1) {
    std::vector<Given> rows;
    weir::Simulation simulation(seed);
    weir::run(weir::from(std::move(script)) | weir::key_by(&In::key) | weir::window(spec) | weir::aggregate(weir::collect(&In::value)) |
                  weir::for_each([&](const auto& row) { rows.push_back({ticks(simulation.clock().now()), row.key, row.window, row.value}); }),
              simulation.options());
    return rows;
}

/// What windows give, as text.
template <typename Spec>
Strings given(const Script& script, const Spec& spec) {
    Strings rows;
    for (const Given& row : panes(script, spec)) {
        const char* timings[] = {"early", "on time", "late"};
        rows.push_back(fmt::format("{}: {} [{}, {}) {} {}", row.clock, row.key, ticks(row.window.start), ticks(row.window.end), fmt::join(row.values, " "),
                                   timings[static_cast<int>(row.window.pane.timing)]));
    }
    return rows;
}

const auto early_after_5 = weir::after_watermark().early(weir::after_delay(Duration(5)));

/// Takes four events, then waits until it is asked to go on.
struct Narrow {
    using kind = weir::OperatorKind;
    static constexpr bool one_to_one = true;
    static constexpr bool bounded_room = true;
    int* too_many;
    std::size_t left = 4;
    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        if (left == 0) ++*too_many;
        else --left;
        next.on_event(std::forward<E>(event));
    }
    template <typename Next>
    bool resume(Next&) {
        left = 4;
        return true;
    }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const { return std::min<std::size_t>(left, next.room()); }
};

} // namespace

TEST_CASE("alarms come in their order; one that is put off keeps its place, one that was given up is passed over") {
    weir::detail::Alarms<int> alarms;
    weir::detail::Alarm of[4];
    const auto alarm_of = [&](int i) { return i < 3 ? &of[i] : nullptr; };
    CHECK(alarms.next() == weir::max_time);
    CHECK_FALSE(alarms.take(weir::max_time, alarm_of));
    alarms.set(of[0], at(5), 0);
    alarms.set(of[1], at(3), 1);
    alarms.set(of[2], at(3), 2);
    alarms.set(of[3], at(1), 3); // of something that is gone
    of[0].due = weir::max_time;
    alarms.set(of[0], at(7), 0);
    CHECK_FALSE(alarms.take(at(2), alarm_of));
    CHECK(alarms.take(at(4), alarm_of) == 1);
    of[2].due = weir::max_time;
    CHECK_FALSE(alarms.take(at(6), alarm_of));
    CHECK(alarms.next() == at(7));
    alarms.set(of[0], at(6), 0); // earlier
    CHECK(alarms.take(at(6), alarm_of) == 0);
    CHECK_FALSE(alarms.take(weir::max_time, alarm_of));
}

TEST_CASE("an early pane comes a delay behind the first event of each pane, and the pane at the end as ever") {
    Script script;
    script.event({'a', 1}, at(1)).advance(Duration(3)).event({'a', 2}, at(2)).event({'b', 3}, at(4)).advance(Duration(7)).event({'a', 4}, at(3));
    script.advance(Duration(2)).watermark(at(9));
    CHECK(given(script, weir::tumbling(Duration(10)).trigger(early_after_5)) ==
          Strings{"5: a [0, 10) 1 2 early", "8: b [0, 10) 3 early", "12: a [0, 10) 1 2 4 on time", "12: b [0, 10) 3 on time"});
    CHECK(given(script, weir::tumbling(Duration(10)).trigger(early_after_5).discarding()) ==
          Strings{"5: a [0, 10) 1 2 early", "8: b [0, 10) 3 early", "12: a [0, 10) 4 on time"});
}

TEST_CASE("a count or a delay, whichever comes first; what is left is given when the window goes") {
    const auto spec = weir::global_window().trigger(weir::after_count(3).or_after(Duration(5))).discarding();
    Script script;
    script.event({'a', 1}, at(1)).advance(Duration(2)).event({'a', 2}, at(2)).event({'a', 3}, at(3)); // three, and the next pane begins later
    script.advance(Duration(1)).event({'a', 4}, at(4)).advance(Duration(9)).event({'a', 5}, at(5));
    CHECK(given(script, spec) == Strings{"2: a [1, 4) 1 2 3 early", "8: a [1, 5) 4 early", "12: a [1, 6) 5 early"});
    CHECK(given(script, weir::tumbling(Duration(10)).trigger(weir::after_delay(Duration(5))).discarding()) ==
          Strings{"5: a [0, 10) 1 2 3 4 early", "12: a [0, 10) 5 early"});
}

TEST_CASE("in windows that overlap each has its own delay") {
    Script script;
    script.event({'a', 1}, at(3)).advance(Duration(4)).event({'a', 2}, at(6)).advance(Duration(20));
    CHECK(given(script, weir::sliding(Duration(10), Duration(5)).trigger(early_after_5)) ==
          Strings{"5: a [-5, 5) 1 early", "5: a [0, 10) 1 2 early", "9: a [5, 15) 2 early", "24: a [-5, 5) 1 on time", "24: a [0, 10) 1 2 on time",
                  "24: a [5, 15) 2 on time"});
}

TEST_CASE("of sessions that have become one the earliest delay counts") {
    const auto spec = weir::session(Duration(4)).trigger(early_after_5);
    Script script;
    script.event({'a', 1}, at(10)).advance(Duration(2)).event({'a', 2}, at(1)).event({'b', 9}, at(3)).advance(Duration(2)).event({'a', 3}, at(14));
    script.event({'a', 4}, at(5)).advance(Duration(1)).event({'a', 5}, at(8)).advance(Duration(30));
    CHECK(given(script, spec) == Strings{"5: a [10, 18) 1 3 early", "7: a [1, 18) 1 3 2 4 5 early", "7: b [3, 7) 9 early", "35: b [3, 7) 9 on time",
                                         "35: a [1, 18) 1 3 2 4 5 on time"});
    Script apart; // an event that lies behind all that is due has a delay of its own too
    apart.event({'a', 1}, at(10)).advance(Duration(7)).event({'a', 2}, at(100)).advance(Duration(30));
    CHECK(given(apart, spec.discarding()) == Strings{"5: a [10, 14) 1 early", "12: a [100, 104) 2 early"});
    Script grown;
    grown.event({'a', 1}, at(10)).advance(Duration(2)).event({'a', 2}, at(5)).advance(Duration(1)).event({'a', 3}, at(8)).advance(Duration(30));
    CHECK(given(grown, spec.discarding()) == Strings{"5: a [5, 14) 1 2 3 early"});
}

TEST_CASE("without keys, and behind a stage whose source cannot wait", "[threads]") {
    struct Blocking {
        using event_type = int;
        int n = 0;
        std::optional<int> next() { return n < 3 ? std::optional(++n) : std::nullopt; }
    };
    std::vector<std::vector<int>> rows;
    weir::run(weir::from(Blocking{}) | weir::stage() | weir::window(weir::global_window().trigger(weir::after_count(2).or_after(std::chrono::hours(1))).discarding()) |
              weir::aggregate(weir::collect([](int x) { return x; })) | weir::for_each([&](const auto& row) { rows.push_back(row.value); }));
    CHECK(rows == std::vector<std::vector<int>>{{1, 2}, {3}});
}

TEST_CASE("the windows of processing_time follow the same clock: what the clock brings first comes first") {
    Strings rows;
    weir::Simulation simulation(1);
    Script script; // its own times count for nothing
    script.event({'a', 1}, at(0)).advance(Duration(6)).event({'a', 2}, at(0)).advance(Duration(50)).event({'a', 3}, at(0));
    weir::run(weir::from(std::move(script)) | weir::map([](const In& in) { return in.value; }) | weir::processing_time() |
                  weir::window(weir::tumbling(Duration(8)).trigger(early_after_5)) | weir::aggregate(weir::sum([](int x) { return x; })) |
                  weir::for_each([&](const auto& row) {
                      rows.push_back(fmt::format("{}: [{}, {}) {}", ticks(simulation.clock().now()), ticks(row.window.start), ticks(row.window.end), row.value));
                  }),
              simulation.options());
    CHECK(rows == Strings{"5: [0, 8) 1", "7: [0, 8) 3", "56: [56, 64) 3"});
}

TEST_CASE("on random streams panes by the clock are what the words say") {
    using Pane = std::tuple<char, std::int64_t, std::int64_t, std::int64_t, int>; // key, start, end, clock, sum
    const Duration size(8), slide(4), delay(5);
    const std::uint64_t most = 4;
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        weir::Random random(seed);
        Script script;
        struct Kept {
            int sum = 0;
            std::uint64_t fresh = 0;
            std::int64_t due = 0;
        };
        std::map<std::pair<std::int64_t, char>, Kept> windows; // by end
        std::vector<Pane> expected;
        std::int64_t clock = 0, mark = -100;
        const auto give = [&](const auto& window, Kept& kept) {
            expected.emplace_back(window.second, window.first - size.count(), window.first, clock, kept.sum);
            kept.fresh = 0;
        };
        const auto close = [&](std::int64_t to) {
            mark = to;
            while (not windows.empty() && windows.begin()->first.first - 1 <= mark) {
                give(windows.begin()->first, windows.begin()->second);
                windows.erase(windows.begin());
            }
        };
        for (int step = 0; step < 60; ++step) {
            switch (random.below(4)) {
            case 0: { // the clock
                const auto d = static_cast<std::int64_t>(random.between(1, 9));
                script.advance(Duration(d));
                for (const std::int64_t until = clock + d; clock < until;) {
                    ++clock;
                    for (auto& [window, kept] : windows)
                        if (kept.fresh != 0 && kept.due == clock) give(window, kept);
                }
                break;
            }
            case 1: {
                const std::int64_t t = mark + static_cast<std::int64_t>(random.below(6)) + (mark < 0 ? 100 : 0);
                script.watermark(at(t));
                close(std::max(mark, t));
                break;
            }
            default: {
                const char key = random.one_in(2) ? 'a' : 'b';
                const std::int64_t t = std::max<std::int64_t>(mark, 0) + static_cast<std::int64_t>(random.below(12)) - 2;
                const int value = static_cast<int>(random.below(100));
                script.event({key, value}, at(t));
                const std::int64_t last = (t + 400) / slide.count() * slide.count() - 400;
                for (std::int64_t start = last - slide.count(); start <= last; start += slide.count()) {
                    if (start + size.count() - 1 <= mark) continue;
                    const std::pair<std::int64_t, char> window(start + size.count(), key);
                    Kept& kept = windows[window];
                    kept.sum += value;
                    if (++kept.fresh == 1) kept.due = clock + delay.count();
                    if (kept.fresh == most) give(window, kept);
                }
            }
            }
        }
        close(1'000'000'000);
        std::vector<Pane> got;
        const auto windows_or_clock = weir::sliding(size, slide).trigger(weir::after_watermark().early(weir::after_count(most).or_after(delay)));
        for (const Given& row : panes(std::move(script), windows_or_clock, seed))
            got.emplace_back(row.key, ticks(row.window.start), ticks(row.window.end), row.clock, std::accumulate(row.values.begin(), row.values.end(), 0));
        std::sort(expected.begin(), expected.end());
        std::sort(got.begin(), got.end());
        REQUIRE(got == expected);
    }
}

TEST_CASE("of the panes that the clock brings at once no more are given than there is room for") {
    const auto rows = [](const auto& spec) {
        Script script;
        for (int i = 0; i < 10; ++i) script.event({static_cast<char>('a' + i), i}, at(1));
        script.advance(Duration(5)).advance(Duration(1)).event({'a', 10}, at(2));
        int too_many = 0;
        std::string keys;
        weir::Simulation simulation(1);
        weir::run(weir::from(std::move(script)) | weir::key_by(&In::key) | weir::window(spec) | weir::aggregate(weir::count()) | Narrow{&too_many} |
                      weir::for_each([&](const auto& row) { keys += row.key; }),
                  simulation.options());
        return std::pair(keys, too_many);
    };
    CHECK(rows(weir::tumbling(Duration(10)).trigger(early_after_5).discarding()) == std::pair(std::string("abcdefghija"), 0));
    CHECK(rows(weir::session(Duration(10)).trigger(early_after_5).discarding()) == std::pair(std::string("abcdefghija"), 0));
}
