// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"
#include "next.hpp"

#include <weir/weir.hpp>

#include <memory>
#include <string>
#include <vector>

namespace {

struct Reading {
    std::string room;
    int degrees = 0;
};
struct Alarm {
    std::string text;
    friend bool operator==(const Alarm&, const Alarm&) = default;
};

constexpr auto even = [](int x) { return x % 2 == 0; };
constexpr auto negated = [](int x) { return -x; };

constexpr bool rules_at_compile_time() {
    return given_by<int>(weir::rule(even, negated), std::vector{1, 2, 3, 4}) == std::vector{-2, -4};
}
static_assert(rules_at_compile_time());

} // namespace

TEST_CASE("rule sends on what its action makes of the events that meet the condition") {
    const std::vector<Reading> readings{{"kitchen", 21}, {"oven", 230}, {"hall", 19}};
    std::vector<Alarm> alarms;
    const weir::Report report = weir::run(weir::from(readings) | weir::rule([](const Reading& r) { return r.degrees > 60; },
                                                                            [](const Reading& r) { return Alarm{r.room + " is hot"}; }) |
                                          weir::collect_into(alarms));
    CHECK(alarms == std::vector<Alarm>{{"oven is hot"}});
    CHECK(report.at("rule#1") == row("rule#1", 3, 1, 1, weir::Drop::filtered, 2));
    CHECK(rules_at_compile_time());
}

TEST_CASE("rule calls its action only for what meets the condition") {
    int calls = 0;
    std::vector<int> out;
    const auto count = [&calls](int) { return ++calls; };
    weir::run(weir::from(std::vector{1, 3}) | weir::rule(even, count) | weir::collect_into(out));
    CHECK(calls == 0);
    weir::run(weir::from(std::vector{1, 2, 3, 4}) | weir::rule(even, count) | weir::collect_into(out));
    CHECK(out == std::vector<int>{1, 2});
}

TEST_CASE("rule keeps event times") {
    std::vector<weir::Event<int>> out;
    weir::run(weir::from(timed(4)) | weir::rule(even, negated) | weir::collect_into(out));
    CHECK(out == std::vector<weir::Event<int>>{{-2, second(2)}, {-4, second(4)}});
}

TEST_CASE("rule gives its action owned events to keep") {
    int copies = 0;
    std::vector<int> out;
    weir::run(weir::from(counting(4, copies)) |
              weir::rule([](const Counting& c) { return c.value > 1; }, [](Counting c) { return c.value; }) | weir::collect_into(out));
    CHECK(out == std::vector<int>{2, 3});
    CHECK(copies == 0);
    std::vector<std::unique_ptr<int>> pointers(2), kept;
    pointers[0] = std::make_unique<int>(1);
    weir::run(weir::from(std::move(pointers)) | weir::rule([](const auto& p) { return p != nullptr; }, [](std::unique_ptr<int> p) { return p; }) |
              weir::collect_into(kept));
    CHECK(kept.size() == 1);
}
