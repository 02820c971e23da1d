// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/side.hpp>
#include <weir/keyed/join_rows.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace weir::detail {

/// What the joins have in common that wait for the watermark: the keys with their rows, and the going on of the watermark past what is
/// due, as rule R1 says; it can stop wherever there is no room for what would be given. Self has
///     let_go(entry, place, next, room) -> false: no room. The row whose place is the first of all is due
///     place_all(id): gives the rows of a key their places, behind load
///     finish(): the stream is over
template <typename Self, typename Key, typename Entry, typename Side>
class JoinOnWatermark : public WithSide<Side> {
public:
    using kind = OperatorKind;

    /// delay: how far what goes on of the watermark stays behind it.
    JoinOnWatermark(Side side, Duration delay) : WithSide<Side>(std::move(side)), delay_(delay) {}

    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        this->side_.on_watermark(t);
        target_ = std::max(target_, t);
        if (not suspended_) suspended_ = not go(next, [&next] { return next.room() != 0; });
    }
    /// What a join gives comes from both inputs, so it stays here.
    template <typename Next>
    void on_own_mark(Timestamp t, Next&) {
        this->side_.on_own_mark(t);
        own_mark_ = t;
    }
    template <typename Next>
    void on_end(Next& next) {
        this->side_.on_end();
        if (suspended_) ended_ = true; // behind what is still to be given
        else next.on_end();
    }
    template <typename Next>
    bool resume(Next& next) {
        const bool through = this->side_.resume();
        if (suspended_) {
            suspended_ = not go(next, [&next] { return next.room() != 0; });
            if (not suspended_ && std::exchange(ended_, false)) next.on_end();
        }
        return through && not suspended_;
    }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const {
        return suspended_ ? 0 : std::min<std::size_t>(this->side_.room(), next.room());
    }

    void report(OperatorReport& row) const noexcept {
        row.held = held_;
        row.dropped(Drop::late) = late_;
        row.dropped(Drop::unmatched) = unmatched_;
    }
    void save(StateWriter& to) const {
        keys_.save(to);
        each(*this, [&to](const auto& member) { to.put(member); });
    }
    void load(StateReader& from) {
        keys_.load(from);
        each(*this, [&from](auto& member) { from.get(member); });
        for (std::uint32_t id = 0; id < keys_.size(); ++id) self().place_all(id);
        keys_.put_in_order();
    }

protected:
    using Keys = JoinKeys<Key, Entry>;

    /// An operator before this may give more than there is room for.
    template <typename Next>
    void before_event(Next& next) {
        if (suspended_) suspended_ = not go(next, [] { return true; });
    }
    /// What an event of this time is late by.
    [[nodiscard]] Timestamp mark_of_event() const noexcept { return std::max(own_mark_, mark_); }
    /// The watermark stands at t: what is due then can be given.
    template <typename Next>
    void reach(Timestamp t, Next& next) {
        mark_ = std::max(mark_, t);
        send(saturating_add(t, Duration(-1)), next);
    }

    Keys keys_{};
    std::uint64_t order_ = 0; // of the next row
    std::uint64_t held_ = 0;
    std::uint64_t late_ = 0;
    std::uint64_t unmatched_ = 0;
    Timestamp mark_ = min_time;

private:
    [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }

    template <typename This, typename Fn>
    static void each(This& join, Fn&& fn) {
        fn(join.order_), fn(join.held_), fn(join.late_), fn(join.unmatched_), fn(join.mark_), fn(join.own_mark_), fn(join.target_), fn(join.sent_);
        fn(join.suspended_), fn(join.ended_);
    }
    /// Lets go what is due at target_ or before; false where there was no room for all that is given.
    template <typename Next, typename Room>
    bool go(Next& next, Room&& room) {
        const Timestamp until = std::max(target_, mark_);
        while (const JoinPlace* const place = keys_.first(until)) {
            if (not self().let_go(keys_[*place], *place, next, room)) return false;
            keys_.pop(place);
        }
        if (until == max_time) self().finish();
        mark_ = std::max(mark_, until);
        send(until, next);
        return true;
    }
    template <typename Next>
    void send(Timestamp t, Next& next) {
        if (t != max_time) t = delay_ == Duration::max() ? min_time : saturating_add(t, -delay_);
        if (t <= sent_) return;
        sent_ = t;
        next.on_watermark(t);
    }

    Duration delay_;
    Timestamp own_mark_ = min_time; // of the side that the event comes from
    Timestamp target_ = min_time;   // where the watermark is to go
    Timestamp sent_ = min_time;     // what those behind know
    bool suspended_ = false;
    bool ended_ = false;
};

} // namespace weir::detail
