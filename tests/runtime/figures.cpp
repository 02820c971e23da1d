// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "runtime/measured.hpp"

#include <weir/async.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using weir::Duration;
using weir::Overflow;
using weir::TaskReport;
using weir::Timestamp;
using State = weir::Step::State;

TEST_CASE("the Report of a job with figures says how long events took, and where the time went") {
    weir::ManualClock clock;
    weir::Stepper stepper = weir::stepper(weir::from(numbers(10)) | taking(clock, 3ms), {.clock = &clock, .figures = 10ms});
    while (stepper.step() != weir::Progress::ended) {}
    const weir::Report report = stepper.report();
    REQUIRE(report.tasks.size() == 1);
    const TaskReport& task = report.tasks[0];
    REQUIRE(task.name == "input/for_each#1");
    REQUIRE(task.events == 10);
    REQUIRE(task.latency.size() == 1);
    REQUIRE(task.latency[0].from == task.name);
    REQUIRE(task.latency[0].time.count() == 1); // they were read together
    REQUIRE(task.latency[0].time.max() == 30ms); // from the first to behind the last
    REQUIRE(task.busy == 30ms);
    REQUIRE(all_of(task) == 30ms);
    REQUIRE(report.time == Timestamp(30ms));
}

TEST_CASE("without figures there are none") {
    const weir::Report report = weir::run(weir::from(numbers(10)) | weir::stage() | weir::for_each([](int) {}));
    REQUIRE(report.tasks.empty());
    REQUIRE(report.time == weir::min_time);
}

TEST_CASE("a marker goes through a stage behind the events before it") {
    Measured job([](weir::ManualClock& clock) { return weir::from(numbers(4)) | weir::stage() | taking(clock, 1ms); });
    job.tasks.step(0, 4);
    job.clock.advance(5ms);
    job.tasks.step(1, 1); // before its signals: one event
    REQUIRE(job.task("behind/stage#1").queued.empty());
    job.tasks.step(1, 2);
    job.tasks.step(1, 1);
    REQUIRE(job.task("behind/stage#1").latency.empty()); // four are handled, the marker is not read yet
    job.tasks.step(1, 1);
    const TaskReport task = job.task("behind/stage#1");
    REQUIRE(task.queued.count() == 1);
    REQUIRE(task.queued.max() == 9ms);
    REQUIRE(task.latency.size() == 1);
    REQUIRE(task.latency[0].from == "input/stage#1");
    REQUIRE(task.latency[0].time.max() == 9ms);
    REQUIRE(job.task("input/stage#1").latency[0].time.max() == 0ms);
    REQUIRE(task.events == 4);
}

TEST_CASE("latency adds up over stages, and each has its own part") {
    Measured job([](weir::ManualClock& clock) {
        return weir::from(numbers(1)) | weir::tap([&clock](int) { clock.advance(1ms); }) | weir::stage() | weir::tap([&clock](int) { clock.advance(10ms); }) | weir::stage() |
               taking(clock, 100ms);
    });
    job.tasks.settle(0);
    job.clock.advance(1s);
    const std::size_t middle = job.tasks[1].name() == "behind/stage#1" ? 1 : 2;
    job.tasks.settle(middle);
    job.clock.advance(10s);
    job.tasks.settle(3 - middle);
    REQUIRE(job.task("input/tap#1").latency[0].time.max() == 1ms);
    REQUIRE(job.task("behind/stage#1").queued.max() == 1s + 10ms); // it stands behind the event, also while that is handled
    REQUIRE(job.task("behind/stage#1").latency[0].time.max() == 1s + 11ms);
    REQUIRE(job.task("behind/stage#2").queued.max() == 10s + 100ms);
    REQUIRE(job.task("behind/stage#2").latency[0].time.max() == 11s + 111ms);
}

TEST_CASE("markers come at most so often") {
    for (const Duration interval : {1ms, 3ms, 100ms}) {
        weir::ManualClock clock;
        weir::Stepper stepper = weir::stepper(weir::from(numbers(100)) | taking(clock, 1ms), {.clock = &clock, .figures = interval});
        while (stepper.step(1) != weir::Progress::ended) {}
        const auto report = stepper.report();
        REQUIRE(report.tasks[0].latency[0].time.count() == static_cast<std::uint64_t>((100ms + interval - 1ns) / interval));
        REQUIRE(report.tasks[0].latency[0].time.max() == 1ms);
    }
}

