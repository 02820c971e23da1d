// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <atomic>

namespace weir {

/// A clock that stands still until it is told otherwise. It begins at 1970-01-01 unless told otherwise; it never goes back.
///     any thread; a job whose clock does not run is looked at about every millisecond by the threads that wait for it
///     example: tests/testing/manual_clock.cpp
class ManualClock final : public Clock {
public:
    ManualClock() = default;
    explicit ManualClock(Timestamp start) noexcept : now_(start.time_since_epoch().count()) {}

    [[nodiscard]] Timestamp now() const override { return Timestamp(Duration(now_.load(std::memory_order_acquire))); }
    [[nodiscard]] bool runs() const noexcept override { return false; }

    /// Goes on to t; a t in the past changes nothing.
    void set(Timestamp t) noexcept {
        Duration::rep seen = now_.load(std::memory_order_relaxed);
        while (seen < t.time_since_epoch().count() && not now_.compare_exchange_weak(seen, t.time_since_epoch().count())) {}
    }
    /// Goes on by d; one below zero changes nothing.
    void advance(Duration d) noexcept { set(saturating_add(now(), d)); }

private:
    std::atomic<Duration::rep> now_{0};
};

} // namespace weir
