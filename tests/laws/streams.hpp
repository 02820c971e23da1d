// SPDX-License-Identifier: BSL-1.0
// Random streams with event time, as hard as they come: disorder, duplicates, bursts, equal and negative times, watermarks that
// events come behind, quiet jumps, idle spells. Times are nanoseconds near 0, so that every border is met exactly.
#pragma once
#include <weir/testing.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace streams {

using Time = std::int64_t; // nanoseconds
inline constexpr Time first_of_all = std::numeric_limits<Time>::min();
inline constexpr Time last_of_all = std::numeric_limits<Time>::max();

constexpr weir::Timestamp at(Time t) { return weir::Timestamp(weir::Duration(t)); }

struct In {
    int key = 0;
    std::int64_t value = 0;
    std::int64_t gap = 1; // what a session's event brings
    std::int64_t time = 0; // the event's, once more
    static constexpr auto fields() { return weir::fields("key", &In::key, "value", &In::value, "gap", &In::gap, "time", &In::time); }
};

struct Step {
    enum class Kind : unsigned char { event, mark, idle };
    Kind kind = Kind::event;
    Time time = 0;
    In in{};
};
using Steps = std::vector<Step>;

struct Shape {
    std::size_t steps = 60;
    std::uint64_t keys = 3;
    std::uint64_t favourite = 3; // one event in so many is of key 0
    std::uint64_t disorder = 15;
    std::uint64_t speed = 6;     // time goes on by less than this
    std::uint64_t mark = 4;      // one step in so many is a watermark; 0: none is
    std::uint64_t quiet = 25;    // or a long jump
};

inline Step event(int key, Time time, std::int64_t value, std::int64_t gap = 1) {
    return {.time = time, .in = {.key = key, .value = value, .gap = gap, .time = time}};
}
inline Step mark(Time time) { return {.kind = Step::Kind::mark, .time = time}; }

inline Steps random_steps(std::uint64_t seed, const Shape& shape = {}) {
    weir::Random random(seed);
    const auto below = [&random](std::uint64_t n) { return static_cast<Time>(random.below(n)); };
    const auto any_key = [&] { return random.one_in(shape.favourite) ? 0 : static_cast<int>(random.below(shape.keys)); };
    Steps steps;
    Time now = -40 - below(20);
    std::int64_t value = below(10);
    while (steps.size() < shape.steps) {
        if (shape.mark != 0 && random.one_in(shape.mark)) {
            steps.push_back(mark(now - below(shape.disorder + 5))); // sometimes lower than the one before
        } else if (random.one_in(shape.quiet)) {
            now += 30 + below(300);
            if (shape.mark != 0) steps.push_back(mark(now - below(30)));
        } else if (random.one_in(20)) {
            steps.push_back({.kind = Step::Kind::idle});
        } else {
            now += below(shape.speed);
            const Time time = now - (random.one_in(3) ? 0 : below(shape.disorder));
            const auto gap = static_cast<std::int64_t>(random.between(1, random.one_in(4) ? 25 : 6));
            value = (value * 31 + time * time + 7) % 101 - 20;
            steps.push_back(event(any_key(), time, value, gap));
            if (random.one_in(6)) steps.push_back(steps.back());
            if (random.one_in(10)) // a burst
                for (Time n = below(6); n > 0; --n) steps.push_back(event(any_key(), time, value + n, gap));
        }
    }
    return steps;
}

/// The same events with the marks that event_time(..., bounded_disorder(disorder)) makes.
inline Steps marked_by_events(const Steps& steps, Time disorder) {
    Steps marked;
    Time highest = first_of_all;
    for (const Step& step : steps) {
        if (step.kind != Step::Kind::event) continue;
        marked.push_back(step);
        if (step.time - disorder - 1 <= highest) continue;
        highest = step.time - disorder - 1;
        marked.push_back(mark(highest));
    }
    return marked;
}

using Items = std::vector<weir::detail::ScriptItem<weir::Event<In>>>;

inline Items items_of(const Steps& steps) {
    weir::TestStream<In> script;
    for (const Step& step : steps) {
        if (step.kind == Step::Kind::event) script.event(step.in, at(step.time));
        else if (step.kind == Step::Kind::mark) script.watermark(at(step.time));
        else script.idle();
    }
    return script.items();
}

inline std::string describe(const Steps& steps) {
    std::string text;
    for (const Step& step : steps) {
        if (step.kind == Step::Kind::event)
            text += fmt::format(" e(key {}, time {}, value {}, gap {})", step.in.key, step.time, step.in.value, step.in.gap);
        else text += step.kind == Step::Kind::mark ? fmt::format(" mark {}", step.time) : " idle";
        if (text.size() > 3000) return text + " ...";
    }
    return text;
}

} // namespace streams
