// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/time.hpp>

#include <chrono>

#if defined(__linux__)
#include <time.h>
#endif

namespace weir {

/// Where a job takes the time from: processing time, linger, ticks, deadlines. Asked once per span, never once per event.
class Clock {
public:
    virtual ~Clock() = default;
    /// Never less than it was before. Any thread.
    [[nodiscard]] virtual Timestamp now() const = 0;
    /// The same, some milliseconds late at most, where that costs less. Any thread.
    [[nodiscard]] virtual Timestamp about_now() const { return now(); }
    /// Whether it goes on by itself at the pace of the world, so that a thread may sleep towards one of its times.
    [[nodiscard]] virtual bool runs() const noexcept { return true; }
};

/// The time of day at its creation, going on with the steady clock: it does not jump when somebody sets the machine's time.
class SystemClock final : public Clock {
public:
    [[nodiscard]] Timestamp now() const override { return at(std::chrono::steady_clock::now()); }
    [[nodiscard]] Timestamp about_now() const override {
#if defined(__linux__) // whose steady clock this is, as it was at the last tick: 2 ns instead of 20
        timespec tick{};
        if (clock_gettime(CLOCK_MONOTONIC_COARSE, &tick) == 0)
            return at(std::chrono::steady_clock::time_point(std::chrono::seconds(tick.tv_sec) + std::chrono::nanoseconds(tick.tv_nsec)));
#endif
        return now();
    }

private:
    [[nodiscard]] Timestamp at(std::chrono::steady_clock::time_point now) const {
        return began_ + std::chrono::duration_cast<Duration>(now - steady_);
    }
    Timestamp began_ = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    std::chrono::steady_clock::time_point steady_ = std::chrono::steady_clock::now();
};

} // namespace weir
