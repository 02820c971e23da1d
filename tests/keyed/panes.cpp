// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/keyed/open_windows.hpp>
#include <weir/keyed/panes.hpp>
#include <weir/keyed/table.hpp>
#include <weir/keyed/window_entry.hpp>
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using weir::Duration;
using Strings = std::vector<std::string>;

weir::Timestamp at(std::int64_t t) { return weir::Timestamp(Duration(t)); }

struct In {
    char key;
    int value;
};
using Script = weir::TestStream<In>;

struct Ran {
    Strings rows{}; // "key [start, end) values timing"
    std::uint64_t expired = 0;
    std::uint64_t held = 0;
};

template <typename Spec>
Ran collected(Script script, const Spec& spec) {
    Ran ran;
    const weir::Report report = weir::run(
        weir::from(std::move(script)) | weir::key_by(&In::key) | weir::window(spec) | weir::aggregate(weir::collect(&In::value)) | weir::for_each([&](const auto& row) {
            const char* timings[] = {"early", "on time", "late"};
            ran.rows.push_back(fmt::format("{} [{}, {}) {} {}", row.key, row.window.start.time_since_epoch().count(), row.window.end.time_since_epoch().count(),
                                           fmt::join(row.value, " "), timings[static_cast<int>(row.window.pane.timing)]));
        }));
    for (const weir::OperatorReport& row : report.operators) {
        CHECK(row.in == row.passed + row.dropped() + row.held);
        if (row.name.rfind("aggregate", 0) != 0) continue;
        ran.expired = row.dropped(weir::Drop::expired);
        ran.held = row.held;
    }
    return ran;
}

} // namespace

TEST_CASE("a pane for an event that came behind the window's end is late, also without a pane at the end") {
    Script script;
    script.event({'a', 1}, at(4)).event({'a', 2}, at(5)).event({'a', 3}, at(6)).watermark(at(9)).event({'a', 4}, at(8)).watermark(at(11)).event({'a', 5}, at(7));
    const auto windows = weir::tumbling(Duration(10)).allowed_lateness(Duration(8));
    CHECK(collected(script, windows.trigger(weir::after_count(2))).rows == Strings{"a [0, 10) 1 2 early", "a [0, 10) 1 2 3 4 late"});
    CHECK(collected(script, windows.trigger(weir::each()).discarding()).rows ==
          Strings{"a [0, 10) 1 early", "a [0, 10) 2 early", "a [0, 10) 3 early", "a [0, 10) 4 late", "a [0, 10) 5 late"});
}

TEST_CASE("a global window gives at each period's end until that of its latest event, whatever watermarks come between") {
    const auto when = weir::global_window().trigger(weir::after_watermark().early(weir::every(Duration(4))));
    Script all;
    all.event({'a', 1}, at(1)).event({'b', 2}, at(2)).watermark(at(3)).event({'a', 3}, at(4)).watermark(at(30)).event({'a', 4}, at(33));
    CHECK(collected(all, when).rows == Strings{"a [1, 5) 1 3 early", "b [2, 3) 2 early",       // at 4
                                               "a [1, 5) 1 3 early", "b [2, 3) 2 early",       // at 8
                                               "a [1, 34) 1 3 4 early", "b [2, 3) 2 early",    // at 32
                                               "a [1, 34) 1 3 4 early", "b [2, 3) 2 early",    // at 36
                                               "a [1, 34) 1 3 4 on time", "b [2, 3) 2 on time"});
    CHECK(collected(all, when.discarding()).rows == Strings{"a [1, 5) 1 3 early", "b [2, 3) 2 early", "a [1, 34) 4 early"});
    Script step_by_step = all;
    step_by_step.watermark(at(31)).watermark(at(32)).watermark(at(500));
    CHECK(collected(step_by_step, when).rows == collected(all, when).rows);
    CHECK(collected(step_by_step, when.discarding()).rows == collected(all, when.discarding()).rows);
}

