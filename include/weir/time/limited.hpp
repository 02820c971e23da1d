// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/side.hpp>
#include <weir/core/span_clock.hpp>
#include <weir/time/strategy.hpp>

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// The running form of event_time where its strategy says more than a rule: the stream falls idle, or times too far ahead are not
/// believed. The clock is looked at once for the events that came together.
///     Timing: EventTiming. Side: the running chain of ahead_to.
template <typename Timing, typename Side, bool Idles, bool Doubts>
class LimitedEventTiming : public Timing, public WithSide<Side> {
public:
    static constexpr bool one_to_one = not Doubts;

    LimitedEventTiming(Timing timing, Side side, StreamLimits limits, const Clock& clock)
        : Timing(std::move(timing)), WithSide<Side>(std::move(side)), clock_(clock), limits_(limits), idle_at_(saturating_add(clock.now(), limits.idle)) {}

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        const Timestamp time = this->time_for(value_of(event));
        if constexpr (Doubts)
            if (is_ahead(time)) return drop(std::forward<E>(event), time);
        seen_ = true;
        this->take(std::forward<E>(event), time, next, [this](Timestamp mark) { this->side_.on_watermark(mark); });
    }
    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        if (t == max_time) this->side_.on_watermark(t);
        Timing::on_watermark(t, next);
    }
    template <typename Next>
    void end_span(Next& next) {
        clock_.end_span();
        if (std::exchange(seen_, false) && Idles) idle_at_ = saturating_add(clock_.clock().now(), limits_.idle);
        WithSide<Side>::end_span(next);
    }
    template <typename Next>
    void on_time(Timestamp now, Next& next) {
        if (Idles && not seen_ && now >= idle_at_) { // nor had an operator before this kept events until now
            idle_at_ = max_time;
            next.on_idle();
        }
        WithSide<Side>::on_time(now, next);
    }
    [[nodiscard]] Timestamp deadline() const
        requires(Idles || Side::has_deadline)
    {
        return Idles ? std::min<Timestamp>(idle_at_, this->side_.deadline()) : this->side_.deadline();
    }

    void report(OperatorReport& row) const noexcept { row.dropped(Drop::ahead) = dropped_; }
    void save(StateWriter& to) const {
        Timing::save(to);
        to.put(idle_at_);
        to.put(greatest_);
        to.put(in_row_);
        to.put(dropped_);
    }
    void load(StateReader& from) {
        Timing::load(from);
        from.get(idle_at_);
        from.get(greatest_);
        from.get(in_row_);
        from.get(dropped_);
    }

private:
    [[nodiscard]] bool is_ahead(Timestamp time) {
        if (limits_.ahead != Duration::max() && time > saturating_add(clock_.now(), limits_.ahead)) return true;
        if (limits_.jump == Duration::max()) return false;
        if (greatest_ != min_time && time > saturating_add(greatest_, limits_.jump) && in_row_ < limits_.believed) return ++in_row_, true;
        in_row_ = 0;
        greatest_ = std::max(greatest_, time);
        return false;
    }
    template <typename E>
    void drop(E&& event, Timestamp time) {
        ++dropped_;
        if constexpr (not std::is_same_v<Side, NoBranch>) this->side_.on_event(Event<value_t<E>>{value_of(std::forward<E>(event)), time});
    }

    SpanClock clock_;
    StreamLimits limits_;
    Timestamp idle_at_;
    Timestamp greatest_ = min_time; // of those believed
    std::uint64_t in_row_ = 0;      // that were not
    std::uint64_t dropped_ = 0;
    bool seen_ = false;
};

} // namespace weir::detail