TEST_CASE("a marker waits with an operator that has not finished") {
    int calls = 0;
    const auto fails_once = [&calls](int x) { return ++calls == 2 ? throw std::runtime_error("not now") : x; };
    Measured job(weir::from(numbers(3)) | weir::try_map(fails_once, weir::retry(1, 20ms)) | weir::for_each([](int) {}));
    job.tasks.step(0);
    REQUIRE(job.task("input/try_map#1").latency.empty());
    job.clock.advance(20ms);
    job.tasks.run_to_end();
    REQUIRE(job.task("input/try_map#1").latency.at(0).time.max() == 20ms);
}

TEST_CASE("a marker waits for the calls of the events before it") {
    for (const bool is_ordered : {true, false}) {
        std::vector<weir::Completion<int>> calls;
        const auto ask = [&calls](int, weir::Completion<int> done) { calls.push_back(std::move(done)); };
        const auto check = [&](auto order) {
            Measured job(weir::from(numbers(5)) | weir::async_map({.calls = 8}, ask, order, weir::fail()) | weir::for_each([](int) {}));
            const auto latency = [&job] { return job.task("behind/async_map#1").latency; };
            const std::size_t source = job.tasks[0].name().starts_with("input/") ? 0 : 1;
            const auto settle = [&] { job.tasks.settle(1 - source); };
            job.tasks.step(source, 3);
            settle();
            REQUIRE(calls.size() == 3);
            job.clock.advance(50ms);
            job.tasks.step(source, 1); // comes later, and is answered first
            settle();
            calls.at(3)(0);
            calls[0](0);
            calls[2](0);
            settle();
            REQUIRE(latency().empty());
            job.clock.advance(10ms);
            calls[1](0);
            settle();
            REQUIRE(latency().size() == 1);
            REQUIRE(latency()[0].time.count() == 1);
            REQUIRE(latency()[0].time.max() == 60ms);
            job.tasks.step(source, 1);
            settle();
            calls.at(4)(0);
            job.tasks.run_to_end();
            REQUIRE(latency()[0].time.count() == 2); // that behind the fourth came while the first waited
            REQUIRE(latency()[0].time.min() == 0ms);
        };
        if (is_ordered) check(weir::ordered);
        else check(weir::unordered);
    }
}

TEST_CASE("time in a full queue is back-pressure in front of it and waiting behind it") {
    Measured job([](weir::ManualClock& clock) { return weir::from(numbers(8)) | weir::stage(4) | taking(clock, 1ms); });
    REQUIRE(job.tasks.settle(0).state == State::waiting_output);
    TaskReport reader = job.task("behind/stage#1");
    REQUIRE(reader.queue_capacity == 4);
    REQUIRE(reader.queue_fill == 4);
    REQUIRE(reader.queue_most == 4);
    job.clock.advance(1s);
    REQUIRE(job.task("input/stage#1").waiting_output == 1s); // goes on while it waits
    job.tasks.settle(1);
    reader = job.task("behind/stage#1");
    REQUIRE(reader.queue_fill == 0);
    REQUIRE(reader.queue_most == 4);
    REQUIRE(reader.busy == 4ms);
    job.clock.advance(2s);
    job.tasks.run_to_end();
    const TaskReport writer = job.task("input/stage#1");
    reader = job.task("behind/stage#1");
    REQUIRE(writer.waiting_output == 3s + 4ms);
    REQUIRE(writer.waiting_turn == 4ms); // it has written all, and could end, but the test's only thread is in the other task
    REQUIRE(writer.busy == 0s);
    REQUIRE(reader.waiting_input == 2s);
    REQUIRE(reader.busy == 8ms);
    REQUIRE(all_of(reader) == 2s + 8ms); // since its first step
}

