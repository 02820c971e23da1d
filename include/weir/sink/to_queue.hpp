// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/queue.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {

/// What to_queue does besides pushing.
struct ToQueueOptions {
    bool close_at_end = false; ///< closes the queue when the job ends, however it ends
};

namespace detail {

/// The events of a queue are made of a stream's events: the Event<T> where the queue holds such, else the value, else its owned form.
template <typename Item, typename E>
concept ItemFrom = std::constructible_from<Item, E> || std::constructible_from<Item, decltype(value_of(std::declval<E>()))> ||
                   std::constructible_from<Item, owned_t<value_t<E>>>;

template <typename Item, typename E>
constexpr Item item_from(E&& event) {
    if constexpr (is_timed<Item> == is_timed<E> && std::constructible_from<Item, E>) return Item(std::forward<E>(event));
    else if constexpr (std::constructible_from<Item, decltype(value_of(std::declval<E>()))>) return Item(value_of(std::forward<E>(event)));
    else if constexpr (std::constructible_from<Item, E>) return Item(std::forward<E>(event));
    else return Item(owned_t<value_t<E>>(value_of(std::forward<E>(event))));
}

/// The pushing end of a user's queue. It never waits inside a step: what does not fit is kept, the chain says that it has no
/// room, and the task is woken when the queue has some.
template <typename Queue>
class QueueWriter {
    using Item = typename Queue::event_type;
    // A queue has one listener per side. Where it is not ours (other producers, or no listeners at all), we look by ourselves.
    static constexpr bool can_listen = requires(Queue& q, void (*fn)(void*), void* arg) {
        q.notify_writable(fn, arg);
        q.cancel_notify_writable();
    };
    static constexpr Duration look_again = can_listen ? std::chrono::milliseconds(10) : std::chrono::milliseconds(1);

public:
    using kind = OperatorKind;
    static constexpr bool bounded_room = true;

    QueueWriter(Queue& queue, ToQueueOptions options, const Clock& clock)
        : shared_(std::make_unique<Shared>(queue, options.close_at_end)), clock_(&clock) {}

    template <typename E, typename Next>
    void on_event(E&& event, Next&) {
        Item item = item_from<Item>(std::forward<E>(event));
        if (not shared_->over.empty() || not put(item)) shared_->over.push_back(std::move(item));
    }
    template <typename Next>
    void on_end(Next& next) {
        ended_ = true;
        if (shared_->over.empty()) shared_->finish();
        next.on_end();
    }

    template <typename Next>
    bool resume(Next&) {
        retry_at_ = max_time;
        std::vector<Item>& over = shared_->over;
        std::size_t placed = 0;
        for (;;) {
            while (placed < over.size() && put(over[placed])) ++placed;
            if (placed == over.size() || not wait_for_room()) break;
        }
        over.erase(over.begin(), over.begin() + static_cast<std::ptrdiff_t>(placed));
        if (not over.empty()) return retry_at_ = saturating_add(clock_->now(), look_again), false;
        if (ended_) shared_->finish();
        return true;
    }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next&) const noexcept { return shared_->over.empty() ? unlimited : 0; }
    [[nodiscard]] bool done() const noexcept { return closed_; }
    [[nodiscard]] Timestamp resume_at() const noexcept { return retry_at_; }

    void report(OperatorReport& row) const {
        row.dropped(Drop::overflow) = dropped_;
        row.held = shared_->over.size();
    }
    void save(StateWriter& to) const {
        to.put(dropped_);
        to.put(shared_->over);
    }
    void load(StateReader& from) {
        from.get(dropped_);
        from.get(shared_->over);
    }

    template <typename Fn>
    void for_each_outlet(Fn&& fn) { fn(*this); }
    /// Whoever runs the chain; its wake() is called on the consumer's thread.
    template <typename Runner>
    void attach(Runner& runner) noexcept {
        shared_->runner = std::addressof(runner);
        shared_->wake = [](void* to) { static_cast<Runner*>(to)->wake(); };
    }
    void leave() noexcept { shared_->finish(); }
    /// Whether resume() has asked to be woken, or has said when it wants to look again.
    [[nodiscard]] bool waits_for_room() const noexcept { return retry_at_ != max_time; }

private:
    struct Shared { // stays where it is while the chain is made: the queue points to it
        Shared(Queue& q, bool close) : queue(q), close_at_end(close) {}
        Shared(const Shared&) = delete;
        Shared& operator=(const Shared&) = delete;
        ~Shared() { finish(); }

