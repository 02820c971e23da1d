// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/source/source.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// An EventQueue as an input: what is in it is taken in spans, and only as much as the chain will take. Q is T& or T, as in Held.
template <typename Q>
class QueueInput {
    using Queue = std::remove_reference_t<Q>;
    using Item = typename Queue::event_type;
    static constexpr std::size_t span_size = 256;
    static constexpr bool in_spans = std::default_initializable<Item> && requires(Queue& q, std::span<Item> s) {
        { q.try_pop_batch(s) } -> std::convertible_to<std::size_t>;
    };
    /// A queue has one listener per side. Where other jobs may read it, too, that may not be ours, and we look by ourselves.
    static constexpr Duration look_again = requires { requires Queue::many_consumers; } ? Duration(std::chrono::milliseconds(10)) : Duration::max();
    static constexpr bool tells_closed = requires(const Queue& q) { { q.closed() } -> std::convertible_to<bool>; };

public:
    using stream = Stream<Item, Traits{.lent = false, .bounded = declared_bounded<Queue>(false), .waits = weir::WaitingQueue<Queue>}>;

    template <typename T>
    explicit QueueInput(T&& queue) : queue_(std::forward<T>(queue)) {}

    template <typename Feed>
    Drive drive(Feed& feed, std::size_t limit, Timestamp) {
        if (begin_ != end_ || stash_) {
            rest(feed, limit);
            return {};
        }
        if (ended_) return {Drive::State::ended, {}};
        Queue& queue = queue_.get();
        // Asked before looking: what was pushed before the close is then seen below.
        bool closed = false;
        if constexpr (tells_closed) closed = queue.closed();
        bool any = false;
        if constexpr (in_spans && not Feed::can_finish) {
            if (buffer_.empty()) buffer_.resize(std::min(span_size, queue.capacity()));
            begin_ = 0;
            end_ = queue.try_pop_batch(std::span(buffer_).first(std::min(limit, buffer_.size())));
            any = end_ != 0;
            rest(feed, limit);
        } else {
            for (; limit > 0 && feed.ready(); --limit) {
                std::optional<Item> event = queue.try_pop();
                if (not event) break;
                any = true;
                feed.event(*std::move(event));
            }
        }
        if (any) return {};
        return {closed ? Drive::State::ended : Drive::State::nothing, listening_ ? look_again : Duration::max()};
    }
    template <typename Feed>
    Drive rest(Feed& feed, std::size_t limit) {
        if (stash_ && limit > 0 && feed.ready()) {
            Item event = *std::move(stash_);
            stash_.reset();
            feed.event(std::move(event));
            --limit;
        }
        if (begin_ != end_) read_span(feed, std::span(buffer_).subspan(begin_, std::min(limit, end_ - begin_)), [this](std::size_t n) { begin_ += n; });
        return {begin_ == end_ && not stash_ ? Drive::State::ended : Drive::State::ran, {}};
    }

    void wait(std::stop_token stop, std::chrono::steady_clock::time_point deadline) {
        if (stash_ || ended_) return;
        Queue& queue = queue_.get();
        if constexpr (requires { queue.wait_readable(stop, deadline); }) {
            queue.wait_readable(stop, deadline);
        } else if constexpr (weir::WaitingQueue<Queue>) {
            Polled<Item> polled = queue.pop_until(stop, deadline);
            if (polled) stash_.emplace(*std::move(polled));
            else ended_ = polled.has_ended();
        } else { // the least a queue can do: it wakes for an event or its end alone
            stash_ = queue.pop();
            ended_ = not stash_;
        }
    }

    /// Has fn(arg) called once when there is something to pop; false: there is now.
    bool listen(void (*fn)(void*), void* arg)
        requires requires(Queue& q) { q.notify_readable(fn, arg); q.cancel_notify_readable(); }
    {
        const bool is_first = not std::exchange(listening_, true);
        if (is_first && look_again != Duration::max()) return false; // it is driven again, and says when it looks again
        return queue_.get().notify_readable(fn, arg);
    }
    QueueInput(const QueueInput&) = default;
    QueueInput(QueueInput&&) = default;
    QueueInput& operator=(const QueueInput&) = delete;
    QueueInput& operator=(QueueInput&&) = delete;
    ~QueueInput() {
        if constexpr (requires(Queue& q) { q.cancel_notify_readable(); })
            if (listening_) queue_.get().cancel_notify_readable();
    }

private:
    Held<Q> queue_;
    std::vector<Item> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::optional<Item> stash_; // what wait() received
    bool ended_ = false;
    bool listening_ = false; // from then on it stays where it is
};

} // namespace weir::detail
