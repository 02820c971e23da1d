// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "counting_new.hpp"
#include "runtime/tasks.hpp"

#include <weir/async.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using State = weir::Step::State;

namespace {

std::vector<int> numbers(int n) {
    std::vector<int> v(static_cast<std::size_t>(n));
    std::iota(v.begin(), v.end(), 1);
    return v;
}
weir::Timestamp at(std::chrono::seconds s) { return weir::Timestamp(s); }

/// A service that answers when the test says so.
struct Service {
    std::vector<int> asked;
    std::vector<std::optional<weir::Completion<int>>> calls; // in the order in which they were made

    auto fn() {
        return [this](int x, weir::Completion<int> done) {
            asked.push_back(x);
            calls.emplace_back(std::move(done));
        };
    }
    /// Ten times what it was asked.
    bool answer(std::size_t call) { return (*calls.at(call))(asked.at(call) * 10); }
    bool fail(std::size_t call) { return calls.at(call)->fail(std::make_exception_ptr(std::runtime_error("no such thing"))); }
};

/// A job whose calls wait for the test; nobody steps its tasks but the test.
struct Asking {
    Service service;
    std::vector<int> got;
    weir::ManualClock clock;
    std::optional<Tasks<>> tasks;

    template <typename Source, typename Order, typename Policy>
    Asking(Source&& source, weir::AsyncOptions options, Order order, Policy policy) {
        tasks.emplace(weir::from(std::forward<Source>(source)) | weir::async_map(options, service.fn(), order, std::move(policy)) | weir::collect_into(got), &clock);
        settle();
    }
    /// Until no task has anything to do; the state of the one that calls.
    State settle() {
        tasks->settle(0);
        const State state = tasks->settle(1).state;
        tasks->settle(0);
        return tasks->settle(1).state == state ? state : settle();
    }
    void after(weir::Duration d) {
        clock.advance(d);
        settle();
    }
    weir::OperatorReport row() { return tasks->graph.report_now().at("async_map#1"); }
};

/// A policy of one type for all tests: so many tries, 10 ms apart, then the event goes there.
auto letters(std::vector<weir::Rejected<int>>& into, unsigned tries = 0) { return weir::retry(tries, 10ms, weir::dead_letter(weir::collect_into(into))); }

weir::TestStream<int> two_before_a_watermark() {
    weir::TestStream<int> script;
    script.event(1, at(1s)).event(2, at(2s)).watermark(at(5s)).event(3, at(6s));
    return script;
}

} // namespace

TEST_CASE("several calls wait at once; results keep the order of the events", "[threads]") {
    std::atomic<int> now{0};
    std::atomic<int> most{0};
    const auto look_up = [&](int id) {
        const int here = ++now;
        for (int seen = most; seen < here && not most.compare_exchange_weak(seen, here);) {}
        std::this_thread::sleep_for(1ms * (id % 4)); // a service that takes its time
        --now;
        return id * 10;
    };
    std::vector<int> got;
    const weir::Report report = weir::run(weir::from(numbers(100)) | weir::async_map(4, look_up, weir::ordered) | weir::collect_into(got));
    REQUIRE(got.size() == 100);
    for (int i = 0; i < 100; ++i) REQUIRE(got[static_cast<std::size_t>(i)] == (i + 1) * 10);
    REQUIRE(most > 1);
    REQUIRE(most <= 4);
    REQUIRE(report.at("async_map#1").passed == 100);
}

TEST_CASE("ordered: a finished call waits for those before it; waiting tasks have nothing to do") {
    Asking job(numbers(3), {.calls = 3}, weir::ordered, weir::fail());
    REQUIRE(job.service.asked == numbers(3));
    job.service.answer(1);
    REQUIRE(job.settle() == State::waiting_output);
    REQUIRE(job.got.empty());
    job.service.answer(0);
    job.settle();
    REQUIRE(job.got == std::vector{10, 20});
    REQUIRE(job.row().held == 1);
    job.service.answer(2);
    REQUIRE(job.settle() == State::ended);
    REQUIRE(job.got == std::vector{10, 20, 30});
    REQUIRE(job.row().passed == 3);
}

