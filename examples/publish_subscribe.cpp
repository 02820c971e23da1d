// SPDX-License-Identifier: BSL-1.0
// How do parts of a program hear of events without knowing each other? A topic between them, and rules that fire into it.
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <string>
#include <vector>

struct Reading {
    std::string room;
    double celsius = 0;
};

struct Alarm {
    std::string room;
    double too_much = 0;
};

int main() {
    const std::vector<Reading> readings{{"kitchen", 21}, {"attic", 41}, {"cellar", 12}, {"attic", 44}, {"kitchen", 38}};

    weir::Topic<Reading> topic;
    weir::Topic<Alarm> alarms;

    // A subscriber is a function, a handler, or a chain that ends in a sink. It is called on the publisher's thread.
    std::size_t seen = 0;
    const auto counter = topic.subscribe([&seen](const Reading&) { ++seen; });

    // A rule: where the condition holds, the action's result goes on. Here to the subscribers of another topic.
    const auto is_hot = [](const Reading& reading) { return reading.celsius > 35; };
    const auto make_alarm = [](const Reading& reading) { return Alarm{reading.room, reading.celsius - 35}; };
    const auto rule = topic.subscribe(weir::rule(is_hot, make_alarm) | weir::to_topic(alarms));

    {
        const auto siren = alarms.subscribe([](const Alarm& alarm) { fmt::print("{}: {} degrees too hot\n", alarm.room, alarm.too_much); });
        weir::run(weir::from(readings) | weir::to_topic(topic));
    } // a subscription ends with its owner

    topic.publish({"attic", 99}); // the siren is gone; the counter is not
    fmt::print("{} readings, {} subscribers left\n", seen, alarms.subscribers() + topic.subscribers());
}

// Output:
// attic: 6 degrees too hot
// attic: 9 degrees too hot
// kitchen: 3 degrees too hot
// 6 readings, 2 subscribers left
