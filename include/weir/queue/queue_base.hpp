// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/polled.hpp>
#include <weir/queue/overflow.hpp>
#include <weir/queue/parking.hpp>
#include <weir/queue/slots.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace weir::detail {

enum class Put : unsigned char { in, full, closed };

template <typename T>
struct Taken {
    T* event = nullptr;
    std::size_t position = 0;
};

/// What all queues have in common: waiting, deadlines and overflow, on top of a ring that never waits. The ring (`Queue`) has
///     put(T&&) -> Put              moves from the event only if it goes in; put(const T&) copies
///     put_some(span) -> size_t     puts in as many as it can from the front
///     discard(n) -> size_t         takes up to n of the oldest events away; 0: just now there is nothing to take
///     is_lent() -> bool            the oldest events are lent to the consumer and cannot be discarded
///     begin_take() -> Taken<T>     the oldest event, still in its slot; none: nullptr
///     end_take(Taken<T>)           destroys it and frees the slot
///     take_some(span) -> size_t    moves events into the span
///     begin_take_known() -> Taken<T>   begin_take, but may find nothing where a look would cost the other side a cache line
///     has_event, has_room -> size_t    how many; if not 0 it may be fewer than there are
///     is_drained                       closed, empty, and no push on its way
///     takes_at_sight               who waits takes at once what a look finds; else more is there by the time that it does
///     closed, capacity
/// and tells events_ and room_ of what it did. If moving a T throws, that event is gone, all others are where they were.
template <typename Queue, typename T, typename Atomics>
class QueueBase {
    using Deadline = std::chrono::steady_clock::time_point;
    using StopToken = typename Atomics::stop_token;

    struct Limit { // of a wait
        Deadline deadline = no_deadline;
        const StopToken* stop = nullptr;
    };

public:
    using event_type = T;

    QueueBase(const QueueBase&) = delete;
    QueueBase& operator=(const QueueBase&) = delete;

    // --- producers

    /// True: the event is in the queue. False: it was dropped, or the queue is closed. Waits for room if the policy is block.
    [[gnu::always_inline]] bool push(T&& event) { return push_before(event, {}); }
    bool push(const T& event)
        requires std::copy_constructible<T>
    {
        const Put put = self().put(event);
        if (put != Put::full) [[likely]] return put == Put::in;
        T copy(event);
        return make_way(copy, {});
    }

    /// As push, but gives up after `timeout`: false, and the event is gone.
    template <typename Rep, typename Period>
    bool push(T event, std::chrono::duration<Rep, Period> timeout) {
        const Put put = self().put(std::move(event));
        if (put != Put::full) return put == Put::in;
        return make_way(event, {deadline_after<Atomics>(timeout)});
    }

    /// As push, but gives up at a requested stop or at the deadline.
    bool push_until(T event, const StopToken& stop, Deadline deadline) { return push_before(event, {deadline, &stop}); }

    /// Never waits. False with Overflow::block: full or closed, and the event is untouched. The other policies act as in push.
    bool try_push(T& event) {
        const Put put = self().put(std::move(event));
        if (put != Put::full || overflow_ == Overflow::block) return put == Put::in;
        return make_way(event, {});
    }
    bool try_push(T&& event) { return try_push(event); }

    /// Moves events from the front of the span into the queue, in order; waits as push does. Returns how many went in: fewer
    /// than all only if the others were dropped or the queue is closed; those not dropped are untouched. (QueueFull says how many, too.)
    std::size_t push_batch(std::span<T> events) { return push_batch_before(events, {}); }

    template <typename Rep, typename Period>
    std::size_t push_batch(std::span<T> events, std::chrono::duration<Rep, Period> timeout) {
        return push_batch_before(events, {deadline_after<Atomics>(timeout)});
    }

    std::size_t push_batch_until(std::span<T> events, const StopToken& stop, Deadline deadline) {
        return push_batch_before(events, {deadline, &stop});
    }

    // --- consumers

    /// The oldest event; waits for it. nullopt: the queue is closed and empty, for ever.
    std::optional<T> pop() {
        return pop_before([] { return Limit(); });
    }

    /// As pop, but also nullopt when there was none for `timeout`.
    template <typename Rep, typename Period>
    std::optional<T> pop(std::chrono::duration<Rep, Period> timeout) {
        return pop_before([timeout] { return Limit{deadline_after<Atomics>(timeout)}; });
    }

    /// Never waits. nullopt: nothing there.
    std::optional<T> try_pop() { return hand_out(self().begin_take()); }

    /// An event; or ended: closed and empty, for ever; or nothing: stop was requested, or the deadline has come.
    Polled<T> pop_until(const StopToken& stop, Deadline deadline) {
        if (auto event = pop_before([&] { return Limit{deadline, &stop}; })) return Polled<T>(*std::move(event));
        return self().is_drained() ? Polled<T>::ended() : Polled<T>::nothing();
    }

