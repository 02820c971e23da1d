// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "testing/planted.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

using Catch::Contains;

namespace {

std::vector<int> numbers(int n) {
    std::vector<int> v(static_cast<std::size_t>(n));
    std::iota(v.begin(), v.end(), 1);
    return v;
}

weir::TestStream<int> marked(int n) {
    weir::TestStream<int> script;
    for (int i = 1; i <= n; ++i) {
        script.event(i, weir::Timestamp(std::chrono::seconds(i)));
        if (i % 3 == 0) script.watermark(weir::Timestamp(std::chrono::seconds(i)));
    }
    return script;
}

template <typename Op>
auto staged(Op op) {
    return [op](auto source, auto sink) { return std::move(source) | weir::stage({.capacity = 4}) | op | sink; };
}

/// What simulate says, and that the seed which it names says the same again.
template <typename Input, typename Make>
std::string found(const Input& input, Make make, weir::SimulateOptions options = {}) {
    const auto says = [&] {
        try {
            weir::simulate(input, make, options);
        } catch (const weir::LawBroken& broken) {
            return std::string(broken.what());
        }
        return std::string();
    };
    std::string first = says();
    REQUIRE_THAT(first, Contains("WEIR_SEED="));
    options.seed = std::stoull(first.substr(first.find("WEIR_SEED=") + 10));
    options.seeds = 1;
    REQUIRE(says() == first);
    return first;
}

} // namespace

TEST_CASE("a right pipeline goes through a hundred seeds, and every step and call of some") {
    const auto make = [](auto source, auto sink, const weir::Fault& fault) {
        return std::move(source) | weir::map([fault](int x) { return fault(), 2 * x; }) | weir::stage({.capacity = 2}) |
               weir::filter([fault](int x) { return fault(), x % 3 != 0; }) | sink;
    };
    weir::simulate(numbers(40), make);
    weir::simulate(numbers(12), make, {.seeds = 3, .each_step = true});
}

TEST_CASE("a right pipeline gives the same of splits that come and go, in the order in which they are read") {
    const auto make = [](auto source, auto sink, const weir::Fault& fault) {
        return std::move(source) | weir::scan(0, [fault](int sum, int x) { return fault(), (3 * sum + x) % 1000; }) | weir::stage({.capacity = 2}) |
               weir::micro_batch(3) | weir::unbatch() | weir::skip(2) | sink;
    };
    weir::simulate_splits(numbers(40), make);
    weir::simulate_splits(numbers(12), make, {.seeds = 3, .each_step = true});
}

TEST_CASE("planted: spans in a wrong order, a lost wake-up and a swallowed error are found behind splits, too") {
    const auto says = [](auto make, weir::SimulateOptions options = {}) {
        try {
            weir::simulate_splits(numbers(60), make, options);
        } catch (const weir::LawBroken& broken) {
            return std::string(broken.what());
        }
        return std::string();
    };
    const std::string swapped = says(staged(planted::SwapsSpans{}));
    CHECK_THAT(swapped, Contains("from splits") && Contains("of the results is") && Contains("smallest input found"));
    CHECK(says(staged(planted::SwapsSpans{})) == swapped); // the same again
    CHECK_THAT(says(staged(weir::map([](int x) { return x; })), {.lose_wakes = true}), Contains("no task can go on"));
    CHECK_THAT(says(staged(planted::Swallows{})), Contains("the error did not come out of run"));
}

TEST_CASE("planted: spans in a wrong order are found, and shrunk to three events") {
    const std::string text = found(numbers(60), staged(planted::SwapsSpans{}));
    CHECK_THAT(text, Contains("of the results is") && Contains("smallest input found, 3 of 60") && not Contains("; "));
}

TEST_CASE("planted: a lost wake-up is found, and shrunk to the one that it takes") {
    const std::string text = found(numbers(60), staged(weir::map([](int x) { return x; })), {.lose_wakes = true});
    CHECK_THAT(text, Contains("no task can go on") && Contains("; lost wake-up before step"));
    CHECK(text.find("lost wake-up") == text.rfind("lost wake-up"));
    CHECK_THAT(text, not Contains("stall before") && not Contains("pause before") && not Contains("later before"));
}

TEST_CASE("planted: a lost watermark is found, and shrunk to the two events before it") {
    const std::string text = found(marked(60), staged(planted::LosesWatermark{}));
    CHECK_THAT(text, Contains("watermark is") || Contains("has the mark"));
    CHECK_THAT(text, Contains("smallest input found, 2 of"));
}

TEST_CASE("planted: an error that does not come out is found, with the first call that shows it: that of the sink") {
    const std::string text = found(numbers(60), staged(planted::Swallows{}));
    CHECK_THAT(text, Contains("call 2 fails") && Contains("the error did not come out of run") && Contains("smallest input found, 1 of 60"));
}

TEST_CASE("a stall holds a task up, a pause the source, and time goes on when it is told to") {
    std::vector<int> got;
    weir::Simulation simulation(3, {.events = 10});
    simulation.add({.kind = weir::Incident::Kind::stall, .at = 2, .steps = 5, .task = 0});
    simulation.add({.kind = weir::Incident::Kind::pause, .at = 8, .steps = 500});
    simulation.add({.kind = weir::Incident::Kind::later, .at = 4, .by = std::chrono::seconds(7)});
    weir::run(weir::from(numbers(100)) | weir::stage({.capacity = 1}) | weir::collect_into(got), simulation.options());
    CHECK(got == numbers(100));
    CHECK(simulation.steps() >= 508);
    CHECK(simulation.clock().now() == weir::Timestamp(std::chrono::seconds(7)));
}

TEST_CASE("a pipeline that does not do the same twice is told so") {
    int calls = 0;
    const auto each_seventh = [&calls](auto source, auto sink) { return std::move(source) | weir::filter([&calls](int) { return ++calls % 7 != 0; }) | sink; };
    CHECK_THROWS_WITH(weir::simulate(numbers(40), each_seventh), Contains("does not do the same in each run"));
}

TEST_CASE("an error of the pipeline's own is the same error however it is run, also after a drain") {
    const auto refuses = [](auto source, auto sink) {
        return std::move(source) | weir::map([](int x) { return x == 20 ? throw std::runtime_error("my own") : x; }) | sink;
    };
    CHECK_NOTHROW(weir::simulate(numbers(40), refuses, {.seeds = 30, .each_step = true}));
}

TEST_CASE("times are shown as numbers") {
    CHECK(weir::detail::describe(weir::Timestamp(std::chrono::microseconds(3))) == "3000 ns");
    CHECK(weir::detail::describe(std::chrono::sys_days(std::chrono::days(1))) == "86400000000000 ns");
}
