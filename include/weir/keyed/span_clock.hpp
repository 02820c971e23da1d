// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <algorithm>

namespace weir::detail {

/// The job's clock, looked at once for the events that come together.
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
