// SPDX-License-Identifier: BSL-1.0
// How the two ends of a channel wait for each other, as shipped, in every way: none sleeps on when there is something for it.
#include "catch.hpp"
#include "model/explore.hpp"
#include "model/sleeper.hpp"

#include <weir/run/peer_wait.hpp>

#include <atomic>
#include <memory>

using model::Run;
using model::Sleeper;

namespace {

enum class Mistake : unsigned char { none, only_if_seen, no_second_look };
/// Whether one that has said that it waits, and found nothing, says so again before it sleeps.
enum class Says : unsigned char { once, again };

/// One writes some times and tells of it; one reads until it has the last.
///     enough: of the times that the writer fences before it leaves that out
template <typename Machine = model::Machine, unsigned enough = 256>
auto told(int times, Mistake mistake = Mistake::none, Says says = Says::once) {
    return [times, mistake, says](Run& run) {
        struct Ends {
            typename Machine::template atomic<int> written{0};
            weir::detail::BasicPeerWait<Machine, Sleeper, enough> reader;
            Sleeper task;
        };
        const auto ends = std::make_shared<Ends>();
        ends->reader.attach(ends->task);
        run.thread([=] {
            for (int n = 1; n <= times; ++n) {
                ends->written.store(n, std::memory_order_release);
                if (mistake == Mistake::only_if_seen) ends->reader.notify_if_seen();
                else ends->reader.notify();
            }
        });
        run.thread([=] {
            bool has_said = says == Says::once;
            for (int read = 0; read != times;) {
                const int seen = ends->written.load(std::memory_order_acquire);
                if (seen != read) {
                    read = seen;
                    continue;
                }
                ends->reader.announce();
                if (mistake != Mistake::no_second_look && ends->written.load(std::memory_order_acquire) != read) ends->reader.cancel();
                else if (has_said) ends->task.sleep();
                has_said = says == Says::once || not has_said;
            }
        });
    };
}

struct NoHeavyFence : model::Machine {
    static void heavy_fence() noexcept {}
};
struct NoFullFence : model::Machine {
    static void full_fence() noexcept {}
};
/// On which nobody sees what was done before a store by seeing it.
struct NoRelease : model::Machine {
    template <typename T>
    struct atomic : model::Atomic<T> {
        using model::Atomic<T>::Atomic;
        void store(T value, std::memory_order) { model::Atomic<T>::store(value, std::memory_order_relaxed); }
    };
};

} // namespace

TEST_CASE("every way: an end of a channel that waits is told of what it waits for") {
    const auto found = model::explore(told(2), {.preemptions = 3, .stale = 2});
    INFO(found.failure);
    CHECK(found.failure.empty());
    CHECK(found.ways > 100);
}

TEST_CASE("every way: ... also by one that leaves its fence out as long as nobody waits, where there is a fence of all threads") {
    for (const auto& found : {model::explore(told<model::Machine, 1>(3), {.preemptions = 3, .stale = 2}), model::explore(told<model::Machine, 2>(4), {.preemptions = 2, .stale = 2}),
                              model::explore(told<model::PlainMachine, 1>(3), {.preemptions = 3, .stale = 2})}) {
        INFO(found.failure);
        CHECK(found.failure.empty());
        CHECK(found.ways > 100);
    }
}

TEST_CASE("every way: ... also where it says twice that it waits") {
    for (const auto& found : {model::explore(told<model::Machine, 1>(3, Mistake::none, Says::again), {.preemptions = 2, .stale = 2}),
                              model::explore(told(2, Mistake::none, Says::again), {.preemptions = 2, .stale = 2})}) {
        INFO(found.failure);
        CHECK(found.failure.empty());
        CHECK(found.ways > 100);
    }
}

TEST_CASE("planted: an end of a channel sleeps on where the other does not fence, or it does not look again") {
    for (const Mistake mistake : {Mistake::only_if_seen, Mistake::no_second_look})
        CHECK_THAT(model::least(told(2, mistake)).failure, Catch::StartsWith("they sleep for ever, threads 2"));
}

TEST_CASE("planted: ... or where a fence is left out and the other asks for none, or it is not seen that it is left out, or no more") {
    CHECK_THAT(model::least(told<NoHeavyFence, 1>(3)).failure, Catch::StartsWith("they sleep for ever, threads 2"));
    CHECK_THAT(model::least(told<NoFullFence, 1>(3)).failure, Catch::StartsWith("they sleep for ever, threads 2"));
    CHECK(model::explore(told<NoRelease>(3), {.preemptions = 2, .stale = 2}).failure.empty()); // with all fences
    CHECK_THAT(model::least(told<NoRelease, 1>(3)).failure, Catch::StartsWith("they sleep for ever, threads 2"));
}
