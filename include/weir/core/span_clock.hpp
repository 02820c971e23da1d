// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/clock.hpp>

#include <algorithm>

namespace weir::detail {

/// The job's clock, looked at once for the events that come together; it does not go back.
class SpanClock {
public:
    explicit SpanClock(const Clock& clock) noexcept : clock_(&clock) {}
    [[nodiscard]] Timestamp now() {
        if (not fresh_) now_ = std::max(now_, clock_->now());
        fresh_ = true;
        return now_;
    }
    void end_span() noexcept { fresh_ = false; }
    [[nodiscard]] const Clock& clock() const noexcept { return *clock_; }
    /// What it was when it was looked at last, to be saved, and not to be gone behind.
    [[nodiscard]] Timestamp last() const noexcept { return now_; }
    void go_on_from(Timestamp last) noexcept { now_ = last; }

private:
    const Clock* clock_;
    Timestamp now_ = min_time;
    bool fresh_ = false;
};

/// Of an operator that does not look at it.
struct NoClock {
    explicit NoClock(const Clock&) noexcept {}
};

} // namespace weir::detail