TEST_CASE("of pauses that are not looked at a long step is work, and what has been told does not go back") {
    weir::ManualClock clock;
    weir::detail::TaskTimes<> times;
    const auto us = [](int n) { return std::chrono::microseconds(n); };
    weir::Duration worked{}, waited{};
    const auto round = [&](int work, int wait) {
        times.begin(clock.now());
        clock.advance(us(work));
        times.pause(weir::detail::TaskTimes<>::Wait::input, true, clock);
        clock.advance(us(wait));
        worked += us(work);
        waited += us(wait);
    };
    for (int i = 0; i < 160; ++i) round(i % 16 == 5 ? 2'000 : 1, 10); // the slow ones are never among the 16th that are looked at
    times.begin(clock.now());
    const auto sums = times.sums(clock.now());
    CHECK(sums.busy + sums.input == worked + waited);
    CHECK(sums.busy >= worked * 99 / 100);
    CHECK(sums.busy <= worked * 101 / 100);
}

TEST_CASE("a queue that drops has a fill, too, and its markers pass") {
    for (const Overflow overflow : {Overflow::drop_newest, Overflow::drop_oldest, Overflow::keep_latest}) {
        Measured job(weir::from(numbers(10)) | weir::stage({.capacity = 4, .overflow = overflow}) | weir::for_each([](int) {}));
        job.tasks.settle(0);
        job.clock.advance(1s);
        const std::size_t fill = overflow == Overflow::keep_latest ? 2 : 4;
        REQUIRE(job.task("behind/stage#1").queue_fill == fill);
        job.tasks.run_to_end();
        REQUIRE(job.task("behind/stage#1").queue_most == fill);
        REQUIRE(job.task("behind/stage#1").queue_fill == 0);
        REQUIRE(job.task("behind/stage#1").latency.at(0).time.max() == 1s);
    }
}

TEST_CASE("a queue whose reader has left or rests keeps few markers") {
    weir::detail::SignalLane<> lane;
    using weir::detail::Signal;
    const auto marker = [](std::uint64_t at, Duration begun) {
        Signal signal = Signal::of({0, Timestamp(begun), {}});
        signal.at = at;
        return signal;
    };
    for (int i = 1; i <= 1000; ++i) { // nothing between them
        lane.put({Signal::Kind::watermark, 7, Timestamp(i * 1s), 0});
        lane.put(marker(7, i * 1s));
        lane.put({Signal::Kind::own_mark, 7, Timestamp(i * 1s), 0});
    }
    REQUIRE(lane.take(7)->time == Timestamp(1000s));
    REQUIRE(lane.take(7)->marker().begun == Timestamp(1s)); // which has waited longest
    REQUIRE(lane.take(7)->time == Timestamp(1000s));
    REQUIRE_FALSE(lane.take(7));
    for (std::uint64_t i = 1; i <= 1000; ++i) { // the events between them were dropped
        lane.put({Signal::Kind::watermark, 7 + i, Timestamp(1s), 0});
        lane.put(marker(7 + i, static_cast<int>(i) * 1s));
        lane.close_gap(7 + i);
    }
    lane.close_gap(2000);
    REQUIRE(lane.take(2000)->time == Timestamp(1s));
    REQUIRE(lane.take(2000)->marker().begun == Timestamp(1s));
    REQUIRE_FALSE(lane.take(2000));
}

TEST_CASE("a task's watermark is the one that has come to it, or that it has made") {
    const auto time_of = [](int x) { return Timestamp(std::chrono::seconds(x)); };
    Measured job(weir::from(numbers(20, 100)) | weir::event_time(time_of, weir::bounded_disorder(5s)) | weir::stage() | weir::for_each([](int) {}));
    REQUIRE(job.task("input/event_time#1").watermark == weir::min_time);
    job.tasks.step(0, 10);
    REQUIRE(job.task("behind/stage#1").watermark == weir::min_time);
    const Timestamp made = job.task("input/event_time#1").watermark;
    REQUIRE(made < Timestamp(109s));
    REQUIRE(made >= Timestamp(103s));
    job.tasks.settle(1);
    REQUIRE(job.task("behind/stage#1").watermark == made);
    job.tasks.run_to_end();
    REQUIRE(job.task("behind/stage#1").watermark == weir::max_time);
}

TEST_CASE("markers go through copies and what collects behind them") {
    const auto by_number = weir::key_by([](int x) { return x; });
    const auto keep = weir::scan(0, [](int, int x) { return x; }) ;
    std::vector<int> got;
    const auto check = [&got](auto&& parallel_part) {
        weir::ManualClock clock;
        weir::Stepper stepper = weir::stepper(weir::from(numbers(300)) | parallel_part | weir::collect_into(got), {.clock = &clock, .figures = 1ns});
        while (stepper.step(20) != weir::Progress::ended) clock.advance(1ms);
        const weir::Report report = stepper.report();
        std::size_t copies = 0;
        std::uint64_t through_copies = 0;
        for (const TaskReport& task : report.tasks) {
            REQUIRE(task.latency.size() == 1);
            REQUIRE(task.latency[0].from == report.tasks.front().name);
            if (task.name.find('/') != task.name.npos && &task != &report.tasks.front() && task.queue_capacity != 0 && task.queues.empty()) {
                ++copies;
                through_copies += task.latency[0].time.count();
            }
        }
        REQUIRE(copies == 2);
        REQUIRE(report.tasks.size() == 4); // the source's, the copies, what collects
        const std::uint64_t sent = report.tasks.front().latency[0].time.count();
        REQUIRE(through_copies == sent); // each through one
        std::uint64_t collected = 0;
        for (const TaskReport& task : report.tasks)
            if (task.queues.size() == 2) collected += task.latency[0].time.count();
        REQUIRE(collected == sent);
        std::sort(got.begin(), got.end());
        REQUIRE(got == numbers(300));
        got.clear();
    };
    check(weir::parallel(2, by_number | keep));
    check(weir::parallel(2, weir::map([](int x) { return x; })));
    check(weir::parallel(2, weir::map([](int x) { return x; }), weir::ordered));
}

TEST_CASE("what a spinning thread has done is in the report while it spins", "[threads]") {
    for (const weir::Wait wait : {weir::Wait::sleep, weir::Wait::yield, weir::Wait::spin}) {
        weir::SpscQueue<int> queue{16};
        std::atomic<int> seen{0};
        weir::Job job = weir::start(weir::from(queue) | weir::stage({.wait = wait}) | weir::for_each([&](int) { ++seen; }), {.wait = wait, .figures = 1ms});
        for (int i = 0; i < 5; ++i) queue.push(i);
        while (seen != 5) std::this_thread::yield();
        const auto shows = [&job] { return job.report().at("stage#1").passed == 5 && job.report().at("for_each#1").in == 5; };
        const auto late = std::chrono::steady_clock::now() + 20s;
        while (not shows() && std::chrono::steady_clock::now() < late) std::this_thread::yield();
        REQUIRE(shows());
        REQUIRE(job.report().at("stage#1").held == 0);
        queue.close();
        job.wait();
    }
}

TEST_CASE("a job that never pauses says how far it is", "[threads]") {
    std::atomic<bool> enough{false};
    const auto endless = weir::generate([&enough, i = 0]() mutable { return enough ? std::nullopt : std::optional(i++); });
    weir::Job job = weir::start(endless | weir::for_each([](int) {}), {.figures = 1ms});
    const auto late = std::chrono::steady_clock::now() + 20s;
    while (job.report().at("for_each#1").in == 0 && std::chrono::steady_clock::now() < late) std::this_thread::sleep_for(1ms);
    const std::uint64_t first = job.report().at("for_each#1").in;
    while (job.report().at("for_each#1").in == first && std::chrono::steady_clock::now() < late) std::this_thread::sleep_for(1ms);
    REQUIRE(job.report().at("for_each#1").in > first);
    enough = true;
    job.wait();
}

TEST_CASE("figures of a job on threads can be asked for at any time, and its times add up", "[threads]") {
    for (const weir::Wait wait : {weir::Wait::sleep, weir::Wait::spin}) {
        std::vector<int> got;
        const weir::StageOptions small{.capacity = 8, .wait = wait};
        weir::Job job = weir::start(weir::from(numbers(3'000)) | weir::stage(small) | weir::map([](int x) { return x + 1; }) | weir::stage(small) | weir::collect_into(got),
                                    {.wait = wait, .figures = 1ns});
        const Timestamp begin = job.report().time;
        while (job.running()) {
            const weir::Report report = job.report();
            for (const TaskReport& task : report.tasks) {
                REQUIRE(all_of(task) >= 0ns);
                REQUIRE(all_of(task) <= report.time - begin + 10s);
                REQUIRE(task.queue_fill <= 8);
            }
        }
        job.wait();
        REQUIRE(got == numbers(3'000, 1));
        const weir::Report report = job.report();
        REQUIRE(report == job.wait()); // time goes no further
        REQUIRE(report.tasks.size() == 3);
        for (const TaskReport& task : report.tasks) {
            REQUIRE(task.events == 3'000);
            REQUIRE(task.latency.size() == 1);
            REQUIRE(task.latency[0].from == "input/stage#1");
            REQUIRE(task.latency[0].time.count() >= 1);
        }
        REQUIRE(report.tasks[0].queue_most <= 8);
    }
}
