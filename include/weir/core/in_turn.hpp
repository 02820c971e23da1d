// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/operator.hpp>
#include <weir/core/side.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace weir::detail {

/// The signals of an operator that gives what is due as the watermark goes on, as far as there is room; for the rest it is suspended.
/// Derived has go(next, room): gives what is due at target_ or before; false where room() said that there was none.
/// Side: the running chain of late_to, and others.
template <typename Derived, typename Side>
class GivesWhatIsDue : public WithSide<Side> {
public:
    using WithSide<Side>::WithSide;

    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        this->side_.on_watermark(t);
        target_ = std::max(target_, t);
        idle_ = false;
        if (not suspended_) go_as_far_as_room(next);
    }
    template <typename Next>
    void on_own_mark(Timestamp t, Next&) {
        own_mark_ = t; // what is given later comes from no input
        this->side_.on_own_mark(t);
    }
    template <typename Next>
        requires(hears_of<Next>().idle)
    void on_idle(Next& next) {
        idle_ = suspended_;
        if (not suspended_) next.on_idle();
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
            go_as_far_as_room(next);
            if constexpr (hears_of<Next>().idle)
                if (not suspended_ && std::exchange(idle_, false)) next.on_idle();
            if (not suspended_ && std::exchange(ended_, false)) next.on_end();
        }
        return through && not suspended_;
    }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const {
        return suspended_ ? 0 : std::min<std::size_t>(this->side_.room(), next.room());
    }

protected:
    template <typename Next>
    void go_as_far_as_room(Next& next) {
        suspended_ = not self().go(next, [&next] { return next.room() != 0; });
    }
    /// Whatever room there is: an operator before this gives more than there was room for.
    template <typename Next>
    void go_now(Next& next) {
        idle_ = false;
        if (suspended_) suspended_ = not self().go(next, [] { return true; });
    }
    template <typename Next>
    void send(Timestamp t, Next& next) {
        if (t <= sent_) return;
        sent_ = t;
        next.on_watermark(t);
    }
    void save_marks(StateWriter& to) const {
        each_mark(*this, [&to](const auto& mark) { to.put(mark); });
    }
    void load_marks(StateReader& from) {
        each_mark(*this, [&from](auto& mark) { from.get(mark); });
    }
    [[nodiscard]] Derived& self() noexcept { return static_cast<Derived&>(*this); }
    [[nodiscard]] const Derived& self() const noexcept { return static_cast<const Derived&>(*this); }

    Timestamp mark_ = min_time;     // the watermark here
    Timestamp target_ = min_time;   // where it is to go
    Timestamp own_mark_ = min_time; // of the input that the event comes from
    bool suspended_ = false;

private:
    template <typename This, typename Fn>
    static void each_mark(This& self, Fn&& fn) {
        fn(self.mark_), fn(self.target_), fn(self.sent_), fn(self.own_mark_), fn(self.suspended_), fn(self.ended_);
    }

    Timestamp sent_ = min_time; // what those behind know
    bool idle_ = false; // said behind what is still to be given
    bool ended_ = false;
};

/// An operator that keeps events until the watermark has reached their time: what is due at s is given behind the watermark s - 1.
/// Derived has
///     due()         when it has something to give, or max_time; what is due at max_time is due at the end
///     is_empty()    whether it has nothing at all to give
///     fire(next)    gives the first of what is due
/// Clocked: the watermark is the job's clock.
template <typename Derived, typename Side, bool Clocked>
class InTurn : public GivesWhatIsDue<Derived, Side> {
    using Base = GivesWhatIsDue<Derived, Side>;

public:
    using Base::Base;

    template <typename Next>
    void on_time(Timestamp now, Next& next) {
        this->side_.on_time(now);
        if constexpr (Clocked) this->on_watermark(now, next);
        next.on_time(now);
    }
    [[nodiscard]] Timestamp deadline() const
        requires(Side::has_deadline || Clocked)
    {
        return Clocked && not this->suspended_ ? std::min<Timestamp>(this->side_.deadline(), this->self().due()) : this->side_.deadline();
    }
    template <typename Next, typename Room>
    bool go(Next& next, Room&& room) {
        while (this->self().due() <= this->target_ && not this->self().is_empty()) {
            if (not room()) return false;
            this->mark_ = std::max(this->mark_, this->self().due());
            this->send(saturating_add(this->mark_, Duration(-1)), next);
            this->self().fire(next);
        }
        this->mark_ = std::max(this->mark_, this->target_);
        this->send(this->target_, next);
        return true;
    }

protected:
    /// Whether the watermark, or that of the event's own input, has reached its time.
    [[nodiscard]] bool is_late(Timestamp time) const noexcept { return is_over(time, std::max({this->mark_, this->target_, this->own_mark_})); }
};

} // namespace weir::detail
