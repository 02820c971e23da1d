// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
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

namespace {

const std::size_t many = 2 * std::max(1U, std::thread::hardware_concurrency()) + 1; // copies: more tasks than processors

std::vector<int> numbers(int n) {
    std::vector<int> v(static_cast<std::size_t>(n));
    std::iota(v.begin(), v.end(), 0);
    return v;
}

/// The names of the threads that call it.
class Names {
public:
    void look() {
        std::string name;
        std::getline(std::ifstream("/proc/thread-self/comm"), name);
        const std::scoped_lock lock(mutex_);
        names_.insert(name);
    }
    std::set<std::string> take() {
        const std::scoped_lock lock(mutex_);
        return std::exchange(names_, {});
    }

private:
    std::mutex mutex_;
    std::set<std::string> names_;
};

/// A place that n have to be in at once before any of them goes on.
class Meeting {
public:
    explicit Meeting(std::size_t n) : n_(n) {}
    void meet() {
        std::unique_lock lock(mutex_);
        ++came_;
        all_.notify_all();
        all_.wait(lock, [this] { return came_ >= n_; });
    }
    /// Waits until it has taken place, but not for ever.
    bool has_met() {
        std::unique_lock lock(mutex_);
        return all_.wait_for(lock, 20s, [this] { return came_ >= n_; });
    }

private:
    std::size_t n_;
    std::size_t came_ = 0;
    std::mutex mutex_;
    std::condition_variable all_;
};

} // namespace

