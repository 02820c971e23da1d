// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/error_policy.hpp>
#include <weir/core/late_to.hpp>
#include <weir/core/picked_span.hpp>
#include <weir/time/limited.hpp>
#include <weir/time/strategy.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {
namespace detail {

/// The running form of event_time: gives each event its time, and behind it the watermark where that has risen.
template <typename Proj, typename Rule>
class EventTiming {
public:
    using kind = OperatorKind;
    static constexpr bool one_to_one = true;

    constexpr EventTiming(Proj projection, Rule rule) : projection_(std::move(projection)), rule_(std::move(rule)) {}

    template <typename E, typename Next>
    WEIR_INLINE constexpr void on_event(E&& event, Next& next) {
        const Timestamp time = time_for(value_of(event));
        take(std::forward<E>(event), time, next, [](Timestamp) {});
    }
    /// What an operator before this knew of time, this one knows better; but the end is the end.
    template <typename Next>
    constexpr void on_watermark(Timestamp t, Next& next) {
        if (t != max_time) return;
        mark_ = t;
        next.on_watermark(t);
    }

    template <typename Next>
    constexpr void on_own_mark(Timestamp, Next&) noexcept {}

    /// For the figures of its task.
    [[nodiscard]] constexpr Timestamp watermark() const noexcept { return mark_; }
    /// Whether an error came of the watermark behind an event, not of the event.
    [[nodiscard]] constexpr bool had_gone_on() const noexcept { return had_gone_on_; }
    void save(StateWriter& to) const { to.put(mark_); }
    void load(StateReader& from) { from.get(mark_); }

protected:
    template <typename V>
    WEIR_INLINE constexpr Timestamp time_for(const V& value) {
        return to_timestamp(std::invoke(projection_, value));
    }
    /// before_mark is called with a watermark before what follows has it.
    template <typename E, typename Next, typename BeforeMark>
    WEIR_INLINE constexpr void take(E&& event, Timestamp time, Next& next, BeforeMark before_mark) {
        if constexpr (rises_with_time) {
            if (time <= latest_) return give(std::forward<E>(event), time, next);
            latest_ = time;
        }
        const Timestamp mark = rule_.watermark(time, value_of(event));
        give(std::forward<E>(event), time, next);
        if (mark <= mark_) return;
        mark_ = mark;
        try {
            before_mark(mark);
            next.on_watermark(mark);
        } catch (...) {
            had_gone_on_ = true;
            throw;
        }
    }

    template <typename E, typename Next>
    WEIR_INLINE static constexpr void give(E&& event, Timestamp time, Next& next) {
        const auto make = [&] { return Event<value_t<E>>{value_of(std::forward<E>(event)), time}; };
        if constexpr (requires { next.on_made_event(make); }) next.on_made_event(make);
        else next.on_event(make());
    }

    static constexpr bool rises_with_time = requires { requires Rule::rises_with_time; };
    WEIR_NO_UNIQUE_ADDRESS Proj projection_;
    WEIR_NO_UNIQUE_ADDRESS Rule rule_;
    Timestamp mark_ = min_time;
    Timestamp latest_ = min_time; // the greatest time since this runs
    bool had_gone_on_ = false;
};

/// Times and marks of events that were handed back, so that the user's functions see each event once.
///     Mark: Timestamp; a parameter, so that it costs only those who use it
template <typename Mark>
class TimesAgain {
public:
    /// Copies those of the next events, at most n, and gives how many events that are, and how many of them go on; mark becomes the mark
    /// behind them.
    template <typename Timed>
    std::pair<std::size_t, std::size_t> copy(Timed& timed, std::size_t n, Mark& mark) const {
        if (known_ == 0) return {0, 0};
        n = std::min(n, known_);
        std::size_t k = 0;
        for (; k < kept_.size() && kept_[k].at < n; ++k) timed.write(k, kept_[k].at, kept_[k].time, kept_[k].mark);
        mark = k < kept_.size() ? kept_[k].mark : last_;
        return {n, k};
    }
    /// Of n events, k of which go on, so many were taken. Gives the mark before the first of the others, or, of none, the one behind all.
    template <typename Timed>
    Mark keep(const Timed& timed, std::size_t k, std::size_t n, std::size_t taken, Mark mark) {
        if (taken == n && known_ == 0) return mark;
        std::vector<Times> left;
        for (std::size_t i = 0; i < k; ++i)
            if (timed.at(i) >= taken) left.push_back({timed.time(i), timed.mark(i), timed.at(i) - taken});
        for (const Times& kept : kept_)
            if (kept.at >= n) left.push_back({kept.time, kept.mark, kept.at - taken});
        if (n >= known_) last_ = mark;
        known_ = std::max(n, known_) - taken;
        kept_.swap(left);
        return kept_.empty() ? last_ : kept_.front().mark;
    }

private:
    struct Times {
        Mark time;
        Mark mark;      // before it
        std::size_t at; // how many events are before it
    };
    std::vector<Times> kept_;
    Mark last_ = min_time;  // behind all that are known,
    std::size_t known_ = 0; // which are so many; of those that are not kept none goes on
};

/// A run of events with times and marks beside them. All go on, from where they lie: the k-th is the one at k.
template <typename E>
struct TimedInPlace {
    Room<Timestamp, TimedSpan<E>::most> times;
    Room<Timestamp, TimedSpan<E>::most> marks;

