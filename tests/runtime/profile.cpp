// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "runtime/measured.hpp"

#include <weir/figures.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using weir::Duration;
using weir::Report;

namespace {

/// A clock that a look takes 25 ns of, as a machine's does, and the first ones more; else it stands still unless the test says otherwise.
class SlowClock final : public weir::Clock {
public:
    explicit SlowClock(std::uint64_t slow_looks = 0) : slow_looks_(slow_looks) {}
    weir::Timestamp now() const override { return weir::Timestamp(Duration(now_ += looks++ < slow_looks_ ? 100 : 25)); }
    bool runs() const noexcept override { return false; }
    void advance(Duration d) noexcept { now_ += d.count(); }
    mutable std::uint64_t looks = 0;

private:
    std::uint64_t slow_looks_;
    mutable std::int64_t now_ = 0;
};

/// That long each event takes.
template <typename Clock>
auto takes(Clock& clock, Duration each) {
    return [&clock, each](int x) { return clock.advance(each), x; };
}
double share(const Report& report, const std::string& name) {
    Duration all{};
    for (const auto& row : report.operators) all += row.time;
    return static_cast<double>(report.at(name).time.count()) / static_cast<double>(all.count());
}
bool is_near(double value, double expected, double by = 0.1) { return std::abs(value - expected) <= by * expected; }

} // namespace

