// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/time/strategy.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

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
        using V = value_t<E>;
        const V& value = value_of(event);
        const Timestamp time = to_timestamp(std::invoke(projection_, value));
        if constexpr (requires { requires Rule::rises_with_time; }) {
            if (time <= latest_) return next.on_event(Event<V>{value_of(std::forward<E>(event)), time});
            latest_ = time;
        }
        const Timestamp mark = rule_.watermark(time, value);
        next.on_event(Event<V>{value_of(std::forward<E>(event)), time});
        if (mark <= mark_) return;
        mark_ = mark;
        next.on_watermark(mark);
    }
    /// What an operator before this knew of time, this one knows better; but the end is the end.
    template <typename Next>
    constexpr void on_watermark(Timestamp t, Next& next) {
        if (t != max_time) return;
        mark_ = t;
        next.on_watermark(t);
    }

    void save(StateWriter& to) const { to.put(mark_); }
    void load(StateReader& from) { from.get(mark_); }

private:
    WEIR_NO_UNIQUE_ADDRESS Proj projection_;
    WEIR_NO_UNIQUE_ADDRESS Rule rule_;
    Timestamp mark_ = min_time;
    Timestamp latest_ = min_time; // the greatest time since this runs
};

/// The same for a stream that falls idle: the clock is looked at once for the events that came together.
template <typename Proj, typename Rule>
class IdlingEventTiming : public EventTiming<Proj, Rule> {
    using Base = EventTiming<Proj, Rule>;

public:
    IdlingEventTiming(Proj projection, Rule rule, Duration idle, const Clock& clock)
        : Base(std::move(projection), std::move(rule)), clock_(&clock), idle_(idle), idle_at_(saturating_add(clock.now(), idle)) {}

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        seen_ = true;
        Base::on_event(std::forward<E>(event), next);
    }
    template <typename Next>
    void end_span(Next&) {
        if (std::exchange(seen_, false)) idle_at_ = saturating_add(clock_->now(), idle_);
    }
    template <typename Next>
    void on_time(Timestamp now, Next& next) {
        if (now >= idle_at_) {
            idle_at_ = max_time;
            next.on_idle();
        }
        next.on_time(now);
    }
    [[nodiscard]] Timestamp deadline() const { return idle_at_; }

    void save(StateWriter& to) const {
        Base::save(to);
        to.put(idle_at_);
    }
    void load(StateReader& from) {
        Base::load(from);
        from.get(idle_at_);
    }

private:
    const Clock* clock_;
    Duration idle_;
    Timestamp idle_at_;
    bool seen_ = false;
};

template <typename Proj, typename Rule>
struct EventTimeOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "event_time";
    WEIR_NO_UNIQUE_ADDRESS Proj projection;
    WEIR_NO_UNIQUE_ADDRESS Rule rule;

    template <typename S>
    static consteval bool gives_time() {
        if constexpr (std::invocable<Proj&, shown_t<S>>) return is_sys_time<std::remove_cvref_t<std::invoke_result_t<Proj&, shown_t<S>>>>;
        else return false;
    }
    template <typename S>
        requires(gives_time<S>() && WatermarkRule<Rule, typename S::value> && std::constructible_from<typename S::value, given_t<S>> &&
                 (S::traits.waits || not falls_idle<Rule>))
    using out = with_traits_t<with_whole_event_t<S, Event<typename S::value>>, clocked(owned(S::traits), false)>;

    template <typename S, typename Binding>
    constexpr auto bind(const S&, Binding& binding, std::uint32_t) && {
        if constexpr (falls_idle<Rule>)
            return IdlingEventTiming<Proj, decltype(rule.rule)>(std::move(projection), std::move(rule.rule), rule.idle, binding.clock());
        else return EventTiming<Proj, Rule>(std::move(projection), std::move(rule));
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
                                          "bounded_disorder(d), monotonous(), punctuated(std::optional<sys_time> fn(const E&)).");
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
///     are held at its ends. strategy: bounded_disorder(d), monotonous() (the default), punctuated(fn).
///     example: tests/time/event_time.cpp
template <typename Proj, typename Strategy = detail::BoundedDisorder>
[[nodiscard]] constexpr auto event_time(Proj projection, Strategy strategy = monotonous()) {
    return detail::EventTimeOp<Proj, Strategy>{std::move(projection), std::move(strategy)};
}

} // namespace weir
