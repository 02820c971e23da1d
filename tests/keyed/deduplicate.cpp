// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Reading {
    std::string sensor;
    int value;
    friend bool operator==(const Reading&, const Reading&) = default;
};

weir::Timestamp at(std::chrono::seconds s) { return weir::Timestamp(s); }

} // namespace

TEST_CASE("deduplicate gives the first event of each key") {
    std::vector<Reading> once;
    const std::vector<Reading> readings{{"a", 1}, {"b", 2}, {"a", 3}, {"c", 4}, {"b", 5}};
    const weir::Report report =
        weir::run(weir::from(readings) | weir::key_by(&Reading::sensor) | weir::deduplicate() | weir::collect_into(once));
    REQUIRE(once == std::vector<Reading>{{"a", 1}, {"b", 2}, {"c", 4}});
    REQUIRE(report.at("deduplicate#1").dropped(weir::Drop::duplicate) == 2);
}

TEST_CASE("a key is remembered until the watermark reaches its first event's time + within") {
    weir::TestStream<Reading> script;
    script.event({"a", 1}, at(17s)).watermark(at(15s)).event({"a", 2}, at(16s));
    script.event({"a", 3}, at(13s)).event({"b", 4}, at(22s)).event({"c", 5}, at(21s)).watermark(at(20s));
    script.event({"a", 6}, at(21s)).event({"a", 7}, at(22s));
    std::vector<Reading> once;
    const weir::Report report = weir::run(weir::from(script) | weir::key_by(&Reading::sensor) | weir::deduplicate({.ttl = 2s}) |
                                          weir::map([](const Reading& r) { return r; }) | weir::collect_into(once));
    REQUIRE(once == std::vector<Reading>{{"a", 1}, {"b", 4}, {"c", 5}, {"a", 6}});
    REQUIRE(report.at("deduplicate#1").dropped(weir::Drop::late) == 1);
    REQUIRE(report.at("deduplicate#1").dropped(weir::Drop::duplicate) == 2);
}

TEST_CASE("a key whose time to live is over on the job's clock is new again") {
    weir::ManualClock clock;
    weir::TestStream<Reading> script;
    script.event({"a", 1}, at(0s)).event({"a", 2}, at(0s)).advance(9s).event({"a", 3}, at(0s)).advance(2s).event({"a", 4}, at(0s));
    std::vector<Reading> once;
    auto stepper = weir::stepper(weir::from(script) | weir::key_by(&Reading::sensor) | weir::deduplicate({.ttl = 10s, .ttl_clock = weir::TtlClock::processing_time}) |
                                     weir::map([](const Reading& r) { return r; }) | weir::collect_into(once),
                                 {.clock = &clock});
    for (int i = 0; i < 100 && stepper.step() != weir::Progress::ended; ++i) clock.advance(1s);
    REQUIRE(once == std::vector<Reading>{{"a", 1}, {"a", 4}});
}

TEST_CASE("the earliest or the latest of a key is given again when it turns out to be another") {
    weir::TestStream<Reading> script;
    script.event({"a", 1}, at(5s)).event({"a", 2}, at(5s)).event({"b", 3}, at(4s)).event({"a", 4}, at(3s)).event({"a", 5}, at(4s));
    script.event({"a", 6}, at(6s)).event({"b", 7}, at(2s));
    const auto kept = [&script](weir::Keep keep) {
        std::vector<Reading> given;
        const weir::Report report = weir::run(weir::from(weir::TestStream<Reading>(script)) | weir::key_by(&Reading::sensor) | weir::deduplicate({}, keep) |
                                              weir::map([](const Reading& r) { return r; }) | weir::collect_into(given));
        CHECK(report.at("deduplicate#1").dropped(weir::Drop::duplicate) == 7 - given.size());
        return given;
    };
    CHECK(kept(weir::Keep::first) == std::vector<Reading>{{"a", 1}, {"b", 3}});
    CHECK(kept(weir::Keep::earliest) == std::vector<Reading>{{"a", 1}, {"b", 3}, {"a", 4}, {"b", 7}});
    CHECK(kept(weir::Keep::latest) == std::vector<Reading>{{"a", 1}, {"a", 2}, {"b", 3}, {"a", 6}});
}

