// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// Gives the events of a batch one by one, each with its own time and each mark where it stood, as far as the next task has room;
/// keeps the place, and what came meanwhile, until there is room again. The batch stays with the operator.
///     V: what the events are to those behind; a batch that was kept may hold their owned form
template <bool Timed, typename V>
class Dealer {
public:
    [[nodiscard]] bool waits() const noexcept { return waiting_; }

    /// Begins a batch; `time` is for events that have none of their own. True: all of it was given.
    template <typename T, typename Next>
    bool begin(const Batch<T>& batch, Timestamp time, Next& next) {
        at_ = 0;
        time_ = time;
        own_mark_ = of_batch_;
        waiting_ = not deal<Next::bounded_room>(batch, next);
        return not waiting_;
    }
    /// Goes on with it. True: all of it was given, and what came meanwhile was sent on.
    template <typename T, typename Next>
    bool resume(const Batch<T>& batch, Next& next) {
        if (not deal<true>(batch, next)) return false;
        end_waiting(next);
        return next.resume();
    }
    /// Gives the rest of it now, room or not: something comes that cannot wait.
    template <typename T, typename Next>
    void finish(const Batch<T>& batch, Next& next) {
        static_cast<void>(deal<false>(batch, next));
        end_waiting(next);
    }

    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        idle_ = false;
        if (waiting_) later_ = t;
        else mark(t, next);
    }
    template <typename Next>
    void on_idle(Next& next) {
        idle_ = waiting_;
        if (not waiting_) next.on_idle();
    }
    /// Of the next batch, where that knows no other.
    void on_own_mark(Timestamp t) noexcept { of_batch_ = t; }
    template <typename Next>
    void on_end(Next& next) {
        if (waiting_) ended_ = true;
        else next.on_end();
    }

    // No barrier passes while it waits, so the last mark is all.
    void save(StateWriter& to) const {
        to.put(mark_);
        to.put(of_batch_);
        to.put(told_);
    }
    void load(StateReader& from) {
        from.get(mark_);
        from.get(of_batch_);
        from.get(told_);
    }

private:
    template <typename Next>
    void mark(Timestamp t, Next& next) {
        if (t <= mark_) return; // it stood inside a batch and was sent there
        mark_ = t;
        next.on_watermark(t);
    }
    template <typename Next>
    void end_waiting(Next& next) {
        waiting_ = false;
        mark(later_, next);
        if constexpr (hears_of<Next>().idle)
            if (std::exchange(idle_, false)) next.on_idle();
        if (std::exchange(ended_, false)) next.on_end();
    }

    template <typename Next>
    void tell_own_mark(Next& next) {
        if constexpr (hears_of<Next>().own_mark) {
            if (own_mark_ == told_) return;
            told_ = own_mark_;
            next.end_span();
            next.on_own_mark(told_);
        }
    }
    template <bool Asks, typename T, typename Next>
    bool deal(const Batch<T>& batch, Next& next) {
        if constexpr (not Asks && not Next::can_finish && (not Timed || is_timed<T>) && std::is_same_v<std::remove_const_t<T>, V>)
            if (batch.marks().empty() && at_ == 0) {
                tell_own_mark(next);
                next.on_span(batch.values());
                return true;
            }
        std::size_t m = 0;
        while (m < batch.marks().size() && batch.marks()[m].before < at_) ++m;
        for (; at_ < batch.size(); ++at_) {
            for (; m < batch.marks().size() && batch.marks()[m].before == at_; ++m) {
                const BatchMark& here = batch.marks()[m];
                if (here.own) {
                    own_mark_ = here.time;
                    continue;
                }
                next.end_span();
                mark(here.time, next);
            }
            if constexpr (Next::can_finish || Next::bounded_room)
                if (next.done()) return true; // take has enough
            if constexpr (Asks)
                if (next.room() == 0) return false;
            tell_own_mark(next);
            give(batch, batch[at_], next);
        }
        return true;
    }
    template <typename T, typename Next>
    void give(const Batch<T>& batch, T& value, Next& next) {
        if constexpr (Timed && not is_timed<V>) next.on_event(Event<V>{V(pass(value)), batch.times().empty() ? time_ : batch.times()[at_]});
        else if constexpr (not std::is_same_v<std::remove_const_t<T>, V>) next.on_event(V(pass(value)));
        else next.on_event(pass(value));
    }

    std::size_t at_ = 0;
    Timestamp time_{};
    Timestamp mark_ = min_time;      // the last that was sent on
    Timestamp later_ = min_time;     // the last that came while it waited
    Timestamp of_batch_ = min_time;  // the own mark of the batch as a whole,
    Timestamp own_mark_ = min_time;  // of the next of its events,
    Timestamp told_ = min_time;      // and as those behind know it
    bool waiting_ = false;
    bool idle_ = false;  // it waits, and behind it the stream is idle
    bool ended_ = false; // so did the end
};

} // namespace weir::detail
