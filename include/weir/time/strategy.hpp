// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/event.hpp>
#include <weir/core/not_negative.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
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

template <typename R, typename V>
concept WatermarkRule = requires(const R& rule, Timestamp t, const V& value) { { rule.watermark(t, value) } -> std::same_as<Timestamp>; };

/// What can be said about a stream beside its rule. Duration::max(): nothing.
struct StreamLimits {
    Duration idle = Duration::max();  ///< nobody waits for it when nothing has come for so long
    Duration ahead = Duration::max(); ///< of the job's clock: events that are further are not believed
    Duration jump = Duration::max();  ///< beyond the greatest time so far: the same,
    std::uint64_t believed = 0;       ///< until so many in a row have been
};
template <typename Rule, bool Idles, bool Doubts>
struct LimitedRule;

/// What all strategies offer.
template <typename Self>
struct StrategyBase {
    /// When no event has come for so long on the job's clock, others (the other inputs of a merge) no longer wait for this
    /// stream's watermark, until it has events again and has caught up with them. The source must be able to wait with a deadline.
    /// An operator that holds events holds this back with them, or they would be late: a micro_batch without linger until it is full.
    template <typename Rep, typename Period>
    [[nodiscard]] constexpr auto idle_after(std::chrono::duration<Rep, Period> d) const {
        auto with = limited<true, false>();
        with.limits.idle = positive(d, "idle_after(d): d must be greater than 0");
        return with;
    }
    /// An event whose time is more than d ahead of the job's clock is dropped (ahead) and moves no watermark: for live streams, of
    /// which no clock can be right that is so far ahead. Of stored data it finds what is still to come, so the result depends on when
    /// the job runs.
    template <typename Rep, typename Period>
    [[nodiscard]] constexpr auto no_further_than(std::chrono::duration<Rep, Period> d) const {
        auto with = limited<false, true>();
        with.limits.ahead = not_negative(d, "no_further_than(d): d must not be negative");
        return with;
    }
    /// An event whose time is more than d beyond the greatest so far is dropped (ahead) and moves no watermark. It looks at the events
    /// only, so it is the same for a live stream and its replay; but the first event is believed, and behind a silence longer than d
    /// the rest would all be too far: so after `believed` such events in a row, with none of another kind between, the next one is
    /// taken again.
    template <typename Rep, typename Period, CountLike N = std::uint64_t>
    [[nodiscard]] constexpr auto jump_at_most(std::chrono::duration<Rep, Period> d, N believed = 100) const {
        auto with = limited<false, true>();
        with.limits.jump = positive(d, "jump_at_most(d): d must be greater than 0");
        with.limits.believed = not_negative(believed, "jump_at_most(d, believed)", "believed");
        return with;
    }

private:
    template <bool Idles, bool Doubts>
    [[nodiscard]] constexpr auto limited() const {
        const Self& self = static_cast<const Self&>(*this);
        if constexpr (requires { self.limits; }) return LimitedRule<typename Self::Rule, Self::idles || Idles, Self::doubts || Doubts>(self.rule, self.limits);
        else return LimitedRule<Self, Idles, Doubts>(self, {});
    }
};

/// A rule and what else is said. Idles, Doubts: whether there is anything.
template <typename R, bool Idles, bool Doubts>
struct LimitedRule : StrategyBase<LimitedRule<R, Idles, Doubts>> {
    using Rule = R;
    static constexpr bool idles = Idles;
    static constexpr bool doubts = Doubts;
    WEIR_NO_UNIQUE_ADDRESS R rule;
    StreamLimits limits;

    constexpr LimitedRule(R r, StreamLimits l) : rule(std::move(r)), limits(l) {}
    template <typename V>
        requires WatermarkRule<R, V>
    [[nodiscard]] constexpr Timestamp watermark(Timestamp t, const V& value) const {
        return rule.watermark(t, value);
    }
};
template <typename R>
inline constexpr bool is_limited_rule = false;
template <typename R, bool Idles, bool Doubts>
inline constexpr bool is_limited_rule<LimitedRule<R, Idles, Doubts>> = true;
template <typename R>
inline constexpr bool falls_idle = requires { requires R::idles; };
template <typename R>
inline constexpr bool doubts_times = requires { requires R::doubts; };

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
        requires requires(const Fn& f, const V& value) { std::invoke(f, value) ? to_timestamp(*std::invoke(f, value)) : min_time; }
    [[nodiscard]] constexpr Timestamp watermark(Timestamp, const V& value) const {
        const auto t = std::invoke(fn, value);
        return t ? std::min(to_timestamp(*t), max_time - Duration(1)) : min_time; // max_time is what the end of the stream says
    }
};

} // namespace detail

/// Watermark strategy: an event comes at most `disorder` behind the latest one before it.
///     The watermark is the greatest time so far - disorder - 1 ns (as Flink's bounded out-of-orderness). A negative disorder is 0.
template <typename Rep, typename Period>
[[nodiscard]] constexpr auto bounded_disorder(std::chrono::duration<Rep, Period> disorder) {
    const Duration d = detail::any_length(disorder, "bounded_disorder(disorder): disorder is not a number");
    return detail::BoundedDisorder(d < Duration::zero() ? Duration::zero() : d);
}
template <typename... Wrong>
constexpr auto bounded_disorder(const Wrong&...) {
    static_assert(detail::never<Wrong...>, "bounded_disorder(disorder): it takes a time with its unit. Write bounded_disorder(5s), with using "
                                           "namespace std::chrono_literals.");
    return bounded_disorder(Duration());
}

/// Watermark strategy: times never go back. The watermark is the greatest time so far - 1 ns.
[[nodiscard]] constexpr auto monotonous() { return detail::BoundedDisorder(Duration::zero()); }

/// Watermark strategy: fn(value) -> std::optional of a sys_time, up to which no more events will come, or nothing.
template <typename Fn>
[[nodiscard]] constexpr auto punctuated(Fn fn) {
    return detail::Punctuated<Fn>(std::move(fn));
}

} // namespace weir
