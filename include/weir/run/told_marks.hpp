// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/time.hpp>

#include <algorithm>

namespace weir::detail {

/// What those behind an input of several have been told of watermarks and idleness.
class ToldMarks {
protected:
    template <typename FeedOf>
    void send(Timestamp t, FeedOf& feed) {
        if (t <= sent_) return;
        sent_ = t;
        feed.watermark(t);
    }
    /// What is late is told by the mark of the event's own input. It is said only where those behind would take another for it:
    /// they take the one told last, or the watermark where that is greater.
    template <typename FeedOf>
    void tell_own_mark(Timestamp own, FeedOf& feed) {
        if (std::max(own, sent_) == std::max(told_, sent_)) return;
        told_ = own;
        feed.own_mark(own);
    }
    /// Behind all that the watermark has brought: what comes then would be late to those who do not wait for it.
    template <typename FeedOf>
    void say_idle(FeedOf& feed) {
        if (not idle_waits_ || not feed.ready()) return;
        idle_waits_ = false;
        feed.idle();
    }

    Timestamp sent_ = min_time;
    Timestamp told_ = min_time;
    bool idle_waits_ = false; // that all are idle is to be said when there is room
};

} // namespace weir::detail
