// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <atomic>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace {

std::vector<int> numbers(int n) {
    std::vector<int> v(static_cast<std::size_t>(n));
    std::iota(v.begin(), v.end(), 0);
    return v;
}

/// Counts its copies that are alive.
class Counted {
public:
    Counted(int v, std::atomic<int>& live) : value(v), live_(&live) { ++*live_; }
    Counted(const Counted& other) : value(other.value), live_(other.live_) { ++*live_; }
    Counted& operator=(const Counted&) = default;
    ~Counted() { --*live_; }
    int value;

private:
    std::atomic<int>* live_;
};

/// Gives 0, 1, 2 ... and throws instead of the event `at`.
struct Failing {
    using event_type = int;
    int at;
    int next_event = 0;
    std::optional<int> next() {
        if (next_event == at) throw std::runtime_error("source");
        return next_event++;
    }
};

struct Endless {
    using event_type = int;
    int n = 0;
    std::optional<int> next() { return n++; }
};

} // namespace

TEST_CASE("run returns when the source has ended, with the counts of each operator") {
    std::vector<int> got;
    const weir::Report report = weir::run(weir::from(numbers(10)) | weir::filter([](int x) { return x % 2 == 0; }) | weir::collect_into(got));
    REQUIRE(got == std::vector{0, 2, 4, 6, 8});
    REQUIRE(report.operators.size() == 2);
    REQUIRE(report.at("filter#1").in == 10);
    REQUIRE(report.at("filter#1").out == 5);
    REQUIRE(report.at("filter#1").dropped(weir::Drop::filtered) == 5);
    REQUIRE(report.at("collect_into#1").passed == 5);
}

TEST_CASE("run without a stage stays on the caller's thread") {
    std::vector<std::thread::id> ids;
    weir::run(weir::from(numbers(3)) | weir::for_each([&](int) { ids.push_back(std::this_thread::get_id()); }));
    REQUIRE(ids == std::vector(3, std::this_thread::get_id()));
}

TEST_CASE("an lvalue job's source is used in place and left spent; operator state is new in each run") {
    std::vector<int> got;
    auto job = weir::from(Endless{}) | weir::take(3) | weir::scan(0, [](int sum, int x) { return sum + x; }) | weir::collect_into(got);
    weir::run(job);
    REQUIRE(got == std::vector{0, 1, 3});
    weir::run(job);
    REQUIRE(got == std::vector{0, 1, 3, 3, 7, 12});
}

TEST_CASE("an exception of the source, a function or a sink comes out of run, and nothing is left behind", "[threads]") {
    std::atomic<int> live{0};
    for (const int place : {0, 1, 2, 3, 4}) {
        const auto fails_at = [place](int here) {
            return [place, here](Counted c) {
                if (here == place && c.value == 700) throw std::runtime_error("place " + std::to_string(here));
                return c;
            };
        };
        const auto make_job = [&] {
            return weir::from(Failing{place == 0 ? 700 : 1000}) | weir::map([&live](int x) { return Counted(x, live); }) | weir::map(fails_at(1)) |
                   weir::stage({.capacity = 16}) | weir::map(fails_at(2)) | weir::map(fails_at(3)) | weir::stage({.capacity = 2}) |
                   weir::for_each(fails_at(4));
        };
        REQUIRE_THROWS_WITH(weir::run(make_job()), place == 0 ? "source" : "place " + std::to_string(place));
        REQUIRE(live == 0);
    }
}

TEST_CASE("after an error the counts still add up, and nothing is flushed", "[threads]") {
    std::vector<int> got;
    auto job = weir::start(weir::from(numbers(10)) | weir::map([](int x) {
                               if (x == 6) throw std::runtime_error("six");
                               return x;
                           }) |
                           weir::micro_batch(4) | weir::unbatch() | weir::collect_into(got));
    REQUIRE_THROWS_WITH(job.wait(), "six");
    REQUIRE(got == std::vector{0, 1, 2, 3});
    const weir::Report report = job.report();
    REQUIRE(report.at("map#1").in == 7);
    REQUIRE(report.at("map#1").out == 6);
    REQUIRE(report.at("map#1").held == 1);
    REQUIRE(report.at("micro_batch#1").held == 2);
}

