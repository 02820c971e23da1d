// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/source/from.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace weir {

/// A PollingSource of the times start + period, start + 2 * period, ... by the job's clock; start is when it was first asked.
template <typename Time = Timestamp> // a template, so that it costs only those who use it
class BasicTicks {
public:
    using event_type = Time;

    explicit BasicTicks(Duration period, std::uint64_t count = std::numeric_limits<std::uint64_t>::max()) : period_(period), left_(count) {
        if (period <= Duration::zero()) throw std::invalid_argument("ticks(period): the period must be longer than nothing");
    }

    [[nodiscard]] Polled<Time> poll(Time now) {
        if (left_ == 0) return Polled<Time>::ended();
        if (next_ == min_time) next_ = saturating_add(now, period_);
        if (now < next_) return Polled<Time>::nothing(next_ - now);
        const Time tick = next_ + (now - next_) / period_ * period_; // the latest that is due
        next_ = saturating_add(tick, period_);
        --left_;
        return tick;
    }

private:
    Duration period_;
    std::uint64_t left_;
    Time next_ = min_time; // not asked yet
};

using Ticks = BasicTicks<>;

/// Begins a pipeline with a tick every `period`, the first one period after the start.
///     -> Timestamp, the moment that the tick was due on the job's clock: always start + a whole number of periods, so it does not
///     drift. A chain that is late gets the latest tick that is due and not those before it: fewer ticks, never a burst.
///     Never ends, or after `count` ticks; never allocates; throws std::invalid_argument for a period of 0 or less.
///     example: tests/source/ticks.cpp
template <typename Rep, typename Period, typename Source = Ticks>
[[nodiscard]] auto ticks(std::chrono::duration<Rep, Period> period) {
    return from(Source(saturating_duration(period)));
}
template <typename Rep, typename Period, detail::CountLike N, typename Source = Ticks>
[[nodiscard]] auto ticks(std::chrono::duration<Rep, Period> period, N count) {
    return from(Source(saturating_duration(period), detail::not_negative(count, "ticks(period, count)", "count")));
}
template <typename... Wrong>
    requires(sizeof...(Wrong) != 2)
constexpr Refused ticks(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "ticks(period, count): period is a time, and not a number without a unit. Accepted: ticks(100ms), "
                  "ticks(100ms, 10).");
    return {};
}

} // namespace weir
