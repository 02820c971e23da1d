// SPDX-License-Identifier: BSL-1.0
// After their first steps the sources here allocate nothing for an event, nor do the sinks that read them into the world.
#include <weir/source.hpp>
#include <weir/testing/manual_clock.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "counting_new.hpp"
#include "files.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace std::chrono_literals;

/// Allocations of a job after its first hundred steps; before each step something may happen.
template <typename Job, typename Before>
std::size_t after_warm_up(Job&& job, Before&& before_step, const weir::RunOptions& options = {}) {
    auto stepper = weir::stepper(std::forward<Job>(job), options);
    const auto steps = [&](int n) {
        for (int i = 0; i < n; ++i) {
            before_step();
            REQUIRE(stepper.step(64) != weir::Progress::ended);
        }
    };
    steps(100);
    const std::size_t before = allocations;
    for (int i = 0; i < 200; ++i) {
        before_step();
        stepper.step(64);
    }
    return allocations - before;
}

TEST_CASE("a generator and the sinks behind it allocate nothing per event") {
    weir::SpscQueue<int> queue{4};
    weir::Topic<int> topic;
    long long sum = 0;
    const auto subscription = topic.subscribe([&](int e) { sum += e; });
    const auto numbers = [] { return weir::generate([i = 0]() mutable { return ++i; }); };
    CHECK(after_warm_up(numbers() | weir::for_each([&](int e) { sum += e; }), [] {}) == 0);
    CHECK(after_warm_up(numbers() | weir::to_topic(topic), [] {}) == 0);
    CHECK(after_warm_up(numbers() | weir::to_queue(queue), [&] { static_cast<void>(queue.try_pop()); }) == 0);
    CHECK(after_warm_up(numbers() | weir::to_lines("/dev/null", {.buffer = 512}), [] {}) == 0);
    CHECK(sum != 0);
}

TEST_CASE("ticks allocate nothing") {
    weir::ManualClock clock;
    std::size_t ticks = 0;
    CHECK(after_warm_up(weir::ticks(1s) | weir::for_each([&](weir::Timestamp) { ++ticks; }), [&] { clock.advance(1s); }, {.clock = &clock}) == 0);
    CHECK(ticks == 299);
}

TEST_CASE("a job that reads a topic allocates nothing, nor do its publishers") {
    weir::Topic<int> topic;
    std::size_t seen = 0;
    CHECK(after_warm_up(weir::from(topic) | weir::for_each([&](int) { ++seen; }), [&] { topic.publish(1); }) == 0);
    CHECK(seen == 300);
}

struct Reading {
    std::string sensor;
    double value = 0;
    static constexpr auto fields() { return weir::fields("sensor", &Reading::sensor, "value", &Reading::value); }
};

TEST_CASE("rows of CSV allocate nothing once their strings have grown, quoted ones included") {
    const files_test::TempDirectory directory;
    std::string text = "value,sensor\n";
    for (int i = 0; i < 50'000; ++i) text += std::to_string(i) + ".5,\"a name that is \"\"longer\"\" than a string has room for\"\n";
    double sum = 0;
    CHECK(after_warm_up(weir::from_csv<Reading>(directory.file("rows.csv", text), {.block = 4'000}) | weir::for_each([&](const Reading& r) { sum += r.value; }), [] {}) == 0);
    CHECK(sum > 0);
}

TEST_CASE("lines allocate nothing once the longest has been seen") {
    const files_test::TempDirectory directory;
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += std::string(static_cast<std::size_t>((i * 37) % 80), 'x') + '\n';
    std::size_t bytes = 0;
    CHECK(after_warm_up(weir::from_lines(directory.file("text", text), {.block = 2'000}) | weir::for_each([&](std::string_view line) { bytes += line.size(); }),
                        [] {}) == 0);
    CHECK(bytes > 100'000);
}

} // namespace
