// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/not_negative.hpp>
#include <weir/core/trigger.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <stdexcept>
#include <type_traits>

namespace weir {
namespace detail {

/// A condition, or so long after a pane's first event on the job's clock, whichever comes first.
struct DelayedRepeat {
    std::uint64_t count = 0;
    Duration every{};
    Duration delay{};
};

/// A condition that can come again and again.
struct Repeat {
    std::uint64_t count = 0;
    Duration every{};

    /// Or d after the first event that no pane has given, by the job's clock, where that comes first.
    template <typename Rep, typename Period>
    [[nodiscard]] constexpr DelayedRepeat or_after(std::chrono::duration<Rep, Period> d) const {
        return {count, every, positive(d, "or_after(d), after_delay(d): d must be greater than 0")};
    }
};

/// The conditions that also say what becomes of late events.
struct Each : Repeat {
    static constexpr bool gives_late = true;
};
struct Never : Repeat {
    static constexpr bool gives_late = false;
};

/// What stands where a condition should.
template <typename... T>
concept NoCondition = sizeof...(T) != 1 || not((std::derived_from<T, Repeat> || std::same_as<T, DelayedRepeat>) && ...);

/// When a window emits: a plain value, given to window(...).trigger(...). Its type says whether the job's clock is looked at.
///     Rules: TriggerRules or DelayRules
template <typename Rules>
class BasicTrigger {
public:
    constexpr explicit BasicTrigger(Rules rules) : rules_(rules) {}

    /// Also before the window's end: every(period), after_count(n), each(), after_delay(d), or a count or period .or_after(d).
    [[nodiscard]] constexpr auto early(const Repeat& when) const {
        TriggerRules rules = rules_;
        rules.count = when.count;
        rules.every = when.every;
        return BasicTrigger<TriggerRules>(rules);
    }
    [[nodiscard]] constexpr auto early(const DelayedRepeat& when) const {
        return BasicTrigger<DelayRules>({early(Repeat{when.count, when.every}).rules(), when.delay});
    }
    template <typename... Wrong>
        requires NoCondition<Wrong...>
    constexpr BasicTrigger early(const Wrong&...) const {
        static_assert(weir::detail::never<Wrong...>, "after_watermark().early(when): when says at what it gives early panes. Accepted: "
                                                     "every(10s), after_count(100), each(), "
                                                     "after_delay(500ms).");
        return *this;
    }
    /// For events behind the end, within the allowed lateness: each(), or never() to add them to the final pane.
    template <typename When>
    [[nodiscard]] constexpr BasicTrigger late(const When&) const {
        BasicTrigger with = *this;
        if constexpr (requires { When::gives_late; })
            with.rules_.late = When::gives_late;
        else if constexpr (std::is_same_v<When, DelayedRepeat>)
            static_assert(weir::detail::never<When>, "after_watermark().late(after_delay(d)): late panes are not given by the job's clock. Write late(each()), or "
                                       "late(never()) with final_pane().");
        else
            static_assert(weir::detail::never<When>, "after_watermark().late(when): late panes are given at each event, or not. Write late(each()), or late(never()) "
                                       "with final_pane().");
        return with;
    }
    /// Once more when the window's state goes, if something came since the last time.
    [[nodiscard]] constexpr BasicTrigger final_pane() const {
        BasicTrigger with = *this;
        with.rules_.final_pane = true;
        return with;
    }
    [[nodiscard]] constexpr const Rules& rules() const noexcept { return rules_; }

private:
    Rules rules_;
};

} // namespace detail

using Trigger = detail::BasicTrigger<detail::TriggerRules>;

/// Once the watermark has reached the window's end, and at each later event that it still takes (.late(never()) holds those back).
[[nodiscard]] constexpr Trigger after_watermark() { return Trigger({}); }

/// At the multiples of a period in event time, from the window's first event for the key on.
template <typename Rep, typename Period>
[[nodiscard]] constexpr detail::Repeat every(std::chrono::duration<Rep, Period> period) {
    return {.every = detail::positive(period, "every(period): the period must be greater than 0")};
}
template <typename... Wrong>
constexpr detail::Repeat every(const Wrong&...) {
    static_assert(detail::never<Wrong...>, "every(period): it takes a time with its unit. Write every(10s), "
                                           "with using namespace std::chrono_literals.");
    return {};
}

/// Whenever n events have come for a key and window since it gave something.
template <detail::CountLike N>
[[nodiscard]] constexpr detail::Repeat after_count(N n) {
    if (n == 0) throw std::invalid_argument("after_count(n): n must be at least 1");
    return {.count = detail::not_negative(n, "after_count(n)")};
}

/// So long after the first event of a pane, by the job's clock; what comes next begins the next pane.
///     Given late where the job has no time for it, so results depend on when events come. The source must be one that can be waited
///     for; behind another put stage().
template <typename Rep, typename Period>
[[nodiscard]] constexpr detail::DelayedRepeat after_delay(std::chrono::duration<Rep, Period> d) {
    return detail::Repeat{}.or_after(d);
}

/// At each event.
[[nodiscard]] constexpr detail::Each each() { return {{.count = 1}}; }

/// Not at all.
[[nodiscard]] constexpr detail::Never never() { return {}; }

} // namespace weir
