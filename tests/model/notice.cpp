// SPDX-License-Identifier: BSL-1.0
// Notices of several queues for one consumer, as shipped, in every way: it sleeps only where each of them will still call. And with mistakes,
// each of which is found.
#include "catch.hpp"
#include "model/every_way.hpp"
#include "model/queues.hpp"

#include <weir/run/notice.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>

using model::Machine;
using model::PlainMachine;
using model::Run;
using model::Watched;

namespace {

/// Where the consumer sleeps, as on the bed of a task's thread.
struct Bed {
    model::Atomic<int> woken{0};
    model::Mutex mutex{};
    model::ConditionVariable condition{};
    static void wake(void* self) {
        auto& bed = *static_cast<Bed*>(self);
        const std::lock_guard lock(bed.mutex);
        bed.woken.store(1, std::memory_order_relaxed);
        bed.condition.notify_one();
    }
    void sleep() {
        std::unique_lock lock(mutex);
        while (woken.exchange(0, std::memory_order_relaxed) == 0) condition.wait(lock);
    }
};

// --- mistakes

/// Asks anew only what has told, but says so only after it has woken who asks.
template <typename Source, typename Atomics>
class WakesFirst {
public:
    bool ask(Source& source, void (*fn)(void*), void* arg) {
        if (asked_.load(std::memory_order_acquire) != 0) return true;
        fn_ = fn, arg_ = arg;
        asked_.store(1, std::memory_order_relaxed);
        if (source.notify_readable(&tell, this)) return true;
        asked_.store(0, std::memory_order_relaxed);
        return false;
    }

private:
    static void tell(void* self) {
        auto& notice = *static_cast<WakesFirst*>(self);
        notice.fn_(notice.arg_);
        notice.asked_.store(0, std::memory_order_release);
    }
    void (*fn_)(void*) = nullptr;
    void* arg_ = nullptr;
    typename Atomics::template atomic<int> asked_{0};
};
/// Believes that it is registered although it was told that there is something.
template <typename Source, typename Atomics>
class TakesNoForYes {
public:
    bool ask(Source& source, void (*fn)(void*), void* arg) {
        if (not asked_) static_cast<void>(source.notify_readable(fn, arg));
        return asked_ = true;
    }

private:
    bool asked_ = false;
};

/// One consumer, and a producer for each of two queues.
template <typename Queue, template <typename, typename> typename Notice, typename Atomics>
auto two_queues(int each) {
    return [=](Run& run) {
        struct Program {
            std::array<Queue, 2> queues{Queue(2), Queue(2)};
            std::array<Notice<Queue, Atomics>, 2> notices{};
            Bed bed{};
            int got = 0;
        };
        const auto p = std::make_shared<Program>();
        for (std::size_t i = 0; i < 2; ++i)
            run.thread([=] {
                for (int n = 0; n < each; ++n) p->queues[i].push(Watched(n));
            });
        run.thread([=] {
            while (p->got < 2 * each) {
                bool any = false;
                for (Queue& queue : p->queues)
                    while (queue.try_pop()) ++p->got, any = true;
                if (any) continue;
                bool quiet = true;
                for (std::size_t i = 0; i < 2; ++i) quiet &= p->notices[i].ask(p->queues[i], &Bed::wake, &p->bed);
                if (quiet) p->bed.sleep();
            }
            for (Queue& queue : p->queues) queue.cancel_notify_readable();
        });
        run.finally([=, &run] {
            if (p->got != 2 * each) run.fail("one was not read");
        });
    };
}

constexpr model::Bounds some{.preemptions = 2, .stale = 1};
constexpr model::Bounds most{.preemptions = 3, .stale = 1, .ways = 20'000'000};

} // namespace

TEMPLATE_TEST_CASE("every way: a consumer of two queues sleeps only where both will tell", "", Machine, PlainMachine) {
    using Queue = weir::SpscQueue<Watched, TestType>;
    model::check_every_way(two_queues<Queue, weir::detail::Notice, TestType>(1), some);
    model::check_every_way(two_queues<Queue, weir::detail::Notice, TestType>(2), some);
}

TEST_CASE("every way, further: a consumer of two queues", "[soak]") {
    model::check_every_way(two_queues<weir::SpscQueue<Watched, Machine>, weir::detail::Notice, Machine>(1), most);
}

TEST_CASE("a notice that wakes before it may be asked for again is found") {
    const std::string failure = model::failure_of(two_queues<weir::SpscQueue<Watched, Machine>, WakesFirst, Machine>(2));
    CHECK_FALSE(failure.empty());
}

TEST_CASE("a notice that takes a no for a yes is found") {
    const std::string failure = model::failure_of(two_queues<weir::SpscQueue<Watched, Machine>, TakesNoForYes, Machine>(1));
    CHECK_FALSE(failure.empty());
}
