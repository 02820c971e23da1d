// SPDX-License-Identifier: BSL-1.0
// Small programs with the queues as shipped, to be run in every way there is.
#pragma once
#include "model/explore.hpp"

#include <weir/queue.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace model {

/// What came out of a queue: numbers of a producer p are 10 * p + 1, 10 * p + 2, ...
class Results {
public:
    void take(int number) { numbers_.push_back(number); }
    [[nodiscard]] std::size_t size() const noexcept { return numbers_.size(); }
    /// The first `n` of producer p, in order, each once.
    [[nodiscard]] bool has(int p, std::size_t n) const {
        std::vector<int> of;
        for (const int number : numbers_)
            if (number / 10 == p) of.push_back(number % 10);
        bool right = of.size() == n;
        for (std::size_t i = 0; right && i < n; ++i) right = of[i] == static_cast<int>(i) + 1;
        return right;
    }
    [[nodiscard]] bool rises() const {
        for (std::size_t i = 1; i < numbers_.size(); ++i)
            if (numbers_[i - 1] >= numbers_[i]) return false;
        return true;
    }

private:
    std::vector<int> numbers_;
};

/// A queue, and what its threads leave for the check at the end.
template <typename Queue>
struct Program {
    template <typename... Args>
    explicit Program(Args... args) : queue(args...) {}
    Queue queue;
    std::array<Results, 2> got{};
    std::array<std::size_t, 2> in{};
    std::size_t ended = 0;
};

/// Producer p sends n events, one by one.
template <typename P>
void send(P& program, int p, int n) {
    for (int i = 1; i <= n; ++i) program.in[static_cast<std::size_t>(p)] += program.queue.push(Watched(10 * p + i)) ? 1U : 0U;
}
/// Takes n events, or those that there are before the end.
template <typename P>
void receive(P& program, std::size_t n, std::size_t consumer = 0) {
    for (std::size_t i = 0; i < n; ++i) {
        const auto event = program.queue.pop();
        if (not event) return void(++program.ended);
        program.got[consumer].take(event->value());
    }
}

/// One sends n through a queue of that capacity, one takes them.
template <typename Queue>
auto one_to_one(std::size_t capacity, int n) {
    return [=](Run& run) {
        const auto p = std::make_shared<Program<Queue>>(capacity);
        run.thread([=] { send(*p, 0, n); });
        run.thread([=] { receive(*p, static_cast<std::size_t>(n)); });
        run.finally([=, &run] {
            if (not p->got[0].has(0, static_cast<std::size_t>(n)) || not p->queue.empty()) run.fail("lost, doubled or out of order");
        });
    };
}

/// Two send, one takes all.
template <typename Queue>
auto two_to_one(std::size_t capacity, int n) {
    return [=](Run& run) {
        const auto p = std::make_shared<Program<Queue>>(capacity);
        run.thread([=] { send(*p, 0, n); });
        run.thread([=] { send(*p, 1, n); });
        run.thread([=] { receive(*p, 2 * static_cast<std::size_t>(n)); });
        run.finally([=, &run] {
            for (const int from : {0, 1})
                if (not p->got[0].has(from, static_cast<std::size_t>(n))) run.fail("lost, doubled or out of order");
        });
    };
}

/// Two events for two consumers; `timed`: the first may give up before it got one.
template <typename Queue>
auto one_to_two(std::size_t capacity, bool timed) {
    return [=](Run& run) {
        const auto p = std::make_shared<Program<Queue>>(capacity);
        run.thread([=] { send(*p, 0, 2); });
        run.thread([=] {
            if (not timed) return receive(*p, 1, 0);
            if (const auto event = p->queue.pop(std::chrono::seconds(1))) p->got[0].take(event->value());
        });
        run.thread([=] { receive(*p, 1, 1); });
        run.finally([=, &run] {
            if (p->got[1].size() != 1 || p->got[0].size() + p->queue.size() != 1) run.fail("lost or doubled");
        });
    };
}