TEST_CASE("unordered: results go on as they come, but not across a watermark") {
    Service service;
    weir::detail::CaptureHome home;
    Tasks<> tasks(weir::from(two_before_a_watermark()) | weir::async_map(3, service.fn(), weir::unordered) | weir::detail::CaptureOp{&home, weir::Fault()});
    const auto answer = [&](std::size_t call) {
        service.answer(call);
        tasks.settle(1);
    };
    tasks.settle(0);
    tasks.settle(1);
    const auto& rows = static_cast<weir::detail::Captured<weir::Event<int>>*>(home.captured.get())->rows;
    REQUIRE(service.asked == numbers(3));
    answer(2);
    REQUIRE(rows.empty());
    answer(1);
    REQUIRE(rows.size() == 1);
    answer(0);
    REQUIRE(rows.size() == 3);
    REQUIRE(rows[0].event == weir::Event<int>{20, at(2s)});
    REQUIRE(rows[0].mark == weir::min_time);
    REQUIRE(rows[1].event == weir::Event<int>{10, at(1s)});
    REQUIRE(rows[1].mark == weir::min_time);
    REQUIRE(rows[2].event == weir::Event<int>{30, at(6s)});
    REQUIRE(rows[2].mark == at(5s));
}

TEST_CASE("no more calls are made at once than were asked for, and no more events taken than four times so many") {
    Asking job(numbers(100), {.calls = 2}, weir::ordered, weir::fail());
    REQUIRE(job.service.asked == numbers(2));
    for (std::size_t call = 1; call < job.service.calls.size(); ++call) { // the first keeps its place
        job.service.answer(call);
        job.settle();
    }
    REQUIRE(job.service.asked == numbers(8));
    REQUIRE(job.got.empty());
    REQUIRE(job.row().held == job.row().in);
    job.service.answer(0);
    job.settle();
    REQUIRE(job.got.size() == 8);
    REQUIRE(job.service.asked == numbers(10));
}

TEST_CASE("a call that is not answered in time has failed; what it answers later is thrown away") {
    std::vector<weir::Rejected<int>> rejected;
    Asking job(numbers(4), {.calls = 2, .timeout = 100ms}, weir::unordered, letters(rejected));
    job.after(60ms);
    job.service.answer(1);
    job.settle(); // 3 is called now
    job.after(39ms);
    REQUIRE(rejected.empty());
    job.after(1ms);
    REQUIRE(rejected.size() == 1);
    REQUIRE(rejected[0].event == 1);
    REQUIRE(rejected[0].what() == "no answer within 100 ms");
    REQUIRE_THROWS_AS(std::rethrow_exception(rejected[0].error), weir::TimedOut);
    REQUIRE(job.service.asked == numbers(4)); // 4 has the place of 1
    job.service.answer(0);
    job.settle();
    REQUIRE(job.got == std::vector{20});
    job.service.answer(3);
    job.service.answer(2);
    REQUIRE(job.settle() == State::ended);
    REQUIRE(job.got == std::vector{20, 40, 30});
    REQUIRE(job.row().dropped(weir::Drop::error) == 1);
    REQUIRE(job.row().passed == 3);
    REQUIRE(job.row().held == 0);
}

TEST_CASE("retry makes a call again after its pause, while others go on; then the policy behind it has the event") {
    std::vector<weir::Rejected<int>> rejected;
    Asking job(numbers(4), {.calls = 2}, weir::unordered, letters(rejected, 2));
    job.service.fail(0);
    job.service.answer(1);
    job.settle();
    REQUIRE(job.service.asked == std::vector{1, 2, 3}); // a call that waits for its next try keeps its place among the calls
    REQUIRE(job.got == std::vector{20});
    job.after(9ms);
    REQUIRE(job.service.asked.size() == 3);
    job.after(1ms);
    REQUIRE(job.service.asked == std::vector{1, 2, 3, 1});
    job.service.calls[3].reset(); // nobody will answer this one
    job.settle();
    job.after(10ms);
    REQUIRE(job.service.asked == std::vector{1, 2, 3, 1, 1});
    job.service.fail(4);
    job.settle();
    REQUIRE(rejected.size() == 1);
    REQUIRE(job.service.asked == std::vector{1, 2, 3, 1, 1, 4});
    job.service.answer(2);
    job.service.calls[5].reset();
    job.settle();
    job.after(10ms);
    job.service.answer(6);
    REQUIRE(job.settle() == State::ended);
    REQUIRE(job.got == std::vector{20, 30, 40});
}

