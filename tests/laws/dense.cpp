// SPDX-License-Identifier: BSL-1.0
// Long streams with a watermark behind each event, as event_time(..., bounded_disorder(d)) makes them, of few and of many keys:
// most events go to one window, many windows close at once, some events are late.
#include "laws/agreement.hpp"

using namespace laws;
using weir::Duration;

namespace {

constexpr Time disorder = 12; // what the strategy expects; the streams have more

const std::vector<Shape> shapes{
    {.steps = 2500, .keys = 3, .disorder = 20, .speed = 3, .mark = 0, .quiet = 400},
    {.steps = 2500, .keys = 400, .favourite = 1000, .disorder = 20, .speed = 3, .mark = 0, .quiet = 300},
    {.steps = 1500, .keys = 60, .favourite = 2, .disorder = 30, .speed = 10, .mark = 0, .quiet = 30},
    {.steps = 1500, .keys = 1000, .favourite = 50, .disorder = 14, .speed = 2, .mark = 0, .quiet = 1000},
};

template <typename Spec>
auto counted(const Spec& spec) {
    return [spec](auto source, auto sink) {
        return std::move(source) | weir::event_time([](const In& in) { return streams::at(in.time); }, weir::bounded_disorder(Duration(disorder))) |
               weir::key_by(&In::key) | weir::window(spec) | weir::aggregate(weir::count()) | weir::map(ToRow{}) | std::move(sink);
    };
}

template <typename Spec, typename OracleOf>
void hold(const Spec& spec, std::initializer_list<Rules> rules_of, const OracleOf& oracle_of) {
    std::uint64_t seed = 1;
    for (const Rules& rules : rules_of) {
        for (const Shape& shape : shapes) {
            INFO(describe(rules) << ", seed " << seed << ", keys " << shape.keys);
            const auto oracle = [&](const Steps& steps) { return oracle_of(rules)(streams::marked_by_events(steps, disorder)); };
            agree(streams::random_steps(seed, shape), oracle, counted(with_rules(spec, rules)), "aggregate", seed);
            ++seed;
        }
    }
}

const auto panes_of = [](const oracles::Assign& assign) {
    return [assign](const Rules& rules) { return oracles::Windows(assign, rules, Measure::count); };
};

} // namespace

TEST_CASE("tumbling windows of long streams are what the rules say") {
    hold(weir::tumbling(Duration(700)), {Rules{}, Rules{.lateness = 5}}, panes_of(oracles::tumbling(700)));
    hold(weir::tumbling(Duration(25)), {Rules{.lateness = 4}, Rules{.count = 3, .accumulates = false}}, panes_of(oracles::tumbling(25)));
}

TEST_CASE("sliding windows of long streams are what the rules say") {
    hold(weir::sliding(Duration(400), Duration(130)), {Rules{.lateness = 6}}, panes_of(oracles::sliding(400, 130)));
}

TEST_CASE("sessions of long streams are what the rules say") {
    const auto sessions_of = [](const Rules& rules) { return oracles::Sessions([](const In&) { return Time{30}; }, rules, Measure::count); };
    hold(weir::session(Duration(30)), {Rules{}, Rules{.lateness = 20}}, sessions_of);
}

TEST_CASE("late_to sees exactly what was too late, in its order") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        INFO("seed " << seed);
        const Steps steps = streams::random_steps(seed, {.steps = 200, .keys = 20, .disorder = 40});
        weir::TestStream<In> script;
        for (const Step& step : steps) {
            if (step.kind == Step::Kind::event) script.event(step.in, streams::at(step.time));
            else if (step.kind == Step::Kind::mark) script.watermark(streams::at(step.time));
        }
        std::vector<In> late_windows, late_sessions;
        const auto nowhere = weir::for_each([](const auto&) {});
        weir::run(weir::from(script) | weir::key_by(&In::key) |
                  weir::window(weir::tumbling(Duration(10)).allowed_lateness(Duration(3)).late_to(weir::collect_into(late_windows))) |
                  weir::aggregate(weir::count()) | nowhere);
        script.rewind();
        weir::run(weir::from(script) | weir::key_by(&In::key) | weir::window(weir::session(Duration(10)).late_to(weir::collect_into(late_sessions))) |
                  weir::aggregate(weir::count()) | nowhere);
        const auto values_of = [](const std::vector<In>& late) {
            std::vector<std::int64_t> values;
            for (const In& in : late) values.push_back(in.value);
            return values;
        };
        CHECK(values_of(late_windows) == oracles::Windows(oracles::tumbling(10), {.lateness = 3}, Measure::count)(steps).late_values);
        CHECK(values_of(late_sessions) == oracles::Sessions([](const In&) { return Time{10}; }, {}, Measure::count)(steps).late_values);
    }
}
