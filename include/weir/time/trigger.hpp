// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/trigger.hpp>

#include <chrono>
#include <cstdint>
#include <stdexcept>

namespace weir {
namespace detail {

/// A condition that can come again and again.
struct Repeat {
    std::uint64_t count = 0;
    Duration every{};
    bool none = false;
};

} // namespace detail

/// When a window emits: a plain value, given to window(...).trigger(...).
class Trigger {
public:
    constexpr explicit Trigger(detail::TriggerRules rules) : rules_(rules) {}

    /// Also before the window's end: every(period), after_count(n) or each().
    [[nodiscard]] constexpr Trigger early(detail::Repeat when) const {
        Trigger with = *this;
        with.rules_.count = when.count;
        with.rules_.every = when.every;
        return with;
    }
    /// For events behind the end, within the allowed lateness: each(), or never() to add them to the final pane.
    [[nodiscard]] constexpr Trigger late(detail::Repeat when) const {
        Trigger with = *this;
        with.rules_.late = not when.none;
        return with;
    }
    /// Once more when the window's state goes, if something came since the last time.
    [[nodiscard]] constexpr Trigger final_pane() const {
        Trigger with = *this;
        with.rules_.final_pane = true;
        return with;
    }
    [[nodiscard]] constexpr const detail::TriggerRules& rules() const noexcept { return rules_; }

private:
    detail::TriggerRules rules_;
};

/// Once the watermark has reached the window's end, and at each later event that it still takes (.late(never()) holds those back).
[[nodiscard]] constexpr Trigger after_watermark() { return Trigger({}); }

/// At the multiples of a period in event time, from the window's first event for the key on.
template <typename Rep, typename Period>
[[nodiscard]] constexpr detail::Repeat every(std::chrono::duration<Rep, Period> period) {
    const Duration p = saturating_duration(period);
    if (p <= Duration::zero()) throw std::invalid_argument("every(period): the period must be greater than 0");
    return {.every = p};
}

/// Whenever n events have come for a key and window since it gave something.
[[nodiscard]] constexpr detail::Repeat after_count(std::uint64_t n) {
    if (n == 0) throw std::invalid_argument("after_count(n): n must be at least 1");
    return {.count = n};
}

/// At each event.
[[nodiscard]] constexpr detail::Repeat each() { return {.count = 1}; }

/// Not at all.
[[nodiscard]] constexpr detail::Repeat never() { return {.none = true}; }

} // namespace weir