    [[nodiscard]] static std::size_t at(std::size_t k) noexcept { return k; }
    [[nodiscard]] Timestamp time(std::size_t k) const noexcept { return times.items[k]; }
    [[nodiscard]] Timestamp mark(std::size_t k) const noexcept { return marks.items[k]; }
    WEIR_INLINE void write(std::size_t k, std::size_t, Timestamp time, Timestamp mark) noexcept {
        times.items[k] = time;
        marks.items[k] = mark;
    }
    /// Some of them in a row, that begin behind `first`.
    struct Some {
        static constexpr std::size_t most = TimedSpan<E>::most;
        TimedInPlace& all;
        std::size_t first;
        WEIR_INLINE void write(std::size_t i, Timestamp time, Timestamp mark) noexcept { all.write(first + i, first + i, time, mark); }
        template <typename V, typename Next>
        constexpr void look_at(std::size_t, const V&, Next&) noexcept {}
        /// n of them are written. Gives how many of all go on then.
        [[nodiscard]] std::size_t end(std::size_t n, std::size_t) const noexcept { return first + n; }
    };
    template <typename Next>
    std::size_t hand_on(std::span<E> events, std::size_t, Timestamp last, Next& next) const {
        return next.on_timed_span(TimedSpan<E>{events, times.items, marks.items, last});
    }
};

/// The same, of which only those go on, copied, that the operator behind picks.
template <typename E>
struct TimedPicked {
    using V = value_t<E>;
    static constexpr std::size_t most = TimedSpan<E>::most;
    Room<Timestamp, most> times; // of all, by their places
    Room<Timestamp, most> marks;
    Room<unsigned char, most + PickedBits::behind> places;

