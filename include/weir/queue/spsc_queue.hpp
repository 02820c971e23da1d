// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/queue/claim.hpp>
#include <weir/queue/slots.hpp>
#include <weir/queue/queue_base.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace weir {

/// A bounded queue between two threads: one that pushes, one that pops, in order. close() may come from any thread.
///     capacity is kept exactly; the ring is allocated once, a power of two in size; nothing else allocates
///     pushing and popping take no lock and make no system call unless the other side sleeps
///     what is fast for what: small events go in place, with claim / readable, in spans of 64 to 256; events of a cache line or
///     more copied, with push_batch / pop_batch, where cores are far apart; one by one with push / pop, which wait a moment for
///     more where events come fast
/// The members of detail::QueueBase are the interface. Destroy it when both threads are through with it; what is left in it is
/// destroyed. T: any movable type; pop_batch wants it assignable. Example: tests/queue/spsc_queue.cpp
///
/// A ring with two positions, as in Lamport's queue, each side with a copy of the other's that it renews only when it has to
/// ("cached indices", as in FastForward, MCRingBuffer and rigtorp's SPSCQueue).
template <typename T, typename Atomics = StdAtomics>
class SpscQueue : public detail::QueueBase<SpscQueue<T, Atomics>, T, Atomics> {
    using Base = detail::QueueBase<SpscQueue, T, Atomics>;
    using Put = detail::Put;

public:
    explicit SpscQueue(std::size_t capacity, Overflow overflow = Overflow::block)
        : SpscQueue(capacity, overflow, nullptr) {}
    /// Of a job that has a memory resource.
    SpscQueue(std::size_t capacity, Overflow overflow, detail::MemorySource* source)
        : Base(capacity, overflow), capacity_(capacity), slots_(capacity, source), gate_(this->asymmetric_ ? 0 : no_heavy_fence),
          room_until_(capacity) {}
    ~SpscQueue() { destroy(head_.load(std::memory_order_relaxed), size()); }

    /// No push succeeds any more; what is in the queue can still be popped. Wakes everybody who waits. Any thread, any time.
    void close() {
        gate_.fetch_or(closing, std::memory_order_seq_cst);
        // From here on a producer either sees this, or what it announced is seen by the consumer once that sees closed_.
        if (this->asymmetric_) Atomics::heavy_fence();
        closed_.store(true, std::memory_order_release);
        this->wake_all();
    }

