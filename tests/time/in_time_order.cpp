// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;

namespace {

using weir::Event;

weir::Timestamp at(std::chrono::seconds s) { return weir::Timestamp(s); }

} // namespace

TEST_CASE("in_time_order gives the events in the order of their times, and says which came too late for that") {
    weir::TestStream<int> script;
    script.event(1, at(3s)).event(2, at(1s)).event(3, at(3s)).watermark(at(2s)).event(4, at(2s)).event(5, at(5s)).event(6, at(3s)).watermark(at(4s));
    script.event(7, at(6s)).event(8, at(4s));
    std::vector<Event<int>> ordered, late;
    const weir::Report report = weir::run(weir::from(script) | weir::in_time_order().late_to(weir::collect_into(late)) | weir::collect_into(ordered));
    CHECK(ordered == std::vector<Event<int>>{{2, at(1s)}, {1, at(3s)}, {3, at(3s)}, {6, at(3s)}, {5, at(5s)}, {7, at(6s)}});
    CHECK(late == std::vector<Event<int>>{{4, at(2s)}, {8, at(4s)}});
    CHECK(report.at("in_time_order#1").dropped(weir::Drop::late) == 2);
    CHECK(report.at("in_time_order#1").passed == 6);
}

TEST_CASE("before each event stands the watermark just before its time") {
    weir::TestStream<int> script;
    script.event(1, at(3s)).event(2, at(1s)).watermark(at(4s));
    std::vector<std::string> log;
    weir::run(weir::from(script) | weir::in_time_order() | weir::key_by([](int) { return 0; }) |
              weir::process_keyed<int, int>([&](int x, int&, auto& context) {
                  log.push_back(std::to_string(x) + (context.watermark() == context.time() - 1ns ? " in time" : " at another"));
              }) |
              weir::for_each([](int) {}));
    CHECK(log == std::vector<std::string>{"2 in time", "1 in time"});
}

TEST_CASE("of disordered events it is what sorting those that are not late gives, and it makes order-dependent operators agree") {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        weir::Random random(seed);
        weir::TestStream<int> script;
        std::vector<Event<int>> expected;
        weir::Timestamp mark = weir::min_time;
        for (int i = 0; i < 200; ++i) {
            if (random.one_in(4)) {
                mark = std::max(mark, at(std::chrono::seconds(i / 4)));
                script.watermark(at(std::chrono::seconds(i / 4)));
            }
            const weir::Timestamp time = at(std::chrono::seconds(i / 4 + static_cast<int>(random.below(20)) - 3));
            script.event(i, time);
            if (time > mark) expected.push_back({i, time});
        }
        std::stable_sort(expected.begin(), expected.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
        std::vector<Event<int>> ordered;
        weir::Simulation simulation(seed);
        weir::run(weir::from(script) | weir::stage({.capacity = 3}) | weir::in_time_order() | weir::stage({.capacity = 2}) | weir::collect_into(ordered),
                  simulation.options());
        CHECK(ordered == expected);
    }
}

TEST_CASE("events that are lent are kept, and those of a stopped job count as held") {
    std::vector<std::string> words{"a word that is long enough to have memory of its own", "b"};
    std::vector<Event<std::string_view>> events{{words[0], at(9s)}, {words[1], at(8s)}};
    std::vector<std::string> given;
    weir::run(weir::from(events) | weir::in_time_order() | weir::tap([&](const std::string&) { words.assign(2, ""); }) | weir::collect_into(given));
    CHECK(given == std::vector<std::string>{"b", "a word that is long enough to have memory of its own"});

    weir::TestStream<int> script;
    script.event(1, at(3s)).event(2, at(9s)).watermark(at(4s)).event(3, at(7s));
    std::vector<int> numbers;
    auto stepper = weir::stepper(weir::from(script) | weir::in_time_order() | weir::collect_into(numbers));
    stepper.step(3);
    stepper.stop();
    while (stepper.step() != weir::Progress::ended) {}
    CHECK(numbers == std::vector<int>{1});
    CHECK(stepper.report().at("in_time_order#1").held >= 1);
}