#if defined(__linux__)
TEST_CASE("copies share threads where there are more tasks than processors", "[threads]") {
    std::string own;
    std::getline(std::ifstream("/proc/thread-self/comm"), own);
    Names names;
    const std::vector<int> input = numbers(20'000);
    const auto look = [&](int) { names.look(); };
    const auto run = [&](weir::RunOptions options) {
        weir::run(weir::from(input) | weir::parallel(many, weir::tap(look)) | weir::for_each(look), options);
        return names.take();
    };
    for (const std::string& name : run({})) REQUIRE((name == own || name == "weir/shared"));
    for (const weir::RunOptions& options : {weir::RunOptions{.wait = weir::Wait::yield}, weir::RunOptions{.pin = true}}) {
        const std::set<std::string> seen = run(options);
        REQUIRE(seen.contains("weir/parallel#1"));
        REQUIRE_FALSE(seen.contains("weir/shared"));
    }
    weir::run(weir::from(input) | weir::stage({.wait = weir::Wait::spin}) | weir::parallel(many, weir::tap(look)) | weir::for_each(look));
    REQUIRE_FALSE(names.take().contains("weir/shared"));
}
#endif

TEST_CASE("copies that wait for one another get a thread each", "[threads]") {
    Meeting meeting(many);
    const std::vector<int> input = numbers(static_cast<int>(64 * many));
    long sum = 0;
    std::atomic<std::size_t> met{0};
    weir::run(weir::from(input) | weir::parallel(many, weir::map([&, first = true](int x) mutable {
                  if (std::exchange(first, false)) ++met, meeting.meet();
                  return x;
              })) |
              weir::for_each([&sum](int x) { sum += x; }));
    REQUIRE(met == many);
    REQUIRE(sum == std::accumulate(input.begin(), input.end(), 0L));
}

TEST_CASE("shared threads: events of a queue reach all copies, also one at a time, and an idle job is woken", "[threads]") {
    weir::MpscQueue<int> queue{8};
    std::atomic<long> sum{0};
    weir::Job job = weir::start(weir::from(queue) | weir::parallel(many, weir::map([](int x) { return x; })) | weir::for_each([&sum](int x) { sum += x; }));
    long expected = 0;
    for (int i = 0; i < 300; ++i) {
        queue.push(i);
        expected += i;
        if (i % 100 == 99) { // each comes though nothing follows
            while (sum != expected) std::this_thread::sleep_for(1ms);
            std::this_thread::sleep_for(3ms);
        }
    }
    queue.close();
    job.wait();
    REQUIRE(sum == expected);
}

TEST_CASE("shared threads: a source that sleeps in its next() does not keep the copies from working", "[threads]") {
    std::atomic<long> sum{0};
    int next = 0;
    weir::run(weir::generate([&]() -> std::optional<int> {
                  if (next == 40) return std::nullopt;
                  for (int i = 0; i < 1000 && sum != long{next} * (next - 1) / 2; ++i) std::this_thread::sleep_for(1ms); // until all before has come out
                  return next++;
              }) |
              weir::parallel(many, weir::map([](int x) { return x; })) | weir::for_each([&sum](int x) { sum += x; }));
    REQUIRE(sum == 40L * 39 / 2);
}

/// Has nothing until it is over; whether somebody has slept on it.
struct Silent {
    using event_type = int;
    std::atomic<bool>* slept_on;
    std::atomic<bool>* over;
    weir::Polled<int> next(std::stop_token stop, std::chrono::steady_clock::time_point deadline) {
        while (not *over && not stop.stop_requested() && std::chrono::steady_clock::now() < deadline) {
            *slept_on = true;
            std::this_thread::sleep_for(1ms);
        }
        return *over ? weir::Polled<int>::ended() : weir::Polled<int>::nothing();
    }
};

TEST_CASE("shared threads: a task that comes later and whose source is slept on has a thread of its own", "[threads]") {
    std::atomic<bool> slept_on{false}, over{false}, later_slept_on{false};
    weir::Graph graph{weir::RunOptions{}};
    graph.reports(false); // operators are named, below, while it runs
    weir::detail::BasicSharedThreads<> threads;
    weir::detail::build<false>(graph, weir::from(Silent{&slept_on, &over}) | weir::parallel(many, weir::map([](int x) { return x; })) | weir::for_each([](int) {}));
    const std::size_t before = graph.tasks().size();
    std::thread running([&] { threads.run(graph); });
    while (not slept_on) std::this_thread::sleep_for(1ms); // it runs
    weir::detail::build<false>(graph, weir::from(Silent{&later_slept_on, &over}) | weir::for_each([](int) {}));
    REQUIRE(graph.tasks().size() == before + 1);
    threads.added(graph, *graph.tasks().back());
    for (int i = 0; i < 10'000 && not later_slept_on; ++i) std::this_thread::sleep_for(1ms);
    over = true;
    running.join();
    REQUIRE(later_slept_on);
    REQUIRE(graph.ended());
}

TEST_CASE("shared threads: a deadline is kept while calls that sleep have all threads", "[threads]") {
    const auto processors = static_cast<int>(many / 2);
    weir::MpscQueue<std::pair<int, int>> queue{64};
    Meeting given(1);
    std::atomic<int> waited{0};
    weir::Job job = weir::start(weir::from(queue) | weir::parallel(many, weir::key_by([](const auto& x) { return x.second; }) | weir::scan(0, [&](int, const auto& x) {
                                                                             if (x.first != 0 && given.has_met()) ++waited;
                                                                             return x.first;
                                                                         })) |
                                weir::micro_batch(1000, 100ms) | weir::for_each([&](const auto&) { given.meet(); }));
    const auto push_to = [&queue](int copy) { // each to a copy of its own
        int key = 0;
        while (weir::detail::copy_of_key(key, static_cast<std::uint32_t>(many)) != static_cast<std::uint32_t>(copy)) ++key;
        queue.push({copy, key});
    };
    push_to(0); // waits in the batch
    std::this_thread::sleep_for(30ms);
    for (int copy = 1; copy <= processors; ++copy) push_to(copy);
    given.has_met();
    queue.close();
    job.wait();
    REQUIRE(waited == processors);
}

#if defined(__linux__)
TEST_CASE("shared threads: at idle nobody looks around, also after calls that slept", "[threads]") {
    weir::MpscQueue<int> queue{64};
    std::atomic<int> seen{0};
    weir::Job job = weir::start(weir::from(queue) | weir::parallel(many, weir::key_by([](int x) { return x; }) | weir::scan(0, [](int, int x) {
                                                                             std::this_thread::sleep_for(10ms);
                                                                             return x;
                                                                         })) |
                                weir::for_each([&seen](int) { ++seen; }));
    for (int key = 0; key < 60; ++key) queue.push(key);
    while (seen != 60) std::this_thread::sleep_for(1ms);
    const auto sleeps_of_watch = [] {
        for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
            std::string name;
            std::getline(std::ifstream(task.path() / "comm"), name);
            if (name != "weir/watch") continue;
            std::ifstream status(task.path() / "status");
            for (std::string line; std::getline(status, line);)
                if (line.starts_with("voluntary_ctxt_switches:")) return line;
        }
        return std::string();
    };
    bool rests = false;
    for (int i = 0; i < 50 && not rests; ++i) {
        const std::string before = sleeps_of_watch();
        REQUIRE_FALSE(before.empty());
        std::this_thread::sleep_for(100ms);
        rests = sleeps_of_watch() == before;
    }
    queue.close();
    job.wait();
    REQUIRE(rests);
}
#endif

TEST_CASE("shared threads: an error in a copy ends the job, a stop ends it, and pause holds it", "[threads]") {
    const std::vector<int> input = numbers(5000);
    long n = 0;
    REQUIRE_THROWS_WITH(weir::run(weir::from(input) | weir::parallel(many, weir::map([](int x) {
                                      if (x == 3000) throw std::runtime_error("3000");
                                      return x;
                                  })) |
                                  weir::for_each([&n](int) { ++n; })),
                        "3000");
    weir::MpscQueue<int> queue{8};
    weir::Job job = weir::start(weir::from(queue) | weir::parallel(many, weir::map([](int x) { return x; })) | weir::for_each([](int) {}));
    std::this_thread::sleep_for(2ms);
    job.pause();
    queue.push(1);
    std::this_thread::sleep_for(2ms);
    job.resume();
    job.stop();
    job.wait();
    REQUIRE_FALSE(job.running());
}

namespace {

/// How a job of copies ends, and where: at one of its events.
enum class End : unsigned char { whole, stop, drain, copy_throws, sink_throws };

template <typename Parallel>
void race(unsigned seed, int at, End end, const Parallel& parallel) {
    CAPTURE(seed, at, int(end));
    weir::MpscQueue<int> queue{1 + seed % 7};
    std::atomic<int> seen{0};
    std::uint64_t given = 0; // by one thread at a time
    weir::Job job = weir::start(weir::from(queue) | parallel(weir::map([&seen, at, end](int x) {
                                                          if (++seen; end == End::copy_throws && x == at) throw std::runtime_error("a copy");
                                                          if (x % 64 == 0) std::this_thread::sleep_for(50us);
                                                          return x;
                                                      })) |
                                weir::for_each([&given, at, end](int) {
                                    if (++given == static_cast<std::uint64_t>(at) && end == End::sink_throws) throw std::runtime_error("the sink");
                                }));
    std::uint64_t pushed = 0;
    std::atomic<bool> over{false};
    std::jthread feeding([&] {
        for (int i = 0; i < 400 && not over;) {
            if (queue.try_push(i)) ++pushed, ++i;
            else std::this_thread::yield();
        }
        queue.close();
    });
    if (end == End::stop || end == End::drain) {
        while (seen < at / 2) std::this_thread::yield();
        if (end == End::stop) job.stop();
        else job.drain();
    }
    bool threw = false;
    try {
        job.wait();
    } catch (const std::runtime_error&) {
        threw = true;
        CHECK((end == End::copy_throws || end == End::sink_throws));
    }
    over = true;
    feeding.join();
    const weir::Report report = job.report();
    CHECK(weir::detail::wrong_counts(report) == "");
    CHECK(report.at("for_each#1").in == given);
    if (threw) return;
    CHECK(weir::detail::still_held(report) == "");
    CHECK(report.at("parallel#1").in + queue.size() == pushed);
    CHECK(given == report.at("parallel#1").in);
}

void races(unsigned from, unsigned to) {
    for (unsigned seed = from; seed <= to; ++seed) {
        const auto end = static_cast<End>(seed % 5);
        const int at = static_cast<int>(1 + weir::stable_hash(seed) % 399);
        const weir::ParallelOptions options{.copies = 2 + seed % 5, .capacity = 1 + seed % 40};
        switch (seed / 5 % 3) {
        case 0: race(seed, at, end, [&](auto chain) { return weir::parallel(options, chain); }); break;
        case 1: race(seed, at, end, [&](auto chain) { return weir::parallel(options, chain, weir::ordered); }); break;
        default:
            race(seed, at, end, [&](auto chain) {
                return weir::parallel(options, weir::key_by([](int x) { return x % 10; }) | weir::scan(0, [](int, int x) { return x; }) | chain);
            });
        }
    }
}

} // namespace

TEST_CASE("shared threads: stop, drain, errors and ends race, and each event is accounted for", "[threads]") { races(1, 45); }

TEST_CASE("shared threads: they race a thousand times", "[soak]") { races(46, 1000); }
