// SPDX-License-Identifier: BSL-1.0
// micro_batch({.latency}): a queue before one processor, simulated to the nanosecond.
#include <weir/batch/micro_batcher.hpp>
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

using namespace std::chrono_literals;
using weir::Duration;
using weir::Timestamp;

namespace {

struct Work {
    double rate;             // events a second
    Duration fixed;          // of a batch,
    Duration each;           // and of each of its events
    double noise = 0;        // 0.2: up to 20 % more than that
    bool bursts = false;     // four times the rate for 5 ms, then nothing for 15 ms
    double slower_later = 1; // times that much from half of the events on
};
struct Seen {
    Duration p99{};
    double mean_size = 0;
    double busy = 0;    // share of the time
    Duration longest{}; // that a batch took, of the second half
};

/// What happens to events that come while the processor is busy, and to those that wait for others.
Seen simulate(const Work& work, Duration latency, std::size_t events = 200'000) {
    weir::Random random(11);
    std::vector<Timestamp> came;
    double at = 0;
    for (std::size_t i = 0; i < events; ++i) {
        const double uniform = (static_cast<double>(random.below(1'000'000)) + 1) / 1'000'001;
        at += -std::log(uniform) * 1e9 / work.rate / (work.bursts ? 4 : 1);
        if (work.bursts && std::fmod(at, 20e6) > 5e6) at += 20e6 - std::fmod(at, 20e6);
        came.push_back(Timestamp(Duration(static_cast<std::int64_t>(at))));
    }
    weir::MicroBatcher<std::size_t> batcher(weir::MicroBatchOptions{.latency = latency});
    std::vector<Duration> took;
    Timestamp now{};
    std::size_t batches = 0;
    Duration busy{};
    Duration longest{};
    const auto process = [&](std::optional<std::span<std::size_t>> batch) {
        if (not batch) return;
        const double slower = (1 + work.noise * static_cast<double>(random.below(1000)) / 1000) * (batch->front() > events / 2 ? work.slower_later : 1);
        const auto cost = Duration(static_cast<std::int64_t>(slower * static_cast<double>((work.fixed + work.each * batch->size()).count())));
        batcher.processed(now, now + cost);
        now += cost;
        busy += cost;
        ++batches;
        if (batch->front() > events / 2) longest = std::max(longest, cost);
        for (const std::size_t event : *batch) took.push_back(now - came[event]);
    };
    for (std::size_t i = 0; i < events;) {
        const Timestamp due = batcher.deadline();
        if (due <= std::max(now, came[i])) {
            now = std::max(now, due);
            process(batcher.poll(now));
        } else {
            now = std::max(now, came[i]);
            process(batcher.push(i++, now));
        }
    }
    took.erase(took.begin(), took.begin() + static_cast<std::ptrdiff_t>(took.size() / 20)); // it learns
    std::nth_element(took.begin(), took.begin() + static_cast<std::ptrdiff_t>(took.size() * 99 / 100), took.end());
    return {took[took.size() * 99 / 100], static_cast<double>(took.size()) / static_cast<double>(batches) * 20 / 19, static_cast<double>(busy.count()) / static_cast<double>((now - came.front()).count()), longest};
}

TEST_CASE("batches keep the latency that is asked for, at every rate that can be kept up") {
    for (const Duration latency : {Duration(5ms), Duration(20ms), Duration(100ms)})
        for (const double rate : {100.0, 2'000.0, 50'000.0, 200'000.0})
            for (const double noise : {0.0, 0.3}) {
                const Seen seen = simulate({.rate = rate, .fixed = 500us, .each = 2us, .noise = noise}, latency, 100'000);
                INFO("latency " << latency.count() << " rate " << rate << " noise " << noise << ": p99 " << seen.p99.count() << ", mean size " << seen.mean_size << ", busy " << seen.busy);
                CHECK(seen.p99 <= latency);
            }
}

TEST_CASE("batches are as large as the latency allows, and no smaller") {
    const Seen tight = simulate({.rate = 100'000, .fixed = 500us, .each = 2us}, 5ms);
    const Seen wide = simulate({.rate = 100'000, .fixed = 500us, .each = 2us}, 50ms);
    CHECK(tight.mean_size > 150);  // of 500 that come in 5 ms
    CHECK(wide.mean_size > 1'500); // of 5'000 that come in 50 ms
    CHECK(wide.busy < tight.busy);
}

TEST_CASE("bursts and a processor that becomes slower do not break the latency") {
    CHECK(simulate({.rate = 30'000, .fixed = 500us, .each = 2us, .noise = 0.2, .bursts = true}, 20ms).p99 <= Duration(20ms));
    CHECK(simulate({.rate = 30'000, .fixed = 500us, .each = 2us, .slower_later = 3}, 20ms).p99 <= Duration(20ms));
}

TEST_CASE("where the latency cannot be kept, batches are what has come meanwhile, so that nothing piles up") {
    const Seen seen = simulate({.rate = 100'000, .fixed = 10ms, .each = 1us}, 5ms);
    CHECK(seen.p99 < Duration(60ms));
    CHECK(seen.mean_size > 500);
}

TEST_CASE("no batch takes more than half the latency, however many events wait: those that come meanwhile have theirs still before them") {
    const Seen seen = simulate({.rate = 2'000'000, .fixed = 500us, .each = 3us}, 10ms);
    CHECK(seen.longest <= Duration(5ms));
    CHECK(seen.longest >= Duration(4ms));
    // A burst behind a pause: the first event's age would allow a batch that takes much longer, with the rest of the burst behind it.
    const Seen burst = simulate({.rate = 200'000, .fixed = 500us, .each = 3us, .bursts = true}, 20ms);
    CHECK(burst.longest <= Duration(10ms));
    CHECK(burst.p99 <= Duration(20ms));
}

TEST_CASE("micro_batch with a latency says in the Report what it found") {
    weir::TestStream<int> script;
    for (int i = 0; i < 1000; ++i) {
        script.event(i, Timestamp(Duration(i)));
        script.advance(Duration(100us));
    }
    weir::Simulation simulation(3);
    std::size_t events = 0, batches = 0;
    const weir::Report report = weir::run(weir::from(script) | weir::micro_batch({.latency = 10ms}) | weir::for_each([&](const weir::Batch<int>& batch) {
                                              events += batch.size();
                                              ++batches;
                                              simulation.clock().advance(200us);
                                          }), simulation.options());
    CHECK(events == 1000);
    CHECK(batches < 200);
    CHECK(report.at("micro_batch#1").plan.find("batches of at most") == 0);
}

TEST_CASE("a latency must be greater than 0, and needs to know the time") {
    CHECK_THROWS_WITH(weir::micro_batch({.latency = 0ms}), Catch::Contains("latency must be greater than 0"));
    weir::MicroBatcher<int> batcher(weir::MicroBatchOptions{.latency = 1ms});
    CHECK_THROWS_AS(batcher.push(1), std::logic_error);
}

} // namespace