TEST_CASE("a timeout that is due while what follows waits for room keeps no task busy") {
    Service service;
    weir::ManualClock clock;
    std::vector<int> got;
    Tasks<> tasks(weir::from(numbers(2)) | weir::async_map({.calls = 2, .timeout = 10ms}, service.fn(), weir::unordered, weir::drop()) |
                  weir::flat_map([](int x) { return std::vector<int>(3, x); }) | weir::stage(1) | weir::collect_into(got), &clock);
    tasks.settle(0);
    tasks.settle(1);
    service.answer(0);
    tasks.settle(1);
    clock.advance(10ms);
    tasks.settle(1);
    const weir::Step step = tasks.settle(1);
    REQUIRE(step.state == State::waiting_output);
    REQUIRE(step.until > clock.now());
    tasks.run_to_end();
    REQUIRE(got == std::vector{10, 10, 10});
    REQUIRE(tasks.graph.report_now().at("async_map#1").dropped(weir::Drop::error) == 1);
}

TEST_CASE("an answer counts once, and not when the call has been answered for") {
    Asking job(numbers(1), {.calls = 1}, weir::ordered, weir::fail());
    REQUIRE(job.service.answer(0));
    REQUIRE_FALSE(job.service.answer(0));
    REQUIRE_FALSE(job.service.fail(0));
    REQUIRE(job.settle() == State::ended);
    REQUIRE(job.got == std::vector{10});
}

TEST_CASE("an error ends the job with a sentence that names operator and event; answers that come later touch nothing") {
    std::optional<Asking> job(std::in_place, numbers(3), weir::AsyncOptions{.calls = 3}, weir::ordered, weir::fail());
    job->service.fail(1);
    job->service.answer(0);
    REQUIRE_THROWS_WITH(job->settle(), Catch::Contains("async_map#1: event 2: no such thing"));
    REQUIRE(job->got == std::vector{10});
    REQUIRE(job->row().passed == 1);
    REQUIRE(job->row().held == 2);
    const auto late = *job->service.calls[2];
    job.reset();
    REQUIRE(late(7));
}

TEST_CASE("what has no result when a checkpoint is made is called again by who loads it") {
    Service service;
    std::vector<int> got;
    const auto job = [&] { return weir::from(numbers(5)) | weir::async_map(2, service.fn(), weir::ordered) | weir::collect_into(got); };
    std::optional<weir::StateWriter> saved;
    {
        Tasks<true> tasks(job());
        const weir::detail::Checkpoints checkpoints(tasks.graph, [&](std::uint64_t, const weir::StateWriter& state) { saved = state; });
        tasks.step(0, 3);
        tasks.settle(1);
        service.answer(0);
        tasks.settle(1);
        service.answer(2); // waits for its turn behind the second
        tasks.settle(1);
        tasks[0].post({weir::Control::Kind::barrier, 1});
        tasks.step(0, 1);
        tasks.settle(1);
    }
    REQUIRE(saved);
    REQUIRE(got == std::vector{10});
    service = Service();
    Tasks<true> tasks(job());
    weir::detail::load_graph(tasks.graph, *saved);
    tasks.settle(1);
    REQUIRE(service.asked == std::vector{2, 3});
    for (std::size_t call = 0; call < service.calls.size(); ++call) {
        service.answer(call);
        tasks.settle(0);
        tasks.settle(1);
    }
    REQUIRE(service.asked == std::vector{2, 3, 4, 5});
    REQUIRE(got == std::vector{10, 20, 30, 40, 50});
    REQUIRE(tasks.graph.report_now().at("async_map#1").passed == 5);
}

TEST_CASE("a stop lets what was taken finish", "[threads]") {
    weir::SpscQueue<int> queue{64};
    std::atomic<int> begun{0};
    std::vector<int> got;
    const auto slow = [&](int x) {
        ++begun;
        std::this_thread::sleep_for(5ms);
        return x;
    };
    weir::Job job = weir::start(weir::from(queue) | weir::async_map(3, slow, weir::ordered) | weir::collect_into(got));
    for (const int x : numbers(6)) queue.push(x);
    while (begun == 0) std::this_thread::yield();
    job.stop();
    const weir::OperatorReport row = job.wait().at("async_map#1");
    REQUIRE(row.in == got.size());
    REQUIRE(row.passed == got.size());
    REQUIRE(got == numbers(static_cast<int>(got.size())));
    REQUIRE_FALSE(got.empty());
}