TEST_CASE("a key that comes late to a global window joins the others at the next period's end") {
    const auto when = weir::global_window().trigger(weir::every(Duration(10)));
    Script script;
    script.event({'a', 1}, at(1)).watermark(at(25)).event({'b', 2}, at(3)).event({'a', 3}, at(31)).watermark(at(35)).event({'c', 4}, at(36));
    CHECK(collected(script, when).rows == Strings{"a [1, 2) 1 early", "b [3, 4) 2 early",                        // at 10; at once, at 10
                                                  "a [1, 32) 1 3 early", "b [3, 4) 2 early",                     // at 30
                                                  "a [1, 32) 1 3 early", "b [3, 4) 2 early", "c [36, 37) 4 early", // at 40
                                                  "a [1, 32) 1 3 on time", "b [3, 4) 2 on time", "c [36, 37) 4 on time"});
}

TEST_CASE("windows that end together give their rows in the order of each key's first event in each window") {
    const auto windows = weir::windows_by([](weir::Timestamp, const In& in) {
        std::vector<weir::Window> named{{at(0), at(20)}};
        if (in.value % 2 != 0) named.push_back({at(10), at(20)});
        return named;
    });
    Script script;
    script.event({'a', 1}, at(11)).event({'b', 2}, at(12)).event({'c', 4}, at(13)).event({'b', 5}, at(14)).event({'d', 7}, at(15));
    CHECK(collected(script, windows).rows == Strings{"a [0, 20) 1 on time", "a [10, 20) 1 on time", "b [0, 20) 2 5 on time", "c [0, 20) 4 on time",
                                                     "b [10, 20) 5 on time", "d [0, 20) 7 on time", "d [10, 20) 7 on time"});
    const Ran ticks = collected(script, windows.trigger(weir::after_watermark().early(weir::every(Duration(14)))).discarding());
    CHECK(ticks.rows == Strings{"a [0, 20) 1 early", "a [10, 20) 1 early", "b [0, 20) 2 5 early", "c [0, 20) 4 early", "b [10, 20) 5 on time",
                                "d [0, 20) 7 on time", "d [10, 20) 7 on time"});
}

TEST_CASE("an event of several windows is expired when none of them gave it, and else passed") {
    const auto silent = [](const auto& windows) { return windows.allowed_lateness(Duration(9)).trigger(weir::after_watermark().late(weir::never())); };
    Script script;
    SECTION("a later window gives it") {
        script.watermark(at(138)).event({'a', 1}, at(135));
        const Ran ran = collected(script, silent(weir::cumulative(Duration(12), Duration(4))));
        CHECK(ran.rows == Strings{"a [132, 140) 1 on time", "a [132, 144) 1 on time"});
        CHECK(ran.expired == 0);
    }
    SECTION("one gives some of them, another the rest") {
        script.event({'a', 1}, at(6)).event({'a', 2}, at(11)).event({'a', 3}, at(7)).event({'b', 4}, at(7)).event({'a', 5}, at(1));
        const Ran ran = collected(script, weir::sliding(Duration(10), Duration(5)).trigger(weir::after_count(3)));
        CHECK(ran.rows == Strings{"a [5, 15) 1 2 3 early", "a [0, 10) 1 3 5 early"});
        CHECK(ran.expired == 1);
    }
    SECTION("the first goes without giving it, the next one gives it with what came since") {
        script.event({'a', 1}, at(6)).event({'b', 2}, at(7)).event({'a', 3}, at(8)).watermark(at(9)).event({'a', 4}, at(11)).event({'b', 5}, at(12));
        const Ran ran = collected(script, weir::sliding(Duration(10), Duration(5)).trigger(weir::after_count(3)));
        CHECK(ran.rows == Strings{"a [5, 15) 1 3 4 early"});
        CHECK(ran.expired == 2);
    }
    SECTION("none gives it") {
        script.watermark(at(143)).event({'a', 1}, at(135)).event({'b', 2}, at(135)).event({'b', 3}, at(145));
        const Ran ran = collected(script, silent(weir::cumulative(Duration(12), Duration(4))));
        CHECK(ran.rows == Strings{"b [144, 148) 3 on time", "b [144, 152) 3 on time", "b [144, 156) 3 on time"});
        CHECK(ran.expired == 2);
    }
}

TEST_CASE("a row of two numbers that are counted anyway is half a cache line") {
    using Aggregate = weir::detail::AllOf<weir::Count, decltype(weir::sum(&In::value))>;
    using State = weir::aggregate_state_t<Aggregate, In>;
    using Row = weir::detail::Table<std::uint64_t, weir::detail::WindowEntry<State, false, Aggregate>>::Row;
    STATIC_REQUIRE(sizeof(Row) == 32);
    STATIC_REQUIRE(sizeof(weir::detail::Table<std::uint64_t, weir::detail::WindowEntry<State, false>>::Row) == 40);
}