    /// Moves events into the span, oldest first; waits until there is at least one. 0: the queue is closed and empty.
    std::size_t pop_batch(std::span<T> out) { return pop_batch_before(out, {}); }

    /// As pop_batch, but also 0 when there was none for `timeout`.
    template <typename Rep, typename Period>
    std::size_t pop_batch(std::span<T> out, std::chrono::duration<Rep, Period> timeout) {
        return pop_batch_before(out, {deadline_after<Atomics>(timeout)});
    }

    std::size_t pop_batch_until(std::span<T> out, const StopToken& stop, Deadline deadline) {
        return pop_batch_before(out, {deadline, &stop});
    }

    std::size_t try_pop_batch(std::span<T> out) { return self().take_some(out); }

    // --- waiting without taking: for those who serve several queues

    /// Sleeps until there is something to pop, or the queue is closed and empty: true. False: stop requested or deadline.
    bool wait_readable(const StopToken& stop = {}, Deadline deadline = no_deadline) {
        const bool ready = is_readable() || wait_for_events({deadline, &stop});
        if (ready) events_.notify(); // it may be left to others
        return ready;
    }

    /// Sleeps until there is room, or the queue is closed: true. False: stop requested or deadline.
    bool wait_writable(const StopToken& stop = {}, Deadline deadline = no_deadline) {
        const bool ready = is_writable() || wait_for_room({deadline, &stop});
        if (ready) room_.notify();
        return ready;
    }

    /// For executors. Has fn(arg) called once, from inside a push or close, when there may be something to pop or the queue is
    /// closed. False: that is so now, and fn will not be called. May be called at any time by the consumer, and again from
    /// fn; fn must be short and not throw. One listener per side; costs a queue without one nothing.
    bool notify_readable(void (*fn)(void*), void* arg) {
        return events_.listen([this] { return is_readable(); }, fn, arg);
    }

    /// The same for a producer: room, or closed.
    bool notify_writable(void (*fn)(void*), void* arg) {
        return room_.listen([this] { return is_writable(); }, fn, arg);
    }

    /// After these return, the listener is neither called nor running. Not to be called from within it.
    void cancel_notify_readable() { events_.unlisten(); }
    void cancel_notify_writable() { room_.unlisten(); }

    // --- state

    [[nodiscard]] bool empty() const noexcept { return self().size() == 0; }
    [[nodiscard]] Overflow overflow() const noexcept { return overflow_; }

    /// How many events the overflow policy has cost so far.
    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

protected:
    QueueBase(std::size_t capacity, Overflow overflow)
        : overflow_(overflow), discards_(overflow == Overflow::drop_oldest || overflow == Overflow::keep_latest),
          asymmetric_(Atomics::has_heavy_fence()),
          events_(asymmetric_), room_(asymmetric_) {
        if (capacity == 0) throw std::invalid_argument("a queue needs a capacity of at least 1");
        if (capacity > std::numeric_limits<std::size_t>::max() / 4 / sizeof(T))
            throw std::length_error("a queue's capacity of " + std::to_string(capacity) + " events is more than memory can hold (a negative number?)");
    }
    ~QueueBase() = default;

    void wake_all() {
        events_.notify_all();
        room_.notify_all();
    }

    const Overflow overflow_;
    const bool discards_; // producers come to the consumers' end
    const bool asymmetric_;
    EventCount<Atomics> events_; // awaited by consumers
    EventCount<Atomics> room_;   // awaited by producers

private:
    Queue& self() noexcept { return static_cast<Queue&>(*this); }
    const Queue& self() const noexcept { return static_cast<const Queue&>(*this); }

    [[gnu::always_inline]] bool push_before(T& event, Limit limit) {
        const Put put = self().put(std::move(event));
        if (put != Put::full) [[likely]] return put == Put::in;
        return make_way(event, limit);
    }

    std::size_t push_batch_before(std::span<T> events, Limit limit) {
        std::size_t in = 0;
        for (;;) {
            in += self().put_some(events.subspan(in));
            if (in == events.size() || self().closed()) return in;
            if (overflow_ == Overflow::drop_newest) return count_dropped(events.size() - in), in;
            if (overflow_ == Overflow::fail) throw QueueFull(in);
            if (not make_way(events[in], limit)) {
                if (overflow_ == Overflow::block || self().closed()) return in;
                return in + drop_or_push(events.subspan(in + 1)); // this one was dropped: the oldest are lent
            }
            ++in;
        }
    }

