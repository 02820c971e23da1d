// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "queue/types.hpp"

#include <weir/queue/parking.hpp>

#include <atomic>
#include <chrono>
#include <stop_token>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

TEST_CASE("a wait ends at once when it is ready, over or stopped") {
    weir::EventCount<> count{weir::StdAtomics::has_heavy_fence()};
    CHECK(count.wait([] { return true; }, nullptr, weir::no_deadline));
    CHECK_FALSE(count.wait([] { return false; }, nullptr, weir::StdAtomics::now()));
    std::stop_source stop;
    stop.request_stop();
    const std::stop_token token = stop.get_token();
    CHECK_FALSE(count.wait([] { return false; }, &token, weir::no_deadline));
    CHECK(count.wait([] { return true; }, &token, weir::StdAtomics::now())); // ready wins
}

TEST_CASE("a timeout that the clock cannot hold is no deadline") {
    CHECK(weir::deadline_after<weir::StdAtomics>(std::chrono::hours::max()) == weir::no_deadline);
    CHECK(weir::deadline_after<weir::StdAtomics>(std::chrono::duration<double>(1e300)) == weir::no_deadline);
    CHECK(weir::deadline_after<weir::StdAtomics>(std::chrono::hours::min()) < weir::StdAtomics::now());
    CHECK(weir::deadline_after<weir::StdAtomics>(1h) > weir::StdAtomics::now());
    CHECK(weir::deadline_after<weir::StdAtomics>(1h) < weir::no_deadline);
}

TEST_CASE("patience grows where many events are at the end of it, and not where one is or half of a queue") {
    struct Counting : weir::StdAtomics {
        static unsigned& pauses() {
            static unsigned n = 0;
            return n;
        }
        static void pause() noexcept { ++pauses(); }
    };
    weir::EventCount<Counting> count{false};
    const auto pauses_after = [&](std::size_t found) { // of a wait, once nine have found as much
        for (int i = 0; i < 9; ++i) count.wait([found] { return found; }, nullptr, weir::no_deadline);
        Counting::pauses() = 0;
        count.wait([found] { return found; }, nullptr, weir::no_deadline);
        return Counting::pauses();
    };
    CHECK(pauses_after(1) == 0);
    CHECK(pauses_after(1000) == 64);
    CHECK(pauses_after(1) == 0);
    CHECK(pauses_after(16) <= 64);
    CHECK(pauses_after(16) >= 16);

    weir::SpscQueue<int, Counting> queue{64};
    std::vector<int> most(48, 1);
    for (int i = 0; i < 20; ++i) {
        queue.push_batch(most);
        Counting::pauses() = 0;
        CHECK(queue.pop() == 1); // more than half of the queue is there: the producer may have waited for us
        CHECK(Counting::pauses() <= 1);
        CHECK(queue.try_pop_batch(most) == 47);
    }
}

TEMPLATE_TEST_CASE("each notify wakes one sleeper, notify_all the rest", "[threads]", weir::StdAtomics, test::NoHeavyFence, test::Shaken) {
    weir::EventCount<TestType> count{TestType::has_heavy_fence()};
    typename TestType::template atomic<int> tickets{0}, taken{0}, closed{0};
    const auto take = [&] {
        int left = tickets.load(std::memory_order_acquire);
        while (left != 0)
            if (tickets.compare_exchange_weak(left, left - 1, std::memory_order_acq_rel)) return true;
        return false;
    };
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                const auto ready = [&] {
                    return tickets.load(std::memory_order_acquire) != 0 || closed.load(std::memory_order_acquire) != 0;
                };
                while (count.wait(ready, nullptr, weir::no_deadline)) {
                    while (take()) taken.fetch_add(1, std::memory_order_acq_rel);
                    if (closed.load(std::memory_order_acquire) != 0) return;
                }
            });
        for (int i = 0; i < 500; ++i) {
            tickets.fetch_add(1, std::memory_order_release);
            count.notify();
            if (i % 100 == 0) std::this_thread::sleep_for(200us);
        }
        while (taken.load(std::memory_order_acquire) != 500) std::this_thread::yield();
        closed.store(1, std::memory_order_release);
        count.notify_all();
    }
    CHECK(taken.load(std::memory_order_acquire) == 500);
}

TEST_CASE("a stop wakes the sleeper it is meant for", "[threads]") {
    weir::EventCount<> count{weir::StdAtomics::has_heavy_fence()};
    std::atomic<int> stopped{0};
    std::jthread other([&](const std::stop_token& token) {
        if (not count.wait([] { return false; }, &token, weir::no_deadline)) ++stopped;
    });
    for (int i = 0; i < 50; ++i) {
        std::jthread sleeper([&](const std::stop_token& token) {
            if (not count.wait([] { return false; }, &token, weir::no_deadline)) ++stopped;
        });
        if (i % 2 == 0) std::this_thread::sleep_for(200us);
    }
    CHECK(stopped == 50);
}

TEST_CASE("after unlisten the listener is not running", "[threads]") {
    weir::EventCount<> count{weir::StdAtomics::has_heavy_fence()};
    std::atomic<bool> done{false};
    std::jthread notifier([&] {
        while (not done) count.notify();
    });
    for (int i = 0; i < 200; ++i) {
        struct Once { // dies at the end of the round: a late call would be a use after its end
            std::atomic<int> calls{0};
        };
        const auto once = std::make_unique<Once>();
        count.listen([] { return false; }, [](void* to) { ++static_cast<Once*>(to)->calls; }, once.get());
        if (i % 2 == 0) std::this_thread::yield();
        count.unlisten();
        REQUIRE(once->calls <= 1);
    }
    done = true;
}
