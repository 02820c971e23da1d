// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace {

/// Blocks in next(stop, deadline) for ever; says when it does.
struct Blocking {
    using event_type = int;
    std::atomic<bool>* asleep;
    weir::Polled<int> next(std::stop_token stop, std::chrono::steady_clock::time_point deadline) {
        if (deadline <= std::chrono::steady_clock::now()) return weir::Polled<int>::nothing();
        weir::SpscQueue<int> never(1);
        *asleep = true;
        static_cast<void>(never.pop_until(stop, deadline));
        return weir::Polled<int>::nothing();
    }
};

struct Endless {
    using event_type = int;
    int n = 0;
    std::optional<int> next() { return n++; }
};

template <typename Condition>
void wait_until(Condition&& condition) {
    while (not condition()) std::this_thread::yield();
}

} // namespace

TEST_CASE("a started job runs beside its caller until its queue is closed", "[threads]") {
    weir::SpscQueue<int> queue{16};
    std::vector<int> got;
    weir::Job job = weir::start(weir::from(queue) | weir::collect_into(got));
    for (int x = 0; x < 1000; ++x) queue.push(x);
    REQUIRE(job.running());
    queue.close();
    const weir::Report report = job.wait();
    REQUIRE_FALSE(job.running());
    REQUIRE(got.size() == 1000);
    REQUIRE(report.at("collect_into#1").in == 1000);
    REQUIRE(job.wait() == report);
}

TEST_CASE("stop wakes a source that blocks in next", "[threads]") {
    std::atomic<bool> asleep{false};
    weir::Job job = weir::start(weir::from(Blocking{&asleep}) | weir::for_each([](int) {}));
    wait_until([&] { return asleep.load(); });
    job.stop();
    REQUIRE(job.wait().at("for_each#1").in == 0);
}

TEST_CASE("stop wakes a job that waits for a queue, does not close the queue, and what was read flows through", "[threads]") {
    weir::MpmcQueue<int> queue{64};
    std::atomic<int> seen{0};
    weir::Job job = weir::start(weir::from(queue) | weir::stage() | weir::for_each([&](int) { ++seen; }));
    for (int x = 0; x < 10; ++x) queue.push(x);
    wait_until([&] { return seen == 10; });
    job.stop();
    job.wait();
    REQUIRE(queue.push(7));
    REQUIRE(seen == 10);
}

TEST_CASE("a source may stop its job once more while it is told to stop", "[threads]") {
    struct Told {
        using event_type = int;
        std::atomic<bool>* asleep;
        std::atomic<weir::Job*>* job;
        std::atomic<int>* calls;
        weir::Polled<int> next(std::stop_token stop, std::chrono::steady_clock::time_point deadline) {
            if (deadline <= std::chrono::steady_clock::now()) return weir::Polled<int>::nothing();
            const std::stop_callback on_stop(stop, [this] {
                job->load()->stop();
                ++*calls;
            });
            *asleep = true;
            wait_until([&] { return stop.stop_requested(); });
            return weir::Polled<int>::nothing();
        }
    };
    std::atomic<bool> asleep{false};
    std::atomic<weir::Job*> told{nullptr};
    std::atomic<int> calls{0};
    weir::Job job = weir::start(weir::from(Told{&asleep, &told, &calls}) | weir::for_each([](int) {}));
    told = &job;
    wait_until([&] { return asleep.load(); });
    job.stop();
    job.wait();
    REQUIRE(calls >= 1);
}

TEST_CASE("a stop token stops a started job", "[threads]") {
    std::stop_source stop;
    std::atomic<bool> asleep{false};
    weir::Job job = weir::start(weir::from(Blocking{&asleep}) | weir::for_each([](int) {}), {.stop = stop.get_token()});
    wait_until([&] { return asleep.load(); });
    stop.request_stop();
    job.wait();
    REQUIRE_FALSE(job.running());
}

TEST_CASE("the destructor of a job stops it and waits for it", "[threads]") {
    std::atomic<int> seen{0};
    std::atomic<bool> in_handler{false};
    {
        const weir::Job job = weir::start(weir::from(Endless{}) | weir::stage({.capacity = 8}) | weir::for_each([&](int) {
                                              in_handler = true;
                                              ++seen;
                                              in_handler = false;
                                          }));
        wait_until([&] { return seen > 100; });
    }
    REQUIRE_FALSE(in_handler);
}

