// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/figures.hpp>
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using weir::Duration;
using weir::Stopwatch;

namespace {

std::vector<int> numbers(int n) {
    std::vector<int> v;
    for (int i = 0; i < n; ++i) v.push_back(i);
    return v;
}

} // namespace

TEST_CASE("a stopwatch says where the time of a chain goes") {
    weir::ManualClock clock;
    const Stopwatch parse("parse", &clock), price("price", &clock);
    const auto taking = [&clock](Duration each) { return [&clock, each](int x) { return clock.advance(each), x; }; };
    int sum = 0;
    weir::Report report = weir::run(weir::from(numbers(1000)) | weir::map(parse.timed(taking(2us))) | weir::filter([](int x) { return x % 2 == 0; }) |
                                    weir::map(price.timed(taking(10us))) | weir::for_each([&sum](int x) { sum += x; }));
    report.functions = {parse.report(), price.report()};
    REQUIRE(sum == 249500);
    REQUIRE(report.functions[0].name == "parse");
    REQUIRE(report.functions[0].calls == 1000);
    REQUIRE(report.functions[0].time == 2ms); // each takes the same, so one in 64 tells it all
    REQUIRE(report.functions[1].calls == 500);
    REQUIRE(report.functions[1].time == 5ms);
    REQUIRE(report.functions[1].sampled.max() == 10us);
    const std::string text = weir::to_prometheus(report);
    REQUIRE(text.find("weir_function_calls_total{function=\"parse\"} 1000\n") != text.npos);
    REQUIRE(text.find("weir_function_seconds_total{function=\"price\"} 0.005\n") != text.npos);
    REQUIRE(text.find("weir_function_call_seconds_bucket{function=\"price\",le=\"1e-05\"}") != text.npos);
}

TEST_CASE("few of many calls are timed, and of few calls many") {
    for (const int n : {0, 1, 2, 3, 10, 100, 1000, 100'000}) {
        weir::ManualClock clock;
        const Stopwatch watch("f", &clock);
        {
            auto f = watch.timed([&clock](int) { clock.advance(1us); });
            for (int i = 0; i < n; ++i) f(i);
        }
        const auto report = watch.report();
        REQUIRE(report.calls == static_cast<std::uint64_t>(n));
        REQUIRE(report.time == n * 1us);
        REQUIRE(report.sampled.count() >= static_cast<std::uint64_t>(n) / 70);
        REQUIRE(report.sampled.count() <= 8 + static_cast<std::uint64_t>(n) / 58);
    }
}

TEST_CASE("what repeats itself in step with the sampling is not mistaken") {
    for (const int period : {2, 16, 32, 64, 128}) {
        weir::ManualClock clock;
        const Stopwatch watch("f", &clock);
        auto f = watch.timed([&clock, period](int i) { clock.advance(i % period == 0 ? 1ms : 0ms); });
        const int n = 64 * 20'000;
        for (int i = 0; i < n; ++i) f(i);
        const double share = static_cast<double>(watch.report().time.count()) / static_cast<double>(n / period * 1'000'000LL);
        INFO("every " << period << "th: " << share);
        REQUIRE(share > 0.75);
        REQUIRE(share < 1.25);
    }
}

TEST_CASE("a timed function is as the function") {
    const Stopwatch watch("f");
    std::vector<std::string> texts{"a"};
    auto reference = watch.timed([&texts](int) -> std::string& { return texts[0]; });
    REQUIRE(&reference(1) == &texts[0]);
    auto moves = watch.timed([](std::unique_ptr<int> p) { return p; });
    REQUIRE(*moves(std::make_unique<int>(3)) == 3);
    auto member = watch.timed(&std::pair<int, int>::second);
    REQUIRE(member(std::pair(1, 2)) == 2);
    static_assert(not std::is_invocable_v<decltype(moves)&, int>);
    auto throws = watch.timed([](int x) { return x == 1 ? throw std::runtime_error("one") : x; });
    REQUIRE_THROWS(throws(1));
    REQUIRE(throws(2) == 2);
    REQUIRE(watch.report().calls == 4); // the second of the last is told with the next
}

TEST_CASE("copies on threads share a stopwatch, which can be asked at any time", "[threads]") {
    const Stopwatch watch("f");
    std::atomic<long> sum{0};
    weir::Job job = weir::start(weir::from(numbers(100'000)) | weir::parallel(2, weir::map(watch.timed([](int x) { return x + 1; }))) | weir::for_each([&sum](int x) { sum += x; }));
    while (job.running()) REQUIRE(watch.report().calls <= 100'000);
    job.wait();
    REQUIRE(sum == 100'000L * 100'001 / 2);
    { const weir::Job gone = std::move(job); } // what they have not told yet they tell when they go
    REQUIRE(watch.report().calls == 100'000);
}