TEST_CASE("a key that is given again is remembered from then on") {
    weir::TestStream<Reading> script;
    script.event({"a", 1}, at(5s)).event({"a", 2}, at(8s)).watermark(at(7s)).event({"a", 3}, at(8s)).watermark(at(9s)).event({"a", 4}, at(10s));
    script.watermark(at(10s)).event({"a", 5}, at(11s)).watermark(at(14s)).event({"a", 6}, at(15s));
    const auto given = [&script](weir::Keep keep) {
        std::vector<Reading> once;
        weir::run(weir::from(weir::TestStream<Reading>(script)) | weir::key_by(&Reading::sensor) | weir::deduplicate({.ttl = 2s}, keep) |
                  weir::map([](const Reading& r) { return r; }) | weir::collect_into(once));
        return once;
    };
    CHECK(given(weir::Keep::latest) == std::vector<Reading>{{"a", 1}, {"a", 2}, {"a", 3}, {"a", 4}, {"a", 5}, {"a", 6}});
    CHECK(given(weir::Keep::earliest) == std::vector<Reading>{{"a", 1}, {"a", 3}, {"a", 5}, {"a", 6}});
}

TEST_CASE("before the first watermark nothing is late, not even what is at min_time") {
    weir::TestStream<Reading> script;
    script.event({"a", 1}, weir::min_time).event({"b", 2}, at(1s)).watermark(at(1s)).event({"c", 3}, weir::min_time);
    std::vector<Reading> once;
    const weir::Report report = weir::run(weir::from(script) | weir::key_by(&Reading::sensor) | weir::deduplicate({.ttl = 5s}) |
                                          weir::map([](const Reading& r) { return r; }) | weir::collect_into(once));
    REQUIRE(once == std::vector<Reading>{{"a", 1}, {"b", 2}});
    REQUIRE(report.at("deduplicate#1").dropped(weir::Drop::late) == 1);
}

TEST_CASE("deduplicate without what it needs says so when the job is made") {
    const std::vector<Reading> readings{{"a", 1}};
    std::vector<Reading> once;
    REQUIRE_THROWS_WITH(weir::run(weir::from(readings) | weir::key_by(&Reading::sensor) | weir::deduplicate({.ttl = 1s}) | weir::collect_into(once)),
                        Catch::Contains("no event time"));
    REQUIRE_THROWS_WITH(weir::run(weir::from(readings) | weir::key_by(&Reading::sensor) | weir::deduplicate({}, weir::Keep::latest) |
                                  weir::collect_into(once)),
                        Catch::Contains("compare event times"));
    REQUIRE_THROWS_WITH(weir::run(weir::from(readings) | weir::key_by(&Reading::sensor) | weir::deduplicate({.ttl = -1s}) | weir::collect_into(once)),
                        Catch::Contains("deduplicate: .ttl must not be negative"));
    REQUIRE_THROWS_WITH(weir::run(weir::from(readings) | weir::key_by(&Reading::sensor) | weir::deduplicate({.max_keys = 0}) | weir::collect_into(once)),
                        Catch::Contains("at least 1"));
}

TEST_CASE("deduplicate agrees with a map of expiry times on random streams") {
    std::minstd_rand random(5);
    for (int round = 0; round < 20; ++round) {
        weir::TestStream<Reading> script;
        std::map<std::string, weir::Timestamp> until;
        std::vector<Reading> expected;
        weir::Timestamp mark = weir::min_time;
        for (int i = 0; i < 400; ++i) {
            if (random() % 5 == 0) {
                mark = std::max(mark, at(std::chrono::seconds(i / 4 + static_cast<int>(random() % 8) - 6)));
                script.watermark(mark);
                std::erase_if(until, [&](const auto& entry) { return entry.second <= mark; });
                continue;
            }
            const Reading reading{std::to_string(random() % 20), i};
            const weir::Timestamp time = at(std::chrono::seconds(i / 4 + static_cast<int>(random() % 9) - 4));
            script.event(reading, time);
            if (time > mark && until.try_emplace(reading.sensor, time + 3s).second) expected.push_back(reading);
        }
        std::vector<Reading> once;
        weir::run(weir::from(script) | weir::key_by(&Reading::sensor) | weir::deduplicate({.ttl = 3s}) | weir::map([](const Reading& r) { return r; }) |
                  weir::collect_into(once));
        REQUIRE(once == expected);
    }
}