TEST_CASE("a job is moved, and moving onto one ends the one that was there", "[threads]") {
    weir::SpscQueue<int> first{4};
    weir::SpscQueue<int> second{4};
    std::vector<int> got;
    weir::Job a = weir::start(weir::from(first) | weir::for_each([](int) {}));
    weir::Job b = weir::start(weir::from(second) | weir::collect_into(got));
    a = std::move(b);
    second.push(1);
    second.close();
    REQUIRE(a.wait().at("collect_into#1").in == 1);
    REQUIRE_FALSE(b.running()); // NOLINT: that is the test
    REQUIRE_THROWS_WITH(b.wait(), "weir::Job: it was moved from");
    REQUIRE_THROWS_AS(b.stop(), std::logic_error);
}

TEST_CASE("a batch that was begun flushes when its job is stopped, and when it is drained", "[threads]") {
    for (const bool drain : {true, false}) {
        weir::SpscQueue<int> queue{64};
        std::vector<std::size_t> sizes;
        std::atomic<int> seen{0};
        weir::Job job = weir::start(weir::from(queue) | weir::tap([&](int) { ++seen; }) | weir::micro_batch(100) |
                                    weir::process([](std::span<int> batch) { return batch.size(); }) | weir::collect_into(sizes));
        for (int x = 0; x < 10; ++x) queue.push(x);
        wait_until([&] { return seen == 10; });
        if (drain) job.drain();
        else job.stop();
        job.wait();
        REQUIRE(sizes == std::vector<std::size_t>{10});
    }
}

TEST_CASE("drain closes what is kept to the end of the stream, stop holds it") {
    for (const bool drain : {true, false}) {
        weir::TestStream<int> script;
        std::vector<int> sorted;
        weir::Simulation simulation(1, {.events = 1});
        script.event(3, {}).event(1, {}).event(2, {}).event(4, {}).event(5, {});
        simulation.inject(3, {drain ? weir::Control::Kind::drain : weir::Control::Kind::stop});
        const weir::Report report = weir::run(weir::from(script) | weir::sort_by([](int x) { return x; }) | weir::collect_into(sorted), simulation.options());
        REQUIRE(sorted == (drain ? std::vector{1, 2, 3} : std::vector<int>{}));
        REQUIRE(report.at("sort_by#1").held == (drain ? 0U : 3U));
    }
}

TEST_CASE("a job that was paused goes on when it is resumed, and loses nothing", "[threads]") {
    weir::SpscQueue<int> queue{64};
    std::atomic<int> seen{0};
    weir::Job job = weir::start(weir::from(queue) | weir::for_each([&](int) { ++seen; }));
    queue.push(1);
    wait_until([&] { return seen == 1; });
    job.pause();
    for (int x = 0; x < 20; ++x) queue.push(x);
    job.resume();
    wait_until([&] { return seen == 21; });
    job.pause();
    job.stop(); // also ends a paused job
    REQUIRE(job.wait().at("for_each#1").in == 21);
}

TEST_CASE("an error ends a started job and comes out of wait, each time", "[threads]") {
    weir::Job job = weir::start(weir::from(Endless{}) | weir::stage({.capacity = 2}) | weir::for_each([](int x) {
                                    if (x == 5000) throw std::runtime_error("enough");
                                }));
    REQUIRE_THROWS_WITH(job.wait(), "enough");
    REQUIRE_THROWS_WITH(job.wait(), "enough");
    REQUIRE(job.report().at("for_each#1").held == 1);
}

TEST_CASE("a job whose error nobody asks for ends in its destructor", "[threads]") {
    std::atomic<int> calls{0};
    {
        const weir::Job job = weir::start(weir::from(Endless{}) | weir::for_each([&](int) {
                                              ++calls;
                                              throw std::runtime_error("nobody asks");
                                          }));
        wait_until([&] { return not job.running(); });
    }
    REQUIRE(calls == 1);
}

TEST_CASE("a job reports while it runs", "[threads]") {
    weir::SpscQueue<int> queue{64};
    const weir::Job job = weir::start(weir::from(queue) | weir::filter([](int x) { return x > 2; }) | weir::for_each([](int) {}));
    REQUIRE(job.report().at("filter#1").in == 0); // all rows are there from the start
    for (int x = 0; x < 10; ++x) queue.push(x);
    wait_until([&] {
        const weir::Report report = job.report();
        return report.at("filter#1").in == 10 && report.at("filter#1").out == 7;
    });
    REQUIRE(job.running());
}