TEST_CASE("a key without a result expires with its window, unless a late event gives it one; whoever counts its inputs") {
    struct Least {
        std::string rows{};
        std::uint64_t expired = 0;
        std::uint64_t passed = 0;
    };
    const auto run = [](weir::Duration lateness, auto... counts) {
        Least ran;
        Script script;
        script.event({'a', 2}, at(1)).event({'a', 4}, at(2)).event({'b', 4}, at(3)).event({'b', 3}, at(4)).event({'c', 2}, at(5)).watermark(at(12));
        script.event({'a', 5}, at(6)).event({'b', 1}, at(7)).event({'d', 2}, at(8)).watermark(at(30)).event({'a', 8}, at(35));
        const weir::Report report =
            weir::run(weir::from(std::move(script)) | weir::key_by(&In::key) | weir::window(weir::tumbling(Duration(10)).allowed_lateness(lateness)) |
                      weir::aggregate(counts..., weir::where([](const In& in) { return in.value % 2 != 0; }, weir::min(&In::value))) |
                      weir::for_each([&ran](const auto& row) {
                          std::int64_t least = 0;
                          if constexpr (sizeof...(counts) != 0) least = std::get<1>(row.value);
                          else least = row.value;
                          ran.rows += fmt::format("{}{}#{} ", row.key, least, row.window.pane.index);
                      }));
        for (const weir::OperatorReport& row : report.operators) {
            CHECK(row.in == row.passed + row.dropped() + row.held);
            CHECK(row.held == 0);
            if (row.name.rfind("aggregate", 0) == 0) ran.expired = row.dropped(weir::Drop::expired), ran.passed = row.passed;
        }
        return ran;
    };
    const auto check = [&run](auto... counts) {
        const Least strict = run(Duration(0), counts...);
        CHECK(strict.rows == "b3#0 ");
        CHECK(strict.expired == 4); // those of a and c in the first window, and the last one
        CHECK(strict.passed == 2);
        const Least patient = run(Duration(9), counts...);
        CHECK(patient.rows == "b3#0 a5#0 b1#1 ");
        CHECK(patient.expired == 3); // those of c and d, and the last one
        CHECK(patient.passed == 6);
    };
    SECTION("rows count") { check(); }
    SECTION("the aggregate counts") { check(weir::count()); }
}

namespace {

/// Says how many inputs it has had, until a pane has been given: then it keeps the last one.
struct KeepsLast {
    template <typename T>
    struct State {
        std::vector<T> values{};
    };
    template <typename T>
    static constexpr weir::AggregateRules rules{.exact = true, .commutative = false, .grows = true};
    template <typename T>
    void add(State<T>& state, const T& value) const { state.values.push_back(value); }
    template <typename T>
    void merge(State<T>& state, const State<T>& later) const { state.values.insert(state.values.end(), later.values.begin(), later.values.end()); }
    template <typename T>
    std::size_t finish(const State<T>& state) const { return state.values.size(); }
    template <typename T>
    static std::uint64_t inputs(const State<T>& state) { return state.values.size(); }
    template <typename T>
    void after_pane(State<T>& state) const { state.values.erase(state.values.begin(), state.values.end() - 1); }
};

} // namespace

TEST_CASE("an aggregate that drops inputs behind a pane leaves none held") {
    Script script;
    script.event({'a', 1}, at(1)).event({'a', 2}, at(2)).event({'a', 3}, at(3)).watermark(at(20)).event({'a', 4}, at(25));
    std::vector<std::size_t> sizes;
    const weir::Report report = weir::run(weir::from(std::move(script)) | weir::key_by(&In::key) | weir::window(weir::tumbling(Duration(10))) |
                                          weir::aggregate(KeepsLast{}) | weir::for_each([&sizes](const auto& row) { sizes.push_back(row.value); }));
    CHECK(sizes == std::vector<std::size_t>{3, 1});
    for (const weir::OperatorReport& row : report.operators) {
        CHECK(row.held == 0);
        CHECK(row.passed == row.in);
    }
}

