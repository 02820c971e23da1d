// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/source/source.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// An EventSource as an input, in the best way it offers: waiting, polling, or plain next(). S is T& or T, as in Held.
template <typename S>
class EventInput {
    using Source = std::remove_reference_t<S>;
    using Item = typename Source::event_type;
    static constexpr bool can_wait = WaitingSource<Source>;
    static constexpr bool can_poll = PollingSource<Source>;

public:
    static constexpr bool may_block = not can_wait && not can_poll;
    static constexpr bool one_by_one = may_block; // also between two events
    // A source that can be polled says when to ask again, so whoever drives it can keep deadlines meanwhile.
    using stream = Stream<Item, Traits{.lent = false, .bounded = declared_bounded<Source>(false), .waits = can_wait || can_poll}>;

    template <typename T>
    explicit EventInput(T&& source) : source_(std::forward<T>(source)) {}

    template <typename Feed>
    Drive drive(Feed& feed, std::size_t limit, Timestamp now) {
        for (; limit > 0; --limit) {
            if (not feed.ready()) return {};
            remember_position();
            if constexpr (can_poll || can_wait) {
                Polled<Item> polled = stash_ ? take_stash() : ask(now);
                switch (polled.state()) {
                case Polled<Item>::State::event: feed.event(*std::move(polled)); break;
                case Polled<Item>::State::watermark:
                    if (polled.watermark() > mark_) feed.watermark(mark_ = polled.watermark()); // it never goes back
                    break;
                case Polled<Item>::State::idle: feed.idle(); return {Drive::State::nothing, retry(polled)};
                case Polled<Item>::State::nothing: return {Drive::State::nothing, retry(polled)};
                case Polled<Item>::State::ended: return {Drive::State::ended, {}};
                }
            } else {
                std::optional<Item> event = source_.get().next();
                if (not event) return {Drive::State::ended, {}};
                feed.event(*std::move(event));
                if constexpr (requires { feed.flush(); }) feed.flush(); // next() may take its time
            }
        }
        return {};
    }
    template <typename Feed>
    Drive rest(Feed& feed, std::size_t limit) {
        if (stash_ && limit > 0 && feed.ready()) {
            Polled<Item> polled = take_stash();
            if (polled) feed.event(*std::move(polled));
        }
        return {stash_ ? Drive::State::ran : Drive::State::ended, {}};
    }

    void wait(std::stop_token stop, std::chrono::steady_clock::time_point deadline)
        requires can_wait
    {
        if (stash_) return;
        remember_position();
        Polled<Item> polled = source_.get().next(std::move(stop), deadline);
        if (polled.state() != Polled<Item>::State::nothing) stash_.emplace(std::move(polled));
    }

    [[nodiscard]] Source& source() noexcept { return source_.get(); }

    void save(StateWriter& to) const
        requires PositionedSource<Source>
    {
        if constexpr (can_wait) to.put(stash_ ? *before_stash_ : source_.get().position());
        else to.put(source_.get().position());
        to.put(mark_);
    }
    void load(StateReader& from)
        requires PositionedSource<Source>
    {
        source_.get().seek(from.get<std::remove_cvref_t<decltype(source_.get().position())>>());
        from.get(mark_);
        stash_.reset();
    }

private:
    Polled<Item> ask(Timestamp now) {
        if constexpr (requires { source_.get().poll(now); }) return source_.get().poll(now);
        else if constexpr (can_poll) return source_.get().poll();
        else return source_.get().next(std::stop_token{}, std::chrono::steady_clock::time_point::min());
    }
    static Duration retry(const Polled<Item>& polled) {
        // A source that can be waited for will be; its "ask again" is only a bound.
        if (can_wait && polled.retry_in() == Duration::zero()) return Duration::max();
        return polled.retry_in();
    }
    Polled<Item> take_stash() {
        Polled<Item> polled = *std::move(stash_);
        stash_.reset();
        return polled;
    }
    void remember_position() {
        if constexpr (PositionedSource<Source> && can_wait)
            if (not stash_) before_stash_ = source_.get().position();
    }
    struct NoPosition {};
    template <typename T>
    static auto position_type() {
        if constexpr (PositionedSource<T> && can_wait) return std::optional<std::remove_cvref_t<decltype(std::declval<const T&>().position())>>{};
        else return NoPosition{};
    }

    Held<S> source_;
    std::optional<Polled<Item>> stash_; // what wait() received
    Timestamp mark_ = min_time;         // the greatest so far
    WEIR_NO_UNIQUE_ADDRESS decltype(position_type<Source>()) before_stash_{};
};

} // namespace weir::detail
