// SPDX-License-Identifier: BSL-1.0
// Windows over random streams, against a plain reading of rules R0 and R1: each event and watermark in order, a map of windows.
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Step {
    bool is_mark = false;
    std::int64_t time = 0; // seconds
    int key = 0;
};

/// Numbers that are the same on every machine.
struct Numbers {
    std::uint64_t state;
    std::int64_t below(std::int64_t n) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return static_cast<std::int64_t>((state >> 33) % static_cast<std::uint64_t>(n));
    }
};

/// Disorder, duplicates, bursts, and watermarks that events then come behind of.
std::vector<Step> random_steps(std::uint64_t seed) {
    Numbers numbers{seed};
    std::vector<Step> steps;
    std::int64_t now = -20, mark = -1000;
    for (auto n = numbers.below(60); n > 0; --n) {
        if (numbers.below(4) == 0) {
            mark = std::max(mark, now - numbers.below(12));
            steps.push_back({.is_mark = true, .time = mark});
        } else {
            if (numbers.below(3) != 0) now += numbers.below(6);
            steps.push_back({.time = now - numbers.below(15), .key = static_cast<int>(numbers.below(3))});
            if (numbers.below(5) == 0) steps.push_back(steps.back());
        }
    }
    return steps;
}

/// Windows by the hundred, opened in any order; some are given long before they close.
std::vector<Step> scattered_steps(std::uint64_t seed) {
    Numbers numbers{seed};
    std::vector<Step> steps;
    std::int64_t mark = -1000;
    for (int i = 0; i < 1'500; ++i) {
        if (numbers.below(60) == 0) {
            mark += numbers.below(80) + (mark == -1000 ? 1000 : 0);
            steps.push_back({.is_mark = true, .time = mark});
        } else {
            steps.push_back({.time = mark + numbers.below(2'500) - 300, .key = static_cast<int>(numbers.below(3))});
        }
    }
    return steps;
}

struct Rule {
    std::int64_t size;
    std::int64_t slide;
    std::int64_t lateness;
};

using Row = std::tuple<int, std::int64_t, std::int64_t, std::uint64_t, std::uint64_t, int>; // key, start, end, pane, count, timing
struct Result {
    std::vector<Row> rows;
    std::uint64_t late = 0;
    std::uint64_t late_in_some = 0;
    friend bool operator==(const Result&, const Result&) = default;
};

/// What the rules say, written down as they stand. Marks are whole seconds W: a window is given at W >= end.
Result expected(const std::vector<Step>& steps, Rule rule) {
    struct Pane {
        std::vector<int> keys; // by first event
        std::map<int, std::pair<std::uint64_t, std::uint64_t>> counts; // events, panes given
        bool fired = false;
    };
    std::map<std::pair<std::int64_t, std::int64_t>, Pane> panes; // by end, start
    Result result;
    std::int64_t mark = -100'000;
    const auto advance = [&](std::int64_t to) {
        mark = std::max(mark, to);
        for (auto& [when, pane] : panes) {
            if (pane.fired || when.first > mark) continue;
            pane.fired = true;
            for (const int key : pane.keys) result.rows.emplace_back(key, when.second, when.first, pane.counts[key].second++, pane.counts[key].first, 1);
        }
        std::erase_if(panes, [&](const auto& entry) { return entry.first.first + rule.lateness <= mark; });
    };
    for (const Step& step : steps) {
        if (step.is_mark) {
            advance(step.time);
            continue;
        }
        bool taken = false, missed = false;
        for (std::int64_t start = -1000 * rule.slide; start <= step.time; start += rule.slide) {
            const std::int64_t end = start + rule.size;
            if (end <= step.time) continue;
            if (end + rule.lateness <= mark) {
                missed = true;
                continue;
            }
            taken = true;
            Pane& pane = panes[{end, start}];
            if (end <= mark) pane.fired = true;
            if (not pane.counts.contains(step.key)) pane.keys.push_back(step.key);
            auto& [count, given] = pane.counts[step.key];
            ++count;
            if (pane.fired) result.rows.emplace_back(step.key, start, end, given++, count, 2);
        }
        if (not taken) ++result.late;
        else if (missed) ++result.late_in_some;
    }
    advance(100'000);
    return result;
}

std::int64_t seconds(weir::Timestamp t) { return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count(); }

weir::TestStream<int> script_of(const std::vector<Step>& steps) {
    weir::TestStream<int> script;
    for (const Step& step : steps) {
        const weir::Timestamp t{std::chrono::seconds(step.time)};
        if (step.is_mark) script.watermark(t - 1ns);
        else script.event(step.key, t);
    }
    return script;
}

/// middle: a chain before the aggregate that must change nothing.
template <typename Spec, typename Middle>
Result found(const std::vector<Step>& steps, const Spec& spec, const Middle& middle) {
    Result result;
    const auto keep = [&](const weir::Windowed<int, std::uint64_t>& row) {
        result.rows.emplace_back(row.key, seconds(row.window.start), seconds(row.window.end), row.window.pane.index, row.value,
                                 static_cast<int>(row.window.pane.timing));
    };
    const weir::Report report = weir::run(weir::from(script_of(steps)) | middle | weir::key_by([](int key) { return key; }) | weir::window(spec) |
                                          weir::aggregate(weir::count()) | weir::for_each(keep));
    for (const weir::OperatorReport& row : report.operators) {
        if (row.in != row.passed + row.dropped() + row.held) FAIL("law 2: " << row.name);
        result.late += row.dropped(weir::Drop::late);
        result.late_in_some += row.late_in_some;
    }
    return result;
}

template <typename Spec, typename Middle>
void agree(Rule rule, const Spec& spec, const Middle& middle, std::vector<Step> (*steps_of)(std::uint64_t) = random_steps, std::uint64_t seeds = 150) {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        INFO("seed " << seed << ", size " << rule.size << ", slide " << rule.slide << ", lateness " << rule.lateness);
        const std::vector<Step> steps = steps_of(seed);
        if (found(steps, spec, middle) != expected(steps, rule)) FAIL("other rows than the rules say");
    }
}

const auto all = weir::filter([](int) { return true; });

} // namespace

TEST_CASE("tumbling windows of random streams are what the rules say") {
    agree({10, 10, 0}, weir::tumbling(10s), all);
    agree({7, 7, 5}, weir::tumbling(7s).allowed_lateness(5s), all);
}

TEST_CASE("sliding windows of random streams are what the rules say") {
    agree({10, 5, 0}, weir::sliding(10s, 5s), all);
    agree({10, 4, 3}, weir::sliding(10s, 4s).allowed_lateness(3s), all);
}

TEST_CASE("hundreds of windows that open in random order are given as the rules say") {
    agree({10, 10, 0}, weir::tumbling(10s), all, scattered_steps, 3);
    agree({7, 7, 400}, weir::tumbling(7s).allowed_lateness(400s), all, scattered_steps, 3);
    agree({10, 4, 300}, weir::sliding(10s, 4s).allowed_lateness(300s), all, scattered_steps, 3);
}

TEST_CASE("batches before windows change nothing") {
    agree({10, 10, 5}, weir::tumbling(10s).allowed_lateness(5s), weir::micro_batch(3) | weir::unbatch());
}

TEST_CASE("the comparison sees windows of another size, and another lateness") {
    std::uint64_t other_size = 0, other_lateness = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const std::vector<Step> steps = random_steps(seed);
        const Result rows = found(steps, weir::tumbling(10s), all);
        other_size += rows != expected(steps, {9, 9, 0});
        other_lateness += rows != expected(steps, {10, 10, 5});
    }
    CHECK(other_size > 10);
    CHECK(other_lateness > 5);
}
