// SPDX-License-Identifier: BSL-1.0
// The model itself: what C++ allows is found, what it forbids is not.
#include "catch.hpp"
#include "model/explore.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

using model::Atomic;
using model::Run;

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto total = std::memory_order_seq_cst;

struct Two {
    Atomic<int> x{0}, y{0};
    int a = 0, b = 0;
};
using Outcomes = std::set<std::pair<int, int>>;

/// All pairs (a, b) that two threads leave.
template <typename First, typename Second>
Outcomes outcomes(First first, Second second, const model::Bounds& bounds = {}) {
    Outcomes all;
    const auto found = model::explore(
        [&](Run& run) {
            const auto s = std::make_shared<Two>();
            run.thread([=] { first(*s); });
            run.thread([=] { second(*s); });
            run.finally([s, &all] { all.insert({s->a, s->b}); });
        },
        bounds);
    REQUIRE(found.failure.empty());
    return all;
}

Outcomes store_then_load(std::memory_order store, std::memory_order load, bool fence = false) {
    const auto one = [=](Atomic<int>& mine, Atomic<int>& other, int& seen) {
        mine.store(1, store);
        if (fence) Run::current().fence(total);
        seen = other.load(load);
    };
    return outcomes([=](Two& s) { one(s.x, s.y, s.a); }, [=](Two& s) { one(s.y, s.x, s.b); });
}

Outcomes message(std::memory_order store, std::memory_order load) {
    return outcomes(
        [=](Two& s) {
            s.x.store(1, relaxed);
            s.y.store(1, store);
        },
        [=](Two& s) {
            s.a = s.y.load(load);
            s.b = s.x.load(relaxed);
        });
}

} // namespace

TEST_CASE("a load may miss a store of another thread, unless both are seq_cst or a fence stands between") {
    const Outcomes three{{0, 1}, {1, 0}, {1, 1}};
    Outcomes four = three;
    four.insert({0, 0});
    CHECK(store_then_load(relaxed, relaxed) == four);
    CHECK(store_then_load(release, acquire) == four);
    CHECK(store_then_load(total, total) == three);
    CHECK(store_then_load(relaxed, relaxed, true) == three);
}

TEST_CASE("what was stored before a release is seen behind the acquire") {
    CHECK(message(release, acquire) == Outcomes{{0, 0}, {0, 1}, {1, 1}});
    const Outcomes all{{0, 0}, {0, 1}, {1, 1}, {1, 0}};
    CHECK(message(relaxed, acquire) == all);
    CHECK(message(release, relaxed) == all);
}

TEST_CASE("one atomic never goes back, and a read-modify-write sees the latest") {
    const Outcomes seen = outcomes(
        [](Two& s) {
            s.x.store(1, relaxed);
            s.x.store(2, relaxed);
        },
        [](Two& s) {
            s.a = s.x.load(relaxed);
            s.b = s.x.load(relaxed);
        });
    CHECK(seen == Outcomes{{0, 0}, {0, 1}, {0, 2}, {1, 1}, {1, 2}, {2, 2}});
    const auto add = [](Two& s) { s.x.fetch_add(1, relaxed); };
    const auto counted = model::explore([&](Run& run) {
        const auto s = std::make_shared<Two>();
        run.thread([=] { add(*s), add(*s); });
        run.thread([=] { add(*s); });
        run.finally([s, &run] {
            if (s->x.load(relaxed) != 3) run.fail("lost");
        });
    });
    CHECK(counted.failure.empty());
}

TEST_CASE("a read-modify-write in between passes on what a release passed on") {
    const auto found = model::explore([](Run& run) {
        const auto s = std::make_shared<Two>();
        const auto event = std::make_shared<model::Watched>(0);
        run.thread([=] {
            *event = model::Watched(7);
            s->x.store(1, release);
        });
        run.thread([=] { s->x.fetch_add(1, relaxed); });
        run.thread([=, &run] {
            if (s->x.load(acquire) == 2 && event->value() != 7) run.fail("not seen");
        });
    });
    // 2 may also come from a read-modify-write behind the store alone: then it is ordered; 1 from one before it says nothing.
    CHECK(found.failure.empty());
}

TEST_CASE("an object that two threads use at once is a race, whoever comes first") {
    for (const bool ordered : {false, true}) {
        const auto found = model::explore([ordered](Run& run) {
            const auto s = std::make_shared<Two>();
            const auto event = std::make_shared<model::Watched>(0);
            run.thread([=] {
                *event = model::Watched(7);
                s->x.store(1, ordered ? release : relaxed);
            });
            run.thread([=] {
                if (s->x.load(acquire) == 1) s->a = event->value();
            });
        });
        CHECK(found.failure.empty() == ordered);
        if (not ordered) CHECK(found.failure.find("a race") == 0);
    }
}

TEST_CASE("two that lock in another order sleep for ever, and the least way there takes one pre-emption") {
    const auto found = model::least([](Run& run) {
        struct Locks {
            model::Mutex a, b;
        };
        const auto s = std::make_shared<Locks>();
        run.thread([=] {
            const std::lock_guard first(s->a);
            const std::lock_guard second(s->b);
        });
        run.thread([=] {
            const std::lock_guard first(s->b);
            const std::lock_guard second(s->a);
        });
    });
    CHECK(found.failure.find("they sleep for ever, threads 1 2") == 0);
    CHECK(found.preemptions == 1);
}

TEST_CASE("the order of steps that do not matter to each other is tried once") {
    const auto ways = [](const model::Bounds& bounds) {
        return model::explore(
                   [](Run& run) {
                       const auto s = std::make_shared<Two>();
                       const auto count = [](Atomic<int>& x) {
                           for (int i = 0; i < 4; ++i) x.fetch_add(1, relaxed);
                       };
                       run.thread([=] { count(s->x); });
                       run.thread([=] { count(s->y); });
                   },
                   bounds)
            .ways;
    };
    CHECK(ways({.preemptions = 20}) > 70);
    CHECK(ways({}) < 20);
}