/// Two send an event each, two take one each: whoever sleeps is woken, also where the second event was there before the first.
template <typename Queue>
auto two_to_two(std::size_t capacity) {
    return [=](Run& run) {
        const auto p = std::make_shared<Program<Queue>>(capacity);
        for (const int from : {0, 1}) run.thread([=] { send(*p, from, 1); });
        for (const std::size_t to : {std::size_t{0}, std::size_t{1}}) run.thread([=] { receive(*p, 1, to); });
        run.finally([=, &run] {
            if (p->got[0].size() != 1 || p->got[1].size() != 1) run.fail("lost or doubled");
        });
    };
}

/// One sends n while another closes the queue; a third takes until the end: what went in comes out, and it ends.
template <typename Queue>
auto closed_meanwhile(std::size_t capacity, int n) {
    return [=](Run& run) {
        const auto p = std::make_shared<Program<Queue>>(capacity);
        run.thread([=] { send(*p, 0, n); });
        run.thread([=] { receive(*p, static_cast<std::size_t>(n) + 1); });
        run.thread([=] { p->queue.close(); });
        run.finally([=, &run] {
            if (not p->got[0].has(0, p->in[0]) || p->ended != 1) run.fail("what went in did not come out, once");
        });
    };
}

/// Spans of two built in place, and read in place.
template <typename Queue>
auto in_place(std::size_t capacity, int n) {
    return [=](Run& run) {
        const auto p = std::make_shared<Program<Queue>>(capacity);
        run.thread([=] {
            for (int i = 0; i < n;) {
                auto room = p->queue.claim(2);
                if (room.room() == 0) p->queue.wait_writable();
                while (not room.is_full() && i < n) room.emplace_back(++i);
                room.publish();
            }
        });
        run.thread([=] {
            for (int i = 0; i < n && p->queue.wait_readable();) {
                const auto events = p->queue.readable();
                for (const Watched& event : events) p->got[0].take(event.value()), ++i;
                p->queue.release(events.size());
            }
        });
        run.finally([=, &run] {
            if (not p->got[0].has(0, static_cast<std::size_t>(n))) run.fail("lost, doubled or out of order");
        });
    };
}

/// The producer throws away what is oldest: what comes out rises, and with what was dropped it is all.
template <typename Queue>
auto dropping(std::size_t capacity, weir::Overflow policy, int n) {
    return [=](Run& run) {
        const auto p = std::make_shared<Program<Queue>>(capacity, policy);
        run.thread([=] {
            send(*p, 0, n);
            p->queue.close();
        });
        run.thread([=] { receive(*p, static_cast<std::size_t>(n) + 1); });
        run.finally([=, &run] {
            if (p->got[0].size() + p->queue.dropped() != static_cast<std::size_t>(n) || not p->got[0].rises() || p->ended != 1)
                run.fail("not each event came out or was counted as dropped");
        });
    };
}

/// A consumer that does not sleep in the queue, but asks to be called.
template <typename Queue>
auto listening(std::size_t capacity, int n) {
    return [=](Run& run) {
        struct Bell {
            Atomic<int> rung{0};
            Mutex mutex{};
            ConditionVariable wake{};
            static void ring(void* self) {
                auto& bell = *static_cast<Bell*>(self);
                const std::lock_guard lock(bell.mutex);
                bell.rung.store(1, std::memory_order_relaxed);
                bell.wake.notify_one();
            }
            void wait() {
                std::unique_lock lock(mutex);
                while (rung.exchange(0, std::memory_order_relaxed) == 0) wake.wait(lock);
            }
        };
        const auto bell = std::make_shared<Bell>();
        const auto p = std::make_shared<Program<Queue>>(capacity);
        run.thread([=] { send(*p, 0, n); });
        run.thread([=] {
            while (p->got[0].size() < static_cast<std::size_t>(n)) {
                while (const auto event = p->queue.try_pop()) p->got[0].take(event->value());
                if (p->got[0].size() < static_cast<std::size_t>(n) && p->queue.notify_readable(&Bell::ring, bell.get())) bell->wait();
            }
            p->queue.cancel_notify_readable();
        });
        run.finally([=, &run] {
            if (not p->got[0].has(0, static_cast<std::size_t>(n))) run.fail("lost, doubled or out of order");
        });
    };
}

} // namespace model
