// SPDX-License-Identifier: BSL-1.0
#include "laws/random_pipelines.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

using namespace std::chrono_literals;
using weir::Timestamp;

namespace {

/// Goes on by a nanosecond with each look at it, so that a marker is due behind each span, and no two looks are the same.
class TickingClock final : public weir::Clock {
public:
    [[nodiscard]] Timestamp now() const override { return Timestamp(weir::Duration(++ticks_)); }
    [[nodiscard]] bool runs() const noexcept override { return false; }

private:
    mutable std::atomic<std::int64_t> ticks_{0};
};

struct Ran {
    std::vector<int> got;
    weir::Report report;
};

/// The random pipeline of the seed, in the simulated run of that number, or on threads.
Ran run(std::uint64_t seed, std::optional<std::uint64_t> simulated, bool figures) {
    Ran ran;
    const TickingClock clock;
    weir::Graph graph(weir::RunOptions{.clock = &clock, .figures = weir::Duration(figures ? 1 : 0)});
    weir::detail::build<false>(graph, laws::random_pipeline(seed)(weir::from(laws::numbers(60, seed)), weir::collect_into(ran.got), weir::Fault()));
    if (simulated) weir::Simulation(*simulated).run(graph);
    else weir::ThreadPerTask().run(graph);
    graph.rethrow();
    ran.report = graph.report_now();
    return ran;
}

void check_figures(const weir::Report& report) {
    REQUIRE(report.tasks.size() == 3);
    for (const weir::TaskReport& task : report.tasks) {
        REQUIRE(task.latency.size() <= 1);
        REQUIRE(task.queue_most <= task.queue_capacity);
        REQUIRE(task.queue_fill <= task.queue_capacity); // where what follows has ended early (take)
        REQUIRE(task.busy + task.waiting_turn + task.waiting_input + task.waiting_output <= report.time - Timestamp());
        for (const auto& latency : task.latency) { // none is made, none comes twice, and each takes longer to a later task
            REQUIRE(latency.from == report.tasks.front().name);
            REQUIRE(latency.time.count() <= report.tasks.front().latency.at(0).time.count());
            REQUIRE(latency.time.min() > 0ns);
        }
    }
}

} // namespace

TEST_CASE("random pipelines give the same with markers in every gap, in simulated runs") {
    std::uint64_t arrived = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const Ran truth = run(seed, 1, false);
        for (std::uint64_t simulated = 1; simulated <= 10; ++simulated) {
            INFO("pipeline of seed " << seed << ", simulation " << simulated);
            const Ran ran = run(seed, simulated, true);
            REQUIRE(ran.got == truth.got);
            REQUIRE(ran.report.operators.back() == truth.report.operators.back());
            check_figures(ran.report);
            for (const auto& latency : ran.report.tasks.back().latency) arrived += latency.time.count();
        }
    }
    REQUIRE(arrived > 1000); // so that this tests something
}

TEST_CASE("random pipelines give the same with markers in every gap, on threads", "[threads]") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Ran truth = run(seed, 1, false);
        const Ran ran = run(seed, std::nullopt, true);
        REQUIRE(ran.got == truth.got);
        check_figures(ran.report);
    }
}

TEST_CASE("a marker tells the time of the event before it, whatever the simulated run") {
    // Each event is stamped when its span begins to be read, behind the source's own look at the clock; the last event before a marker
    // has left the chain before the marker does.
    for (std::uint64_t simulated = 1; simulated <= 200; ++simulated) {
        INFO("simulation " << simulated);
        const TickingClock clock;
        weir::Duration longest{};
        const auto stamp = [&clock](int) { return clock.now(); };
        const auto note = [&clock, &longest](Timestamp begun) { longest = std::max(longest, clock.now() - begun); };
        weir::Graph graph(weir::RunOptions{.clock = &clock, .figures = weir::Duration(1)});
        weir::detail::build<false>(graph, weir::from(laws::numbers(50)) | weir::map(stamp) | weir::stage(3) | weir::stage(2) | weir::for_each(note));
        weir::Simulation(simulated).run(graph);
        const weir::Report report = graph.report_now();
        const weir::Histogram& latency = report.tasks.back().latency.at(0).time;
        REQUIRE(latency.max() > longest); // the slowest event stands in a span of which a marker came, and that began before it and passed after it
    }
}
