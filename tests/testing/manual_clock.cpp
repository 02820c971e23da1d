// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>

#include <chrono>

using namespace std::chrono_literals;

TEST_CASE("a manual clock stands still until it is told otherwise") {
    weir::ManualClock clock;
    const weir::Timestamp start = clock.now();
    REQUIRE(start == weir::Timestamp{});
    REQUIRE_FALSE(clock.runs());
    clock.advance(5s);
    REQUIRE(clock.now() == start + 5s);
    clock.set(start + 8s);
    REQUIRE(clock.now() == start + 8s);
}

TEST_CASE("a manual clock never goes back, and stops at the end of time") {
    weir::ManualClock clock(weir::Timestamp(10s));
    clock.set(weir::Timestamp(3s));
    clock.advance(-1s);
    REQUIRE(clock.now() == weir::Timestamp(10s));
    clock.set(weir::max_time - 1s);
    clock.advance(1h);
    REQUIRE(clock.now() == weir::max_time);
}
