// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/keyed/due_queue.hpp>
#include <weir/testing/random.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

namespace {

struct Place {
    weir::Timestamp at;
    std::uint64_t order;
    friend auto operator<=>(const Place&, const Place&) = default;
};
using Queue = weir::detail::DueQueue<Place>;
using Sorted = std::priority_queue<Place, std::vector<Place>, std::greater<>>;

weir::Timestamp at(std::int64_t t) { return weir::Timestamp(weir::Duration(t)); }

Place pop(Queue& queue, weir::Timestamp t) { return queue.pop(t, [](auto) {}); }

/// Both get the same, times up to `reach` ahead of a watermark that rises by less than `step`, some behind it.
void agree(std::uint64_t seed, std::uint64_t reach, std::uint64_t step, std::size_t steps) {
    INFO("seed " << seed << ", reach " << reach << ", step " << step);
    weir::Random random(seed);
    Queue queue;
    Sorted sorted;
    std::int64_t now = -1'000;
    std::uint64_t order = 0;
    const auto push = [&](std::int64_t t) {
        queue.push({at(t), order});
        sorted.push({at(t), order++});
    };
    for (std::size_t i = 0; i < steps; ++i) {
        for (auto n = random.below(20); n > 0; --n) push(now + static_cast<std::int64_t>(random.below(reach)));
        if (random.one_in(5)) push(now - static_cast<std::int64_t>(random.below(reach)));
        now += static_cast<std::int64_t>(random.below(step));
        while (queue.has(at(now))) {
            REQUIRE(sorted.top() == pop(queue, at(now)));
            sorted.pop();
            if (random.one_in(8)) push(now - 5 + static_cast<std::int64_t>(random.below(10))); // while others are taken out
        }
        REQUIRE(queue.empty() == sorted.empty());
        REQUIRE(queue.due() == (sorted.empty() ? weir::max_time : sorted.top().at));
    }
    for (; not sorted.empty(); sorted.pop()) REQUIRE(sorted.top() == pop(queue, weir::max_time));
    CHECK(queue.empty());
}

} // namespace

TEST_CASE("what is due comes in order, whatever else is put meanwhile") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        agree(seed, 10, 3, 100);                         // many at one time
        agree(seed, 1'000, 100, 100);
        agree(seed, 100'000'000'000, 10'000'000, 300);   // far ahead, so that thousands wait
        agree(seed, 1'000'000, 10'000'000'000, 50);      // the watermark jumps beyond all
    }
}

TEST_CASE("nothing is due in an empty queue, and the ends of time are times like others") {
    Queue queue;
    CHECK(queue.empty());
    CHECK(queue.due() == weir::max_time);
    CHECK_FALSE(queue.has(weir::max_time));
    queue.push({weir::max_time, 1});
    queue.push({weir::min_time, 2});
    queue.push({at(0), 3});
    CHECK(queue.has(weir::min_time));
    CHECK(pop(queue, weir::min_time).order == 2);
    CHECK_FALSE(queue.has(at(-1)));
    CHECK(pop(queue, at(5)).order == 3);
    CHECK_FALSE(queue.has(at(1'000'000)));
    CHECK(queue.has(weir::max_time));
    CHECK(pop(queue, weir::max_time).order == 1);
    CHECK(queue.empty());
    queue.push({at(1), 4});
    queue.clear();
    CHECK_FALSE(queue.has(weir::max_time));
}

TEST_CASE("what comes next is told before, so that it can be fetched") {
    Queue queue;
    for (std::uint64_t i = 0; i < 1'000; ++i) queue.push({at(static_cast<std::int64_t>(i * 37 % 1'000)), i});
    std::vector<bool> told(1'000);
    std::size_t untold = 0;
    while (queue.has(at(1'000))) {
        const Place place = queue.pop(at(1'000), [&](auto places) {
            for (const Place& soon : places) told[soon.order] = true;
        });
        untold += not told[place.order];
    }
    CHECK(untold < 200);
}
