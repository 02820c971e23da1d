// SPDX-License-Identifier: BSL-1.0
// Operators with one mistake each, which the laws must catch.
#pragma once
#include <weir/weir.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace planted {

using weir::OperatorKind;

/// Right event by event; in spans of more than two, on_span does not mean what on_event means.
enum class Mistake : unsigned char { none, lost, doubled, wrong_order };

template <Mistake mistake>
struct InSpans {
    using kind = OperatorKind;
    static constexpr bool stateless = true;
    static constexpr bool takes_span = true;
    static constexpr weir::Drop drops = weir::Drop::filtered;
    template <typename S>
    using out = S;

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) { next.on_event(std::forward<E>(event)); }
    template <typename E, typename Next>
    void on_span(std::span<E> events, Next& next) {
        if (mistake == Mistake::wrong_order && events.size() > 2) {
            for (std::size_t i = events.size(); i > 0; --i) next.on_event(weir::detail::pass(events[i - 1]));
            return;
        }
        for (std::size_t i = 0; i < events.size(); ++i) {
            if (mistake == Mistake::lost && i == 2) continue;
            if (mistake == Mistake::doubled && i == 2) next.on_event(std::as_const(events[i]));
            next.on_event(weir::detail::pass(events[i]));
        }
    }
};

/// Gives each input twice, but looks at the room in front of it only once: the second is lost where there is no room.
struct ForgetsWhenFull {
    using kind = OperatorKind;
    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        next.on_event(std::as_const(event));
        if (next.room() != 0) next.on_event(std::forward<E>(event));
    }
};

/// Says that it gives one for one, and does not.
struct LyingCount {
    using kind = OperatorKind;
    static constexpr bool one_to_one = true;
    static constexpr bool stateless = true;
    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        if (event % 5 != 0) next.on_event(std::forward<E>(event));
    }
};

/// Says to hold what it has dropped.
struct LyingAccount {
    using kind = OperatorKind;
    std::uint64_t dropped = 0;
    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        if (event % 5 != 0) next.on_event(std::forward<E>(event));
        else ++dropped;
    }
    void report(weir::OperatorReport& row) const { row.held = dropped; }
    void save(weir::StateWriter& to) const { to.put(dropped); }
    void load(weir::StateReader& from) { from.get(dropped); }
};

/// A running sum that says to have no state.
template <bool Saves>
struct RunningSum {
    using kind = OperatorKind;
    static constexpr bool one_to_one = true;
    static constexpr bool stateless = not Saves;
    int sum = 0;
    template <typename S>
    using out = weir::with_event_t<S, int>;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        sum += weir::value_of(event);
        next.on_event(weir::with_value(event, sum));
    }
    void save(weir::StateWriter& to) const
        requires Saves
    {
        to.put(sum);
    }
    void load(weir::StateReader& from)
        requires Saves
    {
        from.get(sum);
    }
};

/// Keeps the watermark back until its span is over.
struct LateWatermark {
    using kind = OperatorKind;
    static constexpr bool one_to_one = true;
    static constexpr bool stateless = true;
    weir::Timestamp seen = weir::min_time;
    int events = 0;
    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        if (++events % 2 == 1 && seen != weir::min_time) next.on_watermark(seen);
        next.on_event(std::forward<E>(event));
    }
    template <typename Next>
    void end_span(Next& next) {
        if (seen != weir::min_time) next.on_watermark(seen);
    }
    template <typename Next>
    void on_watermark(weir::Timestamp t, Next&) { seen = t; }
};

/// Lets the span behind one of two pass it, as a channel would that hands them over from its wrong end.
struct SwapsSpans {
    using kind = OperatorKind;
    static constexpr bool takes_span = true;
    std::vector<int> kept{};
    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        next.on_event(std::forward<E>(event));
        flush(next);
    }
    template <typename E, typename Next>
    void on_span(std::span<E> events, Next& next) {
        if (kept.empty() && events.size() == 2) return kept.assign(events.begin(), events.end());
        for (E& event : events) next.on_event(weir::detail::pass(event));
        flush(next);
    }
    template <typename Next>
    void on_watermark(weir::Timestamp t, Next& next) {
        flush(next);
        next.on_watermark(t);
    }
    template <typename Next>
    void on_end(Next& next) {
        flush(next);
        next.on_end();
    }
    void report(weir::OperatorReport& row) const { row.held = kept.size(); }

private:
    template <typename Next>
    void flush(Next& next) {
        for (int& event : kept) next.on_event(std::move(event));
        kept.clear();
    }
};

/// Loses a watermark that stands behind a span of several events.
struct LosesWatermark {
    using kind = OperatorKind;
    static constexpr bool one_to_one = true;
    static constexpr bool takes_span = true;
    std::size_t last_span = 1;
    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        last_span = 1;
        next.on_event(std::forward<E>(event));
    }
    template <typename E, typename Next>
    void on_span(std::span<E> events, Next& next) {
        for (E& event : events) next.on_event(weir::detail::pass(event));
        last_span = events.size();
    }
    template <typename Next>
    void on_watermark(weir::Timestamp t, Next& next) {
        if (last_span == 1) next.on_watermark(t);
    }
};

/// Keeps errors to itself.
struct Swallows {
    using kind = OperatorKind;
    static constexpr bool stateless = true;
    static constexpr weir::Drop drops = weir::Drop::error;
    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        try {
            next.on_event(std::forward<E>(event));
        } catch (...) {
        }
    }
};

} // namespace planted
