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

/// One writes twice and tells of it; one reads until it has both.
auto twice(Mistake mistake) {
    return [mistake](Run& run) {
        struct Ends {
            model::Atomic<int> written{0};
            weir::detail::BasicPeerWait<model::Machine, Sleeper> reader;
            Sleeper task;
        };
        const auto ends = std::make_shared<Ends>();
        ends->reader.attach(ends->task);
        run.thread([=] {
            for (const int n : {1, 2}) {
                ends->written.store(n, std::memory_order_release);
                if (mistake == Mistake::only_if_seen) ends->reader.notify_if_seen();
                else ends->reader.notify();
            }
        });
        run.thread([=] {
            for (int read = 0; read != 2;) {
                const int seen = ends->written.load(std::memory_order_acquire);
                if (seen != read) {
                    read = seen;
                    continue;
                }
                ends->reader.announce();
                if (mistake != Mistake::no_second_look && ends->written.load(std::memory_order_acquire) != read) ends->reader.cancel();
                else ends->task.sleep();
            }
        });
    };
}

} // namespace

TEST_CASE("every way: an end of a channel that waits is told of what it waits for") {
    const auto found = model::explore(twice(Mistake::none), {.preemptions = 3, .stale = 2});
    INFO(found.failure);
    CHECK(found.failure.empty());
    CHECK(found.ways > 100);
}

TEST_CASE("planted: an end of a channel sleeps on where the other does not fence, or it does not look again") {
    for (const Mistake mistake : {Mistake::only_if_seen, Mistake::no_second_look})
        CHECK_THAT(model::least(twice(mistake)).failure, Catch::StartsWith("they sleep for ever, threads 2"));
}
