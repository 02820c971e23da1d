// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/time.hpp>
#include <weir/run/faster_way.hpp>

#include <cstdint>

namespace weir::detail {

/// In which of three ways events come to copies that keep windows by key: apart, each by itself; near, as rows that are combined in a table
/// that stays near the processor; or wide, in one that may have the keys of whole windows.
///     Near goes first. Where keys come too seldom for it events go apart, and now and then it is looked whether they still do. Where they come too
///     seldom for it to do well, wide is tried by the clock against what is gone then. Between processors that share a cache it loses, as who feeds
///     the copies then does most of their work; where to hand an event over takes longer than to find its row it wins.
class CombiningWay {
public:
    enum class Way : unsigned char { apart, near, wide };

    CombiningWay(const FasterWay::Pace& near, const FasterWay::Pace& wide, bool may_wide) noexcept
        : near_(near), wide_(wide, FasterWay::Way::second), may_wide_(may_wide) {}

    [[nodiscard]] Way now() const noexcept {
        if (wide_.now() == FasterWay::Way::first) return Way::wide;
        return near_.now() == FasterWay::Way::first ? Way::near : Way::apart;
    }
    /// Whether that is more than a guess: times have been compared, or are being.
    [[nodiscard]] bool is_timed() const noexcept { return now() == Way::wide || near_.is_timed(); }
    /// When so many events have come it is to be looked at.
    [[nodiscard]] std::uint64_t next() const noexcept { return turn_of_wide() ? wide_.next() : near_.next(); }

    void look(std::uint64_t events, Timestamp now) noexcept {
        if (turn_of_wide()) wide_.look(events, now);
        else near_.look(events, now);
    }
    /// Near pays, but many events do not find their row, or it does pay as well as it could.
    void pays(bool well) noexcept { is_seldom_ = not well; }
    /// Combining as it is done now does not pay, as is known without a trial.
    void give_up(std::uint64_t events) noexcept {
        if (now() == Way::wide) return wide_.give_up_first(events);
        near_.give_up_first(events);
        is_seldom_ = true;
    }
    /// There was a pause that no way made: times say nothing.
    void pause(std::uint64_t events) noexcept {
        near_.pause(events);
        wide_.pause(events);
    }
    /// Goes on with another stream that has had so many events.
    void begin_at(std::uint64_t events) noexcept {
        near_.begin_at(events);
        wide_.begin_at(events);
    }

private:
    /// While one of the two combines, or is in a trial, the other waits.
    [[nodiscard]] bool turn_of_wide() const noexcept {
        if (not wide_.is_resting() || wide_.now() == FasterWay::Way::first) return true;
        return may_wide_ && is_seldom_ && near_.is_resting() && wide_.next() < near_.next();
    }

    FasterWay near_; // first: near; second: apart
    FasterWay wide_; // first: wide; second: what near_ says
    bool may_wide_;
    bool is_seldom_ = false; // what near has found
};

} // namespace weir::detail
