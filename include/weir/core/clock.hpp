// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/time.hpp>

#include <chrono>

namespace weir {

/// Where a job takes the time from: processing time, linger, ticks, deadlines. Asked once per span, never once per event.
class Clock {
public:
    virtual ~Clock() = default;
    /// Never less than it was before. Any thread.
    [[nodiscard]] virtual Timestamp now() const = 0;
    /// Whether it goes on by itself at the pace of the world, so that a thread may sleep towards one of its times.
    [[nodiscard]] virtual bool runs() const noexcept { return true; }
};

/// The time of day at its creation, going on with the steady clock: it does not jump when somebody sets the machine's time.
class SystemClock final : public Clock {
public:
    [[nodiscard]] Timestamp now() const override {
        return began_ + std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - steady_);
    }

private:
    Timestamp began_ = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    std::chrono::steady_clock::time_point steady_ = std::chrono::steady_clock::now();
};

} // namespace weir