TEMPLATE_TEST_CASE("a window that was being given when its state was saved goes on with another lateness", "", weir::Count, weir::detail::OwnCount) {
    using Aggregate = weir::Count;
    using State = weir::aggregate_state_t<Aggregate, In>;
    const auto windows = weir::tumbling(Duration(10));
    using Panes = weir::detail::Panes<char, State, std::remove_const_t<decltype(windows.assigner)>, TestType>;
    const auto none_given = [](auto&&...) { FAIL("nothing is due"); };
    Panes saved(windows.assigner, {}, Duration(0), true);
    for (const char key : {'a', 'b', 'a'})
        saved.take(key, weir::detail::hash_of_key(key), In{key, 1}, at(5), {weir::min_time, weir::min_time}, Aggregate{}, none_given);
    REQUIRE(saved.begin(at(9)));
    Strings given;
    const auto give_by = [&given](Panes& panes) {
        return [&](char key, weir::Timestamp, weir::Timestamp, const auto& what, weir::Timing) {
            given.push_back(fmt::format("{}{}#{}", key, what.state.n, what.index));
            panes.given(what);
        };
    };
    int room = 1;
    CHECK_FALSE(saved.fire([&room] { return room-- > 0; }, give_by(saved)));
    CHECK(saved.held() == 1);
    weir::StateWriter to;
    saved.save(to);
    weir::StateReader from(to.data());
    Panes loaded(windows.assigner, {}, Duration(20), true);
    loaded.load(from);
    CHECK(loaded.fire([] { return true; }, give_by(loaded)));
    CHECK(loaded.held() == 0);
    loaded.take('a', weir::detail::hash_of_key('a'), In{'a', 1}, at(6), {at(9), at(9)}, Aggregate{}, give_by(loaded));
    CHECK(given == Strings{"a2#0", "b1#0", "a3#1"});
    CHECK(loaded.held() == 0);
    while (loaded.begin(weir::max_time)) loaded.fire([] { return true; }, give_by(loaded));
    CHECK(given.size() == 3);
    CHECK(loaded.expired() == 0);
    CHECK(loaded.held() == 0);
}

TEST_CASE("a hundred thousand windows that are open at once are given in order, each once") {
    constexpr std::int64_t n = 100'000;
    struct Tick {
        std::int64_t number;
        weir::Timestamp time;
    };
    std::vector<Tick> ticks;
    for (std::int64_t i = 0; i < n; ++i) ticks.push_back({i, at(10 * i)});
    for (std::int64_t i = 0; i < n; i += 2) ticks.push_back({i, at(10 * i + 9)});
    std::int64_t next = 0;
    weir::run(weir::from(ticks) | weir::event_time(&Tick::time, weir::bounded_disorder(Duration(10 * n))) |
              weir::window(weir::tumbling(Duration(10)).allowed_lateness(Duration(5 * n))) | weir::aggregate(weir::count(), weir::first(&Tick::number)) |
              weir::for_each([&next](const auto& row) {
                  const auto [count, first] = row.value;
                  if (row.window.start != at(10 * next) || first != next || count != (next % 2 == 0 ? 2U : 1U)) FAIL("window " << next);
                  ++next;
              }));
    CHECK(next == n);
}

TEST_CASE("which of many open windows is due is found with two looks, not one at each of them") {
    struct NoRows {
        void clear() noexcept {}
    };
    constexpr std::int64_t n = 1000;
    weir::detail::OpenWindows<NoRows, int, false> windows;
    for (std::int64_t i = 0; i < n; ++i) windows.find_or_open(at(10 * i), at(10 * i + 10));
    std::uint64_t looks = 0;
    const auto due = [&looks](const weir::detail::WindowTimes& window) {
        ++looks;
        return window.fired ? window.end + Duration(5 * n) : window.end;
    };
    weir::Timestamp last = at(0);
    std::int64_t fired = 0, closed = 0;
    for (auto first = windows.first_due(true, due); first != windows.end(); first = windows.first_due(true, due)) {
        if (due(*first) < last) FAIL("one was due before");
        last = due(*first);
        if (first->fired) windows.close(first), ++closed;
        else windows.fire(*first), ++fired;
    }
    CHECK(fired == n);
    CHECK(closed == n);
    CHECK(looks <= std::uint64_t{2 * n} * 4); // two here
}
