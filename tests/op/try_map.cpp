// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "op/watching.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using Catch::Contains;
using watching::at;
using watching::Watch;
using Log = std::vector<std::string>;

namespace {

const std::vector<std::string> lines{"1", "2", "x", "4"};
const auto parse = [](const std::string& text) { return std::stoi(text); };

/// Throws the first `times` times that it is given 3.
auto fails_at_3(int times) {
    return [left = times](int x) mutable {
        if (x == 3 && left-- > 0) throw std::runtime_error("three");
        return x;
    };
}

/// Gives two for one and does not ask whether there is room.
struct Twice {
    using kind = weir::OperatorKind;
    template <typename S>
    using out = S;
    template <typename Next>
    void on_event(int x, Next& next) {
        next.on_event(int(x));
        next.on_event(x + 10);
    }
};

struct Line {
    std::string text;
    std::uint64_t number;
    weir::Position position() const { return {.file = "bids.csv", .line = number}; }
};

} // namespace

TEST_CASE("try_map is map while nothing goes wrong") {
    std::vector<int> got;
    const weir::Report report = weir::run(weir::from(std::vector<std::string>{"1", "2"}) | weir::try_map(parse) | weir::collect_into(got));
    CHECK(got == std::vector{1, 2});
    CHECK(report.at("try_map#1").passed == 2);
}

TEST_CASE("dead_letter: the chain gets what could not be mapped, and why") {
    std::vector<int> good;
    std::vector<weir::Rejected<std::string>> bad;
    const weir::Report report =
        weir::run(weir::from(lines) | weir::try_map(parse, weir::dead_letter(weir::collect_into(bad))) | weir::collect_into(good));
    CHECK(good == std::vector{1, 2, 4});
    REQUIRE(bad.size() == 1);
    CHECK(bad[0].event == "x");
    CHECK_THROWS_AS(std::rethrow_exception(bad[0].error), std::invalid_argument);
    CHECK_FALSE(bad[0].position.known());
    CHECK(report.at("try_map#1").in == 4);
    CHECK(report.at("try_map#1").passed == 3);
    CHECK(report.at("try_map#1").dropped(weir::Drop::error) == 1);
    CHECK(report.at("try_map#1/dead_letter/collect_into#1").in == 1);
}

TEST_CASE("fail, the default: the job ends with the operator, the number of the event and the error") {
    std::vector<int> good;
    try {
        weir::run(weir::from(lines) | weir::named("parser", weir::try_map(parse)) | weir::collect_into(good));
        FAIL("the job did not fail");
    } catch (const weir::EventError& error) {
        CHECK(std::string(error.what()) == "parser: event 3: stoi");
        CHECK(error.number() == 3);
        CHECK_THROWS_AS(std::rethrow_if_nested(error), std::invalid_argument);
    }
    CHECK(good == std::vector{1, 2});
}

TEST_CASE("the place of an event in its file is in the message of fail, and in Rejected") {
    const std::vector<Line> input{{"1", 16}, {"x", 17}};
    const auto number = [](const Line& line) {
        if (line.text == "x") throw weir::PositionedError("field qty: 'x' is no number", {.column = 9});
        return 1;
    };
    std::vector<weir::Rejected<Line>> bad;
    weir::run(weir::from(input) | weir::try_map(number, weir::dead_letter(weir::collect_into(bad))) | weir::for_each([](int) {}));
    REQUIRE(bad.size() == 1);
    CHECK(bad[0].position == weir::Position{"bids.csv", 17, 9, 0});
    CHECK(bad[0].what() == "field qty: 'x' is no number");
    CHECK_THROWS_WITH(weir::run(weir::from(input) | weir::try_map(number) | weir::for_each([](int) {})),
                      "try_map#1: event 2 at bids.csv:17:9: field qty: 'x' is no number");
}

TEST_CASE("drop: events in error are counted and gone") {
    std::vector<int> good;
    const weir::Report report = weir::run(weir::from(lines) | weir::try_map(parse, weir::drop()) | weir::collect_into(good));
    CHECK(good == std::vector{1, 2, 4});
    CHECK(report.at("try_map#1").dropped(weir::Drop::error) == 1);
}

TEST_CASE("a function that would rather not throw returns an Outcome") {
    std::vector<int> good;
    std::vector<weir::Rejected<int>> bad;
    const auto half = [](int x) -> weir::Outcome<int> {
        if (x % 2 != 0) return std::make_exception_ptr(std::runtime_error("odd"));
        return x / 2;
    };
    weir::run(weir::from(std::vector{2, 3, 8}) | weir::try_map(half, weir::dead_letter(weir::collect_into(bad))) | weir::collect_into(good));
    CHECK(good == std::vector{1, 4});
    REQUIRE(bad.size() == 1);
    CHECK(bad[0].what() == "odd");
}

TEST_CASE("an exception of what follows is not an error of the function") {
    const auto fails = [](int) { throw std::runtime_error("behind"); };
    CHECK_THROWS_WITH(weir::run(weir::from(lines) | weir::try_map(parse, weir::drop()) | weir::for_each(fails)), "behind");
}

TEST_CASE("retry calls again until it goes well, and later events wait behind") {
    std::vector<int> got;
    const weir::Report report =
        weir::run(weir::from(std::vector{1, 3, 2}) | weir::try_map(fails_at_3(2), weir::retry(2, 1ms)) | weir::collect_into(got));
    CHECK(got == std::vector{1, 3, 2});
    CHECK(report.at("try_map#1").passed == 3);
}

