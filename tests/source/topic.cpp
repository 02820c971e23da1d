// SPDX-License-Identifier: BSL-1.0
#include <weir/source/topic.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"

#include <atomic>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using Ints = std::vector<int>;

TEST_CASE("a job reads what is published from its start on, until the topic is closed") {
    weir::Topic<int> topic;
    Ints seen;
    const auto chain = weir::filter([](int e) { return e > 1; }) | weir::collect_into(seen);
    topic.publish(100);
    weir::Job job = weir::start(weir::from(topic) | chain);
    for (int i = 0; i < 5; ++i) topic.publish(i);
    CHECK(topic.subscribers() == 1);
    topic.close();
    const weir::Report report = job.wait();
    CHECK(seen == Ints{2, 3, 4});
    CHECK(report.at("topic#1").in == 5);
    CHECK(report.at("topic#1").passed == 5);
    CHECK(report.at("filter#1").in == 5);
}

TEST_CASE("several jobs each read all events, as their own") {
    weir::Topic<std::string> topic;
    std::vector<std::string> a, b;
    const auto moved = [](std::string&& e) { return std::move(e); };
    weir::Job first = weir::start(weir::from(topic) | weir::map(moved) | weir::collect_into(a));
    weir::Job second = weir::start(weir::from(topic) | weir::map(moved) | weir::collect_into(b));
    topic.publish("one");
    topic.publish("two");
    topic.close();
    first.wait();
    second.wait();
    CHECK(a == std::vector<std::string>{"one", "two"});
    CHECK(b == a);
}

TEST_CASE("a publisher waits for room where the job is slow, and nothing is lost") {
    weir::Topic<int> topic;
    Ints seen;
    weir::Job job = weir::start(weir::from(topic, {.capacity = 2}) | weir::collect_into(seen));
    for (int i = 0; i < 5'000; ++i) topic.publish(i);
    topic.close();
    job.wait();
    REQUIRE(seen.size() == 5'000);
    for (int i = 0; i < 5'000; ++i) REQUIRE(seen[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("with drop_oldest a publisher never waits, and what is dropped is counted") {
    weir::Topic<int> topic;
    Ints seen;
    auto job = weir::from(topic, {.capacity = 4, .overflow = weir::Overflow::drop_oldest}) | weir::collect_into(seen);
    auto stepper = weir::stepper(job);
    for (int i = 0; i < 10; ++i) topic.publish(i);
    topic.close();
    while (stepper.step() != weir::Progress::ended) {}
    CHECK(seen == Ints{6, 7, 8, 9});
    const auto row = stepper.report().at("topic#1");
    CHECK(row.in == 10);
    CHECK(row.dropped(weir::Drop::overflow) == 6);
    CHECK(row.passed == 4);
}

TEST_CASE("with fail a publisher is told that there is no room, and what did not come is not counted") {
    weir::Topic<int> topic;
    Ints seen;
    auto stepper = weir::stepper(weir::from(topic, {.capacity = 2, .overflow = weir::Overflow::fail}) | weir::collect_into(seen));
    topic.publish(0);
    topic.publish(1);
    CHECK_THROWS_AS(topic.publish(2), weir::QueueFull);
    topic.close();
    while (stepper.step() != weir::Progress::ended) {}
    CHECK(seen == Ints{0, 1});
    const auto row = stepper.report().at("topic#1");
    CHECK(row.in == 2);
    CHECK(row.passed == 2);
}

TEST_CASE("a job that has ended or stopped takes no more and holds nobody back") {
    weir::Topic<int> topic;
    Ints seen;
    weir::Job job = weir::start(weir::from(topic, {.capacity = 2}) | weir::take(3) | weir::collect_into(seen));
    for (int i = 0; i < 100; ++i) topic.publish(i);
    job.wait();
    CHECK(seen == Ints{0, 1, 2});
    CHECK(topic.subscribers() == 0);

    weir::Job stopped = weir::start(weir::from(topic) | weir::for_each([](int) {}));
    CHECK(topic.subscribers() == 1);
    stopped.stop();
    stopped.wait();
    CHECK(topic.subscribers() == 0);
}

TEST_CASE("a job that fails lets its publishers go on, before anybody looks at it") {
    weir::Topic<int> topic;
    weir::Job job = weir::start(weir::from(topic, {.capacity = 1}) | weir::for_each([](int e) {
                                    if (e == 3) throw std::runtime_error("three");
                                }));
    for (int i = 0; i < 1'000; ++i) topic.publish(i);
    CHECK_THROWS_WITH(job.wait(), "three");
    CHECK(topic.subscribers() == 0);
}

TEST_CASE("many publishers, one job", "[threads]") {
    weir::Topic<int> topic;
    long long sum = 0;
    weir::Job job = weir::start(weir::from(topic, {.capacity = 16}) | weir::fold_into(sum));
    std::vector<std::thread> publishers;
    for (int p = 0; p < 3; ++p)
        publishers.emplace_back([&] {
            for (int i = 1; i <= 3'000; ++i) topic.publish(i);
        });
    for (std::thread& thread : publishers) thread.join();
    topic.close();
    job.wait();
    CHECK(sum == 3LL * 3'000 * 3'001 / 2);
}

TEST_CASE("a job's start and end may fall anywhere between the events", "[threads]") {
    weir::Topic<int> topic;
    std::atomic<bool> stop{false};
    std::thread publisher([&] {
        for (int i = 0; not stop; ++i) topic.publish(i);
    });
    for (std::size_t round = 0; round < 30; ++round) {
        Ints seen;
        weir::run(weir::from(topic, {.capacity = 8}) | weir::take(round) | weir::collect_into(seen));
        REQUIRE(seen.size() == round);
        for (std::size_t i = 1; i < seen.size(); ++i) REQUIRE(seen[i] == seen[i - 1] + 1);
    }
    stop = true;
    publisher.join();
}

} // namespace
