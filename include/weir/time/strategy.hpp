// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/event.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <functional>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename T>
inline constexpr bool is_sys_time = false;
template <typename D>
inline constexpr bool is_sys_time<std::chrono::sys_time<D>> = true;

/// Any sys_time in nanoseconds; what lies beyond their range (1677 to 2262) is held at its ends.
template <typename D>
[[nodiscard]] constexpr Timestamp to_timestamp(std::chrono::sys_time<D> t) noexcept {
    if constexpr (std::is_same_v<D, Duration>) return t;
    else return Timestamp(saturating_duration(t.time_since_epoch()));
}

/// A rule whose stream falls idle when nothing has come for so long.
template <typename Rule>
struct IdleAfter {
    WEIR_NO_UNIQUE_ADDRESS Rule rule;
    Duration idle;
    template <typename V>
    [[nodiscard]] constexpr Timestamp watermark(Timestamp t, const V& value) const {
        return rule.watermark(t, value);
    }
};
template <typename R>
inline constexpr bool falls_idle = false;
template <typename R>
inline constexpr bool falls_idle<IdleAfter<R>> = true;

/// What all strategies offer.
template <typename Rule>
struct StrategyBase {
    /// When no event has come for so long on the job's clock, others (the other inputs of a merge) no longer wait for this
    /// stream's watermark, until it has events again and has caught up with them. The source must be able to wait with a deadline.
    template <typename Rep, typename Period>
    [[nodiscard]] constexpr IdleAfter<Rule> idle_after(std::chrono::duration<Rep, Period> d) const {
        if (d <= d.zero()) throw std::invalid_argument("idle_after(d): d must be greater than 0");
        return {static_cast<const Rule&>(*this), saturating_duration(d)};
    }
};

/// No event with a time <= t - disorder - 1 ns comes behind one at t.
struct BoundedDisorder : StrategyBase<BoundedDisorder> {
    static constexpr bool rises_with_time = true; // and only then
    Duration behind;      // disorder + 1 ns
    Timestamp earliest;   // before this there would be no such time
    constexpr explicit BoundedDisorder(Duration disorder) noexcept
        : behind(std::min(disorder, Duration::max() - Duration(1)) + Duration(1)), earliest(min_time + behind) {}
    template <typename V>
    [[nodiscard]] constexpr Timestamp watermark(Timestamp t, const V&) const noexcept {
        return t < earliest ? min_time : t - behind;
    }
};

/// The events themselves say where the watermark stands.
template <typename Fn>
struct Punctuated : StrategyBase<Punctuated<Fn>> {
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    constexpr explicit Punctuated(Fn f) : fn(std::move(f)) {}
    template <typename V>
    [[nodiscard]] constexpr Timestamp watermark(Timestamp, const V& value) const {
        const auto t = std::invoke(fn, value);
        return t ? to_timestamp(*t) : min_time;
    }
};

template <typename R, typename V>
concept WatermarkRule = requires(const R& rule, Timestamp t, const V& value) { { rule.watermark(t, value) } -> std::same_as<Timestamp>; };

} // namespace detail

/// Watermark strategy: an event comes at most `disorder` behind the latest one before it.
///     The watermark is the greatest time so far - disorder - 1 ns (as Flink's bounded out-of-orderness). A negative disorder is 0.
template <typename Rep, typename Period>
[[nodiscard]] constexpr auto bounded_disorder(std::chrono::duration<Rep, Period> disorder) {
    const Duration d = saturating_duration(disorder);
    return detail::BoundedDisorder(d < Duration::zero() ? Duration::zero() : d);
}

/// Watermark strategy: times never go back. The watermark is the greatest time so far - 1 ns.
[[nodiscard]] constexpr auto monotonous() { return detail::BoundedDisorder(Duration::zero()); }

/// Watermark strategy: fn(value) -> std::optional of a sys_time, up to which no more events will come, or nothing.
template <typename Fn>
[[nodiscard]] constexpr auto punctuated(Fn fn) {
    return detail::Punctuated<Fn>(std::move(fn));
}

} // namespace weir
