// SPDX-License-Identifier: BSL-1.0
// What every queue must survive with several threads: nothing lost, nothing doubled, each producer's events in order, no
// wake-up missed. Kept short, so that it can be run hundreds of times.
#pragma once
#include "catch.hpp"
#include "queue/types.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace test {

/// On the heap, so that a race with freed memory is seen; number counts up within a producer.
struct Sent {
    std::uint32_t producer = 0;
    std::uint32_t number = 0;
};
using Parcel = std::unique_ptr<Sent>;

inline Parcel parcel(std::size_t producer, std::uint32_t number) {
    return std::make_unique<Sent>(Sent{static_cast<std::uint32_t>(producer), number});
}

/// What one consumer got. Checked after the threads are joined: Catch's macros are for one thread.
class Received {
public:
    explicit Received(std::size_t producers) : last_(producers, 0), count_(producers, 0) {}

    void take(const Parcel& event) {
        ++count_[event->producer];
        in_order_ = in_order_ && event->number > last_[event->producer];
        last_[event->producer] = event->number;
    }
    bool in_order() const { return in_order_; }
    std::uint32_t count(std::size_t producer) const { return count_[producer]; }
    std::uint32_t last(std::size_t producer) const { return last_[producer]; }

private:
    std::vector<std::uint32_t> last_, count_;
    bool in_order_ = true;
};

/// Pushes numbers 1..n in one of the ways a queue can be pushed into; returns how many went in before it was closed.
template <typename Queue>
std::uint32_t produce(Queue& queue, std::size_t producer, std::uint32_t n) {
    std::uint32_t in = 0;
    for (std::uint32_t i = 1; i <= n;) {
        switch ((i + producer) % 4) {
        case 0: {
            std::vector<Parcel> batch;
            for (std::uint32_t k = 0; k < 5 && i + k <= n; ++k) batch.push_back(parcel(producer, i + k));
            const std::size_t went = queue.push_batch(batch);
            in += static_cast<std::uint32_t>(went);
            if (went < batch.size()) return in;
            i += static_cast<std::uint32_t>(batch.size());
            continue;
        }
        case 1: {
            Parcel event = parcel(producer, i);
            while (not queue.try_push(event)) {
                if (queue.closed()) return in;
                queue.wait_writable();
            }
            break;
        }
        case 2: {
            Parcel event = parcel(producer, i);
            while (not queue.try_push(event)) { // pushes with a limit lose the event, so wait with one
                if (queue.closed()) return in;
                queue.wait_writable({}, std::chrono::steady_clock::now() + std::chrono::microseconds(50));
            }
            break;
        }
        default:
            if (not queue.push(parcel(producer, i))) return in;
        }
        ++in;
        ++i;
    }
    return in;
}

/// Pops in all the ways there are until the queue has ended.
template <typename Queue>
void consume(Queue& queue, Received& received) {
    std::array<Parcel, 3> batch;
    for (unsigned turn = 0;; ++turn) {
        switch (turn % 4) {
        case 0: {
            const std::size_t n = queue.pop_batch(batch);
            if (n == 0) return;
            for (std::size_t i = 0; i < n; ++i) received.take(batch[i]);
            break;
        }
        case 1: {
            auto polled = queue.pop_until({}, std::chrono::steady_clock::now() + std::chrono::microseconds(50));
            if (polled.has_ended()) return;
            if (polled) received.take(*polled);
            break;
        }
        case 2: {
            const std::size_t n = queue.pop_batch(batch, std::chrono::microseconds(50));
            for (std::size_t i = 0; i < n; ++i) received.take(batch[i]);
            break;
        }
        default: {
            auto event = queue.pop();
            if (not event) return;
            received.take(*event);
        }
        }
    }
}

/// All producers send n events, then the queue is closed; with `cut`, a further thread closes it somewhere in the middle.
template <typename Queue>
void check_transfer(std::size_t capacity, std::size_t producers, std::size_t consumers, std::uint32_t n, bool cut = false) {
    Queue queue{capacity};
    std::vector<std::uint32_t> pushed(producers, 0);
    std::vector<Received> received(consumers, Received(producers));
    {
        std::atomic<std::size_t> running{producers};
        std::vector<std::jthread> threads;
        for (std::size_t c = 0; c < consumers; ++c) threads.emplace_back([&, c] { consume(queue, received[c]); });
        for (std::size_t p = 0; p < producers; ++p)
            threads.emplace_back([&, p] {
                pushed[p] = produce(queue, p, n);
                if (running.fetch_sub(1) == 1) queue.close();
            });
        if (cut) {
            while (queue.size() == 0 && running.load() != 0) std::this_thread::yield();
            queue.close();
        }
    }
    for (std::size_t p = 0; p < producers; ++p) {
        std::uint32_t got = 0, last = 0;
        for (const Received& by : received) got += by.count(p), last = std::max(last, by.last(p));
        CHECK(got == pushed[p]);
        CHECK(last == pushed[p]); // the first ones, without a gap
        if (not cut) CHECK(got == n);
    }
    for (const Received& by : received) CHECK(by.in_order());
    CHECK(queue.size() == 0);
    CHECK_FALSE(queue.try_pop().has_value());
}