    [[nodiscard]] std::size_t at(std::size_t k) const noexcept { return places.items[k]; }
    [[nodiscard]] Timestamp time(std::size_t k) const noexcept { return times.items[at(k)]; }
    [[nodiscard]] Timestamp mark(std::size_t k) const noexcept { return marks.items[at(k)]; }
    void write(std::size_t k, std::size_t at, Timestamp time, Timestamp mark) noexcept {
        times.items[at] = time;
        marks.items[at] = mark;
        places.items[k] = static_cast<unsigned char>(at);
    }
    struct Some {
        static constexpr std::size_t most = PickedBits::most;
        TimedPicked& all;
        std::size_t first;
        PickedBits picked{};
        WEIR_INLINE void write(std::size_t i, Timestamp time, Timestamp mark) noexcept {
            all.times.items[first + i] = time;
            all.marks.items[first + i] = mark;
        }
        template <typename Next>
        WEIR_INLINE void look_at(std::size_t i, const V& value, Next& next) { picked.add(i, next.op().picks(value)); }
        [[nodiscard]] WEIR_INLINE std::size_t end(std::size_t, std::size_t k) const noexcept { return picked.write(all.places.items, k, first); }
    };
    template <typename Next>
    std::size_t hand_on(std::span<E> events, std::size_t n, Timestamp last, Next& next) const {
        Room<V, most> own;
        Room<Timestamp, most> own_times;
        Room<Timestamp, most> own_marks;
        for (std::size_t k = 0; k < n; ++k) {
            const std::size_t i = at(k);
            own_times.items[k] = times.items[i];
            own_marks.items[k] = marks.items[i];
            std::construct_at(own.items + k, value_of(events[i]));
        }
        return hand_picked(next, PickedSpan<V>{{{own.items, n}, own_times.items, own_marks.items, last}, places.items, events.size()});
    }
};

/// The same for spans: what follows that takes times and marks beside the events need not have copies of them.
template <typename Proj, typename Rule>
class EventTimingOfSpans : public EventTiming<Proj, Rule> {
    using Base = EventTiming<Proj, Rule>;

public:
    using Base::Base;
    using Again = TimesAgain<dependent_t<Timestamp, Proj>>;
    template <typename Next>
    static constexpr bool takes_span_before = requires { requires Next::takes_timed_span; };
    template <typename E, typename Next>
        requires(takes_span_before<Next> && not (Next::bounded_room && Next::can_suspend))
    void on_span(std::span<E> events, Next& next) {
        struct {} none;
        on_part_of_span(events, next, none);
    }
    /// Gives how many were taken: fewer where what follows waits for room.
    template <typename E, typename Next, typename Kept>
    std::size_t on_part_of_span(std::span<E> events, Next& next, Kept& again) {
        constexpr bool may_wait = std::is_same_v<Kept, Again>;
        std::conditional_t<PicksFirst<Next>, TimedPicked<E>, TimedInPlace<E>> timed;
        for (left_ = events.size(); left_ != 0;) {
            if constexpr (may_wait)
                if (next.room() == 0) break;
            const std::span<E> some = events.subspan(events.size() - left_, std::min(left_, TimedSpan<E>::most));
            Reached at{0, 0, this->mark_, this->latest_};
            if constexpr (may_wait) std::tie(at.n, at.k) = again.copy(timed, some.size(), at.mark);
            const auto hand_on = [&] {
                this->mark_ = at.mark;
                this->latest_ = at.latest;
                left_ -= at.n;
                try {
                    const std::size_t taken = timed.hand_on(some.first(at.n), at.k, at.mark, next);
                    left_ += at.n - taken; // those come again
                    if constexpr (may_wait) this->mark_ = again.keep(timed, at.k, at.n, taken, at.mark);
                    return taken == at.n;
                } catch (...) {
                    left_ += next.interrupted();
                    throw;
                }
            };
            try {
                time_all(some, timed, at, next);
            } catch (...) {
                hand_on();
                throw;
            }
            if (not hand_on()) break;
        }
        return events.size() - left_;
    }
    [[nodiscard]] std::size_t unfinished() const noexcept { return left_; }

private:
    /// How far a run of events has been timed.
    struct Reached {
        std::size_t n;
        std::size_t k;    // of these go on
        Timestamp mark;   // behind them
        Timestamp latest; // of them
    };
    /// By itself, so that a compiler has registers for all of it. No branch on what goes on: it cannot be foretold.
    template <typename E, typename Timed, typename Next>
    [[gnu::noinline]] void time_all(std::span<E> events, Timed& timed, Reached& reached, Next& next) {
        Reached at = reached;
        while (at.n < events.size()) {
            const std::size_t first = at.n;
            typename Timed::Some some{timed, first};
            const std::size_t n = std::min(events.size() - first, some.most);
            std::size_t i = 0;
            const auto end = [&] {
                at.n = first + i;
                at.k = some.end(i, at.k);
            };
            try {
                for (; i < n; ++i) {
                    const auto& value = value_of(events[first + i]);
                    const Timestamp time = this->time_for(value);
                    some.write(i, time, at.mark);
                    Timestamp mark = at.mark;
                    if (not Base::rises_with_time || time > at.latest) {
                        mark = std::max(mark, this->rule_.watermark(time, value));
                        at.latest = std::max(at.latest, time);
                    }
                    some.look_at(i, value, next);
                    at.mark = mark;
                }
            } catch (...) {
                end();
                reached = at;
                throw;
            }
            end();
        }
        reached = at;
    }

    std::size_t left_ = 0; // of a span that is being timed
};

template <typename Proj, typename Rule, typename Ahead = NoChain>
struct EventTimeOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "event_time";
    static constexpr bool gives_event_time = true;
    static constexpr bool has_side = not std::is_same_v<Ahead, NoChain>;
    /// Whether the watermark is a maximum over the events, so that what others make of the events before can be told behind.
    static constexpr bool times_parts = not has_side && not is_limited_rule<Rule>;
    static constexpr bool cuts_inside = [] {
        if constexpr (has_side) return any_cuts<ops_t<Ahead>>;
        else return false;
    }();
    WEIR_NO_UNIQUE_ADDRESS Proj projection;
    WEIR_NO_UNIQUE_ADDRESS Rule rule;
    WEIR_NO_UNIQUE_ADDRESS Ahead ahead; // no {}: a chain with a lambda in it cannot be made from nothing

    /// Where events go whose time is not believed, with that time: a chain that ends in a sink.
    template <typename C>
        requires ChainLike<C>
    [[nodiscard]] constexpr auto ahead_to(C&& chain) const {
        static_assert(doubts_times<Rule>, "ahead_to(chain): the strategy believes every time. Write strategy.no_further_than(d) or .jump_at_most(d).");
        return EventTimeOp<Proj, Rule, std::remove_cvref_t<C>>{projection, rule, std::forward<C>(chain)};
    }

