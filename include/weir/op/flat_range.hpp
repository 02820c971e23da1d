// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

template <typename R>
concept FlatSource = requires(R& range) {
    std::begin(range) != std::end(range);
    requires std::input_iterator<decltype(std::begin(range))>;
};

template <typename R>
using shown_by = decltype(*std::begin(std::declval<R&>()));

/// Whether a range is const in its elements when it is const itself, as containers are: then its elements are its own.
template <typename R>
inline constexpr bool owns_elements = false;
template <typename R>
    requires FlatSource<R> && FlatSource<const R>
inline constexpr bool owns_elements<R> =
    std::is_same_v<shown_by<const R>, const std::remove_reference_t<shown_by<R>>&> && not std::is_same_v<shown_by<const R>, shown_by<R>>;

/// What a function's result, a range, means for the events that it shows.
template <typename Result>
struct Flat {
    using Range = std::remove_reference_t<Result>;
    using Shown = shown_by<Range>;
    using Value = std::iter_value_t<decltype(std::begin(std::declval<Range&>()))>;
    using Kept = owned_t<Value>;

    /// Its elements are ours to move from: a container's that was given to us; what is made as it is shown is ours anyway.
    static constexpr bool moves = not std::is_lvalue_reference_v<Result> && owns_elements<Range>;
    static constexpr bool lends = std::is_lvalue_reference_v<Shown> && not moves;
    /// It may be kept when its event is gone. What only shows others' elements may show those of the event.
    static constexpr bool stays = not std::is_lvalue_reference_v<Result> && not lends && std::is_same_v<Kept, Value>;
    /// Else what is left of it can be kept in copies.
    static constexpr bool copies = std::is_constructible_v<Kept, Shown> && std::is_constructible_v<Value, Kept&>;
    using Pending = std::conditional_t<stays, std::remove_cv_t<Range>, std::vector<Kept>>;
};

/// What a function gave for one event and could not be sent on yet, as the next task has no room.
/// A copy begins with nothing pending: operators are copied before they run, and an iterator would point into the original.
template <typename Range, bool Reused>
struct PendingRange {
    using Iterator = decltype(std::begin(std::declval<Range&>()));
    std::optional<Range> range;
    std::optional<Iterator> at;
    Timestamp time{};
    Timestamp watermark = min_time; // came meanwhile, stands behind the pending events; min_time: none
    bool idle = false;              // so did word that the stream is idle

    constexpr PendingRange() = default;
    constexpr PendingRange(const PendingRange&) noexcept {}
    constexpr PendingRange& operator=(const PendingRange&) = delete;
    constexpr ~PendingRange() = default;

    constexpr void clear() {
        at.reset();
        if constexpr (Reused) range->clear(); // our copies: the memory is for the next ones
        else range.reset();
    }
};

/// The running form of flat_map(fn) for an fn that returns a range.
template <typename Fn, typename Result, bool Timed>
class FlatRangeMapping {
    using Shape = Flat<Result>;

public:
    using kind = OperatorKind;

    constexpr explicit FlatRangeMapping(Fn fn) : fn_(std::move(fn)) {}

    template <typename E, typename Next>
    constexpr void on_event(E&& event, Next& next) {
        if (waiting_) finish(next); // it comes from an operator that could not wait
        [[maybe_unused]] const Timestamp time = time_of(event);
        if constexpr (Next::bounded_room && Shape::stays) {
            pending_.range.emplace(call(fn_, std::forward<E>(event))); // before its iterators are made: they may point into it
            begin_pending(time);
            count(*pending_.at, std::end(*pending_.range));
            waiting_ = not give_pending<true>(next);
            if (not waiting_) pending_.clear();
        } else if constexpr (Next::bounded_room && Shape::copies) {
            auto&& range = call(fn_, std::forward<E>(event));
            auto at = std::begin(range);
            const auto end = std::end(range);
            count(at, end);
            if (not give<true>(at, end, time, next)) keep_copies(at, end, time);
        } else {
            give_all(std::forward<E>(event), next, empty_);
        }
    }

    /// The same, with what follows and the count where the compiler can keep them in registers.
    static constexpr bool takes_span = true;
    template <typename E, typename Next>
        requires(not Next::bounded_room)
    constexpr void on_span(std::span<E> events, Next& next) {
        on_local_copy(next, [&](auto& local) {
            Reading<E> reading{*this, events.data(), events.data() + events.size()};
            while (reading.at != reading.end) {
                E* const event = reading.at++; // before the call: an event that throws has been read
                give_all(pass(*event), local, reading.empty);
            }
        });
    }

    template <typename Next>
    constexpr bool resume(Next& next) {
        if (not waiting_) return true;
        if (not give_pending<true>(next)) return false;
        end_waiting(next);
        return true;
    }
    template <typename Next>
    constexpr std::size_t room(const Next& next) const { return waiting_ ? 0 : next.room(); }

