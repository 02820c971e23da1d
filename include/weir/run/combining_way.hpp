// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/time.hpp>
#include <weir/run/faster_way.hpp>

#include <cstdint>
#include <utility>

namespace weir::detail {

/// In which of three ways events come to copies that keep windows by key: apart, each by itself; near, as rows that are combined in a table
/// that stays near the processor; or wide, in one that may have the keys of whole windows.
///     Near goes first. Where keys come too seldom for it wide is gone, which takes about as long as one task without copies whatever lies between
///     processors: who feeds them does most of their work. Apart is tried against it by the clock: where an event is handed over in less time than its
///     row is found in, it wins. Where keys come too seldom for wide, too, events go apart at once. Now and then it is looked whether all this still holds.
///     Where near does, but not as well as it could, wide is tried against it.
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
    [[nodiscard]] bool is_timed() const noexcept { return now() == Way::wide ? wide_.is_timed() : near_.is_timed(); }
    /// When so many events have come it is to be looked at.
    [[nodiscard]] std::uint64_t next() const noexcept { return turn_of_wide() ? wide_.next() : near_.next(); }

    void look(std::uint64_t events, Timestamp now) noexcept {
        if (turn_of_wide()) wide_.look(events, now);
        else near_.look(events, now);
    }
    /// Wide is just left for a trial of apart: copies may still have much to do of what they were given that way (near gives them more of such, so
    /// those that are busy would never be through),
    [[nodiscard]] bool leaves_wide() const noexcept { return wide_.is_settling() && now() == Way::apart; }
    /// and have.
    void still_leaves(std::uint64_t events, Timestamp now) noexcept { wide_.still_settling(events, now); }
    /// No trial is going on that may come back to wide.
    [[nodiscard]] bool has_left_wide() const noexcept { return wide_.is_resting() && wide_.now() == FasterWay::Way::second; }
    /// Near pays, but many events do not find their row, or it does pay as well as it could.
    void pays(bool well) noexcept { is_seldom_ = not well; }
    /// Combining as it is done now does not pay, as is known without a trial.
    ///     seldom: because keys seldom come again
    void give_up(std::uint64_t events, bool seldom) noexcept {
        if (now() == Way::wide) return wide_.give_up_first(events);
        near_.give_up_first(events);
        is_seldom_ = seldom;
        if (seldom && may_wide_ && not std::exchange(is_wide_begun_, true)) wide_.begin_first(events);
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
    bool is_wide_begun_ = false;
};

} // namespace weir::detail