TEST_CASE("retry: after n more calls the policy behind it decides") {
    const auto always = fails_at_3(1'000'000);
    std::vector<int> got;
    weir::run(weir::from(std::vector{1, 3, 2}) | weir::try_map(always, weir::retry(2, 1ms, weir::drop())) | weir::collect_into(got));
    CHECK(got == std::vector{1, 2});
    CHECK_THROWS_WITH(weir::run(weir::from(std::vector{1, 3, 2}) | weir::try_map(always, weir::retry(2)) | weir::for_each([](int) {})),
                      "try_map#1: event 2: three");
}

TEST_CASE("retry(n) calls the function n + 1 times, each after the backoff, without sleeping in a step") {
    weir::ManualClock clock;
    std::vector<weir::Timestamp> calls;
    const auto fails = [&](int) -> int {
        calls.push_back(clock.now());
        throw std::runtime_error("no");
    };
    std::vector<int> got;
    weir::RunOptions options;
    options.clock = &clock;
    weir::Stepper stepper =
        weir::stepper(weir::from(std::vector{1}) | weir::try_map(fails, weir::retry(2, 10s, weir::drop())) | weir::collect_into(got), options);
    while (stepper.step() == weir::Progress::more) {}
    CHECK(calls.size() == 1);
    CHECK(stepper.report().at("try_map#1").held == 1);
    clock.advance(9s);
    CHECK(stepper.step() == weir::Progress::idle);
    CHECK(calls.size() == 1);
    clock.advance(1s);
    stepper.step();
    CHECK(calls.size() == 2);
    clock.advance(30s);
    while (stepper.step() != weir::Progress::ended) {}
    CHECK(calls == std::vector{at(0), at(10), at(40)});
    CHECK(stepper.report().at("try_map#1").dropped(weir::Drop::error) == 1);
    CHECK(stepper.report().at("try_map#1").held == 0);
}

TEST_CASE("retry: signals keep their place behind the event that waits") {
    Log log;
    weir::TestStream<int> script;
    script.event(1, at(1)).watermark(at(1)).event(3, at(3)).watermark(at(3)).event(4, at(4));
    weir::run(weir::from(script) | weir::try_map(fails_at_3(1), weir::retry(1, 1ms)) | Watch(log) | weir::for_each([](int) {}));
    CHECK(log == Log{"1@1", "w1", "3@3", "w3", "4@4", "w+", "end"});
}

TEST_CASE("retry: an operator before it that does not ask for room loses nothing") {
    std::vector<int> got;
    weir::run(weir::from(std::vector{1, 3, 4}) | Twice() | weir::try_map(fails_at_3(1), weir::retry(1, 1ms)) | weir::collect_into(got));
    CHECK(got == std::vector{1, 11, 3, 13, 4, 14});
}

TEST_CASE("retry waits while the job stops, as what was read flows through") {
    std::vector<int> got;
    weir::ManualClock clock;
    weir::RunOptions options;
    options.clock = &clock;
    weir::Stepper stepper =
        weir::stepper(weir::from(std::vector{3, 4}) | weir::try_map(fails_at_3(1), weir::retry(1, 10s)) | weir::collect_into(got), options);
    while (stepper.step() == weir::Progress::more) {}
    stepper.stop();
    CHECK(stepper.step() == weir::Progress::idle);
    clock.advance(10s);
    while (stepper.step() != weir::Progress::ended) {}
    CHECK(got == std::vector{3});
}

TEST_CASE("dead_letter keeps event times, gets the signals, and ends before what follows") {
    Log log;
    weir::TestStream<int> script;
    script.event(3, at(5)).watermark(at(6));
    std::vector<weir::Event<int>> bad;
    const auto event = [](const weir::Rejected<int>& rejected) { return rejected.event; };
    weir::run(weir::from(script)
              | weir::try_map(fails_at_3(1), weir::dead_letter(weir::map(event) | Watch(log, "bad ") | weir::collect_into(bad))) //
              | Watch(log) | weir::for_each([](int) {}));
    CHECK(bad == std::vector{weir::Event<int>{3, at(5)}});
    CHECK(log == Log{"bad 3@5", "bad w6", "w6", "bad w+", "w+", "bad end", "end"});
}

TEST_CASE("dead_letter may go on in another thread, and may have enough") {
    std::vector<int> odd(500), good, bad;
    for (int i = 0; i < 500; ++i) odd[static_cast<std::size_t>(i)] = 2 * i + 1;
    const auto refuse = [](int x) -> int { throw std::runtime_error(std::to_string(x)); };
    const auto event = [](const weir::Rejected<int>& rejected) { return rejected.event; };
    const weir::Report all = weir::run(
        weir::from(odd) | weir::try_map(refuse, weir::dead_letter(weir::map(event) | weir::stage({.capacity = 2}) | weir::collect_into(bad)))
        | weir::collect_into(good));
    CHECK(bad == odd);
    CHECK(all.at("try_map#1").dropped(weir::Drop::error) == 500);
    bad.clear();
    const weir::Report two = weir::run(weir::from(odd)
                                       | weir::try_map(refuse, weir::dead_letter(weir::map(event) | weir::take(2) | weir::collect_into(bad)))
                                       | weir::collect_into(good));
    CHECK(bad == std::vector{1, 3});
    CHECK(two.at("try_map#1").in == 500);
}