TEST_CASE("answers from any thread, before and after fn has returned, wake a job that sleeps", "[threads]") {
    struct Threads {
        std::mutex mutex;
        std::vector<std::thread> all;
        ~Threads() {
            for (std::thread& thread : all) thread.join();
        }
    };
    for (const int most : {1, 7}) {
        Threads threads;
        const auto ask = [&](const int& x, weir::Completion<int> done) {
            if (x % 3 == 0) {
                done(x);
            } else if (x % 3 == 1) {
                const std::scoped_lock lock(threads.mutex);
                threads.all.emplace_back([x, done = std::move(done)] { done(x); });
            } // else nobody answers
        };
        std::vector<int> got;
        const weir::Report report = weir::run(weir::from(numbers(300)) | weir::async_map(most, ask, weir::unordered, weir::drop()) | weir::collect_into(got));
        REQUIRE(std::set<int>(got.begin(), got.end()).size() == 200);
        REQUIRE(report.at("async_map#1").dropped(weir::Drop::error) == 100);
        REQUIRE(report.at("async_map#1").passed == 200);
    }
}

TEST_CASE("futures are waited for; an error on its way ends a job whose callers wait, on threads and in a pool", "[threads]") {
    weir::Pool pool(2);
    for (weir::Executor* executor : {static_cast<weir::Executor*>(nullptr), static_cast<weir::Executor*>(&pool)}) {
        int got = 0;
        const auto ask = [](int x) {
            return std::async(std::launch::deferred, [x] {
                if (x == 50) throw std::runtime_error("gone");
                return x;
            });
        };
        const auto job = weir::from(numbers(100)) | weir::async_map(5, ask, weir::ordered) | weir::for_each([&](int x) { got = x; });
        REQUIRE_THROWS_WITH(weir::run(job, {.executor = executor}), Catch::Contains("event 50: gone"));
        REQUIRE(got == 49);
    }
}

TEST_CASE("what needs no more ends, though calls are on their way", "[threads]") {
    std::vector<int> got;
    const auto slow = [](int x) {
        std::this_thread::sleep_for(x < 3 ? 0ms : 2ms);
        return x;
    };
    const weir::Report report = weir::run(weir::from(numbers(1000)) | weir::async_map(4, slow, weir::ordered) | weir::take(2) | weir::collect_into(got));
    REQUIRE(got == numbers(2));
    const weir::OperatorReport& row = report.at("async_map#1");
    REQUIRE(row.in == row.passed + row.held);
    REQUIRE(row.held > 0);
}

TEST_CASE("what needs no more gives what it has at the end, though calls are on their way") {
    Service service;
    std::vector<std::size_t> counts;
    weir::Stepper stepper = weir::stepper(weir::from(numbers(3)) | weir::async_map({.calls = 3}, service.fn(), weir::ordered, weir::fail()) | weir::take(1) |
                                          weir::aggregate(weir::count()) | weir::for_each([&](const auto& row) { counts.push_back(row.value); }));
    while (service.calls.size() < 3) stepper.step();
    service.answer(0);
    while (stepper.step() != weir::Progress::ended) {}
    REQUIRE(counts == std::vector<std::size_t>{1});
}

TEST_CASE("an input that was idle and has a watermark again is not idle when its calls are answered") {
    Service service;
    weir::ManualClock clock;
    std::vector<int> panes;
    weir::TestStream<int> a, b;
    a.event(1, at(1s)).idle().advance(1s).watermark(at(5s)).advance(9s).event(2, at(6s));
    b.advance(3s).watermark(at(3s)).event(3, at(12s)).watermark(at(30s)).advance(9s);
    weir::Stepper stepper = weir::stepper(weir::merge(weir::from(a) | weir::async_map({.calls = 2}, service.fn(), weir::ordered, weir::fail()), weir::from(b)) |
                                              weir::window(weir::tumbling(10s)) | weir::aggregate(weir::count()) |
                                              weir::for_each([&](const auto& row) { panes.push_back(static_cast<int>(row.value)); }), {.clock = &clock});
    const auto go_on = [&] {
        for (int i = 0; i < 50; ++i) stepper.step();
        clock.advance(1s);
    };
    for (int second = 0; second < 3; ++second) go_on();
    service.answer(0);
    go_on();
    REQUIRE(panes.empty());
    while (service.calls.size() < 2) go_on();
    service.answer(1);
    while (clock.advance(1s), stepper.step() != weir::Progress::ended) {}
    REQUIRE(panes == std::vector{2, 1});
}

