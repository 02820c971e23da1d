// SPDX-License-Identifier: BSL-1.0
// The rules of time, R0 to R3, are each seen to catch the mistakes that they are there for, and to be silent without.
#include "laws/laws.hpp"
#include "laws/mutants.hpp"

using namespace laws;
using namespace mutants;
using weir::Duration;

namespace {

/// In how many of 40 random streams some run differs from what the oracle says.
template <typename Make>
int differing(const Oracle& oracle, Make make, const std::vector<Plan>& plans) {
    int n = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const Steps steps = streams::random_steps(seed);
        const Expected expected = oracle(steps);
        n += std::any_of(plans.begin(), plans.end(), [&](const Plan& plan) { return not wrong(steps, expected, make, plan, "").empty(); });
    }
    return n;
}

const std::vector<Plan> one_by_one{{}};
const std::vector<Plan> in_spans{{.runner = Runner::simulated, .seed = 3}, {.runner = Runner::simulated, .seed = 4}};

template <typename Mutant>
auto alone(Mutant mutant) {
    return [mutant](auto source, auto sink) { return std::move(source) | mutant | std::move(sink); };
}

auto before_windows(Passing::Mistake mistake) {
    return [mistake](auto source, auto sink) {
        return std::move(source) | Passing{mistake} | weir::key_by(&In::key) | weir::window(weir::tumbling(Duration(10))) |
               weir::aggregate(weir::count()) | weir::map(ToRow{}) | std::move(sink);
    };
}

const Oracle kept_in_windows = [](Steps steps) {
    std::erase_if(steps, [](const Step& step) { return step.kind == Step::Kind::event && not is_kept(step.in); });
    return oracles::Windows(oracles::tumbling(10), {}, Measure::count)(steps);
};
const Oracle windows = [](const Steps& steps) {
    return oracles::Windows(oracles::tumbling(Tumbling::size), {.lateness = Tumbling::lateness}, Measure::count)(steps);
};
const Oracle sessions = [](const Steps& steps) {
    return oracles::Sessions([](const In&) { return Sessions::gap; }, {}, Measure::count)(steps);
};

weir::TestStream<In> script() {
    weir::TestStream<In> made;
    for (const Step& step : streams::random_steps(5, {.steps = 150})) {
        if (step.kind == Step::Kind::event) made.event(step.in, streams::at(step.time));
        else if (step.kind == Step::Kind::mark) made.watermark(streams::at(step.time));
    }
    return made;
}

} // namespace

TEST_CASE("what is right is found right") {
    CHECK(differing(kept_in_windows, before_windows(Passing::Mistake::none), in_spans) == 0);
    CHECK(differing(windows, alone(Tumbling{Tumbling::Mistake::none}), in_spans) == 0);
    CHECK(differing(sessions, alone(mutants::Sessions{mutants::Sessions::Mistake::none}), in_spans) == 0);
    CHECK_NOTHROW(weir::check_equivalence(script(), before_windows(Passing::Mistake::none)));
    CHECK_NOTHROW(weir::check_recovery(script(), alone(Tumbling{Tumbling::Mistake::none})));
    CHECK_NOTHROW(weir::check_recovery(laws::numbers(60), alone(Sums{Sums::Mistake::none})));
}

TEST_CASE("R0: a span that is cut one event late is caught") {
    CHECK(differing(kept_in_windows, before_windows(Passing::Mistake::span_cut_late), in_spans) > 3);
    CHECK_THROWS_AS(weir::check_equivalence(script(), before_windows(Passing::Mistake::span_cut_late)), weir::LawBroken);
}

TEST_CASE("R0: what an event makes due, given at the next watermark, is caught") {
    CHECK(differing(windows, alone(Tumbling{Tumbling::Mistake::late_pane_waits}), one_by_one) > 10);
}

TEST_CASE("R1: watermarks out of their places are caught") {
    CHECK(differing(windows, alone(Tumbling{Tumbling::Mistake::mark_first}), one_by_one) > 30);
    CHECK(differing(windows, alone(Tumbling{Tumbling::Mistake::no_mark_before}), one_by_one) > 30);
}

TEST_CASE("R1: windows in another order are caught") {
    CHECK(differing(windows, alone(Tumbling{Tumbling::Mistake::by_key}), one_by_one) > 20);
    CHECK(differing(sessions, alone(mutants::Sessions{mutants::Sessions::Mistake::by_start}), one_by_one) > 20);
}

TEST_CASE("a window fired twice is caught, also when it was saved between") {
    CHECK(differing(windows, alone(Tumbling{Tumbling::Mistake::fires_twice}), one_by_one) > 5);
    CHECK_THROWS_AS(weir::check_recovery(script(), alone(Tumbling{Tumbling::Mistake::forgets_it_fired})), weir::LawBroken);
}

TEST_CASE("a session merged one short, apart where it touches, or given before it has ended, is caught") {
    for (const auto mistake : {mutants::Sessions::Mistake::merged_one_short, mutants::Sessions::Mistake::touching_apart,
                               mutants::Sessions::Mistake::keeps_its_end})
        CHECK(differing(sessions, alone(mutants::Sessions{mistake}), one_by_one) > 5);
}

TEST_CASE("R2: a mark lost in a filter is caught") {
    CHECK(differing(kept_in_windows, before_windows(Passing::Mistake::mark_lost_in_filter), one_by_one) > 3);
}

TEST_CASE("R2: lateness that is judged by the event, not by its windows, or is a nanosecond off, is caught") {
    CHECK(differing(windows, alone(Tumbling{Tumbling::Mistake::late_by_time}), one_by_one) > 20);
    CHECK(differing(windows, alone(Tumbling{Tumbling::Mistake::late_by_one}), one_by_one) > 2);
}

TEST_CASE("R3: events held without their marks are caught") {
    CHECK(differing(kept_in_windows, before_windows(Passing::Mistake::marks_overtake), one_by_one) > 10);
    CHECK(differing(kept_in_windows, before_windows(Passing::Mistake::marks_behind), one_by_one) > 10);
}

TEST_CASE("R3: a flush on a barrier, and a barrier that saves nothing, are caught") {
    CHECK_THROWS_AS(weir::check_recovery(laws::numbers(60), alone(Sums{Sums::Mistake::flushes_on_barrier})), weir::LawBroken);
    CHECK_THROWS_AS(weir::check_recovery(laws::numbers(60), alone(Sums{Sums::Mistake::forgets_held})), weir::LawBroken);
}
