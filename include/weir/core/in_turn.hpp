// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/operator.hpp>
#include <weir/core/side.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace weir::detail {

/// The signals of an operator that keeps events until the watermark has reached their time: what is due at s is given behind the
/// watermark s - 1, as far as there is room for it. Derived has
///     due()         when it has something to give, or max_time; what is due at max_time is due at the end
///     is_empty()    whether it has nothing at all to give
///     fire(next)    gives the first of what is due
/// Clocked: the watermark is the job's clock. Side: the running chain of late_to, and others.
template <typename Derived, typename Side, bool Clocked>
class InTurn : public WithSide<Side> {
public:
    using WithSide<Side>::WithSide;

    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        this->side_.on_watermark(t);
        target_ = std::max(target_, t);
        if (not suspended_) suspended_ = not go(next);
    }
    template <typename Next>
    void on_own_mark(Timestamp t, Next&) {
        own_mark_ = t; // what is given later comes from no input
        this->side_.on_own_mark(t);
    }
    template <typename Next>
    void on_time(Timestamp now, Next& next) {
        this->side_.on_time(now);
        if constexpr (Clocked) on_watermark(now, next);
        next.on_time(now);
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
            suspended_ = not go(next);
            if (not suspended_ && std::exchange(ended_, false)) next.on_end();
        }
        return through && not suspended_;
    }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const {
        return suspended_ ? 0 : std::min<std::size_t>(this->side_.room(), next.room());
    }
    [[nodiscard]] Timestamp deadline() const
        requires(Side::has_deadline || Clocked)
    {
        return Clocked && not suspended_ ? std::min<Timestamp>(this->side_.deadline(), self().due()) : this->side_.deadline();
    }

protected:
    /// Whether the watermark, or that of the event's own input, has reached its time.
    [[nodiscard]] bool is_late(Timestamp time) const noexcept { return time <= std::max({mark_, target_, own_mark_}); }
    void save_marks(StateWriter& to) const {
        to.put(mark_);
        to.put(target_);
        to.put(sent_);
        to.put(own_mark_);
        to.put(suspended_);
        to.put(ended_);
    }
    void load_marks(StateReader& from) {
        from.get(mark_);
        from.get(target_);
        from.get(sent_);
        from.get(own_mark_);
        from.get(suspended_);
        from.get(ended_);
    }

private:
    [[nodiscard]] Derived& self() noexcept { return static_cast<Derived&>(*this); }
    [[nodiscard]] const Derived& self() const noexcept { return static_cast<const Derived&>(*this); }

    /// Gives what is due at target_ or before; false where there was no room for all of it.
    template <typename Next>
    bool go(Next& next) {
        while (self().due() <= target_ && not self().is_empty()) {
            if (next.room() == 0) return false;
            mark_ = std::max(mark_, self().due());
            send(saturating_add(mark_, Duration(-1)), next);
            self().fire(next);
        }
        mark_ = std::max(mark_, target_);
        send(target_, next);
        return true;
    }
    template <typename Next>
    void send(Timestamp t, Next& next) {
        if (t <= sent_) return;
        sent_ = t;
        next.on_watermark(t);
    }

    Timestamp mark_ = min_time;     // the watermark here
    Timestamp target_ = min_time;   // where it is to go
    Timestamp sent_ = min_time;     // what those behind know
    Timestamp own_mark_ = min_time; // of the input that the event comes from
    bool suspended_ = false;
    bool ended_ = false;
};

} // namespace weir::detail
