// SPDX-License-Identifier: BSL-1.0
// Requests to stop who waits, as shipped, in every way: each is heard, none loses an event, and nothing of a wait is used once it is over. And with
// mistakes, each of which is found.
#include "catch.hpp"
#include "model/every_way.hpp"

#include <weir/queue.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

using model::Run;
using model::Watched;

namespace {

/// A machine on which it is seen when somebody still notifies what has gone.
template <typename Base>
struct Seen : Base {
    class condition_variable : public model::ConditionVariable {
    public:
        void notify_one() {
            Run::current().touch(this, false);
            ConditionVariable::notify_one();
        }
        ~condition_variable() { Run::current().touch(this, true); }
    };
};
/// One whose callbacks may still run when they have gone.
struct Hasty : model::Machine {
    template <typename Fn>
    using stop_callback = model::StopCallback<Fn, false>;
};

/// One waits until it is told or stopped; another tells, a third stops it.
template <typename M>
auto told_or_stopped(bool tells, bool stop_calls = true) {
    return [=](Run& run) {
        struct Shared {
            model::StopSource stop;
            model::Atomic<bool> told{false};
            weir::EventCount<M> parking{M::has_heavy_fence()};
            bool over = false, was_told = false;
        };
        const auto shared = std::make_shared<Shared>();
        run.thread([=] {
            const model::StopToken token = shared->stop.get_token();
            shared->was_told = shared->parking.wait([&] { return shared->told.load(std::memory_order_acquire); }, &token, weir::no_deadline);
            shared->over = true;
        });
        if (tells)
            run.thread([=] {
                shared->told.store(true, std::memory_order_release);
                shared->parking.notify();
            });
        run.thread([=] {
            if (stop_calls) shared->stop.request_stop();
            else shared->stop.only_say_so();
        });
        run.finally([=, &run] {
            if (not shared->over || (shared->was_told && not tells)) run.fail("it says what is not so");
        });
    };
}

/// A consumer that is stopped while an event comes: it has it, or it is in the queue.
template <typename Queue>
auto stopped_consumer() {
    return [](Run& run) {
        struct Shared {
            model::StopSource stop;
            Queue queue{1};
            int got = 0;
        };
        const auto shared = std::make_shared<Shared>();
        run.thread([=] { shared->queue.push(Watched(1)); });
        run.thread([=] {
            if (auto event = shared->queue.pop_until(shared->stop.get_token(), weir::no_deadline)) shared->got = event->value();
        });
        run.thread([=] { shared->stop.request_stop(); });
        run.finally([=, &run] {
            if (shared->queue.size() + static_cast<std::size_t>(shared->got) != 1) run.fail("lost or doubled");
        });
    };
}

/// A producer that is stopped while room comes: what it says of its event is so.
template <typename Queue>
auto stopped_producer() {
    return [](Run& run) {
        struct Shared {
            model::StopSource stop;
            Queue queue{1};
            bool went_in = false;
        };
        const auto shared = std::make_shared<Shared>();
        shared->queue.push(Watched(1));
        run.thread([=] { shared->went_in = shared->queue.push_until(Watched(2), shared->stop.get_token(), weir::no_deadline); });
        run.thread([=, &run] {
            if (const auto event = shared->queue.pop(); not event || event->value() != 1) run.fail("out of order");
        });
        run.thread([=] { shared->stop.request_stop(); });
        run.finally([=, &run] {
            if (shared->queue.size() != (shared->went_in ? 1 : 0)) run.fail("lost, or in though it was refused");
        });
    };
}

template <typename Make>
void holds(Make make, const model::Bounds& bounds = {.preemptions = 2, .stale = 1}) { model::check_every_way(make, bounds); }
using model::failure_of;

} // namespace

TEMPLATE_TEST_CASE("every way: who sleeps hears that it is to stop, and nothing of its sleep is used behind it", "", Seen<model::Machine>, Seen<model::PlainMachine>) {
    holds(told_or_stopped<TestType>(false));
    holds(told_or_stopped<TestType>(true), {.preemptions = 1, .stale = 1});
}

TEMPLATE_TEST_CASE("every way: a stopped end of a queue loses nothing", "", (weir::SpscQueue<Watched, Seen<model::Machine>>),
                   (weir::MpscQueue<Watched, Seen<model::Machine>>), (weir::MpmcQueue<Watched, Seen<model::PlainMachine>>)) {
    holds(stopped_consumer<TestType>(), {.preemptions = 1, .stale = 1});
    holds(stopped_producer<TestType>(), {.preemptions = 1, .stale = 1});
}

TEST_CASE("every way, further: stops", "[soak]") {
    holds(told_or_stopped<Seen<model::Machine>>(false), {.preemptions = 4, .stale = 1});
    holds(told_or_stopped<Seen<model::PlainMachine>>(true), {.preemptions = 3, .stale = 1});
    holds(stopped_consumer<weir::SpscQueue<Watched, Seen<model::Machine>>>());
    holds(stopped_producer<weir::MpmcQueue<Watched, Seen<model::PlainMachine>>>());
}

TEST_CASE("planted: mistakes with stops are found") {
    CHECK_THAT(failure_of(told_or_stopped<Seen<model::Machine>>(false, false)), Catch::StartsWith("they sleep for ever, threads 1"));
    CHECK_THAT(failure_of(told_or_stopped<Seen<Hasty>>(true)), Catch::StartsWith("a race"));
}
