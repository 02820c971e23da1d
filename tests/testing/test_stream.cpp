// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <string>
#include <type_traits>
#include <vector>

using namespace std::chrono_literals;
using weir::Event;
using weir::Timestamp;

namespace {
constexpr Timestamp at(std::chrono::seconds s) { return Timestamp(s); }
} // namespace

TEST_CASE("a test stream gives its events with their times, and is then spent") {
    weir::TestStream<std::string> script;
    script.event("a", at(1s)).watermark(at(5s)).idle().event("late", at(2s));
    std::vector<Event<std::string>> got;
    weir::run(weir::from(script) | weir::collect_into(got));
    REQUIRE(got == std::vector<Event<std::string>>{{"a", at(1s)}, {"late", at(2s)}});
    weir::run(weir::from(script) | weir::collect_into(got));
    REQUIRE(got.size() == 2);
    script.rewind();
    weir::run(weir::from(script) | weir::collect_into(got));
    REQUIRE(got.size() == 4);
}

TEST_CASE("a test stream is bounded, polled and positioned") {
    using Script = weir::TestStream<int>;
    STATIC_REQUIRE(weir::PollingSource<Script>);
    STATIC_REQUIRE(weir::PositionedSource<Script>);
    using Source = decltype(weir::from(std::declval<Script&>()));
    STATIC_REQUIRE(Source::stream::traits.bounded);
    STATIC_REQUIRE(std::is_same_v<Source::stream::event, Event<int>>);
}

TEST_CASE("a test stream goes on from a position") {
    weir::TestStream<int> script;
    script.event(1, at(1s)).event(2, at(2s)).watermark(at(2s)).event(3, at(3s));
    REQUIRE((*script.poll(at(0s))).value == 1);
    const auto position = script.position();
    REQUIRE((*script.poll(at(0s))).value == 2);
    REQUIRE(script.poll(at(0s)).watermark() == at(2s));
    script.seek(position);
    REQUIRE((*script.poll(at(0s))).value == 2);
}

TEST_CASE("what stands behind an advance is there only that much later") {
    weir::TestStream<int> script;
    script.event(1, at(1s)).advance(10s).event(2, at(2s));
    REQUIRE(script.poll(at(0s)));
    const auto nothing = script.poll(at(0s));
    REQUIRE(nothing.state() == weir::Polled<Event<int>>::State::nothing);
    REQUIRE(nothing.retry_in() == 10s);
    REQUIRE(script.poll(at(4s)).retry_in() == 6s);
    REQUIRE((*script.poll(at(10s))).value == 2);
    REQUIRE(script.poll(at(10s)).has_ended());
}

TEST_CASE("a simulation moves its clock over the advances of a script") {
    weir::TestStream<int> script;
    script.event(1, at(1s)).advance(1h).event(2, at(2s)).advance(1h);
    std::vector<int> got;
    weir::Simulation simulation(1);
    weir::run(weir::from(script) | weir::stage() | weir::collect_into(got), simulation.options());
    REQUIRE(got == std::vector{1, 2});
    REQUIRE(simulation.clock().now() == Timestamp(2h));
}

TEST_CASE("watermarks of a script reach the sink between its events, and the last says the stream is complete") {
    weir::TestStream<int> script;
    script.event(1, at(1s)).watermark(at(4s)).event(5, at(5s));
    auto sink_of = [](auto source, auto sink) { return std::move(source) | weir::map([](int x) { return x; }) | sink; };
    const auto trial = weir::detail::run_truth<false>(script.items(), sink_of);
    REQUIRE(trial.captured->rows.at(0).mark == weir::min_time);
    REQUIRE(trial.captured->rows.at(1).mark == at(4s));
    REQUIRE(trial.captured->mark == weir::max_time);
    REQUIRE(trial.captured->ended);
}

TEST_CASE("a watermark below the one before is passed over") {
    weir::TestStream<int> script;
    script.watermark(at(4s)).watermark(at(3s)).event(5, at(5s)).watermark(at(2s)).event(6, at(6s));
    auto sink_of = [](auto source, auto sink) { return std::move(source) | weir::map([](int x) { return x; }) | sink; };
    weir::check_laws(script, sink_of, {.runs = 4});
    const auto trial = weir::detail::run_truth<true>(script.items(), sink_of);
    REQUIRE(trial.captured->rows.at(0).mark == at(4s));
    REQUIRE(trial.captured->rows.at(1).mark == at(4s));
}