    template <typename Next>
    constexpr void on_watermark(Timestamp t, Next& next) {
        pending_.idle = false;
        if (waiting_) pending_.watermark = t;
        else next.on_watermark(t);
    }
    template <typename Next>
        requires(hears_of<Next>().idle)
    constexpr void on_idle(Next& next) {
        pending_.idle = waiting_;
        if (not waiting_) next.on_idle();
    }
    template <typename Next>
    constexpr void on_own_mark(Timestamp t, Next& next) {
        if (waiting_) finish(next);
        next.on_own_mark(t);
    }
    template <typename Next>
    constexpr void on_barrier(std::uint64_t epoch, Next& next) {
        if (waiting_) finish(next);
        next.on_barrier(epoch);
    }
    template <typename Next>
    constexpr void on_end(Next& next) {
        if (waiting_) finish(next);
        next.on_end();
    }

    constexpr void report(OperatorReport& row) const {
        row.dropped(Drop::filtered) = empty_;
        row.held = waiting_ ? 1 : 0;
    }
    [[nodiscard]] constexpr std::uint64_t unfinished() const noexcept { return unread_ + 1; }
    // No barrier comes while something is pending, so there is only the count.
    void save(StateWriter& to) const { to.put(empty_); }
    void load(StateReader& from) { from.get(empty_); }

private:
    template <typename E>
    struct Reading { // how far a span was read and what it had, also when that ends in a throw
        FlatRangeMapping& self;
        E* at;
        E* end;
        std::uint64_t empty = 0;
        constexpr ~Reading() {
            self.empty_ += empty;
            self.unread_ += static_cast<std::uint64_t>(end - at);
        }
    };

    template <typename E, typename Next>
    WEIR_INLINE constexpr void give_all(E&& event, Next& next, std::uint64_t& empty) {
        const Timestamp time = time_of(event);
        auto&& range = call(fn_, std::forward<E>(event));
        auto at = std::begin(range);
        const auto end = std::end(range);
        empty += at != end ? 0 : 1;
        static_cast<void>(give<false>(at, end, time, next));
    }
    /// Gives events from `at` on; false: the others have to wait for room.
    template <bool Asks, typename It, typename End, typename Next>
    static constexpr bool give(It& at, const End& end, Timestamp time, Next& next) {
        for (; at != end; ++at) {
            if constexpr (Asks)
                if (next.room() == 0) return next.done();
            give_one(*at, time, next);
            if constexpr (Next::can_finish || Next::bounded_room)
                if (next.done()) return true;
        }
        return true;
    }
    template <typename Shown, typename Next>
    static constexpr void give_one(Shown&& shown, Timestamp time, Next& next) {
        using Value = typename Shape::Value;
        if constexpr (Timed && Shape::moves) next.on_event(Event<Value>{Value(std::move(shown)), time});
        else if constexpr (Timed) next.on_event(Event<Value>{Value(std::forward<Shown>(shown)), time});
        else if constexpr (not std::is_same_v<std::remove_cvref_t<Shown>, Value>) next.on_event(Value(std::forward<Shown>(shown)));
        else if constexpr (Shape::moves) next.on_event(std::move(shown));
        else if constexpr (Shape::lends) next.on_event(std::as_const(shown));
        else next.on_event(std::forward<Shown>(shown));
    }

    template <bool Asks, typename Next>
    constexpr bool give_pending(Next& next) {
        return give<Asks>(*pending_.at, std::end(*pending_.range), pending_.time, next);
    }
    template <typename Next>
    constexpr void finish(Next& next) {
        static_cast<void>(give_pending<false>(next));
        end_waiting(next);
    }
    template <typename Next>
    constexpr void end_waiting(Next& next) {
        waiting_ = false;
        pending_.clear();
        const Timestamp came = std::exchange(pending_.watermark, min_time);
        if (came != min_time) next.on_watermark(came);
        if constexpr (hears_of<Next>().idle)
            if (std::exchange(pending_.idle, false)) next.on_idle();
    }
    template <typename It, typename End>
    constexpr void keep_copies(It& at, const End& end, Timestamp time) {
        if constexpr (Shape::copies && not Shape::stays) {
            if (not pending_.range) pending_.range.emplace();
            for (; at != end; ++at) pending_.range->emplace_back(*at);
            begin_pending(time);
            waiting_ = true;
        }
    }
    constexpr void begin_pending(Timestamp time) {
        pending_.at.emplace(std::begin(*pending_.range));
        pending_.time = time;
    }
    constexpr void count(const auto& at, const auto& end) { empty_ += at != end ? 0 : 1; }

    WEIR_NO_UNIQUE_ADDRESS Fn fn_;
    PendingRange<typename Shape::Pending, not Shape::stays> pending_;
    std::uint64_t empty_ = 0;
    std::uint64_t unread_ = 0; // events of a span behind one that threw
    bool waiting_ = false;
};

} // namespace weir::detail
