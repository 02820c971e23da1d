// SPDX-License-Identifier: BSL-1.0
// Parking as shipped, in every way: none sleeps on when there is something for it. And with mistakes, each of which is found.
#include "catch.hpp"
#include "model/explore.hpp"

#include <weir/queue/parking.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

using model::Run;

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

/// Waits without a look after it said that it does.
template <typename Machine>
class Hasty {
public:
    explicit Hasty(bool) {}
    void notify(std::size_t = 1) {
        Run::current().fence(std::memory_order_seq_cst);
        if (waiting_.load(relaxed) == 0) return;
        const std::lock_guard lock(mutex_);
        wake_.notify_one();
    }
    template <typename Ready, typename Deadline>
    bool wait(const Ready& ready, std::nullptr_t, Deadline) {
        while (not ready()) {
            std::unique_lock lock(mutex_);
            waiting_.fetch_add(1, std::memory_order_seq_cst);
            wake_.wait(lock);
            waiting_.fetch_sub(1, std::memory_order_seq_cst);
        }
        return true;
    }

private:
    model::Atomic<int> waiting_{0};
    model::Mutex mutex_;
    model::ConditionVariable wake_;
};

/// `sleepers` threads each take one of the tickets that another makes, one by one.
template <typename Parking, typename Machine>
auto tickets(std::size_t sleepers, bool only_when_there_were_none = false) {
    return [=](Run& run) {
        struct Office {
            model::Atomic<std::size_t> tickets{0};
            Parking parking{Machine::has_heavy_fence()};
            bool take() {
                for (std::size_t left = tickets.load(acquire); left != 0;)
                    if (tickets.compare_exchange_weak(left, left - 1, std::memory_order_acq_rel)) return true;
                return false;
            }
        };
        const auto office = std::make_shared<Office>();
        run.thread([=] {
            for (std::size_t i = 0; i < sleepers; ++i) {
                const std::size_t before = office->tickets.fetch_add(1, release);
                if (before == 0 || not only_when_there_were_none) office->parking.notify();
            }
        });
        for (std::size_t i = 0; i < sleepers; ++i)
            run.thread([=] {
                while (not office->take()) office->parking.wait([&] { return office->tickets.load(acquire) != 0; }, nullptr, weir::no_deadline);
            });
        run.finally([=, &run] {
            if (office->tickets.load(relaxed) != 0) run.fail("a ticket is left");
        });
    };
}

/// A fence of all threads that fences none.
struct Unfenced : model::Machine {
    static void heavy_fence() noexcept {}
};

/// Where a read-modify-write of nothing is taken for a load.
template <typename T>
struct LazyAtomic : model::Atomic<T> {
    using model::Atomic<T>::Atomic;
    T fetch_add(T n, std::memory_order order) { return n == T{} ? this->load(acquire) : model::Atomic<T>::fetch_add(n, order); }
};
struct Lazy : model::PlainMachine {
    template <typename T>
    using atomic = LazyAtomic<T>;
};

constexpr model::Bounds bounds{.preemptions = 3, .stale = 2};

} // namespace

TEMPLATE_TEST_CASE("every way: who waits for a ticket gets one", "", model::Machine, model::PlainMachine) {
    const auto one = model::explore(tickets<weir::EventCount<TestType>, TestType>(1), {}); // all orders
    INFO(one.failure);
    CHECK(one.failure.empty());
    CHECK(one.ways > 40);
    const auto two = model::explore(tickets<weir::EventCount<TestType>, TestType>(2), {.preemptions = 1, .stale = 1});
    INFO(two.failure);
    CHECK(two.failure.empty());
}

TEMPLATE_TEST_CASE("every way: notify_all wakes both", "", model::Machine, model::PlainMachine) {
    const auto found = model::explore(
        [](Run& run) {
            struct Door {
                model::Atomic<bool> open{false};
                weir::EventCount<TestType> parking{TestType::has_heavy_fence()};
            };
            const auto door = std::make_shared<Door>();
            run.thread([=] {
                door->open.store(true, release);
                door->parking.notify_all();
            });
            for (int i = 0; i < 2; ++i)
                run.thread([=] { door->parking.wait([&] { return door->open.load(acquire); }, nullptr, weir::no_deadline); });
        },
        {.preemptions = 2, .stale = 1});
    INFO(found.failure);
    CHECK(found.failure.empty());
}

TEMPLATE_TEST_CASE("every way: behind unlisten the listener is not running", "", model::Machine, model::PlainMachine) {
    const auto program = [](bool unlistens) {
        return [unlistens](Run& run) {
            struct Ear {
                model::Watched heard{0};
                weir::EventCount<TestType> parking{TestType::has_heavy_fence()};
            };
            const auto ear = std::make_shared<Ear>();
            run.thread([=] {
                ear->parking.notify();
                ear->parking.notify();
            });
            run.thread([=] {
                ear->parking.listen([] { return false; }, [](void* to) { static_cast<Ear*>(to)->heard = model::Watched(1); }, ear.get());
                if (unlistens) ear->parking.unlisten();
                ear->heard = model::Watched(2);
            });
        };
    };
    const auto found = model::explore(program(true));
    INFO(found.failure);
    CHECK(found.failure.empty());
    CHECK(model::explore(program(false)).failure.find("a race") == 0);
}

TEST_CASE("planted: a wake-up is lost, and the least way there is found") {
    const auto lost = [](const auto& make) {
        const auto found = model::least(make, 3, bounds);
        INFO(found.failure);
        CHECK(found.failure.find("they sleep for ever") == 0);
        CHECK(model::explore(make).failure.find("they sleep for ever") == 0); // among all orders, too
        return found.preemptions;
    };
    SECTION("by a sleeper that does not look again") {
        CHECK(lost(tickets<Hasty<model::Machine>, model::Machine>(1)) <= 1);
    }
    SECTION("where only the first ticket is told of") {
        CHECK(lost(tickets<weir::EventCount<model::Machine>, model::Machine>(2, true)) <= 1);
    }
    SECTION("where the fence of all threads does nothing") {
        CHECK(lost(tickets<weir::EventCount<Unfenced>, Unfenced>(1)) <= 2);
    }
    SECTION("where the notifier only loads") {
        CHECK(lost(tickets<weir::EventCount<Lazy>, Lazy>(1)) <= 2);
    }
}
