// SPDX-License-Identifier: BSL-1.0
// With no idle input, what is late and what fixed windows give in the end is the same in every run, however the inputs interleave:
// an event is late by the watermark of its own input.
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using weir::Duration;
using weir::Timestamp;

struct In {
    int key;
    int number; // tells them apart
    Timestamp time;
    static constexpr auto fields() { return weir::fields("key", &In::key, "number", &In::number, "time", &In::time); }
};
using Script = weir::TestStream<In>;

struct Windows {
    std::int64_t size;
    std::int64_t slide;
    std::int64_t lateness;
};
using Late = std::vector<int>;
using Panes = std::map<std::tuple<int, std::int64_t, std::int64_t>, std::uint64_t>; // key, start, end -> count of the last pane
using Rows = std::vector<weir::Windowed<int, std::uint64_t>>;

std::int64_t ticks(Timestamp t) { return t.time_since_epoch().count(); }

/// Inputs of different rates and different disorder, of which more than a few events are late; and pauses, so that which of them is
/// ahead differs from run to run.
std::vector<Script> scripts(std::size_t n, std::uint64_t seed) {
    weir::Random shape(seed);
    weir::Random pause(seed ^ 0xbeefU);
    std::vector<Script> made(n);
    int number = 0;
    for (Script& script : made) {
        const auto step = shape.between(1, 6);
        const auto disorder = shape.between(4, 24);
        const auto allowed = shape.between(0, disorder / 3);
        std::uint64_t now = 0;
        std::uint64_t latest = 0;
        for (auto left = shape.between(10, 40); left > 0; --left) {
            now += shape.below(step + 1);
            const std::uint64_t time = 30 + now - shape.below(disorder + 1);
            latest = std::max(latest, time);
            script.event(In{static_cast<int>(shape.below(3)), number++, Timestamp(Duration(time))}, Timestamp(Duration(time)));
            script.watermark(Timestamp(Duration(latest - allowed - 1)));
            if (pause.one_in(5)) script.advance(Duration(pause.between(1, 9)));
        }
    }
    return made;
}

/// What section 6 of the library's rules says, in the simplest words: each input by itself.
std::pair<Panes, Late> expected(const std::vector<Script>& inputs, const Windows& windows) {
    Panes panes;
    Late late;
    for (const Script& input : inputs) {
        std::int64_t mark = -1'000'000;
        for (const auto& item : input.items()) {
            if (item.event) {
                const auto& [value, time] = *item.event;
                bool taken = false;
                for (std::int64_t start = ticks(time) / windows.slide * windows.slide; start > ticks(time) - windows.size; start -= windows.slide) {
                    if (start + windows.size - 1 + windows.lateness <= mark) continue;
                    taken = true;
                    ++panes[{value.key, start, start + windows.size}];
                }
                if (not taken) late.push_back(value.number);
            } else if (item.after == Duration{}) {
                mark = std::max(mark, ticks(item.time));
            }
        }
    }
    std::sort(late.begin(), late.end());
    return {panes, late};
}

Panes last_panes(const Rows& rows) {
    Panes panes;
    for (const auto& [key, window, count] : rows) {
        auto& last = panes[{key, ticks(window.start), ticks(window.end)}];
        last = std::max(last, count);
    }
    return panes;
}

/// The planted mistake: what is late is told by the watermark behind the merge.
struct OwnMarks {
    using kind = weir::OperatorKind;
    static constexpr bool one_to_one = true;
    template <typename S>
    using out = S;
    bool forgotten;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) { next.on_event(std::forward<E>(event)); }
    template <typename Next>
    void on_own_mark(Timestamp t, Next& next) {
        if (not forgotten) next.on_own_mark(t);
    }
};

struct Result {
    Rows rows;
    std::vector<In> late;
    bool is(const std::pair<Panes, Late>& what) const {
        Late numbers;
        for (const In& in : late) numbers.push_back(in.number);
        std::sort(numbers.begin(), numbers.end());
        return last_panes(rows) == what.first && numbers == what.second;
    }
};

