// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>
#include <ratio>

namespace weir {

/// A length of time, in nanoseconds.
using Duration = std::chrono::nanoseconds;

/// A point in time, in nanoseconds since 1970-01-01T00:00:00Z: event times, watermarks and the job's own clock.
using Timestamp = std::chrono::sys_time<Duration>;

/// Before every event: the watermark of a stream that has not said anything yet.
inline constexpr Timestamp min_time = Timestamp::min();

/// After every event: the watermark of a stream that has ended; also "no deadline".
inline constexpr Timestamp max_time = Timestamp::max();

/// t + d, held at max_time and min_time instead of overflowing.
[[nodiscard]] constexpr Timestamp saturating_add(Timestamp t, Duration d) noexcept {
#if defined(__GNUC__)
    Duration::rep sum = 0;
    if (not __builtin_add_overflow(t.time_since_epoch().count(), d.count(), &sum)) return Timestamp(Duration(sum));
    return d.count() > 0 ? max_time : min_time;
#else
    if (d.count() > 0 && t.time_since_epoch().count() > Duration::max().count() - d.count()) return max_time;
    if (d.count() < 0 && t.time_since_epoch().count() < Duration::min().count() - d.count()) return min_time;
    return t + d;
#endif
}

/// Any duration as nanoseconds, held at the ends of the range: hours::max() means "for ever", not a small number. NaN is the least.
template <typename Rep, typename Period>
[[nodiscard]] constexpr Duration saturating_duration(std::chrono::duration<Rep, Period> d) noexcept {
    using Nanoseconds = std::ratio_divide<Period, Duration::period>;
    const double n = static_cast<double>(d.count()) * Nanoseconds::num / Nanoseconds::den;
    if (n >= static_cast<double>(Duration::max().count())) return Duration::max();
    if (not (n > static_cast<double>(Duration::min().count()))) return Duration::min();
    return std::chrono::duration_cast<Duration>(d);
}

namespace detail {

/// Whether a watermark says that this time is over; min_time says nothing yet.
[[nodiscard]] constexpr bool is_over(Timestamp t, Timestamp watermark) noexcept { return t <= watermark && watermark != min_time; }

/// The last time before an end; one at max_time stands for all that lie beyond it, so that max_time itself comes before it.
[[nodiscard]] constexpr Timestamp last_before(Timestamp end) noexcept { return end == max_time ? max_time : saturating_add(end, Duration(-1)); }

} // namespace detail

} // namespace weir
