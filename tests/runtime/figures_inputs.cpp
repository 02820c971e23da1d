// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "runtime/measured.hpp"

#include <weir/figures.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using weir::TaskReport;
using weir::Timestamp;
using State = weir::Step::State;

namespace {

/// Batches that can be split between workers.
struct Parts {
    using event_type = int;
    std::vector<int> all;
    bool given = false;
    std::span<int> next_batch() { return std::exchange(given, true) ? std::span<int>() : std::span(all); }
    std::vector<Parts> split(std::size_t n) && {
        std::vector<Parts> parts(n);
        for (std::size_t i = 0; i < all.size(); ++i) parts[i * n / all.size()].all.push_back(all[i]);
        return parts;
    }
};

} // namespace

TEST_CASE("markers of all sources of a merge come through it, each under its name") {
    Measured job(weir::merge(weir::from(numbers(5)) | weir::stage(), weir::from(numbers(7)) | weir::map([](int x) { return x; }) | weir::stage()) | weir::for_each([](int) {}));
    for (std::size_t i = 0; i < job.tasks.size(); ++i)
        if (job.tasks[i].name() != "input/for_each#1") job.tasks.settle(i);
    job.clock.advance(4s);
    job.tasks.run_to_end();
    const auto latency = job.task("input/for_each#1").latency;
    REQUIRE(latency.size() == 2);
    REQUIRE(latency[0].from != latency[1].from);
    for (const auto& one : latency) REQUIRE(one.time.max() == 4s);
}

TEST_CASE("tasks and sources that would have the same name are numbered, the same in rows and in latency") {
    const auto both = [] { return weir::merge(weir::from(numbers(5)) | weir::stage(), weir::from(numbers(7)) | weir::stage()); };
    Measured job(weir::merge(both(), both()) | weir::for_each([](int) {}));
    for (int round = 0; round < 3; ++round)
        for (std::size_t i = 0; i < job.tasks.size(); ++i)
            if (job.tasks[i].name() != "input/for_each#1") job.tasks.settle(i);
    job.tasks.run_to_end();
    std::set<std::string> names, from;
    for (const TaskReport& task : job.report().tasks) names.insert(task.name);
    REQUIRE(names.size() == job.tasks.size());
    REQUIRE(names.contains("input/merge/1"));
    REQUIRE(names.contains("input/merge/1#2"));
    for (const auto& latency : job.task("input/for_each#1").latency) from.insert(latency.from);
    REQUIRE(from.size() == 4);
    REQUIRE(std::includes(names.begin(), names.end(), from.begin(), from.end()));
    for (const std::string& source : from) REQUIRE(job.task(source).latency.at(0).from == source);
}

TEST_CASE("each queue of a merge has its fill, and the merge the watermark that it has sent on") {
    const auto time_of = [](int x) { return Timestamp(std::chrono::seconds(x)); };
    const auto timed = [&](int n, int first) { return weir::from(numbers(n, first)) | weir::event_time(time_of); };
    Measured job(weir::merge(timed(5, 100) | weir::stage(8), timed(90, 0), weir::merge(timed(7, 200) | weir::stage(16), timed(3, 300) | weir::stage(2))) | weir::for_each([](int) {}));
    std::size_t merged = 0;
    for (int round = 0; round < 4; ++round)
        for (std::size_t i = 0; i < job.tasks.size(); ++i)
            if (job.tasks[i].name() == "input/for_each#1") merged = i;
            else job.tasks.settle(i);
    const auto task = [&job] { return job.task("input/for_each#1"); };
    const std::size_t room = weir::StageOptions{}.capacity; // in front of a merge: the stage's own queue is before
    REQUIRE(task().queues.size() == 3);
    REQUIRE(task().queues[0].from == "merge/1");
    REQUIRE(task().queues[1].from == "merge/3/merge/1");
    REQUIRE(task().queues[2].from == "merge/3/merge/2");
    for (const auto& queue : task().queues) REQUIRE(queue.capacity == room);
    REQUIRE(task().queue_capacity == 3 * room);
    REQUIRE(task().queues[0].fill == 5);
    REQUIRE(task().queues[1].fill == 7);
    REQUIRE(task().queues[2].fill == 3);
    REQUIRE(task().queue_fill == 15);
    REQUIRE(task().watermark == weir::min_time);
    for (int i = 0; i < 100 && task().watermark == weir::min_time; ++i) job.tasks.step(merged, 1);
    REQUIRE(task().queues[0].watermark > Timestamp(99s));
    REQUIRE(task().watermark > weir::min_time);
    REQUIRE(task().watermark < Timestamp(90s)); // the least, though others are further
    job.tasks.run_to_end();
    REQUIRE(task().queues[0].fill == 0);
    REQUIRE(task().queues[0].most == 5);
    REQUIRE(task().queue_most >= 12);
    REQUIRE(task().watermark == weir::max_time);
}

TEST_CASE("the queue that the right side of a join comes through has its fill, too") {
    const auto side = [](int n) { return weir::from(numbers(n)) | weir::key_by([](int x) { return x; }) | weir::stage(); };
    int got = 0;
    Measured job(weir::hash_join(weir::from(numbers(5)) | weir::key_by([](int x) { return x; }), side(3), [](int a, int) { return a; }) | weir::for_each([&got](int) { ++got; }));
    for (int round = 0; round < 2; ++round)
        for (std::size_t i = 0; i < job.tasks.size(); ++i)
            if (job.tasks[i].name() != "input/join") job.tasks.settle(i);
    const auto queues = job.task("input/join").queues;
    REQUIRE(queues.size() == 1);
    REQUIRE(queues[0].from == "join/right");
    REQUIRE(queues[0].fill == 3);
    job.tasks.run_to_end();
    REQUIRE(got == 3);
}

