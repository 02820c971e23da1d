// SPDX-License-Identifier: BSL-1.0
// Publishing allocates nothing once it is warm.
#include <weir/queue/topic.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "counting_new.hpp"

#include <cstddef>

namespace {

template <typename Fn>
std::size_t after_warm_up(Fn&& fn) {
    for (int i = 0; i < 100; ++i) fn();
    const std::size_t before = allocations;
    for (int i = 0; i < 1'000; ++i) fn();
    return allocations - before;
}

TEST_CASE("publishing to handlers and chains allocates nothing") {
    weir::Topic<int> topic;
    int sum = 0;
    const auto handler = topic.subscribe([&](int e) { sum += e; });
    const auto chain = topic.subscribe(weir::filter([](int e) { return e > 0; }) | weir::for_each([&](int e) { sum += e; }));
    CHECK(after_warm_up([&] { topic.publish(1); }) == 0);
    CHECK(sum == 2 * 1'100);
}

TEST_CASE("publishing inside a handler allocates nothing, in the same topic or another") {
    weir::Topic<int> topic, other;
    int sum = 0;
    const auto first = topic.subscribe([&](int e) {
        if (e < 5) topic.publish(e + 1);
        other.publish(e);
    });
    const auto second = other.subscribe([&](int e) { sum += e; });
    CHECK(after_warm_up([&] { topic.publish(1); }) == 0);
    CHECK(sum == 15 * 1'100);
}

TEST_CASE("a handler that goes on publishing uses the same room again and again") {
    weir::Topic<int> topic;
    int left = 0;
    const auto subscription = topic.subscribe([&](int e) {
        if (--left > 0) topic.publish(e);
    });
    left = 10;
    topic.publish(1);
    const std::size_t before = allocations;
    left = 100'000;
    topic.publish(1);
    CHECK(left == 0);
    CHECK(allocations == before);
}

TEST_CASE("a subscribed queue allocates nothing per event") {
    weir::Topic<int> topic;
    weir::SpscQueue<int> queue{4};
    const auto subscription = topic.subscribe(weir::to_queue(queue));
    CHECK(after_warm_up([&] {
              topic.publish(1);
              static_cast<void>(queue.try_pop());
          }) == 0);
}

} // namespace