auto window_of(const Windows& windows, Result& result) {
    return weir::sliding(Duration(windows.size), Duration(windows.slide)).allowed_lateness(Duration(windows.lateness)).late_to(weir::collect_into(result.late));
}
auto counted(const Windows& windows, Result& result) {
    return weir::key_by(&In::key) | weir::window(window_of(windows, result)) | weir::aggregate(weir::count());
}

/// How many of the runs give something else than each input by itself.
template <typename Run>
int differing(std::size_t inputs, const Windows& windows, Run run, bool forgotten = false) {
    int n = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const std::vector<Script> made = scripts(inputs, seed);
        weir::Simulation simulation(seed);
        Result result;
        run(made, OwnMarks{forgotten}, result, simulation.options());
        n += result.is(expected(made, windows)) ? 0 : 1;
    }
    return n;
}

const Windows side_by_side{6, 6, 0};
const Windows patient{6, 6, 5};
const Windows overlapping{9, 3, 2};

} // namespace

TEST_CASE("windows behind a merge of two give the same whatever the interleaving; told by the merged watermark they do not") {
    for (const Windows& windows : {side_by_side, patient}) {
        const auto run = [&](const auto& made, OwnMarks marks, Result& result, const weir::RunOptions& options) {
            const auto late = weir::tumbling(Duration(windows.size)).allowed_lateness(Duration(windows.lateness)).late_to(weir::collect_into(result.late));
            weir::run(weir::merge(weir::from(Script(made[0])), weir::from(Script(made[1]))) | marks | weir::key_by(&In::key) | weir::window(late) |
                          weir::aggregate(weir::count()) | weir::collect_into(result.rows),
                      options);
        };
        CHECK(differing(2, windows, run) == 0);
        CHECK(differing(2, windows, run, true) > 20);
    }
}

TEST_CASE("so behind stages, a merge of merges, and micro-batches taken apart") {
    const auto run = [](const auto& made, OwnMarks marks, Result& result, const weir::RunOptions& options) {
        weir::run(weir::merge(weir::merge(weir::from(Script(made[0])) | weir::stage({.capacity = 3}), weir::from(Script(made[1]))),
                              weir::from(Script(made[2]))) |
                      weir::micro_batch(3) | weir::unbatch() | weir::stage({.capacity = 4}) | marks | counted(overlapping, result) |
                      weir::collect_into(result.rows),
                  options);
    };
    CHECK(differing(3, overlapping, run) == 0);
    CHECK(differing(3, overlapping, run, true) > 20);
}

TEST_CASE("so in a chain of any type, and behind branches that meet again") {
    const auto run = [](const auto& made, OwnMarks marks, Result& result, const weir::RunOptions& options) {
        const weir::AnyChain<weir::Event<In>, weir::Event<weir::Windowed<int, std::uint64_t>>> chain = counted(overlapping, result);
        weir::run(weir::merge(weir::from(Script(made[0])), weir::from(Script(made[1]))) | marks |
                      weir::route([](const In& in) { return in.number % 2 == 0; }, weir::map([](const In& in) { return in; }), weir::otherwise,
                                  weir::filter([](const In&) { return true; })) |
                      chain | weir::collect_into(result.rows),
                  options);
    };
    CHECK(differing(2, overlapping, run) == 0);
    CHECK(differing(2, overlapping, run, true) > 20);
}

TEST_CASE("drop_late drops what is late for its own input, also where that came in batches") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const std::vector<Script> made = scripts(2, seed);
        weir::Simulation simulation(seed);
        std::vector<In> late;
        weir::run(weir::merge(weir::from(Script(made[0])) | weir::micro_batch(3), weir::from(Script(made[1])) | weir::micro_batch(2)) | weir::unbatch() |
                      weir::drop_late().late_to(weir::collect_into(late)) |
                      weir::for_each([](const In&) {}),
                  simulation.options());
        Late numbers;
        for (const In& in : late) numbers.push_back(in.number);
        std::sort(numbers.begin(), numbers.end());
        REQUIRE(numbers == expected(made, {1, 1, 0}).second);
    }
}