/// The producers never wait; the consumer gets what was not dropped.
template <typename Queue>
void check_dropping(weir::Overflow policy, std::size_t capacity, std::size_t producers, std::uint32_t n) {
    Queue queue{capacity, policy};
    Received received(producers);
    std::vector<std::uint32_t> refused(producers, 0);
    {
        std::jthread consumer([&] { consume(queue, received); });
        std::vector<std::jthread> threads;
        for (std::size_t p = 0; p < producers; ++p)
            threads.emplace_back([&, p] {
                for (std::uint32_t i = 1; i <= n; ++i) refused[p] += queue.push(parcel(p, i)) ? 0U : 1U;
            });
        threads.clear();
        queue.close();
    }
    std::uint64_t popped = 0, refusals = 0;
    for (std::size_t p = 0; p < producers; ++p) popped += received.count(p), refusals += refused[p];
    CHECK(popped + queue.dropped() == std::uint64_t{n} * producers);
    CHECK(received.in_order());
    CHECK(queue.size() == 0);
    if (policy == weir::Overflow::drop_newest) {
        CHECK(refusals == queue.dropped());
    } else {
        CHECK(refusals == 0);
        std::uint32_t last = 0;
        for (std::size_t p = 0; p < producers; ++p) last = std::max(last, received.last(p));
        CHECK(last == n); // the very last event is never the one that is dropped
    }
}

/// Everybody asleep in a queue wakes up for what he waits for. Repeated, since a missed wake-up would be rare.
template <typename Queue>
void check_wakes(std::size_t sleepers) {
    for (int round = 0; round < 20; ++round) {
        Queue queue{sleepers};
        std::atomic<int> got{0}, ended{0}, stopped{0};
        std::atomic<bool> all_got{false};
        std::stop_source stop;
        const auto rest = [&] {
            if (round % 2 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200)); // now they do sleep
        };
        {
            std::vector<std::jthread> threads;
            for (std::size_t i = 0; i < sleepers; ++i)
                threads.emplace_back([&] {
                    if (queue.pop()) ++got;
                    while (not all_got) std::this_thread::yield(); // or it would take the event of another
                    if (not queue.pop_until(stop.get_token(), weir::no_deadline).has_ended()) ++stopped;
                    if (not queue.pop()) ++ended;
                });
            rest();
            for (std::size_t i = 0; i < sleepers; ++i) queue.push(parcel(0, 1));
            while (got.load() != static_cast<int>(sleepers)) std::this_thread::yield();
            all_got = true;
            rest();
            stop.request_stop();
            while (stopped.load() != static_cast<int>(sleepers)) std::this_thread::yield();
            rest();
            queue.close();
        }
        CHECK(ended.load() == static_cast<int>(sleepers));
    }
}

/// The same for producers at a full queue.
template <typename Queue>
void check_wakes_producers(std::size_t sleepers) {
    for (int round = 0; round < 20; ++round) {
        Queue queue{1};
        queue.push(parcel(0, 1));
        std::atomic<int> in{0};
        {
            std::vector<std::jthread> threads;
            for (std::size_t i = 0; i < sleepers; ++i)
                threads.emplace_back([&] {
                    if (queue.push(parcel(0, 2))) ++in;
                });
            if (round % 2 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
            for (std::size_t i = 0; i < sleepers; ++i) queue.pop();
        }
        CHECK(in.load() == static_cast<int>(sleepers));
        CHECK(queue.size() == 1);
        std::jthread refused([&] { queue.push(parcel(0, 3)); });
        if (round % 2 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
        queue.close();
    }
}

/// A consumer that never waits in the queue, as a task of an executor: it asks to be called, and sleeps elsewhere.
template <typename Queue>
void check_listener(std::size_t capacity, std::uint32_t n) {
    Queue queue{capacity};
    Received received(1);
    struct Bell {
        std::atomic<bool> rung{false};
        static void ring(void* self) {
            static_cast<Bell*>(self)->rung.store(true);
            static_cast<Bell*>(self)->rung.notify_one();
        }
        void wait() {
            rung.wait(false);
            rung.store(false);
        }
    };
    {
        Bell bell;
        std::jthread producer([&] {
            Bell room;
            for (std::uint32_t i = 1; i <= n; ++i)
                for (Parcel event = parcel(0, i); not queue.try_push(event);)
                    if (queue.notify_writable(&Bell::ring, &room)) room.wait();
            queue.cancel_notify_writable();
            queue.close();
        });
        for (bool ended = false; not ended;) {
            while (auto event = queue.try_pop()) received.take(*event);
            if (queue.notify_readable(&Bell::ring, &bell)) bell.wait();
            ended = queue.closed() && queue.empty();
        }
        queue.cancel_notify_readable();
        while (auto event = queue.try_pop()) received.take(*event);
    }
    CHECK(received.count(0) == n);
    CHECK(received.in_order());
}

} // namespace test