namespace {

/// As one that gets no thread.
struct NoThreads final : weir::Executor {
    void run(weir::Graph&) override { throw std::runtime_error("no threads"); }
    void added(weir::Graph&, weir::Task&) override {}
};

} // namespace

TEST_CASE("what is thrown outside of a job's tasks reaches who waits for it", "[threads]") {
    const std::vector<int> in{1, 2, 3};
    std::vector<int> got;
    SECTION("by its executor") {
        NoThreads none;
        weir::Job job = weir::start(weir::from(in) | weir::collect_into(got), {.executor = &none});
        REQUIRE_THROWS_WITH(job.wait(), "no threads");
        REQUIRE_THROWS_WITH(job.wait(), "no threads");
        REQUIRE_FALSE(job.running());
    }
    SECTION("by what it tells its progress") {
        int calls = 0;
        const auto at_the_end = [&calls](const weir::RunProgress&) {
            if (++calls == 2) throw std::runtime_error("progress");
        };
        weir::Job job = weir::start(weir::from(in) | weir::collect_into(got), {.progress = at_the_end});
        REQUIRE_THROWS_WITH(job.wait(), "progress");
        REQUIRE(got == in);
    }
}

namespace {

/// One event, and the end once somebody says so.
struct OneUntil {
    using event_type = int;
    const std::atomic<bool>* is_over;
    bool given = false;
    std::optional<int> next() {
        if (not std::exchange(given, true)) return 7;
        wait_until([this] { return is_over->load(); });
        return std::nullopt;
    }
};

} // namespace

TEST_CASE("a job in a function of another job, with its executor, waits for its own threads alone", "[threads]") {
    weir::ThreadPerTask threads;
    std::atomic<bool> is_over{false};
    std::vector<int> got;
    weir::run(weir::from(OneUntil{&is_over}) | weir::stage() | weir::for_each([&](int x) {
                  const std::vector<int> in(10, x);
                  try {
                      weir::run(weir::from(in) | weir::stage() | weir::collect_into(got), {.executor = &threads});
                  } catch (...) {
                      got.clear();
                  }
                  is_over = true;
              }),
              {.executor = &threads});
    REQUIRE(got == std::vector<int>(10, 7));
}

TEST_CASE("several threads wait for a job", "[threads]") {
    for (int i = 0; i < 20; ++i) {
        weir::Job job = weir::start(weir::from(Endless{}) | weir::for_each([](int) {}));
        std::atomic<int> answers{0};
        std::vector<std::thread> all;
        for (int n = 0; n < 3; ++n)
            all.emplace_back([&] {
                const weir::Report report = job.wait();
                answers += report.at("for_each#1").held == 0;
            });
        job.stop();
        for (std::thread& one : all) one.join();
        REQUIRE(answers == 3);
    }
}

namespace {

/// The error with which run(job) ends where the system gives no more threads; what it says nothing of where it cannot be kept from that.
template <typename Run>
std::string without_threads(const Run& run) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        const rlimit none{0, 0};
        const bool is_kept = (getuid() != 0 || setuid(65534) == 0) && setrlimit(RLIMIT_NPROC, &none) == 0;
        std::string said;
        try {
            if (is_kept) run();
        } catch (const std::system_error& error) {
            said = error.what();
        }
        static_cast<void>(write(ends[1], said.data(), said.size()));
        _exit(0);
    }
    close(ends[1]);
    char text[200];
    const ssize_t n = read(ends[0], text, sizeof text);
    close(ends[0]);
    int status = 1;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    return n > 0 ? std::string(text, static_cast<std::size_t>(n)) : std::string();
}

} // namespace

TEST_CASE("where the system gives no more threads the error says what they were for, and nothing is left behind", "[threads]") {
    const std::string of_stage = without_threads([] { weir::run(weir::from(Endless{}) | weir::stage() | weir::for_each([](int) {})); });
    CHECK((of_stage.empty() || of_stage.starts_with("no thread could be started for input/stage#1")));
    const std::string of_job = without_threads([] { weir::start(weir::from(Endless{}) | weir::for_each([](int) {})).wait(); });
    CHECK((of_job.empty() || of_job.starts_with("no thread could be started for the job")));
}