    template <typename LimitOf>
    std::optional<T> pop_before(LimitOf limit) {
        Taken<T> taken = self().begin_take_known();
        if (taken.event == nullptr) [[unlikely]] taken = wait_and_take(limit());
        return hand_out(taken);
    }

    [[gnu::noinline]] Taken<T> wait_and_take(Limit limit) {
        if constexpr (Queue::takes_at_sight) return take_or_park(limit);
        while (not self().is_drained() && wait_for_events(limit))
            if (const Taken<T> taken = self().begin_take(); taken.event != nullptr) {
                pass_on_events();
                return taken;
            }
        return {};
    }

    Taken<T> take_or_park(Limit limit) {
        Taken<T> taken;
        const auto take = [this, &taken] {
            taken = self().begin_take();
            return taken.event != nullptr ? worth(1 + self().has_event(), true) : std::size_t{self().is_drained()};
        };
        while (not events_.look_around(take)) { // no wake-up is used up by what is taken there
            if (not events_.park([this] { return is_readable(); }, limit.stop, limit.deadline)) break;
            if (taken = self().begin_take(); taken.event != nullptr) {
                pass_on_events();
                break;
            }
        }
        return taken;
    }

    std::optional<T> hand_out(Taken<T> taken) {
        if (taken.event == nullptr) return std::nullopt;
        if constexpr (std::is_trivially_copyable_v<T> && sizeof(T) <= 64) {
            // Copied before the slot is given back and the optional is made: otherwise g++ 12 builds the optional in memory
            // and reads it back wider than it was written, which waits for all earlier stores to reach the other processor.
            T event(std::move(*taken.event));
            self().end_take(taken);
            return std::optional<T>(std::move(event));
        } else {
            const Counted end(1, [this, taken](std::size_t) { self().end_take(taken); });
            return std::optional<T>(std::in_place, std::move(*taken.event));
        }
    }

    std::size_t pop_batch_before(std::span<T> out, Limit limit) {
        if (out.empty()) return 0;
        for (bool waited = false;; waited = true) {
            const std::size_t taken = self().take_some(out);
            if (taken != 0) {
                if (waited) pass_on_events();
                return taken;
            }
            if (self().is_drained() || not wait_for_events(limit)) return 0;
        }
    }

    bool is_readable() { return self().has_event() != 0 || self().is_drained(); }
    bool is_writable() { return self().has_room() != 0 || self().closed(); }

    bool wait_for_events(Limit limit) {
        return events_.wait([this] { return worth(self().has_event(), self().is_drained()); }, limit.stop, limit.deadline);
    }

    bool wait_for_room(Limit limit) {
        return room_.wait([this] { return worth(self().has_room(), self().closed()); }, limit.stop, limit.deadline);
    }

    /// What a wait has brought: with half of the queue, the other side may have waited for us, so that less patience is better.
    std::size_t worth(std::size_t n, bool over) const noexcept {
        return n > self().capacity() / 2 ? 1 : std::max(n, std::size_t{over});
    }

    // With several threads on a side, slots become ready out of order: a notify may have found its sleeper unable to go on.
    // So whoever was woken and got something hands the wake-up on if there is more.
    void pass_on_events() {
        if (self().has_event() != 0) events_.notify();
    }

    /// The queue was full. True: the event went in after all.
    [[gnu::noinline]] bool make_way(T& event, Limit limit) {
        switch (overflow_) {
        case Overflow::block:
            while (wait_for_room(limit))
                if (const Put put = self().put(std::move(event)); put != Put::full) {
                    if (self().has_room() != 0) room_.notify();
                    return put == Put::in;
                }
            return false;
        case Overflow::drop_newest: count_dropped(1); return false;
        case Overflow::fail: throw QueueFull();
        case Overflow::drop_oldest:
        case Overflow::keep_latest: break;
        }
        return displace(event);
    }

    bool displace(T& event) {
        for (;;) {
            const std::size_t discarded = self().discard(overflow_ == Overflow::drop_oldest ? 1 : self().capacity());
            if (discarded != 0)
                count_dropped(discarded);
            else if (self().is_lent())
                return count_dropped(1), false;
            else
                Atomics::yield(); // a consumer is just taking the oldest
            if (const Put put = self().put(std::move(event)); put != Put::full) return put == Put::in;
        }
    }

    /// The rest of a batch of which one was dropped, for the policies that do not wait.
    std::size_t drop_or_push(std::span<T> events) {
        std::size_t in = 0;
        for (T& event : events) in += push_before(event, {}) ? 1 : 0;
        return in;
    }

    void count_dropped(std::size_t n) noexcept { dropped_.fetch_add(n, std::memory_order_relaxed); }

    typename Atomics::template atomic<std::uint64_t> dropped_{0};
};

} // namespace weir::detail
