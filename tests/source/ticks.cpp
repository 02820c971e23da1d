// SPDX-License-Identifier: BSL-1.0
#include <weir/source/ticks.hpp>
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <vector>

namespace {

using namespace std::chrono_literals;
using weir::Polled;
using weir::Ticks;
using weir::Timestamp;

using State = Polled<Timestamp>::State;

Timestamp at(weir::Duration d) { return Timestamp(d); }

TEST_CASE("ticks come a period apart, the first one period after the start") {
    Ticks ticks(10s);
    STATIC_REQUIRE(weir::PollingSource<Ticks>);
    auto none = ticks.poll(at(100s));
    CHECK(none.state() == State::nothing);
    CHECK(none.retry_in() == 10s);
    CHECK(ticks.poll(at(109s)).retry_in() == 1s);
    for (const weir::Duration due : {110s, 120s, 130s}) {
        auto tick = ticks.poll(at(due));
        REQUIRE(tick);
        CHECK(*tick == at(due));
        CHECK(ticks.poll(at(due)).retry_in() == 10s);
    }
}

TEST_CASE("ticks do not drift: one seen late leaves the next where it was") {
    Ticks ticks(10s);
    static_cast<void>(ticks.poll(at(0s)));
    auto tick = ticks.poll(at(13s));
    REQUIRE(tick);
    CHECK(*tick == at(10s));
    CHECK(ticks.poll(at(13s)).retry_in() == 7s);
}

TEST_CASE("whoever is late by periods gets the latest tick that is due, not a burst") {
    Ticks ticks(10s);
    static_cast<void>(ticks.poll(at(0s)));
    auto tick = ticks.poll(at(57s));
    REQUIRE(tick);
    CHECK(*tick == at(50s));
    CHECK(ticks.poll(at(57s)).state() == State::nothing);
    CHECK(*ticks.poll(at(60s)) == at(60s));
}

TEST_CASE("a number of ticks ends after that many") {
    Ticks ticks(1s, 2);
    static_cast<void>(ticks.poll(at(0s)));
    CHECK(ticks.poll(at(1s)));
    CHECK(ticks.poll(at(9s)));
    CHECK(ticks.poll(at(10s)).has_ended());
    CHECK(Ticks(1s, 0).poll(at(0s)).has_ended());
}

TEST_CASE("ticks at the end of time do not overflow") {
    Ticks ticks(weir::Duration::max());
    CHECK(ticks.poll(at(5s)).state() == State::nothing);
    CHECK(ticks.poll(at(500s)).state() == State::nothing);
    CHECK(ticks.poll(weir::max_time));
}

TEST_CASE("a period of nothing or less is refused") {
    CHECK_THROWS_AS(weir::ticks(0s), std::invalid_argument);
    CHECK_THROWS_AS(weir::ticks(-1ns, 3), std::invalid_argument);
}

TEST_CASE("a job's ticks follow the job's clock") {
    weir::Simulation simulation(1);
    std::vector<Timestamp> seen;
    const Timestamp start = simulation.options().clock->now();
    weir::run(weir::ticks(1h, 3) | weir::collect_into(seen), simulation.options());
    CHECK(seen == std::vector{start + 1h, start + 2h, start + 3h});
}

TEST_CASE("a job's ticks come by the machine's clock where no other is given") {
    std::size_t seen = 0;
    weir::run(weir::from(weir::ticks(1ms, 3)) | weir::for_each([&](Timestamp) { ++seen; }));
    CHECK(seen == 3);
}

} // namespace