    template <typename S>
    using timed_t = with_traits_t<with_whole_event_t<S, Event<typename S::value>>, clocked(owned(S::traits), false)>;
    template <typename S>
    static consteval bool fits() {
        if constexpr (has_side) return takes_late<timed_t<S>, Ahead, false>();
        else return true;
    }
    template <typename S>
    static consteval bool gives_time() {
        if constexpr (std::invocable<Proj&, shown_t<S>>) return is_sys_time<std::remove_cvref_t<std::invoke_result_t<Proj&, shown_t<S>>>>;
        else return false;
    }
    template <typename S>
        requires(gives_time<S>() && WatermarkRule<Rule, typename S::value> && std::constructible_from<typename S::value, given_t<S>> &&
                 (S::traits.waits || not falls_idle<Rule>))
    using out = std::conditional_t<fits<S>(), timed_t<S>, Refused>;

    template <typename S>
    void say_memory([[maybe_unused]] auto& walk, const S&) const {
        if constexpr (has_side) walk.branch(without_clauses_t<timed_t<S>>{}, ahead, "ahead_to");
    }
    template <typename S, typename Binding>
    constexpr auto bind(const S&, [[maybe_unused]] Binding& binding, [[maybe_unused]] std::uint32_t id) && {
        if constexpr (is_limited_rule<Rule>) {
            auto side = [&] {
                if constexpr (has_side) return bind_branch(without_clauses_t<timed_t<S>>{}, std::move(ahead), binding, id, "ahead_to");
                else return NoBranch{};
            }();
            return LimitedEventTiming<EventTiming<Proj, typename Rule::Rule>, decltype(side), Rule::idles, Rule::doubts>(
                {std::move(projection), std::move(rule.rule)}, std::move(side), rule.limits, binding.clock());
        } else {
            return EventTimingOfSpans<Proj, Rule>(std::move(projection), std::move(rule));
        }
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not std::invocable<Proj&, shown_t<S>>)
            static_assert(never<Proj, S>, "event_time(projection, strategy): projection cannot be called with this pipeline's events. Accepted: a "
                                          "member pointer, or std::chrono::sys_time fn(const E&).");
        else if constexpr (std::is_arithmetic_v<std::remove_cvref_t<std::invoke_result_t<Proj&, shown_t<S>>>>)
            static_assert(never<Proj, S>, "event_time(projection, strategy): projection gives a number, whose unit weir cannot know. Give a "
                                          "std::chrono::sys_time: weir::Timestamp(std::chrono::milliseconds(e.time)), say.");
        else if constexpr (not gives_time<S>())
            static_assert(never<Proj, S>, "event_time(projection, strategy): projection must give a std::chrono::sys_time of any unit.");
        else if constexpr (not WatermarkRule<Rule, typename S::value>)
            static_assert(never<Proj, S>, "event_time(projection, strategy): this is no watermark strategy for this pipeline's events. Accepted: "
                                          "bounded_disorder(d), monotonous(), punctuated(std::optional<sys_time> fn(const E&)), where fn is called "
                                          "as const (no mutable lambda).");
        else if constexpr (not S::traits.waits && falls_idle<Rule>)
            static_assert(never<Proj, S>, "event_time(...).idle_after(d): this source cannot wait with a deadline, so nobody would notice that it is "
                                          "idle. Put stage() before it.");
        else
            static_assert(never<Proj, S>, "event_time(projection, strategy): these events are lent and cannot be copied, and an event with a time "
                                          "is a new one. Map to something that can be copied.");
    }
};

} // namespace detail

/// Gives each event the time when it happened, and the stream its watermark.
///     E -> Event<E>, order kept; functions further down still get the value. The watermark stands behind each event with which it
///     rises; what was known of time before is replaced. Never allocates (a lent event is copied).
///     projection: member pointer or function -> std::chrono::sys_time of any unit; times beyond nanoseconds' range (1677 to 2262)
///     are held at its ends; copies that read a source themselves (see parallel) each call it. strategy: bounded_disorder(d),
///     monotonous() (the default), punctuated(fn), each with .idle_after(d), .no_further_than(d), .jump_at_most(d): the last two say
///     which times are not believed, as one clock that is far ahead would else close everybody's windows. Such events count as dropped (ahead), and go to the chain of event_time(...).ahead_to(chain).
///     example: tests/time/event_time.cpp
template <typename Proj, typename Strategy = detail::BoundedDisorder>
[[nodiscard]] constexpr auto event_time(Proj projection, Strategy strategy = monotonous()) {
    return detail::EventTimeOp<Proj, Strategy>{std::move(projection), std::move(strategy), {}};
}
template <typename... Wrong>
constexpr Refused event_time(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "event_time(projection, strategy): it takes what gives an event its time, and perhaps a strategy: "
                  "event_time(&T::time), event_time(&T::time, bounded_disorder(5s)).");
    return {};
}

} // namespace weir
