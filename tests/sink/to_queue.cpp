// SPDX-License-Identifier: BSL-1.0
#include <weir/sink/to_queue.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "source/user_queue.hpp"

#include <cstddef>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Ints = std::vector<int>;

Ints numbers(int n) {
    Ints all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), 0);
    return all;
}

template <typename Queue>
auto drained(Queue& queue) {
    std::vector<typename Queue::event_type> all;
    while (auto event = queue.try_pop()) all.push_back(*std::move(event));
    return all;
}

TEST_CASE("to_queue pushes every event in order and leaves the queue open") {
    weir::SpscQueue<int> queue{8};
    const weir::Report report = weir::run(weir::from(Ints{1, 2, 3}) | weir::to_queue(queue));
    CHECK_FALSE(queue.closed());
    CHECK(drained(queue) == Ints{1, 2, 3});
    CHECK(report.at("to_queue#1").in == 3);
    CHECK(report.at("to_queue#1").passed == 3);
}

TEST_CASE("to_queue closes the queue at the end where it is told to, also when the job fails") {
    weir::SpscQueue<int> queue{8};
    weir::run(weir::from(Ints{1, 2}) | weir::to_queue(queue, {.close_at_end = true}));
    CHECK(queue.closed());
    CHECK(drained(queue) == Ints{1, 2});

    weir::SpscQueue<int> other{8};
    CHECK_THROWS_AS(weir::run(weir::from(Ints{1, 2, 3}) | weir::tap([](int e) {
                                  if (e == 3) throw std::runtime_error("three");
                              }) | weir::to_queue(other, {.close_at_end = true})),
                    std::runtime_error);
    CHECK(other.closed());
    CHECK(drained(other) == Ints{1, 2});
}

TEST_CASE("a full queue holds the job back without blocking its thread, and the end waits for room too") {
    weir::SpscQueue<int> queue{2};
    auto job = weir::from(numbers(7)) | weir::to_queue(queue, {.close_at_end = true});
    auto stepper = weir::stepper(job);
    Ints seen;
    for (int idle = 0; idle < 3;) idle += stepper.step() == weir::Progress::idle ? 1 : 0;
    CHECK(queue.size() == 2);
    CHECK_FALSE(queue.closed());
    CHECK(stepper.report().at("to_queue#1").held == 1);
    for (weir::Progress progress = weir::Progress::more; progress != weir::Progress::ended;) {
        if (const auto event = queue.try_pop()) seen.push_back(*event);
        progress = stepper.step(1);
    }
    CHECK(queue.closed());
    for (const int event : drained(queue)) seen.push_back(event);
    CHECK(seen == numbers(7));
    CHECK(stepper.report().at("to_queue#1").held == 0);
}

TEST_CASE("what one event gives beyond the room there is waits in order") {
    weir::SpscQueue<int> queue{2};
    auto job = weir::from(Ints{0, 10}) | weir::flat_map([](int e) { return Ints{e, e + 1, e + 2, e + 3}; }) | weir::to_queue(queue);
    auto stepper = weir::stepper(job);
    Ints seen;
    while (stepper.step() != weir::Progress::ended)
        if (const auto event = queue.try_pop()) seen.push_back(*event);
    for (const int event : drained(queue)) seen.push_back(event);
    CHECK(seen == Ints{0, 1, 2, 3, 10, 11, 12, 13});
}

TEST_CASE("the queue's own policy holds: what drop_newest refuses is counted as dropped") {
    weir::SpscQueue<int> queue{2, weir::Overflow::drop_newest};
    const weir::Report report = weir::run(weir::from(numbers(5)) | weir::to_queue(queue));
    CHECK(drained(queue) == Ints{0, 1});
    CHECK(report.at("to_queue#1").passed == 2);
    CHECK(report.at("to_queue#1").dropped(weir::Drop::overflow) == 3);

    weir::MpscQueue<int> latest{2, weir::Overflow::drop_oldest};
    weir::run(weir::from(numbers(5)) | weir::to_queue(latest));
    CHECK(drained(latest) == Ints{3, 4});

    weir::SpscQueue<int> strict{2, weir::Overflow::fail};
    CHECK_THROWS_AS(weir::run(weir::from(numbers(5)) | weir::to_queue(strict)), weir::QueueFull);
}