        void finish() noexcept {
            if constexpr (can_listen)
                if (std::exchange(listening, false)) queue.cancel_notify_writable();
            if (std::exchange(close_at_end, false)) queue.close();
        }
        Queue& queue;
        std::vector<Item> over; // what found no room
        void* runner = nullptr;
        void (*wake)(void*) = nullptr;
        bool listening = false;
        bool close_at_end;
    };

    /// True: nothing more to do for this event. False: there is no room, and the event is where it was.
    bool put(Item& item) {
        if (closed_) return ++dropped_, true;
        Queue& queue = shared_->queue;
        if constexpr (requires { queue.overflow(); queue.closed(); }) {
            if (queue.try_push(item)) return true;
            closed_ = queue.closed();
            if (not closed_ && queue.overflow() == Overflow::block) return false;
        } else {
            if (static_cast<std::size_t>(queue.size()) >= static_cast<std::size_t>(queue.capacity())) return false;
            if (queue.try_push(std::move(item))) return true;
            if (static_cast<std::size_t>(queue.size()) >= static_cast<std::size_t>(queue.capacity())) return false; // others push too
            closed_ = true;
        }
        return ++dropped_, true;
    }

    /// Asks to be woken when there is room; true: there is some now.
    bool wait_for_room() {
        if constexpr (can_listen) {
            if (not shared_->wake) return false;
            shared_->listening = true;
            return not shared_->queue.notify_writable([](void* self) { static_cast<Shared*>(self)->wake(static_cast<Shared*>(self)->runner); },
                                                      shared_.get());
        } else {
            return false;
        }
    }

    std::unique_ptr<Shared> shared_;
    const Clock* clock_;
    Timestamp retry_at_ = max_time;
    std::uint64_t dropped_ = 0;
    bool closed_ = false; // by somebody else: nothing will take our events any more
    bool ended_ = false;
};

template <typename Queue>
struct ToQueueOp {
    using kind = OperatorKind;
    static constexpr bool keeps_little = true;
    static constexpr std::string_view name = "to_queue";
    template <typename S, typename Q = Queue>
        requires EventQueue<Q>
    static constexpr bool keeps_events = std::is_same_v<value_t<typename Q::event_type>, owned_t<typename S::value>>;
    static constexpr bool shareable = requires { requires Queue::many_producers; };
    template <typename, typename Q = Queue>
        requires EventQueue<Q>
    using assigned = typename Q::event_type;
    Queue* queue;
    ToQueueOptions options;

    template <typename S>
        requires EventQueue<Queue> && std::is_same_v<owned_t<typename Queue::event_type>, typename Queue::event_type> && ItemFrom<typename Queue::event_type, passed_t<S>>
    using out = Ended;

    template <typename S, typename Binding>
    auto bind(const S&, Binding& binding, std::uint32_t) && {
        if constexpr (requires { requires Binding::in_copies; })
            if (options.close_at_end) throw std::invalid_argument("to_queue(queue, {.close_at_end}): inside parallel the copy that ends first would close it for the others");
        return QueueWriter<Queue>(*queue, options, binding.clock());
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not EventQueue<Queue>)
            static_assert(never<Queue, S>, "to_queue(queue): this is no EventQueue. It needs event_type, push, try_push, pop, try_pop, "
                                           "pop_batch, close, size, capacity, as SpscQueue<T>, MpscQueue<T> and MpmcQueue<T> have them.");
        else
            static_assert(never<Queue, S>, "to_queue(queue): the queue's event_type cannot be made from this pipeline's events. It must be "
                                           "made from an event's value, or be Event<T>; a queue of views needs strings.");
    }
};

} // namespace detail

/// Ends a chain: pushes each event into your queue, for another thread or another job.
///     E -> sink; in order; the queue's own overflow policy holds. With Overflow::block a full queue holds the pipeline back without
///     blocking its thread: it goes on when there is room. Once the queue is closed by others, the job needs no more events and
///     ends; those it had at hand count as dropped (overflow). Several producers: MpscQueue or MpmcQueue.
///     The queue must outlive the job; it is closed only with {.close_at_end = true}, then also when the job fails.
///     Never allocates but for what one event gives beyond the room there is. example: tests/sink/to_queue.cpp
template <typename Queue>
[[nodiscard]] constexpr auto to_queue(Queue& queue, ToQueueOptions options = {}) {
    return detail::ToQueueOp<Queue>{std::addressof(queue), options};
}
template <typename... Wrong>
constexpr Refused to_queue(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "to_queue(queue, options): queue is an EventQueue of yours, by its name, and not a temporary or a "
                  "pointer: SpscQueue<T> queue{1024}; ... | to_queue(queue).");
    return {};
}

} // namespace weir
