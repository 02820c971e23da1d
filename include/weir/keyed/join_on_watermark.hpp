// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/in_turn.hpp>
#include <weir/keyed/join_rows.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace weir::detail {

/// What the joins have in common that wait for the watermark: the keys with their rows, and the going on of the watermark past what is
/// due, as rule R1 says. Self has
///     let_go(entry, place, next, room) -> false: no room. The row whose place is the first of all is due
///     place_all(id): gives the rows of a key their places, behind load
///     finish(): the stream is over
template <typename Self, typename Key, typename Entry, typename Side>
class JoinOnWatermark : public GivesWhatIsDue<Self, Side> {
    using Base = GivesWhatIsDue<Self, Side>;

public:
    using kind = OperatorKind;

    /// delay: how far what goes on of the watermark stays behind it.
    JoinOnWatermark(Side side, Duration delay, const CheckedOptions& options) : Base(std::move(side)), keys_(options), delay_(delay) {}

    /// Lets go what is due at target_ or before; false where there was no room for all that is given.
    template <typename Next, typename Room>
    bool go(Next& next, Room&& room) {
        const Timestamp until = std::max(this->target_, this->mark_);
        while (const JoinPlace* const place = keys_.first(until)) {
            const std::uint32_t id = keys_.row_of(*place);
            if (id == Keys::none) {
                keys_.pop_stale(place);
                continue;
            }
            if (not this->self().let_go(keys_[id], *place, next, room)) return false;
            keys_.pop(place);
            keys_.settle(id);
        }
        if (until == max_time) this->self().finish();
        this->mark_ = std::max(this->mark_, until);
        send_behind(until, next);
        return true;
    }

    void report(OperatorReport& row) const noexcept {
        keys_.report(row);
        row.held = held_;
        row.dropped(Drop::late) = late_;
        row.dropped(Drop::unmatched) = unmatched_;
        row.dropped(Drop::evicted) = evicted_;
    }
    void save(StateWriter& to) const {
        keys_.save(to);
        this->save_marks(to);
        to.put(order_);
        to.put(held_);
        to.put(late_);
        to.put(unmatched_);
        to.put(evicted_);
    }
    void load(StateReader& from) {
        keys_.load(from);
        this->load_marks(from);
        from.get(order_);
        from.get(held_);
        from.get(late_);
        from.get(unmatched_);
        from.get(evicted_);
        for (std::uint32_t id = 0; id < keys_.size(); ++id) this->self().place_all(id);
        keys_.put_in_order();
    }

protected:
    using Keys = JoinKeys<Key, Entry>;

    /// What an event of this time is late by.
    [[nodiscard]] Timestamp mark_of_event() const noexcept { return std::max(this->own_mark_, this->mark_); }
    /// What goes on of the watermark here.
    template <typename Next>
    void say_mark([[maybe_unused]] Next& next) {
        if constexpr (hears_of<Next>().watermark) send_behind(this->mark_, next);
    }
    /// The watermark stands at t: what is due then can be given.
    template <typename Next>
    void reach(Timestamp t, Next& next) {
        this->mark_ = std::max(this->mark_, t);
        send_behind(saturating_add(t, Duration(-1)), next);
    }

    /// The row of a key, none where its event is dropped. guess: of the number.
    template <typename K, typename... Guess>
    [[nodiscard]] std::uint32_t enter(const K& key, std::uint64_t hash, Guess... guess) {
        return keys_.enter(key, hash, guess..., order_, [this](Entry& entry) {
            const auto go = [this](const auto& rows) {
                held_ -= rows.size();
                for (const auto& row : rows.all()) evicted_ += not row.matched;
            };
            go(entry.left);
            go(entry.right);
        });
    }

    Keys keys_;
    std::uint64_t order_ = 0; // of the next row
    std::uint64_t held_ = 0;
    std::uint64_t late_ = 0;
    std::uint64_t unmatched_ = 0;
    std::uint64_t evicted_ = 0;

private:
    template <typename Next>
    void send_behind(Timestamp t, Next& next) {
        if (t != max_time) t = delay_ == Duration::max() ? min_time : saturating_add(t, -delay_);
        this->send(t, next);
    }

    Duration delay_;
};

} // namespace weir::detail
