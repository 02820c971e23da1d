// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/time.hpp>

#include <cstdint>

namespace weir::detail {

/// When a window gives what it has, besides what its end does. A plain value; 0 means not.
struct TriggerRules {
    bool at_end = true;        ///< when the watermark reaches the window's end, and at each event that comes later
    bool late = true;          ///< at each event behind the end; else they only add to what is given at the very last
    bool final_pane = false;   ///< when the window's state goes, what has not been given yet
    std::uint64_t count = 0;   ///< whenever so many events came since the last time
    Duration every{};          ///< at the multiples of this period, in event time, from the first event on
};

/// The same where panes are also given by the job's clock: a rule of its own type, so that only such windows look at it.
struct DelayRules : TriggerRules {
    Duration delay{}; ///< so long after the first event that no pane has given
};

/// Whether windows give all they have at their end, and then at each event that comes later, and nothing else.
[[nodiscard]] constexpr bool gives_at_end(const TriggerRules& rules, bool accumulates) noexcept {
    return accumulates && rules.at_end && rules.late && not rules.final_pane && rules.count == 0 && rules.every == Duration::zero();
}

} // namespace weir::detail