TEST_CASE("a stop token ends a run that would not end by itself", "[threads]") {
    std::stop_source stop;
    std::atomic<int> seen{0};
    std::jthread stopper([&] {
        while (seen < 1000) std::this_thread::yield();
        stop.request_stop();
    });
    const weir::Report report = weir::run(weir::from(Endless{}) | weir::for_each([&](int) { ++seen; }), {.stop = stop.get_token()});
    REQUIRE(report.at("for_each#1").in == static_cast<std::uint64_t>(seen));
    REQUIRE(seen >= 1000);
}

TEST_CASE("a stop requested before the run reads nothing") {
    std::stop_source stop;
    stop.request_stop();
    std::vector<int> got;
    weir::run(weir::from(Endless{}) | weir::collect_into(got), {.stop = stop.get_token()});
    REQUIRE(got.empty());
}

TEST_CASE("what follows take sees exactly n events, and nothing before it in its task sees more") {
    int mapped = 0;
    std::vector<int> got;
    weir::run(weir::from(Endless{}) | weir::tap([&](int) { ++mapped; }) | weir::take(5) | weir::collect_into(got));
    REQUIRE(got == numbers(5));
    REQUIRE(mapped == 5);
}

TEST_CASE("take behind a stage ends an endless source", "[threads]") {
    std::vector<int> got;
    weir::run(weir::from(Endless{}) | weir::stage({.capacity = 4}) | weir::take(5) | weir::collect_into(got));
    REQUIRE(got == numbers(5));
}

TEST_CASE("take behind a stage ends the task before it, also in the middle of one event's many outputs", "[threads]") {
    std::vector<int> got;
    const auto many = [](int x) { return std::vector<int>(100, x); };
    weir::run(weir::from(Endless{}) | weir::flat_map(many) | weir::stage({.capacity = 4}) | weir::take(5) | weir::collect_into(got));
    weir::run(weir::from(Endless{}) | weir::flat_map<int>([](int x, auto&& emit) {
                  for (int i = 0; i < 100; ++i) emit(x);
              }) | weir::stage({.capacity = 4}) | weir::take(5) | weir::collect_into(got));
    weir::run(weir::from(numbers(1000)) | weir::sort_by([](int x) { return -x; }) | weir::stage({.capacity = 4}) | weir::take(5) | weir::collect_into(got));
    REQUIRE(got == std::vector{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 999, 998, 997, 996, 995});
}

TEST_CASE("a job of no events ends at once", "[threads]") {
    std::vector<int> got;
    const weir::Report report = weir::run(weir::from(std::vector<int>{}) | weir::stage() | weir::stage() | weir::collect_into(got));
    REQUIRE(got.empty());
    REQUIRE(report.at("stage#2").in == 0);
}

TEST_CASE("more workers than anybody has are refused") {
    REQUIRE_THROWS_WITH(weir::run(weir::from(numbers(3)) | weir::for_each([](int) {}), {.workers = std::size_t(-1)}),
                        Catch::Contains("RunOptions::workers: 18446744073709551615 are asked for"));
}

namespace program {
// Of a program that knows nothing of weir's names.
template <typename Job>
std::string run(Job) { return "run"; }
template <typename Job>
std::string start(Job) { return "start"; }
template <typename Job>
std::string stepper(Job) { return "stepper"; }

template <typename Job>
std::string all_of(const Job& job) { return run(job) + ' ' + start(job) + ' ' + stepper(job); }
} // namespace program

TEST_CASE("a program's own run, start and stepper are its own") {
    std::vector<int> got;
    const auto job = weir::from(numbers(3)) | weir::collect_into(got);
    CHECK(program::all_of(job) == "run start stepper");
    CHECK(got.empty());
}
