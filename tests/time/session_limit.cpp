// SPDX-License-Identifier: BSL-1.0
// Sessions of limited length.
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

using namespace std::chrono_literals;

namespace {

using Times = std::vector<std::int64_t>;
struct Part {
    std::int64_t start;
    std::int64_t end;
    Times times;
    friend bool operator==(const Part&, const Part&) = default;
};

/// Upwards: gaps here are 1 ns less than whole seconds, as the end of a session may close before an event at just that time comes.
std::int64_t seconds(weir::Timestamp t) { return std::chrono::ceil<std::chrono::seconds>(t).time_since_epoch().count(); }
weir::Timestamp at(std::int64_t s) { return weir::Timestamp(std::chrono::seconds(s)); }

struct Ran {
    std::vector<Part> parts;
    std::size_t late = 0;
};

Ran ran(weir::TestStream<std::int64_t> script, std::chrono::seconds gap, std::chrono::seconds limit, std::chrono::seconds lateness = 0s) {
    Ran result;
    const weir::Report report = weir::run(weir::from(std::move(script)) | weir::window(weir::session(gap - 1ns).at_most(limit).allowed_lateness(lateness)) |
                                          weir::aggregate(weir::collect()) | weir::for_each([&](const auto& row) {
                                              result.parts.push_back({seconds(row.window.start), seconds(row.window.end), row.value});
                                          }));
    for (const weir::OperatorReport& row : report.operators) {
        CHECK(row.in == row.passed + row.dropped() + row.held);
        result.late += row.dropped(weir::Drop::late);
    }
    return result;
}

weir::TestStream<std::int64_t> events(const Times& times) {
    weir::TestStream<std::int64_t> script;
    for (const std::int64_t t : times) script.event(t, at(t));
    return script;
}

/// Sessions of times in order, cut at multiples of the limit from the first that lies at least the limit behind the start.
std::vector<Part> expected(const Times& times, std::int64_t gap, std::int64_t limit) {
    std::vector<Part> parts;
    const auto multiple_from = [limit](std::int64_t t) {
        const std::int64_t rest = (t % limit + limit) % limit;
        return rest == 0 ? t : t - rest + limit;
    };
    std::int64_t cut = 0;
    for (const std::int64_t t : times) {
        if (parts.empty() || t >= parts.back().times.back() + gap) {
            cut = multiple_from(t + limit);
            parts.push_back({t, 0, {}});
        } else if (t >= cut) {
            cut = multiple_from(t + 1);
            parts.push_back({t, 0, {}});
        }
        parts.back().times.push_back(t);
        parts.back().end = std::min(t + gap, cut);
    }
    return parts;
}

struct Numbers {
    std::uint64_t state;
    std::int64_t below(std::int64_t n) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return static_cast<std::int64_t>((state >> 33) % static_cast<std::uint64_t>(n));
    }
};

} // namespace

TEST_CASE("a session that goes on and on ends at a multiple of its limit, and another begins") {
    const std::vector<Part> parts = ran(events({11, 12, 19, 28, 36, 40, 48, 57, 61, 62, 90}), 10s, 20s).parts;
    CHECK(parts == std::vector<Part>{{11, 40, {11, 12, 19, 28, 36}}, {40, 60, {40, 48, 57}}, {61, 72, {61, 62}}, {90, 100, {90}}});
    CHECK_THROWS_WITH(weir::session(1s).at_most(0s), Catch::Contains("greater than 0"));
}

TEST_CASE("what comes behind the limit goes on from a session whose state has gone") {
    weir::TestStream<std::int64_t> script = events({11, 20, 29, 38});
    script.watermark(at(45)).event(46, at(46)).event(39, at(39)).event(53, at(53)).event(60, at(60));
    const Ran result = ran(script, 10s, 20s);
    CHECK(result.parts == std::vector<Part>{{11, 40, {11, 20, 29, 38}}, {46, 60, {46, 53}}, {60, 70, {60}}});
    CHECK(result.late == 1);
}

TEST_CASE("limited sessions of random streams in order are what the rule says, wherever the watermark stands") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Numbers numbers{seed};
        const std::int64_t gap = 1 + numbers.below(8), limit = 1 + numbers.below(30);
        Times times;
        weir::TestStream<std::int64_t> script;
        std::int64_t now = -40;
        for (int i = 0; i < 40; ++i) {
            now += numbers.below(gap + 2);
            if (numbers.below(3) == 0) script.watermark(at(now - numbers.below(10)) - 1ns);
            times.push_back(now);
            script.event(now, at(now));
        }
        INFO("seed " << seed << " gap " << gap << " limit " << limit);
        REQUIRE(ran(script, std::chrono::seconds(gap), std::chrono::seconds(limit)).parts == expected(times, gap, limit));
    }
}

TEST_CASE("limited sessions out of order do not overlap, are not too long, and lose nothing") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Numbers numbers{seed};
        const std::int64_t gap = 2 + numbers.below(8), limit = gap + numbers.below(30);
        weir::TestStream<std::int64_t> script;
        std::int64_t now = -40;
        for (int i = 0; i < 60; ++i) {
            now += numbers.below(gap);
            if (numbers.below(5) == 0) script.watermark(at(now - 30));
            const std::int64_t t = now - numbers.below(25);
            script.event(t, at(t));
        }
        INFO("seed " << seed << " gap " << gap << " limit " << limit);
        Ran result = ran(script, std::chrono::seconds(gap), std::chrono::seconds(limit));
        std::sort(result.parts.begin(), result.parts.end(), [](const Part& a, const Part& b) { return std::tuple(a.start, a.end) < std::tuple(b.start, b.end); });
        std::size_t events = 0;
        for (std::size_t i = 0; i < result.parts.size(); ++i) {
            const Part& part = result.parts[i];
            events += part.times.size();
            CHECK(part.end - part.start <= 2 * limit);
            CHECK(*std::min_element(part.times.begin(), part.times.end()) == part.start);
            CHECK(*std::max_element(part.times.begin(), part.times.end()) < part.end);
            if (i > 0) CHECK(result.parts[i - 1].end <= part.start);
        }
        REQUIRE(events == 60);
    }
}

TEST_CASE("limited sessions are saved and loaded") {
    weir::TestStream<std::int64_t> script = events({11, 20, 29, 38});
    script.watermark(at(45)).event(46, at(46)).event(39, at(39)).event(53, at(53)).watermark(at(50)).event(60, at(60)).event(75, at(75));
    weir::check_recovery(script, [](auto source, auto sink) {
        return std::move(source) | weir::window(weir::session(10s).at_most(20s)) | weir::aggregate(weir::count()) | std::move(sink);
    });
}