TEST_CASE("a stepper starts no thread: it calls where it steps") {
    std::vector<int> got;
    const auto here = std::this_thread::get_id();
    weir::Stepper stepper = weir::stepper(weir::from(numbers(20)) | weir::async_map(3, [here](int x) { return std::this_thread::get_id() == here ? x : 0; }, weir::ordered) |
                                          weir::collect_into(got));
    while (stepper.step() != weir::Progress::ended) {}
    REQUIRE(got == numbers(20));
}

TEST_CASE("after the first calls nothing is allocated") {
    std::size_t before = 0;
    std::size_t after = 0;
    weir::Stepper stepper = weir::stepper(weir::from(numbers(5000)) | weir::async_map(3, [](int x) { return x; }, weir::ordered) | weir::for_each([&](int x) {
                                              if (x == 500) before = allocations;
                                              if (x == 4500) after = allocations;
                                          }));
    while (stepper.step(64) != weir::Progress::ended) {}
    REQUIRE(after == before);
}

TEST_CASE("the time of a call begins when a caller is free for it", "[threads]") {
    weir::ManualClock clock;
    std::atomic<int> late{0};
    std::vector<int> got;
    weir::run(weir::from(numbers(6)) | weir::async_map({.calls = 1, .timeout = 20ms}, [&](int x) {
                  if (x == 1) clock.advance(100ms);
                  while (x == 1 && late == 0) std::this_thread::yield(); // the caller is not free before the others have waited long
                  return x;
              }, weir::ordered, weir::dead_letter(weir::for_each([&](const auto&) { ++late; }))) | weir::collect_into(got), {.clock = &clock});
    REQUIRE(late == 1);
    REQUIRE(got == std::vector{2, 3, 4, 5, 6});
}

TEST_CASE("a task whose callers are all in calls that took too long waits for one of them") {
    weir::ManualClock clock;
    std::vector<int> got;
    std::vector<State> while_busy;
    std::optional<Tasks<>> tasks;
    const auto look_up = [&](int x) {
        if (x == 1) {
            clock.advance(20ms);
            for (int i = 0; i < 5; ++i) while_busy.push_back(tasks->step(2).state);
        }
        return x;
    };
    tasks.emplace(weir::from(numbers(3)) | weir::async_map({.calls = 1, .timeout = 10ms}, look_up, weir::ordered, weir::drop()) | weir::collect_into(got), &clock);
    tasks->run_to_end();
    REQUIRE(while_busy.size() == 5);
    REQUIRE(while_busy.back() == State::waiting_output);
    REQUIRE(got == std::vector{2, 3});
}

TEST_CASE("an answer that is a view of its event is kept as what owns its text") {
    std::vector<std::string> got;
    const std::vector<std::string> texts{"xa", "xlonger than any small string optimisation"};
    weir::run(weir::from(texts) | weir::async_map(2, [](const std::string& text) { return std::string_view(text).substr(1); }, weir::ordered) | weir::collect_into(got));
    REQUIRE(got == std::vector<std::string>{"a", "longer than any small string optimisation"});
}

TEST_CASE("events and results with const members go through: they are never assigned") {
    struct Fixed {
        const int number;
    };
    std::vector<int> got;
    std::vector<Fixed> events;
    for (const int n : numbers(20)) events.push_back({n});
    weir::Stepper stepper = weir::stepper(weir::from(std::move(events)) | weir::async_map(3, [](const Fixed& event) { return Fixed{event.number}; }, weir::unordered) |
                                          weir::for_each([&](const Fixed& result) { got.push_back(result.number); }));
    while (stepper.step() != weir::Progress::ended) {}
    std::sort(got.begin(), got.end());
    REQUIRE(got == numbers(20));
}

TEST_CASE("limits that let nothing through are refused") {
    const auto same = [](int x) { return x; };
    REQUIRE_THROWS_WITH(weir::async_map(0, same, weir::ordered), Catch::Contains("async_map") && Catch::Contains("at least 1"));
    REQUIRE_THROWS_WITH(weir::async_map(-1, same, weir::ordered), Catch::Contains("at least 1"));
    REQUIRE_THROWS_WITH(weir::async_map({.timeout = 0ms}, same, weir::ordered), Catch::Contains("timeout"));
}