TEST_CASE("a queue that others close ends the job, and what was at hand is counted as dropped") {
    weir::SpscQueue<int> queue{4};
    int made = 0;
    auto source = weir::generate([&made] { return made++; });
    const weir::Report report = weir::run(std::move(source) | weir::tap([&](int e) {
                                              if (e == 3) queue.close();
                                          }) | weir::to_queue(queue));
    CHECK(drained(queue) == Ints{0, 1, 2});
    CHECK(report.at("to_queue#1").passed == 3);
    CHECK(report.at("to_queue#1").dropped(weir::Drop::overflow) == 1);
    CHECK(made == 4);
}

TEST_CASE("values, events with times, owned strings of views: as the queue holds them") {
    using Timed = weir::Event<int>;
    const std::vector<Timed> timed{{1, weir::Timestamp(weir::Duration(5))}};
    weir::SpscQueue<Timed> events{2};
    weir::run(weir::from(timed) | weir::to_queue(events));
    CHECK(drained(events) == timed);
    weir::SpscQueue<int> values{2};
    weir::run(weir::from(timed) | weir::to_queue(values));
    CHECK(drained(values) == Ints{1});
    weir::SpscQueue<std::string> strings{2};
    weir::run(weir::from(std::vector<std::string_view>{"a"}) | weir::to_queue(strings));
    CHECK(drained(strings) == std::vector<std::string>{"a"});
    weir::SpscQueue<std::unique_ptr<int>> pointers{2};
    weir::run(weir::from(Ints{4}) | weir::map([](int e) { return std::make_unique<int>(e); }) | weir::to_queue(pointers));
    CHECK(*drained(pointers).at(0) == 4);
}

TEST_CASE("two jobs joined by a queue, each on its thread, pass everything on", "[threads]") {
    for (const std::size_t capacity : {1U, 2U, 64U}) {
        weir::SpscQueue<int> queue{capacity};
        weir::Job producer = weir::start(weir::from(numbers(20'000)) | weir::to_queue(queue, {.close_at_end = true}));
        Ints seen;
        weir::run(weir::from(queue) | weir::collect_into(seen));
        producer.wait();
        CHECK(seen == numbers(20'000));
    }
}

TEST_CASE("several jobs push into one queue without losing a wake-up", "[threads]") {
    weir::MpscQueue<int> queue{2};
    std::vector<weir::Job> jobs;
    for (int j = 0; j < 3; ++j) jobs.push_back(weir::start(weir::from(numbers(500)) | weir::to_queue(queue)));
    long long sum = 0;
    for (int i = 0; i < 1'500; ++i) sum += *queue.pop();
    for (weir::Job& job : jobs) job.wait();
    CHECK(sum == 3LL * 499 * 500 / 2);
}

TEST_CASE("a queue of the user's own, without listeners, is looked at again and again", "[threads]") {
    source_test::UserQueue<int> queue(2);
    weir::Job job = weir::start(weir::from(numbers(50)) | weir::to_queue(queue, {.close_at_end = true}));
    Ints seen;
    while (const auto event = queue.pop()) seen.push_back(*event);
    job.wait();
    CHECK(seen == numbers(50));
}

TEST_CASE("stopping a job whose queue stays full ends it with the next room", "[threads]") {
    weir::SpscQueue<int> queue{1};
    weir::Job job = weir::start(weir::generate([i = 0]() mutable { return i++; }) | weir::to_queue(queue));
    Ints seen;
    for (int i = 0; i < 10; ++i) seen.push_back(*queue.pop());
    job.stop();
    while (job.running())
        if (const auto event = queue.try_pop()) seen.push_back(*event);
        else std::this_thread::yield();
    for (const int event : drained(queue)) seen.push_back(event);
    CHECK(seen == numbers(static_cast<int>(seen.size())));
}

} // namespace