TEST_CASE("a profiled job says which operators its time goes to") {
    SlowClock clock;
    std::int64_t sum = 0;
    const Report report = weir::run(weir::profiled(weir::from(numbers(100'000)) | weir::map(takes(clock, 100ns)) | weir::named("odd", weir::filter([](int x) { return x % 2 != 0; })) |
                                                   weir::named("price", weir::map(takes(clock, 600ns))) | weir::for_each([&sum](int x) { sum += x; })),
                                    {.clock = &clock});
    REQUIRE(sum == std::int64_t{50'000} * 50'000);
    REQUIRE(report.at("map#1").in == 100'000); // as ever
    REQUIRE(report.at("price").in == 50'000);
    REQUIRE(report.at("odd").dropped(weir::Drop::filtered) == 50'000);
    REQUIRE(is_near(share(report, "map#1"), 0.25));
    REQUIRE(is_near(share(report, "price"), 0.75));
    REQUIRE(share(report, "odd") < 0.01);
    REQUIRE(is_near(static_cast<double>(report.at("map#1").time.count()), 10e6));
    REQUIRE(is_near(static_cast<double>(report.at("price").time.count()), 30e6));
    REQUIRE(weir::to_prometheus(report).find("weir_operator_seconds_total{operator=\"price\"} 0.0") != std::string::npos);
}

TEST_CASE("what short operators take is not less because the first looks at the clock took more, and few of their events are timed") {
    SlowClock clock(40);
    const Report report = weir::run(weir::profiled(weir::from(numbers(100'000)) | weir::map(takes(clock, 5ns)) | weir::for_each([](int) {})), {.clock = &clock});
    REQUIRE(is_near(static_cast<double>(report.at("map#1").time.count()), 500'000, 0.02)); // also those behind the last that was timed
}

TEST_CASE("a clock that is set back behind the last event that is timed makes no time of it") {
    SlowClock clock;
    const auto work = weir::map([&clock](int x) { return clock.advance(x == 9'999 ? -1h : Duration(5ns)), x; });
    const Report report = weir::run(weir::profiled(weir::from(numbers(10'000)) | work | weir::for_each([](int) {})), {.clock = &clock});
    REQUIRE(report.at("map#1").in == 10'000);
    REQUIRE(report.at("map#1").time >= 0ns);
    REQUIRE(report.at("map#1").time < 100us);
}

TEST_CASE("looks at the clock take a hundredth of the time") {
    for (const Duration each : {1ns, 10ns, 1000ns}) {
        SlowClock clock;
        const auto job = [&] { return weir::from(numbers(2'000'000)) | weir::map(takes(clock, each)) | weir::map([](int x) { return x + 1; }) | weir::for_each([](int) {}); };
        weir::run(job(), {.clock = &clock});
        const auto without = clock.looks;
        const Report report = weir::run(weir::profiled(job()), {.clock = &clock});
        REQUIRE(report.at("map#1").time > 0ns);
        const Duration looks = 25ns * static_cast<int>(clock.looks - 2 * without);
        REQUIRE(looks > 0ns);
        REQUIRE(looks < 2'000'000 * each / 50 + 100us); // the first events are
    }
}

TEST_CASE("a job that is not profiled has no times, and looks at no clock for them") {
    SlowClock clock;
    const Report report = weir::run(weir::from(numbers(1000)) | weir::map(takes(clock, 100ns)) | weir::for_each([](int) {}), {.clock = &clock});
    for (const auto& row : report.operators) REQUIRE(row.time == 0ns);
    REQUIRE(weir::to_prometheus(report).find("weir_operator_seconds") == std::string::npos);
    REQUIRE(clock.looks < 20);
}

TEST_CASE("stages and copies have their operators' times, too") {
    weir::ManualClock clock;
    Tasks<> tasks(weir::profiled(weir::from(numbers(10'000)) | weir::map(takes(clock, 1us)) | weir::stage() |
                                 weir::parallel(2, weir::key_by([](int x) { return x % 7; }) | weir::scan(0, [&clock](int, int x) { return clock.advance(3us), x; })) |
                                 weir::map(takes(clock, 2us)) | weir::for_each([](int) {})),
                  &clock);
    tasks.run_to_end();
    const Report report = tasks.graph.report_now();
    REQUIRE(is_near(static_cast<double>(report.at("map#1").time.count()), 10e6));
    REQUIRE(is_near(static_cast<double>((report.at("parallel#1/copy#1/scan#1").time + report.at("parallel#1/copy#2/scan#1").time).count()), 30e6));
    REQUIRE(is_near(static_cast<double>(report.at("map#2").time.count()), 20e6));
}

TEST_CASE("what an operator does at a watermark, and at the end, is its time, what that brings is others'") {
    weir::ManualClock clock;
    int rows = 0;
    const Report report = weir::run(weir::profiled(weir::from(numbers(10'000)) | weir::event_time([](int x) { return weir::Timestamp(std::chrono::seconds(x)); }) |
                                                   weir::key_by([](int x) { return x % 2; }) | weir::window(weir::tumbling(10s)) | weir::aggregate(weir::count()) |
                                                   weir::map([&clock](const auto& row) { return clock.advance(1us), row; }) | weir::for_each([&rows](const auto&) { ++rows; })),
                                    {.clock = &clock});
    REQUIRE(rows == 2000);
    REQUIRE(is_near(static_cast<double>(report.at("map#1").time.count()), 2e6, 0.25));
    REQUIRE(report.at("aggregate#1").time == 0ns);
    weir::ManualClock at_end;
    int last = 0;
    const Report sorted = weir::run(weir::profiled(weir::from(numbers(1000)) | weir::sort_by([](int x) { return -x; }) | weir::map(takes(at_end, 1us)) | weir::for_each([&last](int x) { last = x; })),
                                    {.clock = &at_end});
    REQUIRE(last == 0);
    REQUIRE(sorted.at("map#1").time == 1ms);
}

TEST_CASE("behind events that were timed there is as much room as there is") {
    SlowClock clock;
    const std::vector<int> right(10'000, 7);
    const auto itself = [](int n) { return n; };
    std::size_t made = 0, given = 0, ahead = 0;
    weir::Stepper stepper = weir::stepper(weir::profiled(weir::hash_join(weir::from(std::vector<int>(50, 7)) | weir::key_by(itself), weir::from(right) | weir::key_by(itself), [&made](int, int) { return ++made; }) |
                                                         weir::stage(64) | weir::for_each([&given](std::size_t) { ++given; })), {.clock = &clock});
    while (stepper.step() != weir::Progress::ended) ahead = std::max(ahead, made - given);
    REQUIRE(given == 500'000);
    REQUIRE(ahead <= 64 + 2);
}

TEST_CASE("an error in an event that is timed is as any other") {
    for (int bad = 0; bad < 300; ++bad) {
        weir::ManualClock clock;
        int seen = 0;
        weir::Stepper stepper = weir::stepper(weir::profiled(weir::from(numbers(1000)) | weir::map([bad](int x) { return x == bad ? throw std::runtime_error("bad") : x; }) | weir::for_each([&seen](int) { ++seen; })), {.clock = &clock});
        const auto go_on = [&stepper] {
            while (stepper.step() != weir::Progress::ended) {}
        };
        REQUIRE_THROWS_WITH(go_on(), "bad");
        REQUIRE(seen == bad);
        const Report report = stepper.report();
        REQUIRE(report.at("map#1").in == static_cast<std::uint64_t>(bad) + 1);
        REQUIRE(report.at("map#1").held == 1);
        REQUIRE(report.at("for_each#1").in == static_cast<std::uint64_t>(bad));
    }
}