    [[nodiscard]] bool closed() const noexcept { return (gate_.load(std::memory_order_acquire) & closing) != 0; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    /// Exact for either of the two threads while the other rests; for others a value it had a moment ago.
    [[nodiscard]] std::size_t size() const noexcept {
        const std::size_t tail = tail_.load(std::memory_order_acquire);
        const std::size_t head = head_.load(std::memory_order_acquire); // the later read, so never too many
        return tail - head <= capacity_ ? tail - head : 0;
    }

    /// How many events were ever published; the producer's own count, so exact for it.
    [[nodiscard]] std::size_t pushed() const noexcept { return tail_.load(std::memory_order_acquire); }
    /// How many were ever released, popped or discarded; exact for the consumer while nothing discards.
    [[nodiscard]] std::size_t popped() const noexcept { return head_.load(std::memory_order_acquire); }

    /// Producer: for how many more events there is room, at least; looks at the consumer's end only if it knows of fewer than `enough`.
    [[nodiscard]] std::size_t room(std::size_t enough = SIZE_MAX) noexcept { return room_at(tail_.load(std::memory_order_relaxed), enough); }

    /// Producer: room for up to n events in a row, in place; never waits and never drops (see wait_writable).
    Claim<SpscQueue> claim(std::size_t n) {
        const std::size_t tail = tail_.load(std::memory_order_relaxed);
        const std::size_t room = closed() ? 0 : slots_.in_a_row(tail, std::min(n, room_at(tail, n)));
        return {*this, slots_.at(tail), room};
    }

    /// Consumer: how many events there are, at least; looks at the producer's end only if it knows of fewer than `enough`.
    [[nodiscard]] std::size_t events(std::size_t enough = SIZE_MAX) noexcept {
        return this->discards_ ? has_event() : events_at(head_.load(std::memory_order_relaxed), enough);
    }

    /// Consumer: up to n of the oldest events in a row, in place; empty if there are none; never waits (see wait_readable).
    /// Give them back with release(k), k from 0 to all, before anything else is popped: the first k are destroyed then, the
    /// others stay. While events are lent, drop_oldest and keep_latest cannot discard, and drop the arriving event instead.
    [[nodiscard]] std::span<T> readable(std::size_t n = SIZE_MAX) {
        if (not is_lent()) enter(Hold::lent);
        const std::size_t head = head_.load(std::memory_order_relaxed);
        const std::span<T> events{slots_.at(head), slots_.in_a_row(head, std::min(n, events_at(head, n)))};
        if (events.empty()) leave();
        return events;
    }
    void release(std::size_t n) {
        if (this->discards_ && not is_lent()) return; // nothing was lent, and the hold may be the producer's
        consume(head_.load(std::memory_order_relaxed), n);
    }

private:
    friend Base;
    friend Claim<SpscQueue>;

    static constexpr bool takes_at_sight = false;

    enum class Hold : unsigned char { none, taking, lent };
    static constexpr unsigned char closing = 1, no_heavy_fence = 2; // in gate_

    // --- the producer's end

    template <typename E>
    [[gnu::always_inline]] Put put(E&& event) {
        const std::size_t tail = tail_.load(std::memory_order_relaxed);
        if (room_at(tail, 1) == 0) [[unlikely]] return closed() ? Put::closed : Put::full;
        if (not announce(tail, 1)) [[unlikely]] return Put::closed;
        detail::Counted built(0, [this, tail](std::size_t n) { publish(tail, 1, n); });
        std::construct_at(slots_.at(tail), std::forward<E>(event));
        built.count = 1;
        return Put::in;
    }

    std::size_t put_some(std::span<T> events) {
        const std::size_t tail = tail_.load(std::memory_order_relaxed);
        const std::size_t n = std::min(events.size(), room_at(tail, events.size()));
        if (n == 0 || not announce(tail, n)) return 0;
        detail::Counted built(0, [this, tail, n](std::size_t k) { publish(tail, n, k); });
        while (built.count < n) {
            // A move that may throw goes one by one, so that what went in before it is known.
            const std::size_t row = std::is_nothrow_move_constructible_v<T> ? slots_.in_a_row(tail + built.count, n - built.count) : 1;
            std::uninitialized_move_n(events.data() + built.count, row, slots_.at(tail + built.count));
            built.count += row;
        }
        return n;
    }

    bool publish_claimed(std::size_t n) {
        const std::size_t tail = tail_.load(std::memory_order_relaxed);
        if (not announce(tail, n)) return false;
        publish(tail, n, n);
        return true;
    }

    /// Says that n events are on their way, unless the queue is closed. A consumer that finds the queue closed and empty
    /// then knows better than to call it ended, so that a close() from a third thread leaves no event behind.
    bool announce(std::size_t tail, std::size_t n) {
        announced_.store(tail + n, std::memory_order_relaxed);
        Atomics::light_fence();
        return gate_.load(std::memory_order_relaxed) == 0 || announce_at_gate(tail, n);
    }

    [[gnu::noinline]] bool announce_at_gate(std::size_t tail, std::size_t n) {
        announced_.store(tail + n, std::memory_order_seq_cst);
        if ((gate_.load(std::memory_order_seq_cst) & closing) == 0) return true;
        publish(tail, n, 0);
        return false;
    }

    void publish(std::size_t tail, std::size_t announced, std::size_t n) {
        tail_.store(tail + n, std::memory_order_release);
        if (n != announced) announced_.store(tail + n, std::memory_order_release);
        this->events_.notify();
    }

    std::size_t room_at(std::size_t tail, std::size_t wanted) noexcept {
        if (room_until_ - tail < wanted) room_until_ = head_.load(std::memory_order_acquire) + capacity_;
        return room_until_ - tail;
    }

    std::size_t has_room() noexcept { return room_at(tail_.load(std::memory_order_relaxed), 1); }

    /// Producers come to the consumer's end only with a policy that discards; only then does a pop take the hold.
    std::size_t discard(std::size_t n) {
        Hold none = Hold::none;
        if (not hold_.compare_exchange_strong(none, Hold::taking, std::memory_order_acquire)) return 0;
        const std::size_t head = head_.load(std::memory_order_relaxed);
        n = std::min(n, tail_.load(std::memory_order_relaxed) - head);
        destroy(head, n);
        head_.store(head + n, std::memory_order_release);
        leave();
        return n;
    }

    bool is_lent() const noexcept { return hold_.load(std::memory_order_relaxed) == Hold::lent; }

    // --- the consumer's end

    detail::Taken<T> begin_take() {
        enter(Hold::taking);
        const std::size_t head = head_.load(std::memory_order_relaxed);
        if (events_at(head, 1) != 0) [[likely]] return {slots_.at(head), head};
        leave();
        return {};
    }

    /// For a consumer that would wait: what it knows of already. A look at the producer's end takes that cache line away from it.
    detail::Taken<T> begin_take_known() {
        const std::size_t head = head_.load(std::memory_order_relaxed);
        if (this->discards_ || tail_seen_ == head) [[unlikely]] return {};
        return {slots_.at(head), head};
    }

    void end_take(detail::Taken<T> taken) { consume(taken.position, 1); }

    std::size_t take_some(std::span<T> out) {
        enter(Hold::taking);
        const std::size_t head = head_.load(std::memory_order_relaxed);
        const std::size_t n = std::min(out.size(), events_at(head, out.size()));
        if (n == 0) return leave(), 0;
        detail::Counted taken(0, [this, head](std::size_t k) { consume(head, k); });
        while (taken.count < n) {
            const std::size_t row = std::is_nothrow_move_assignable_v<T> ? slots_.in_a_row(head + taken.count, n - taken.count) : 1;
            T* const first = slots_.at(head + taken.count);
            taken.count += row; // also if this one throws
            std::move(first, first + row, out.data() + (taken.count - row));
        }
        return n;
    }

    void consume(std::size_t head, std::size_t n) {
        destroy(head, n);
        head_.store(head + n, std::memory_order_release);
        leave();
        this->room_.notify();
    }

    std::size_t events_at(std::size_t head, std::size_t wanted) noexcept {
        if (tail_seen_ - head < wanted) {
            // On its way with the position, not after it; but who asks for one event again and again would take the line away from the
            // producer each time.
            if (wanted != 1 && tail_seen_ == head) __builtin_prefetch(slots_.at(head));
            tail_seen_ = tail_.load(std::memory_order_acquire);
        }
        return tail_seen_ - head;
    }

    std::size_t has_event() const noexcept {
        return tail_.load(std::memory_order_acquire) - head_.load(std::memory_order_relaxed);
    }

    bool is_drained() const noexcept {
        return closed_.load(std::memory_order_acquire) &&
               announced_.load(std::memory_order_seq_cst) == head_.load(std::memory_order_relaxed);
    }

    void enter(Hold hold) {
        if (not this->discards_) return;
        for (Hold none = Hold::none; not hold_.compare_exchange_weak(none, hold, std::memory_order_acquire); none = Hold::none)
            Atomics::yield();
        tail_seen_ = tail_.load(std::memory_order_acquire); // the head may have overtaken what was seen before
    }
    void leave() noexcept {
        if (this->discards_) hold_.store(Hold::none, std::memory_order_release);
    }

    void destroy(std::size_t first, std::size_t n) noexcept {
        if constexpr (not std::is_trivially_destructible_v<T>)
            for (std::size_t i = 0; i < n; ++i) std::destroy_at(slots_.at(first + i));
    }

    template <typename V>
    using Atomic = typename Atomics::template atomic<V>;

    const std::size_t capacity_;
    const detail::Slots<T> slots_;
    Atomic<unsigned char> gate_;  // for the producer: 0 if a push need not look closer
    Atomic<bool> closed_{false};  // for the consumer
    Atomic<Hold> hold_{Hold::none};

    // What one side writes and the other reads has a cache line of its own, and so has what is private to a side.
    alignas(64) Atomic<std::size_t> tail_{0};
    alignas(64) Atomic<std::size_t> announced_{0}; // tail_, or where it is about to be
    std::size_t room_until_;                       // the head as last seen, and a capacity more
    alignas(64) Atomic<std::size_t> head_{0};
    alignas(64) std::size_t tail_seen_ = 0;
};

} // namespace weir
