// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "queue/stress.hpp"

using namespace test;
using weir::Overflow;
using weir::SpscQueue;

TEST_CASE("one thread hands events to another", "[threads]") {
    weir::SpscQueue<int> queue{16};
    long sum = 0;
    {
        std::jthread producer([&queue] {
            for (int i = 1; i <= 1000; ++i) queue.push(i); // waits while the queue is full
            queue.close();
        });
        while (const auto event = queue.pop()) sum += *event; // waits for an event; nullopt: closed and empty
    }
    CHECK(sum == 500'500);
}

TEMPLATE_TEST_CASE("SpscQueue: nothing is lost, doubled or reordered", "[threads]", SpscQueue<Parcel>,
                   (SpscQueue<Parcel, NoHeavyFence>), (SpscQueue<Parcel, Shaken>)) {
    for (const std::size_t capacity : {1U, 2U, 7U, 64U}) check_transfer<TestType>(capacity, 1, 1, 1500);
}

TEMPLATE_TEST_CASE("SpscQueue: a close from a third thread loses nothing that went in", "[threads]", SpscQueue<Parcel>,
                   (SpscQueue<Parcel, NoHeavyFence>), (SpscQueue<Parcel, Shaken>)) {
    for (int round = 0; round < 30; ++round) check_transfer<TestType>(4, 1, 1, 200, true);
}

TEMPLATE_TEST_CASE("SpscQueue: dropping is counted exactly", "[threads]", SpscQueue<Parcel>, (SpscQueue<Parcel, NoHeavyFence>),
                   (SpscQueue<Parcel, Shaken>)) {
    for (const auto policy : {Overflow::drop_newest, Overflow::drop_oldest, Overflow::keep_latest})
        for (const std::size_t capacity : {1U, 5U, 64U}) check_dropping<TestType>(policy, capacity, 1, 1500);
}

TEMPLATE_TEST_CASE("SpscQueue: sleepers wake for events, room, stop and close", "[threads]", SpscQueue<Parcel>,
                   (SpscQueue<Parcel, NoHeavyFence>), (SpscQueue<Parcel, Shaken>)) {
    check_wakes<TestType>(1);
    check_wakes_producers<TestType>(1);
}

TEMPLATE_TEST_CASE("SpscQueue: listeners stand in for sleepers", "[threads]", SpscQueue<Parcel>, (SpscQueue<Parcel, NoHeavyFence>),
                   (SpscQueue<Parcel, Shaken>)) {
    check_listener<TestType>(3, 1000);
}

TEMPLATE_TEST_CASE("SpscQueue: spans in place, between threads", "[threads]", SpscQueue<Parcel>, (SpscQueue<Parcel, NoHeavyFence>),
                   (SpscQueue<Parcel, Shaken>)) {
    constexpr std::uint32_t n = 3000;
    TestType queue{13};
    Received received(1);
    {
        std::jthread producer([&] {
            for (std::uint32_t i = 1; i <= n;) {
                auto room = queue.claim(1 + i % 7);
                if (room.room() == 0) queue.wait_writable();
                while (not room.is_full() && i <= n) room.emplace_back(parcel(0, i++));
                room.publish();
            }
            queue.close();
        });
        while (queue.wait_readable()) {
            const auto events = queue.readable(5);
            if (events.empty()) break;
            for (const Parcel& event : events) received.take(event);
            queue.release(events.size());
        }
    }
    CHECK(received.count(0) == n);
    CHECK(received.in_order());
}

TEMPLATE_TEST_CASE("SpscQueue: lent spans and a producer that discards keep out of each other's way", "[threads]", SpscQueue<Parcel>,
                   (SpscQueue<Parcel, NoHeavyFence>), (SpscQueue<Parcel, Shaken>)) {
    for (const auto policy : {Overflow::drop_oldest, Overflow::keep_latest}) {
        constexpr std::uint32_t n = 3000;
        TestType queue{8, policy};
        Received received(1);
        {
            std::jthread producer([&] {
                for (std::uint32_t i = 1; i <= n; ++i) queue.push(parcel(0, i));
                queue.close();
            });
            for (unsigned turn = 0; queue.wait_readable(); ++turn) {
                const auto events = queue.readable(3);
                if (events.empty() && queue.closed() && queue.empty()) break;
                const std::size_t n_taken = turn % 3 == 0 ? events.size() / 2 : events.size();
                for (const Parcel& event : events.first(n_taken)) received.take(event);
                queue.release(n_taken);
            }
        }
        CHECK(received.count(0) + queue.dropped() == n);
        CHECK(received.in_order());
    }
}
