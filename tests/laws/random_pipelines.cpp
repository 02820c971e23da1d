// SPDX-License-Identifier: BSL-1.0
#include "laws/random_pipelines.hpp"

#include <string>

// A thousand of them take a minute unoptimised, and many under a sanitizer.
TEST_CASE("random pipelines keep the laws in simulated runs") { laws::hold_for_random_pipelines(1, 100, false); }

TEST_CASE("random pipelines keep the laws on threads", "[threads]") { laws::hold_for_random_pipelines(5000, 20, true); }

TEST_CASE("a thousand random pipelines keep the laws in simulated runs", "[soak]") { laws::hold_for_random_pipelines(101, 1000, false); }

TEST_CASE("random pipelines keep the laws while tasks stall, sources pause, the clock steps, jobs are stopped and functions fail") {
    REQUIRE(laws::simulate_random_pipelines(1, 100) == "");
}

TEST_CASE("random pipelines are stopped and drained before each step, and each call of a function fails") {
    REQUIRE(laws::simulate_random_pipelines(1, 5, {.each_step = true}) == "");
}

TEST_CASE("random pipelines that are stopped, saved and loaded go on as if nothing had been") { REQUIRE(laws::stop_random_pipelines(1, 50) == ""); }

TEST_CASE("ten thousand random pipelines that are stopped, saved and loaded go on as if nothing had been", "[soak]") {
    REQUIRE(laws::stop_random_pipelines(51, 10'000) == "");
}

TEST_CASE("what chains of any type have gathered is handed on before a barrier passes, also where it waits for room") {
    weir::check_recovery(laws::numbers(40), [](auto source, auto sink) {
        const laws::Part many = weir::flat_map([](int x) { return std::vector<int>(x % 13 == 0 ? 320 : 1, x); });
        const laws::Part few = weir::flat_map([](int x) { return std::vector<int>(static_cast<std::size_t>(x & 3) + 1, x); });
        return std::move(source) | weir::stage({.capacity = 1}) | many | few | weir::stage({.capacity = 1}) | std::move(sink);
    }, {.runs = 6, .counts = false});
}

TEST_CASE("random pipelines of splits that come and go") { REQUIRE(laws::simulate_random_pipelines_in_splits(1, 50) == ""); }

TEST_CASE("five thousand random pipelines of splits that come and go", "[soak]") { REQUIRE(laws::simulate_random_pipelines_in_splits(51, 5000) == ""); }

TEST_CASE("planted: a lost wake-up in a random pipeline is found, and shrunk to the pipeline and the input that it takes") {
    const std::string wrong = laws::simulate_random_pipelines(1, 20, {.lose_wakes = true});
    CHECK_THAT(wrong, Catch::Contains("parts 000") && Catch::Contains("lost wake-up before step") && Catch::Contains("no task can go on"));
    CHECK_THAT(wrong, Catch::Contains("smallest input found, 0 of") || Catch::Contains("smallest input found, 1 of"));
}

TEST_CASE("ten thousand random pipelines are simulated", "[soak]") { REQUIRE(laws::simulate_random_pipelines(101, 10'000) == ""); }

TEST_CASE("five hundred random pipelines are stopped and drained before each step, and each call of a function fails", "[soak]") {
    REQUIRE(laws::simulate_random_pipelines(6, 500, {.each_step = true}) == "");
}
