// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"

#include <weir/weir.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

const auto add = [](long sum, int x) { return sum + x; };

std::vector<int> numbers(int n) {
    std::vector<int> v(static_cast<std::size_t>(n));
    std::iota(v.begin(), v.end(), 0);
    return v;
}

} // namespace

TEST_CASE("a pool runs more tasks than it has threads", "[threads]") {
    weir::Pool pool(2);
    const std::vector<int> input = numbers(20'000);
    long sum = 0;
    const weir::Report report = weir::run(weir::from(input) | weir::stage({.capacity = 4}) | weir::map([](int x) { return x; }) |
                                              weir::stage({.capacity = 3}) | weir::filter([](int x) { return x % 2 == 0; }) |
                                              weir::stage({.capacity = 64}) | weir::fold_into(sum, add),
                                          {.executor = &pool});
    CHECK(sum == 10'000L * 9'999);
    CHECK(report.at("filter#1").dropped(weir::Drop::filtered) == 10'000);
}

TEST_CASE("a pool of one thread never blocks on a full stage", "[threads]") {
    weir::Pool pool(1);
    const std::vector<int> input = numbers(1000);
    std::set<std::thread::id> threads;
    weir::run(weir::from(input) | weir::stage({.capacity = 1}) | weir::stage({.capacity = 1}) |
                  weir::for_each([&threads](int) { threads.insert(std::this_thread::get_id()); }),
              {.executor = &pool});
    CHECK(threads.size() == 1);
    CHECK(*threads.begin() == std::this_thread::get_id());
}

TEST_CASE("a pool is told when a queue of the user's has events again", "[threads]") {
    weir::Pool pool(2);
    weir::SpscQueue<int> queue{8};
    long sum = 0;
    weir::Job job = weir::start(weir::from(queue) | weir::stage() | weir::fold_into(sum, add), {.executor = &pool});
    for (int i = 0; i < 2000; ++i) queue.push(i);
    std::this_thread::sleep_for(2ms); // all tasks idle
    for (int i = 0; i < 2000; ++i) queue.push(i);
    queue.close();
    job.wait();
    CHECK(sum == 2L * 1000 * 1999);
}

TEST_CASE("under a pool an error ends all tasks and is rethrown", "[threads]") {
    weir::Pool pool(2);
    const std::vector<int> input = numbers(1000);
    const auto fails = weir::map([](int x) {
        if (x == 500) throw std::runtime_error("500");
        return x;
    });
    long sum = 0;
    CHECK_THROWS_WITH(weir::run(weir::from(input) | weir::stage() | fails | weir::stage({.capacity = 2}) | weir::fold_into(sum, add),
                                {.executor = &pool}),
                      "500");
}

TEST_CASE("under a pool what a source throws when it is asked to call ends the job", "[threads]") {
    struct Split {
        using event_type = int;
        int id() const { return 1; }
        weir::Polled<int> poll() { return weir::Polled<int>::nothing(); }
    };
    struct Silent {
        using split_type = Split;
        weir::SplitChanges<Split, int> changes() { return {}; }
        bool notify_readable(void (*)(void*), void*) { throw std::runtime_error("not now"); }
        void cancel_notify_readable() {}
    };
    weir::Pool pool(2);
    CHECK_THROWS_WITH(weir::run(weir::from_splits(Silent{}) | weir::stage() | weir::for_each([](int) {}), {.executor = &pool}), "not now");
}

TEST_CASE("stop ends a job whose tasks are all asleep", "[threads]") {
    weir::Pool pool(2);
    weir::MpscQueue<int> queue{8};
    weir::Job job = weir::start(weir::from(queue) | weir::stage() | weir::for_each([](int) {}), {.executor = &pool});
    std::this_thread::sleep_for(2ms);
    job.stop();
    job.wait();
    CHECK_FALSE(job.running());
}

TEST_CASE("a pool wakes as many threads as there are tasks woken at once", "[threads]") {
    constexpr std::uint32_t copies = 7;
    std::vector<int> keys; // of copies that are at home in the same of three threads
    for (const std::uint32_t copy : {0U, 3U, 6U}) {
        int key = 0;
        while (weir::detail::copy_of_key(key, copies) != copy) ++key;
        keys.push_back(key);
    }
    std::mutex mutex;
    std::condition_variable all;
    int came = 0;
    int missed = 0;
    const auto meet = [&](int) {
        std::unique_lock lock(mutex);
        const int target = came++ / 3 * 3 + 3;
        all.notify_all();
        if (not all.wait_for(lock, 20s, [&] { return came >= target; })) ++missed;
    };
    weir::Pool pool(3);
    weir::MpscQueue<int> queue{8};
    weir::Job job = weir::start(weir::from(queue) | weir::parallel(copies, weir::key_by([](int x) { return x; }) | weir::scan(0, [](int, int x) { return x; }) |
                                                                               weir::for_each(weir::shareable(meet))),
                                {.executor = &pool});
    for (int round = 1; round <= 30 && missed == 0; ++round) {
        std::this_thread::sleep_for(2ms); // all are asleep
        auto events = keys;
        queue.push_batch(events);
        std::unique_lock lock(mutex);
        while (came != 3 * round) all.wait(lock);
    }
    queue.close();
    job.wait();
    CHECK(missed == 0);
}

TEST_CASE("two jobs on pools read one queue, and both end when it is closed", "[threads]") {
    weir::MpmcQueue<int> queue{16};
    std::atomic<int> n{0};
    const auto count = [&] { return weir::from(queue) | weir::for_each([&n](int) { ++n; }); };
    weir::Pool pools[2] = {weir::Pool(1), weir::Pool(1)};
    weir::Job jobs[2] = {weir::start(count(), {.executor = &pools[0]}), weir::start(count(), {.executor = &pools[1]})};
    for (int round = 0; round < 3; ++round) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20)); // both wait
        for (int i = 0; i < 100; ++i) queue.push(i);
    }
    queue.close();
    for (weir::Job& job : jobs) job.wait();
    CHECK(n == 300);
}
