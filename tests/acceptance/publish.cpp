// SPDX-License-Identifier: BSL-1.0
// Programs that a user would write, as they stand: publish and subscribe, rules, bad events.
#include <weir/weir.hpp>

#include "catch.hpp"

#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Reading {
    int celsius = 0;
};
struct Alarm {
    int celsius = 0;
};
bool hot(const Reading& reading) { return reading.celsius > 40; }
Alarm make_alarm(const Reading& reading) { return {reading.celsius}; }

const std::vector<Reading> sensor{{20}, {41}, {30}, {50}};

struct Request {
    int status = 0;
};
Request parse(std::string_view line) {
    if (line.size() != 3) throw std::runtime_error("no status");
    return {std::stoi(std::string(line))};
}

} // namespace

TEST_CASE("a subscription is a chain that ends with its owner", "[acceptance]") {
    std::vector<int> alerts;
    const auto alert = [&](const Reading& reading) { alerts.push_back(reading.celsius); };

    weir::Topic<Reading> topic;
    {
        auto subscription = topic.subscribe(weir::filter(hot) | weir::for_each(alert));
        weir::run(weir::from(sensor) | weir::to_topic(topic));
    }
    topic.publish({99});

    CHECK(alerts == std::vector<int>{41, 50});
}

TEST_CASE("a rule sends on what fired, a when everything", "[acceptance]") {
    weir::Topic<Alarm> alarms;
    std::vector<int> raised;
    const auto siren = alarms.subscribe([&](const Alarm& alarm) { raised.push_back(alarm.celsius); });
    weir::run(weir::from(sensor) | weir::rule(hot, make_alarm) | weir::to_topic(alarms));
    CHECK(raised == std::vector<int>{41, 50});

    weir::Topic<Reading> topic;
    int seen = 0, bells = 0;
    const auto counter = topic.subscribe([&](const Reading&) { ++seen; });
    const auto sound_bell = [&](const Reading&) { ++bells; };
    weir::run(weir::from(sensor) | weir::when(hot, sound_bell) | weir::to_topic(topic));
    CHECK(seen == 4);
    CHECK(bells == 2);
}

TEST_CASE("bad events are neither lost nor fatal", "[acceptance]") {
    const std::vector<std::string_view> text{"200", "broken", "404"};
    weir::run(weir::from(text) | weir::to_lines("access.log"));
    std::vector<weir::Rejected<std::string>> rejects;
    std::vector<int> statuses;

    weir::run(weir::from_lines("access.log") | weir::try_map(parse, weir::dead_letter(weir::collect_into(rejects))) | weir::for_each([&](Request r) { statuses.push_back(r.status); }));

    CHECK(statuses == std::vector<int>{200, 404});
    REQUIRE(rejects.size() == 1);
    CHECK(rejects[0].event == "broken");
    CHECK(rejects[0].position.line == 2);
    CHECK(rejects[0].what() == "no status");
    std::remove("access.log");
}
