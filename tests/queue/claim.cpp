// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "queue/types.hpp"

#include <algorithm>
#include <memory>
#include <vector>

TEST_CASE("events are built, published, read and released in place") {
    weir::SpscQueue<int> queue{8};
    auto room = queue.claim(3);
    CHECK(room.room() == 3);
    for (int i = 0; not room.is_full(); ++i) room.emplace_back(i);
    CHECK(queue.empty()); // not yet published
    CHECK(room.publish() == 3);
    CHECK(room.is_full()); // and has no room any more
    CHECK(queue.size() == 3);

    const std::span<int> events = queue.readable();
    CHECK(std::vector(events.begin(), events.end()) == std::vector{0, 1, 2});
    queue.release(2);
    CHECK(queue.size() == 1);
    CHECK(queue.pop() == 2);
    CHECK(queue.readable().empty());
    queue.release(0);
}

TEST_CASE("a claim can be published bit by bit") {
    weir::SpscQueue<int> queue{8};
    auto room = queue.claim(4);
    room.emplace_back(1);
    CHECK(room.publish_some() == 1);
    CHECK(room.room() == 3);
    CHECK(queue.pop() == 1);
    std::construct_at(room.next(), 2);
    std::construct_at(room.next() + 1, 3);
    room.built(2);
    CHECK(room.publish_some() == 2);
    CHECK(room.publish_some() == 0);
    CHECK(queue.pop() == 2);
    CHECK(queue.pop() == 3);
    CHECK(queue.room() == 8);
    room.emplace_back(4);
    CHECK(queue.room() == 8); // it is not in the queue yet
    CHECK(room.publish() == 1);
    CHECK(queue.room(1) >= 1);
    CHECK(queue.room() == 7);
    queue.close();
    CHECK(queue.pop() == 4);
}

TEST_CASE("who takes events out knows how many there are, and looks for more only where it knows of too few") {
    for (const auto overflow : {weir::Overflow::block, weir::Overflow::drop_oldest}) {
        weir::SpscQueue<int> queue{4, overflow};
        CHECK(queue.events() == 0);
        for (int i = 0; i < 3; ++i) queue.push(i);
        CHECK(queue.events(1) == 3);
        queue.push(3);
        CHECK(queue.events(3) == (overflow == weir::Overflow::block ? 3 : 4));
        CHECK(queue.events(4) == 4);
        CHECK(queue.pop() == 0);
        CHECK(queue.events() == 3);
    }
    weir::SpscQueue<int> queue{2, weir::Overflow::drop_oldest};
    queue.push(1);
    CHECK(queue.events() == 1);
    for (int i = 2; i < 6; ++i) queue.push(i); // past what has been seen
    CHECK(queue.events() == 2);
}

TEST_CASE("what is not published is not in the queue") {
    weir::SpscQueue<test::Tracked> queue{4};
    {
        auto room = queue.claim(4);
        room.emplace_back(1);
        room.emplace_back(2);
        CHECK(test::Tracked::living == 2);
    }
    CHECK(test::Tracked::living == 0);
    CHECK(queue.empty());
    queue.push(test::Tracked(3));
    CHECK(queue.pop()->value == 3);
}

TEST_CASE("a constructor that throws leaves the claim as it was") {
    weir::SpscQueue<test::Tracked> queue{4};
    const test::Tracked original(9);
    {
        auto room = queue.claim(4);
        room.emplace_back(1);
        test::Tracked::throws_in = 1;
        CHECK_THROWS_AS(room.emplace_back(original), std::runtime_error);
        CHECK(room.size() == 1);
        room.emplace_back(2);
        CHECK(room.publish() == 2);
    }
    CHECK(queue.pop()->value == 1);
    CHECK(queue.pop()->value == 2);
    CHECK(test::Tracked::living == 1);
}

TEST_CASE("a claim ends where the ring, the room or the queue does") {
    weir::SpscQueue<std::unique_ptr<int>> queue{4};
    CHECK(queue.claim(9).room() == 4);
    for (int i = 0; i < 3; ++i) queue.push(std::make_unique<int>(i));
    CHECK(queue.claim(9).room() == 1);
    CHECK(**queue.pop() == 0);
    CHECK(**queue.pop() == 1);
    CHECK(queue.claim(9).room() == 1); // three free, but the ring starts again after one
    queue.push(std::make_unique<int>(3));
    CHECK(queue.claim(9).room() == 2);
    CHECK(queue.readable().size() == 2);
    queue.release(2);
    auto room = queue.claim(2);
    room.emplace_back(std::make_unique<int>(4));
    queue.close();
    CHECK(room.publish() == 0);
    CHECK(queue.claim(1).room() == 0);
    CHECK_FALSE(queue.pop().has_value());
}

TEST_CASE("a capacity that is no power of two is kept by claims, too") {
    weir::SpscQueue<int> queue{5};
    int in = 0, out = 0;
    for (int step = 0; step < 100; ++step) {
        for (auto room = queue.claim(9); not room.is_full();) {
            room.emplace_back(in++);
            if (room.is_full()) room.publish();
        }
        REQUIRE(queue.size() <= 5);
        const auto events = queue.readable(static_cast<std::size_t>(step % 4));
        for (const int event : events) REQUIRE(event == out++);
        queue.release(events.size());
    }
    CHECK(in - out == static_cast<int>(queue.size()));
}

TEST_CASE("plain types may be written as memory") {
    weir::SpscQueue<int> queue{8};
    auto room = queue.claim(4);
    std::fill(room.span().begin(), room.span().end(), 7);
    CHECK(room.publish(3) == 3);
    CHECK(queue.size() == 3);
    CHECK(queue.pop() == 7);
}

TEST_CASE("large events are built where they are read") {
    weir::SpscQueue<test::Large> queue{3};
    for (int i = 0; i < 10; ++i) {
        auto room = queue.claim(1);
        const test::Large* const there = &room.emplace_back(i);
        room.publish();
        const auto events = queue.readable();
        REQUIRE(events.size() == 1);
        CHECK(&events[0] == there);
        CHECK(events[0].is(i));
        queue.release(1);
    }
}
