// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "queue/stress.hpp"

using namespace test;
using weir::MpscQueue;
using weir::Overflow;

TEST_CASE("several threads hand events to one", "[threads]") {
    weir::MpscQueue<int> queue{16};
    long sum = 0;
    std::jthread first([&queue] { for (int i = 1; i <= 500; ++i) queue.push(i); });
    std::jthread second([&queue] { for (int i = 501; i <= 1000; ++i) queue.push(i); });
    for (int i = 0; i < 1000; ++i) sum += *queue.pop();
    CHECK(sum == 500'500);
}

TEMPLATE_TEST_CASE("MpscQueue: nothing is lost, doubled or reordered", "[threads]", MpscQueue<Parcel>,
                   (MpscQueue<Parcel, NoHeavyFence>), (MpscQueue<Parcel, Shaken>)) {
    for (const std::size_t capacity : {1U, 2U, 7U, 64U}) check_transfer<TestType>(capacity, 3, 1, 500);
}

TEMPLATE_TEST_CASE("MpscQueue: a close from another thread loses nothing that went in", "[threads]", MpscQueue<Parcel>,
                   (MpscQueue<Parcel, NoHeavyFence>), (MpscQueue<Parcel, Shaken>)) {
    for (int round = 0; round < 20; ++round) check_transfer<TestType>(4, 3, 1, 100, true);
}

TEMPLATE_TEST_CASE("MpscQueue: dropping is counted exactly", "[threads]", MpscQueue<Parcel>, (MpscQueue<Parcel, NoHeavyFence>),
                   (MpscQueue<Parcel, Shaken>)) {
    for (const auto policy : {Overflow::drop_newest, Overflow::drop_oldest, Overflow::keep_latest})
        for (const std::size_t capacity : {1U, 5U, 64U}) check_dropping<TestType>(policy, capacity, 2, 700);
}

TEMPLATE_TEST_CASE("MpscQueue: sleepers wake for events, room, stop and close", "[threads]", MpscQueue<Parcel>,
                   (MpscQueue<Parcel, NoHeavyFence>), (MpscQueue<Parcel, Shaken>)) {
    check_wakes<TestType>(1);
    check_wakes_producers<TestType>(3);
}

TEMPLATE_TEST_CASE("MpscQueue: listeners stand in for sleepers", "[threads]", MpscQueue<Parcel>, (MpscQueue<Parcel, NoHeavyFence>),
                   (MpscQueue<Parcel, Shaken>)) {
    check_listener<TestType>(3, 1000);
}