TEST_CASE("the queues in front of copies, and of what collects behind them, have their fill") {
    const auto check = [](auto copies) {
        Measured job(weir::from(numbers(90)) | weir::event_time([](int x) { return Timestamp(std::chrono::seconds(x)); }) | copies | weir::for_each([](int) {}));
        REQUIRE(job.tasks.size() == 4);
        const auto name = [&job](std::size_t i) { return std::string(job.tasks[i].name()); };
        const auto index = [&](const std::string& end) {
            for (std::size_t i = 0; i < job.tasks.size(); ++i)
                if (name(i).ends_with(end)) return i;
            throw std::runtime_error("no task " + end);
        };
        const std::size_t first = index("copy#1"), second = index("copy#2"), behind = index("behind/parallel#1");
        const auto row = [&](std::size_t i) { return job.task(name(i)); };
        const std::size_t room = row(first).queue_capacity;
        REQUIRE(room > 0);
        job.tasks.settle(0); // no more than they take
        const std::size_t to_first = row(first).queue_fill, to_second = row(second).queue_fill;
        REQUIRE(to_first + to_second > 0);
        REQUIRE(row(behind).queue_fill == 0);
        job.tasks.settle(first);
        REQUIRE(row(first).queue_fill == 0);
        const auto queues = row(behind).queues;
        REQUIRE(queues.size() == 2);
        REQUIRE(queues[0].from == "copy#1");
        REQUIRE(queues[1].from == "copy#2");
        REQUIRE(queues[0].fill == to_first);
        REQUIRE(queues[1].fill == 0);
        REQUIRE(row(behind).queue_capacity == 2 * room);
        REQUIRE(row(behind).queue_fill == to_first);
        REQUIRE(row(behind).watermark == weir::min_time);
        const std::string text = weir::to_prometheus(job.report());
        REQUIRE(text.find("weir_input_queue_fill_events{task=\"behind/parallel#1\",input=\"copy#1\"} " + std::to_string(to_first) + "\n") != text.npos);
        REQUIRE(text.find("weir_queue_fill_events{task=\"parallel#1/copy#2\"} " + std::to_string(to_second) + "\n") != text.npos);
        job.tasks.run_to_end();
        REQUIRE(row(behind).queue_fill == 0);
        REQUIRE(row(behind).queue_most >= to_first);
        REQUIRE(row(behind).watermark == weir::max_time); // that it has sent on
    };
    const auto same = weir::map([](int x) { return x; });
    check(weir::parallel(2, weir::key_by([](int x) { return x; }) | weir::scan(0, [](int, int x) { return x; })));
    check(weir::parallel(2, same));
    check(weir::parallel(2, same, weir::ordered));
}

TEST_CASE("workers have rows of their own: what they have read, and where their time went") {
    weir::ManualClock clock;
    int got = 0;
    Tasks<> tasks(weir::from(Parts{numbers(1000)}) | weir::map([&clock](int x) { return clock.advance(1ms), x; }) | weir::for_each([&got](int) { ++got; }),
                  weir::RunOptions{.workers = 2, .clock = &clock, .figures = 1ns});
    REQUIRE(tasks.size() == 3);
    const auto rows = [&tasks] { return tasks.graph.report_now().tasks; };
    REQUIRE(rows()[0].name == "worker/1");
    REQUIRE(rows()[1].name == "worker/2");
    REQUIRE(rows()[2].name == "input/workers");
    REQUIRE(tasks[2].name() == "worker/1"); // tasks are in the order in which they were made
    REQUIRE(tasks.settle(2).state == State::waiting_output); // as nobody takes what there is, it gets no copy of the chain for more
    const auto first = rows()[0];
    REQUIRE(first.events > 0);
    REQUIRE(first.events < 1000);
    REQUIRE(first.busy == static_cast<int>(first.events) * 1ms);
    clock.advance(1s);
    REQUIRE(rows()[0].waiting_output == 1s);
    tasks.run_to_end();
    REQUIRE(got == 1000);
    REQUIRE(rows()[0].events + rows()[1].events == 1000);
    REQUIRE(rows()[0].busy + rows()[1].busy == 1000ms);
    REQUIRE(rows()[0].waiting_input + rows()[1].waiting_input == 0ms);
    for (int i : {0, 1}) REQUIRE(rows()[static_cast<std::size_t>(i)].latency.empty());
    const auto time = all_of(rows()[0]);
    clock.advance(1s);
    REQUIRE(all_of(rows()[0]) == time); // it has ended
}

TEST_CASE("workers that nothing is there for yet wait for input") {
    weir::ManualClock clock;
    std::vector<int> got;
    const auto left = weir::from(Parts{numbers(100)}) | weir::key_by([](int x) { return x; });
    const auto right = weir::from(numbers(10)) | weir::key_by([](int x) { return x; });
    Tasks<> tasks(weir::hash_join(left, right, [](int a, int) { return a; }) | weir::collect_into(got), weir::RunOptions{.workers = 2, .clock = &clock, .figures = 1ns});
    REQUIRE(tasks.size() == 3);
    REQUIRE(tasks.settle(1).state != State::ran); // before the right side is there
    clock.advance(1s);
    REQUIRE(tasks.graph.report_now().tasks[1].name == "worker/2");
    REQUIRE(tasks.graph.report_now().tasks[1].waiting_input == 1s);
    tasks.run_to_end();
    REQUIRE(got == numbers(10));
    REQUIRE(tasks.graph.report_now().tasks[1].waiting_output == 0ms);
}
