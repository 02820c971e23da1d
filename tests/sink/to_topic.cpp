// SPDX-License-Identifier: BSL-1.0
#include <weir/sink/to_topic.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Ints = std::vector<int>;

TEST_CASE("to_topic publishes every event, in order") {
    weir::Topic<int> topic;
    Ints a, b;
    const auto first = topic.subscribe(weir::collect_into(a));
    const auto second = topic.subscribe(weir::filter([](int e) { return e > 1; }) | weir::collect_into(b));
    const weir::Report report = weir::run(weir::from(Ints{1, 2, 3}) | weir::to_topic(topic));
    CHECK(a == Ints{1, 2, 3});
    CHECK(b == Ints{2, 3});
    CHECK(report.at("to_topic#1").passed == 3);
}

TEST_CASE("what a subscriber throws ends the job that publishes") {
    weir::Topic<int> topic;
    const auto subscription = topic.subscribe([](int e) {
        if (e == 2) throw std::runtime_error("two");
    });
    CHECK_THROWS_WITH(weir::run(weir::from(Ints{1, 2, 3}) | weir::to_topic(topic)), "two");
}

TEST_CASE("a topic takes values of timed events, or the events; and strings of views") {
    using Timed = weir::Event<int>;
    const std::vector<Timed> events{{1, weir::Timestamp(weir::Duration(7))}};
    weir::Topic<int> values;
    weir::Topic<Timed> timed;
    Ints seen_values;
    std::vector<Timed> seen_timed;
    const auto v = values.subscribe(weir::collect_into(seen_values));
    const auto t = timed.subscribe([&](const Timed& event) { seen_timed.push_back(event); });
    weir::run(weir::from(events) | weir::to_topic(values));
    weir::run(weir::from(events) | weir::to_topic(timed));
    CHECK(seen_values == Ints{1});
    CHECK(seen_timed == events);

    weir::Topic<std::string> strings;
    std::vector<std::string> seen;
    const auto s = strings.subscribe(weir::collect_into(seen));
    weir::run(weir::from(std::vector<std::string_view>{"view"}) | weir::to_topic(strings));
    CHECK(seen == std::vector<std::string>{"view"});
}

TEST_CASE("events go from job to job through a topic") {
    weir::Topic<int> topic;
    Ints seen;
    weir::Job reader = weir::start(weir::from(topic) | weir::map([](int e) { return e * 10; }) | weir::collect_into(seen));
    weir::run(weir::from(Ints{1, 2, 3}) | weir::to_topic(topic));
    topic.close();
    reader.wait();
    CHECK(seen == Ints{10, 20, 30});
}

} // namespace
