// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "queue/types.hpp"

#include <array>
#include <memory>
#include <numeric>
#include <optional>
#include <vector>

using weir::Overflow;
using namespace std::chrono_literals;

namespace {

template <typename T>
using Spsc = weir::SpscQueue<T>;
template <typename T>
using Mpsc = weir::MpscQueue<T>;
template <typename T>
using Mpmc = weir::MpmcQueue<T>;

template <typename Queue>
std::vector<int> drained(Queue& queue) {
    std::vector<int> out;
    while (auto event = queue.try_pop()) out.push_back(*event);
    return out;
}

} // namespace

#define ALL_QUEUES(T) Spsc<T>, Mpsc<T>, Mpmc<T>

TEMPLATE_TEST_CASE("drop_newest drops what arrives at a full queue", "", ALL_QUEUES(int)) {
    TestType queue{3, Overflow::drop_newest};
    for (int i = 0; i < 5; ++i) CHECK(queue.push(i) == (i < 3));
    CHECK_FALSE(queue.try_push(5));
    CHECK_FALSE(queue.push(6, 1h));
    CHECK(queue.dropped() == 4);
    std::array<int, 3> batch{7, 8, 9};
    CHECK(queue.pop() == 0);
    CHECK(queue.push_batch(batch) == 1);
    CHECK(queue.dropped() == 6);
    CHECK(drained(queue) == std::vector{1, 2, 7});
}

TEMPLATE_TEST_CASE("drop_oldest makes room at the old end", "", ALL_QUEUES(int)) {
    TestType queue{3, Overflow::drop_oldest};
    for (int i = 0; i < 5; ++i) CHECK(queue.push(i));
    CHECK(queue.dropped() == 2);
    CHECK(queue.size() == 3);
    CHECK(queue.pop() == 2);
    CHECK(queue.try_push(5));
    CHECK(queue.try_push(6));
    CHECK(queue.dropped() == 3);
    std::array<int, 5> batch{10, 11, 12, 13, 14};
    CHECK(queue.push_batch(batch) == 5);
    CHECK(queue.dropped() == 8);
    CHECK(drained(queue) == std::vector{12, 13, 14});
    CHECK(queue.push(20));
    CHECK(drained(queue) == std::vector{20});
    CHECK(queue.dropped() == 8);
}

TEMPLATE_TEST_CASE("keep_latest empties a full queue for what arrives", "", ALL_QUEUES(int)) {
    TestType queue{3, Overflow::keep_latest};
    for (int i = 0; i < 4; ++i) CHECK(queue.push(i));
    CHECK(queue.size() == 1);
    CHECK(queue.dropped() == 3);
    CHECK(queue.push(4));
    CHECK(drained(queue) == std::vector{3, 4});
    std::array<int, 7> batch{10, 11, 12, 13, 14, 15, 16};
    CHECK(queue.push_batch(batch) == 7);
    CHECK(queue.dropped() == 9);
    CHECK(drained(queue) == std::vector{16});
}

TEMPLATE_TEST_CASE("fail throws, and the queue goes on", "", ALL_QUEUES(int)) {
    TestType queue{2, Overflow::fail};
    CHECK(queue.push(0));
    CHECK(queue.push(1));
    CHECK_THROWS_AS(queue.push(2), weir::QueueFull);
    CHECK_THROWS_AS(queue.try_push(2), weir::QueueFull);
    CHECK(queue.pop() == 0);
    std::array<int, 3> batch{3, 4, 5};
    try {
        queue.push_batch(batch);
        FAIL("it went into a queue that is full");
    } catch (const weir::QueueFull& full) {
        CHECK(full.pushed() == 1);
    }
    CHECK(weir::QueueFull(0).pushed() == 0);
    CHECK(queue.dropped() == 0);
    CHECK(drained(queue) == std::vector{1, 3});
    queue.close();
    CHECK_FALSE(queue.push(6)); // closed is not full
}

TEMPLATE_TEST_CASE("a closed queue drops nothing more, whatever its policy", "", ALL_QUEUES(int)) {
    for (const auto policy : {Overflow::block, Overflow::drop_newest, Overflow::drop_oldest, Overflow::keep_latest, Overflow::fail}) {
        TestType queue{2, policy};
        queue.push(1);
        queue.push(2);
        queue.close();
        std::array<int, 2> batch{3, 4};
        CHECK_FALSE(queue.push(3));
        CHECK_FALSE(queue.try_push(3));
        CHECK(queue.push_batch(batch) == 0);
        CHECK(queue.dropped() == 0);
        CHECK(drained(queue) == std::vector{1, 2});
    }
}

TEMPLATE_TEST_CASE("dropped events are destroyed at once", "", ALL_QUEUES(test::Tracked)) {
    {
        TestType queue{4, Overflow::drop_oldest};
        for (int i = 0; i < 10; ++i) queue.push(test::Tracked(i));
        CHECK(test::Tracked::living == 4);
        CHECK(queue.pop()->value == 6);
    }
    CHECK(test::Tracked::living == 0);
    {
        TestType queue{4, Overflow::keep_latest};
        for (int i = 0; i < 5; ++i) queue.push(test::Tracked(i));
        CHECK(test::Tracked::living == 1);
    }
    CHECK(test::Tracked::living == 0);
}

TEST_CASE("a policy that discards drops what arrives while the oldest events are lent") {
    for (const auto policy : {Overflow::drop_oldest, Overflow::keep_latest}) {
        weir::SpscQueue<int> queue{3, policy};
        for (int i = 0; i < 3; ++i) queue.push(i);
        const auto lent = queue.readable(2);
        REQUIRE(lent.size() == 2);
        CHECK_FALSE(queue.push(3));
        std::array<int, 2> batch{4, 5};
        CHECK(queue.push_batch(batch) == 0);
        CHECK(queue.dropped() == 3);
        CHECK(lent[0] == 0);
        CHECK(lent[1] == 1);
        queue.release(1);
        CHECK(queue.push(6));
        CHECK(queue.dropped() == 3);
        CHECK(drained(queue) == std::vector{1, 2, 6});
        CHECK(queue.readable().empty());
        queue.release(0);
        CHECK(queue.push(7));
        CHECK(drained(queue) == std::vector{7});
    }
}
