// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/queue/slots.hpp>
#include <weir/queue/queue_base.hpp>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// The ring of MpscQueue and MpmcQueue: Vyukov's bounded queue, in the variant of crossbeam's array queue whose positions are
/// a lap and a place, so that any capacity is kept exactly. Each slot has a stamp:
///     p         free for the event with position p
///     p + step  holds the event with position p
/// Producers claim positions by moving tail_, consumers by moving head_; the stamp hands the slot over. close() sets a bit in
/// tail_, so it is decided for each push whether it came before. With one consumer, head_ moves without a compare-exchange
/// unless producers discard from there.
template <typename Queue, typename T, typename Atomics, bool one_consumer>
class StampRing : public QueueBase<Queue, T, Atomics> {
    using Base = QueueBase<Queue, T, Atomics>;
    using Position = std::size_t; // lap | place | closed bit

public:
    static constexpr bool many_producers = true; // at once
    static constexpr bool many_consumers = not one_consumer;
    /// No push succeeds any more; what is in the queue can still be popped. Wakes everybody who waits. Any thread, any time.
    void close() {
        tail_.fetch_or(closed_bit, std::memory_order_seq_cst);
        closed_.store(true, std::memory_order_release);
        this->wake_all();
    }

    [[nodiscard]] bool closed() const noexcept { return (tail_.load(std::memory_order_acquire) & closed_bit) != 0; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    /// Exact while no other thread pushes or pops; else a value it had a moment ago. Events on their way in count.
    [[nodiscard]] std::size_t size() const noexcept {
        const Position tail = tail_.load(std::memory_order_acquire) & ~closed_bit;
        const Position head = head_.load(std::memory_order_acquire); // the later read, so never too many
        return head < tail ? number(tail) - number(head) : 0;
    }

protected:
    StampRing(std::size_t capacity, Overflow overflow)
        : Base(capacity, overflow), capacity_(capacity), last_place_(Position{capacity - 1} * step),
          lap_(std::bit_ceil(Position{capacity} + 1) * step), slots_(new Slot[capacity]) {
        for (std::size_t i = 0; i < capacity; ++i) slots_[i].stamp.store(Position{i} * step, std::memory_order_relaxed);
    }
    ~StampRing() { discard(capacity_); }

private:
    friend Base;

    static constexpr bool takes_at_sight = one_consumer; // several took a stream of events a tenth slower so
    static constexpr Position closed_bit = 1; // in tail_
    static constexpr Position hole_bit = 1;   // in a stamp: moving the event in threw, there is nothing to take out
    static constexpr Position step = 2;

    template <typename V>
    using Atomic = typename Atomics::template atomic<V>;

    struct Slot {
        Slot() noexcept {}
        ~Slot() {}

        Atomic<Position> stamp{0};
        union {
            T event; // alive while the stamp says so
        };
    };

    static constexpr std::size_t reach = std::max<std::size_t>(256 / sizeof(Slot), 1); // four lines, as measured

    Slot& at(Position position) const noexcept { return slots_[(position & (lap_ - 1)) / step]; }

    Position next(Position position) const noexcept {
        const Position place = position & (lap_ - 1);
        return place == last_place_ ? position - place + lap_ : position + step;
    }

    /// Positions counted one by one.
    std::size_t number(Position position) const noexcept {
        return static_cast<std::size_t>(position / lap_ * capacity_ + (position & (lap_ - 1)) / step);
    }

    // --- the producers' end

    template <typename E>
    Put put(E&& event) {
        Position tail = tail_.load(std::memory_order_relaxed);
        for (;;) {
            if ((tail & closed_bit) != 0) return Put::closed;
            const Position stamp = at(tail).stamp.load(std::memory_order_acquire);
            if (stamp == tail) {
                if (not tail_.compare_exchange_weak(tail, next(tail), std::memory_order_relaxed)) continue;
                make_ready(tail);
                const Counted filled(1, [this](std::size_t n) { this->events_.notify(n); }); // also of a hole
                fill(tail, std::forward<E>(event));
                return Put::in;
            }
            if (stamp < tail) return Put::full; // the event of the lap before is still there, or on its way out
            tail = tail_.load(std::memory_order_relaxed);
        }
    }

    /// Takes the line of a slot that a producer will come to soon away from the consumers, who are through with it: where cores are far
    /// apart the way of many such lines then goes on at a time, and not one after the other. In a small ring they may still be at it.
    void make_ready(Position position) const noexcept {
        const std::size_t place = (position & (lap_ - 1)) / step + reach;
        if (place < made_ready_) Atomics::fetch_for_write(std::addressof(slots_[place].stamp));
    }

    /// Claims positions for as many events as there are free slots, with one exchange.
    std::size_t put_some(std::span<T> events) {
        if constexpr (not std::is_nothrow_move_constructible_v<T>) {
            std::size_t in = 0; // one by one, so that what went in before a throw is known
            while (in < events.size() && put(std::move(events[in])) == Put::in) ++in;
            return in;
        } else {
            Position tail = tail_.load(std::memory_order_relaxed);
            for (;;) {
                if ((tail & closed_bit) != 0) return 0;
                Position end = tail;
                std::size_t n = 0;
                for (; n < events.size() && at(end).stamp.load(std::memory_order_acquire) == end; ++n) end = next(end);
                if (n == 0) return not events.empty() && put(std::move(events[0])) == Put::in ? 1 : 0; // full, or others were faster
                if (not tail_.compare_exchange_weak(tail, end, std::memory_order_relaxed)) continue;
                for (std::size_t i = 0; i < n; ++i, tail = next(tail)) fill(tail, std::move(events[i]));
                this->events_.notify(n);
                return n;
            }
        }
    }

    template <typename E>
    void fill(Position position, E&& event) {
        Slot& slot = at(position);
        Counted built(0, [&slot, position](std::size_t n) {
            slot.stamp.store(position + step + (n != 0 ? 0 : hole_bit), std::memory_order_release);
        });
        std::construct_at(std::addressof(slot.event), std::forward<E>(event));
        built.count = 1;
    }

    std::size_t has_room() const noexcept {
        for (;;) {
            const Position tail = tail_.load(std::memory_order_acquire) & ~closed_bit;
            const Position stamp = at(tail).stamp.load(std::memory_order_acquire);
            if (stamp < tail) return 0;
            if (stamp == tail) return in_sight(tail, 0);
        }
    }

    /// There is one; how many in a row, about, by looks at slots further on and not at the other side's end.
    std::size_t in_sight(Position position, Position ahead) const noexcept {
        std::size_t n = 1;
        for (; n < 64 && 2 * n <= capacity_; n *= 2) {
            Position further = position + (2 * n - 1) * step;
            if ((position & (lap_ - 1)) + (2 * n - 1) * step > last_place_) further += lap_ - (last_place_ + step);
            if (at(further).stamp.load(std::memory_order_relaxed) != further + ahead) break;
        }
        return n;
    }

    std::size_t discard(std::size_t n) {
        std::size_t discarded = 0;
        for (Taken<T> oldest; discarded < n && (oldest = begin_take()).event != nullptr; ++discarded) end_take(oldest);
        return discarded;
    }

    static constexpr bool is_lent() noexcept { return false; }

    // --- the consumers' end

    Taken<T> begin_take() {
        Position head = head_.load(std::memory_order_relaxed);
        for (;;) {
            const Position stamp = at(head).stamp.load(std::memory_order_acquire);
            if ((stamp & ~hole_bit) == head + step) {
                if (not advance(head, next(head))) continue;
                if ((stamp & hole_bit) == 0) return {std::addressof(at(head).event), head};
                vacate(head);
                this->room_.notify();
            } else if (stamp <= head) {
                return {};
            }
            head = head_.load(std::memory_order_relaxed);
        }
    }

    Taken<T> begin_take_known() { return begin_take(); } // to know is to look at the slot

    void end_take(Taken<T> taken) {
        std::destroy_at(taken.event);
        vacate(taken.position);
        this->room_.notify();
    }

    /// Claims as many events as are ready, with one exchange.
    std::size_t take_some(std::span<T> out) {
        if constexpr (not std::is_nothrow_move_assignable_v<T>) {
            std::size_t n = 0; // one by one: what was claimed cannot be put back
            while (n < out.size() && take_one(out[n])) ++n;
            return n;
        } else {
            Position head = head_.load(std::memory_order_relaxed);
            for (;;) {
                Position end = head;
                std::size_t n = 0;
                for (; n < out.size() && at(end).stamp.load(std::memory_order_acquire) == end + step; ++n) end = next(end);
                if (n == 0) return not out.empty() && take_one(out[0]) ? 1 : 0; // nothing, or a hole before it
                if (not advance(head, end)) continue;
                for (std::size_t i = 0; i < n; ++i, head = next(head)) {
                    out[i] = std::move(at(head).event);
                    std::destroy_at(std::addressof(at(head).event));
                    vacate(head);
                }
                this->room_.notify(n);
                return n;
            }
        }
    }

    bool take_one(T& out) {
        const Taken<T> taken = begin_take();
        if (taken.event == nullptr) return false;
        const Counted end(1, [this, taken](std::size_t) { end_take(taken); });
        out = std::move(*taken.event);
        return true;
    }

    /// Makes the positions from head to end this thread's, or renews head.
    bool advance(Position& head, Position end) noexcept {
        if (one_consumer && not this->discards_) return head_.store(end, std::memory_order_relaxed), true;
        return head_.compare_exchange_weak(head, end, std::memory_order_relaxed);
    }

    void vacate(Position position) noexcept { at(position).stamp.store(position + lap_, std::memory_order_release); }

    std::size_t has_event() const noexcept {
        for (;;) {
            const Position head = head_.load(std::memory_order_acquire);
            const Position stamp = at(head).stamp.load(std::memory_order_acquire);
            if ((stamp & ~hole_bit) == head + step) return in_sight(head, step);
            if (stamp <= head) return 0;
        }
    }

    bool is_drained() const noexcept {
        if (not closed_.load(std::memory_order_acquire)) return false; // who waits leaves the producers their line
        const Position tail = tail_.load(std::memory_order_acquire);
        return (tail & closed_bit) != 0 && (tail & ~closed_bit) == head_.load(std::memory_order_acquire);
    }

    const std::size_t capacity_;
    const Position last_place_;
    const Position lap_;
    const std::unique_ptr<Slot[]> slots_;
    const std::size_t made_ready_ = capacity_ < 64 * reach ? 0 : capacity_; // the places before
    Atomic<bool> closed_{false}; // for consumers, a moment after tail_ says so

    alignas(64) Atomic<Position> tail_{0}; // moved by producers
    alignas(64) Atomic<Position> head_{0}; // moved by consumers
};

} // namespace weir::detail
