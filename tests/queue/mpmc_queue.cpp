// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "queue/stress.hpp"

using namespace test;
using weir::MpmcQueue;
using weir::Overflow;

TEST_CASE("several threads hand events to several", "[threads]") {
    weir::MpmcQueue<int> queue{16};
    std::atomic<long> sum{0};
    {
        const auto work = [&] {
            while (const auto event = queue.pop()) sum += *event;
        };
        std::jthread first(work), second(work);
        for (int i = 1; i <= 1000; ++i) queue.push(i);
        queue.close();
    }
    CHECK(sum == 500'500);
}

TEMPLATE_TEST_CASE("MpmcQueue: nothing is lost, doubled or reordered", "[threads]", MpmcQueue<Parcel>,
                   (MpmcQueue<Parcel, NoHeavyFence>), (MpmcQueue<Parcel, Shaken>)) {
    for (const std::size_t capacity : {1U, 2U, 7U, 64U}) check_transfer<TestType>(capacity, 2, 3, 700);
}

TEMPLATE_TEST_CASE("MpmcQueue: a close from another thread loses nothing that went in", "[threads]", MpmcQueue<Parcel>,
                   (MpmcQueue<Parcel, NoHeavyFence>), (MpmcQueue<Parcel, Shaken>)) {
    for (int round = 0; round < 20; ++round) check_transfer<TestType>(4, 2, 2, 100, true);
}

TEMPLATE_TEST_CASE("MpmcQueue: dropping is counted exactly", "[threads]", MpmcQueue<Parcel>, (MpmcQueue<Parcel, NoHeavyFence>),
                   (MpmcQueue<Parcel, Shaken>)) {
    for (const auto policy : {Overflow::drop_newest, Overflow::drop_oldest, Overflow::keep_latest})
        for (const std::size_t capacity : {1U, 5U, 64U}) check_dropping<TestType>(policy, capacity, 2, 700);
}

TEMPLATE_TEST_CASE("MpmcQueue: sleepers wake for events, room, stop and close", "[threads]", MpmcQueue<Parcel>,
                   (MpmcQueue<Parcel, NoHeavyFence>), (MpmcQueue<Parcel, Shaken>)) {
    check_wakes<TestType>(4);
    check_wakes_producers<TestType>(4);
}

TEMPLATE_TEST_CASE("MpmcQueue: listeners stand in for sleepers", "[threads]", MpmcQueue<Parcel>, (MpmcQueue<Parcel, NoHeavyFence>),
                   (MpmcQueue<Parcel, Shaken>)) {
    check_listener<TestType>(3, 1000);
}

TEST_CASE("MpmcQueue: events that become ready out of order wake as many sleepers as there are events", "[threads]") {
    MpmcQueue<Hooked> queue{4};
    std::atomic<bool> claimed{false}, go_on{false};
    std::atomic<int> sum{0};
    {
        const auto take = [&] {
            if (const auto event = queue.pop()) sum += event->value; // a wake-up that is missed is a hang
        };
        std::jthread one(take), two(take);
        std::this_thread::sleep_for(std::chrono::milliseconds(2)); // both sleep
        std::jthread slow([&] {
            Hooked event(1);
            event.while_moved = [&] {
                claimed = true;
                while (not go_on) std::this_thread::yield();
            };
            queue.try_push(event);
        });
        while (not claimed) std::this_thread::yield();
        queue.push(Hooked(2)); // wakes a sleeper in vain: the slow one comes first
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        go_on = true;
    }
    CHECK(sum == 3);
}
