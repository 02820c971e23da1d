// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/dealer.hpp>

#include <cstddef>
#include <span>
#include <utility>

namespace weir::detail {

/// For an operator that gives what it has kept when the stream has ended, piece by piece, as far as the next task has room. Self has
///     finish()                       all events are there
///     next_piece() -> span<Kept>     what is given next, valid until it is called again; empty: that was all
///     clear()                        nothing is needed any more
template <typename Self, bool Timed, typename Kept>
class GivenAtEnd {
public:
    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        if (t != max_time) return; // the events are still to come
        self().finish();
        giving_ = true;
        static_cast<void>(give(next));
    }
    template <typename Next>
    void on_own_mark(Timestamp, Next&) noexcept {} // they come when all inputs have ended
    template <typename Next>
    void on_idle(Next&) noexcept {} // the events are still to come
    template <typename Next>
    bool resume(Next& next) {
        if (not giving_) return true;
        if (dealer_.waits() && not dealer_.resume(Batch<Kept>(piece_), next)) return false;
        return give(next) && next.resume();
    }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const { return giving_ ? 0 : next.room(); }
    template <typename Next>
    void on_end(Next& next) {
        if (giving_) ended_ = true;
        else next.on_end();
    }

private:
    Self& self() noexcept { return static_cast<Self&>(*this); }
    template <typename Next>
    bool give(Next& next) {
        while (not(piece_ = self().next_piece()).empty()) {
            if (not dealer_.begin(Batch<Kept>(piece_), min_time, next)) return false;
            if constexpr (Next::can_finish || Next::bounded_room)
                if (next.done()) break; // take has enough
        }
        giving_ = false;
        self().clear();
        next.on_watermark(max_time);
        if (std::exchange(ended_, false)) next.on_end();
        return true;
    }
    Dealer<Timed, Kept> dealer_;
    std::span<Kept> piece_; // that is being given
    bool giving_ = false;
    bool ended_ = false; // while it gave
};

} // namespace weir::detail
