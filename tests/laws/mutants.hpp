// SPDX-License-Identifier: BSL-1.0
// Operators that react to time, written plainly, each right or with one mistake that the laws must catch.
#pragma once
#include "laws/agreement.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace mutants {

using oracles::floor_to;
using oracles::Row;
using streams::In;
using streams::Time;

inline Time ns(weir::Timestamp t) { return t.time_since_epoch().count(); }
constexpr bool is_kept(const In& in) { return in.value % 3 != 2; }

/// Lets some events through, with their marks.
struct Passing {
    enum class Mistake : unsigned char {
        none,
        span_cut_late,       ///< the first event of a longer span comes before the mark that stood before it
        mark_lost_in_filter, ///< goes with the event that is not let through
        marks_overtake,      ///< three events are held, but not the marks among them
        marks_behind         ///< three events are held, and their marks are given behind them
    };
    using kind = weir::OperatorKind;
    static constexpr bool stateless = true; // no test of these saves it
    static constexpr bool takes_span = true;
    static constexpr weir::Drop drops = weir::Drop::filtered;
    Mistake mistake;
    weir::Timestamp pending = weir::min_time;
    std::vector<weir::Event<In>> held{};

    template <typename S>
    using out = S;

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        if (not is_kept(event.value)) {
            if (mistake == Mistake::mark_lost_in_filter) pending = weir::min_time;
            return;
        }
        if (mistake == Mistake::marks_overtake || mistake == Mistake::marks_behind) {
            held.push_back(event);
            if (held.size() == 3) flush(next);
            return;
        }
        send_pending(next);
        next.on_event(std::forward<E>(event));
    }
    template <typename E, typename Next>
    void on_span(std::span<E> events, Next& next) {
        for (std::size_t i = 0; i < events.size(); ++i) {
            if (mistake == Mistake::span_cut_late && events.size() > 1 && i == 0 && is_kept(events[0].value)) {
                next.on_event(weir::detail::pass(events[0]));
                continue;
            }
            on_event(weir::detail::pass(events[i]), next);
        }
        send_pending(next);
    }
    template <typename Next>
    void on_watermark(weir::Timestamp t, Next& next) {
        pending = std::max(pending, t);
        const bool waits = mistake == Mistake::span_cut_late || mistake == Mistake::mark_lost_in_filter ||
                           (mistake == Mistake::marks_behind && not held.empty());
        if (t == weir::max_time) flush(next);
        if (not waits || t == weir::max_time) send_pending(next);
    }

private:
    template <typename Next>
    void send_pending(Next& next) {
        if (pending != weir::min_time) next.on_watermark(std::exchange(pending, weir::min_time));
    }
    template <typename Next>
    void flush(Next& next) {
        for (auto& event : held) next.on_event(std::move(event));
        held.clear();
        send_pending(next);
    }
};

/// What a key has in a window.
struct Counted {
    int key = 0;
    std::int64_t n = 0;
    std::uint64_t index = 0;
    static constexpr auto fields() { return weir::fields("key", &Counted::key, "n", &Counted::n, "index", &Counted::index); }
};
struct Pane {
    Time end = 0;
    bool fired = false;
    std::vector<Counted> keys{};
    static constexpr auto fields() { return weir::fields("end", &Pane::end, "fired", &Pane::fired, "keys", &Pane::keys); }
};

/// Counts in windows of 10 ns that take events up to 4 ns behind their end.
struct Tumbling {
    enum class Mistake : unsigned char {
        none,
        late_pane_waits,   ///< R0: what an event makes due comes at the next watermark, not behind the event
        mark_first,        ///< R1: the watermark goes on before what it makes due
        no_mark_before,    ///< R1: before what is due at s the watermark s - 1 is not sent
        by_key,            ///< R1: all windows of a key, then those of the next
        fires_twice,       ///< R1: at each watermark from its end on
        late_by_time,      ///< R2: an event behind the watermark is late, though its window is open
        late_by_one,       ///< R2: an event is late one nanosecond too early
        forgets_it_fired   ///< saved without saying so, so that it fires again when it is loaded
    };
    using kind = weir::OperatorKind;
    static constexpr Time size = 10, lateness = 4;
    Mistake mistake;
    std::vector<Pane> panes{}; // by end
    Time mark = streams::first_of_all;
    Time sent = streams::first_of_all;
    bool waits = false; // with a late pane

    template <typename S>
    using out = weir::with_event_t<S, Row>;

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        const Time time = ns(event.time), end = floor_to(time, size) + size;
        const Time judged_by = mistake == Mistake::late_by_one && mark != streams::first_of_all ? mark + 1 : mark;
        if (end - 1 + lateness <= judged_by || (mistake == Mistake::late_by_time && time <= mark)) return;
        const auto at = std::find_if(panes.begin(), panes.end(), [end](const Pane& pane) { return pane.end >= end; });
        Pane& pane = at != panes.end() && at->end == end ? *at : *panes.insert(at, Pane{.end = end});
        if (end - 1 <= mark) pane.fired = true;
        auto key = std::find_if(pane.keys.begin(), pane.keys.end(), [&](const Counted& counted) { return counted.key == event.value.key; });
        if (key == pane.keys.end()) key = pane.keys.insert(key, Counted{.key = event.value.key});
        ++key->n;
        if (not pane.fired) return;
        if (mistake == Mistake::late_pane_waits) pane.fired = false;
        else give(pane, *key, 2, next);
    }
    template <typename Next>
    void on_watermark(weir::Timestamp t, Next& next) {
        mark = std::max(mark, ns(t));
        if (mistake == Mistake::mark_first) send(ns(t), next);
        if (mistake == Mistake::by_key) give_by_key(next);
        for (Pane& pane : panes) {
            if (pane.end - 1 > mark || (pane.fired && mistake != Mistake::fires_twice)) continue;
            if (mistake != Mistake::no_mark_before && mistake != Mistake::mark_first) send(pane.end - 2, next);
            for (Counted& key : pane.keys) give(pane, key, 1, next);
            pane.fired = true;
        }
        std::erase_if(panes, [this](const Pane& pane) { return pane.end - 1 + lateness <= mark; });
        if (mistake != Mistake::mark_first) send(ns(t), next);
    }
    void save(weir::StateWriter& to) const {
        std::vector<Pane> saved = panes;
        if (mistake == Mistake::forgets_it_fired)
            for (Pane& pane : saved) pane.fired = false;
        to.put(saved);
        to.put(mark);
        to.put(sent);
    }
    void load(weir::StateReader& from) {
        from.get(panes);
        from.get(mark);
        from.get(sent);
    }

private:
    template <typename Next>
    void send(Time t, Next& next) {
        if (t <= sent) return;
        sent = t;
        next.on_watermark(streams::at(t));
    }
    template <typename Next>
    static void give(const Pane& pane, Counted& key, int timing, Next& next) {
        next.on_event(weir::Event<Row>{{key.key, pane.end - size, pane.end, key.index++, timing, {key.n}}, streams::at(pane.end - 1)});
    }
    template <typename Next>
    void give_by_key(Next& next) {
        for (int name = 0; name < 50; ++name)
            for (Pane& pane : panes)
                for (Counted& key : pane.keys)
                    if (key.key == name && pane.end - 1 <= mark && not pane.fired) give(pane, key, 1, next);
        for (Pane& pane : panes) pane.fired = pane.fired || pane.end - 1 <= mark;
    }
};

/// Counts in sessions of a gap of 7 ns.
struct Sessions {
    enum class Mistake : unsigned char {
        none,
        merged_one_short,  ///< an event joins one session, also where it lies between two
        touching_apart,    ///< the gap exactly is a session too many
        keeps_its_end,     ///< grows, but is given where it would have ended before
        by_start           ///< those that are due together come by their start, whatever their end
    };
    using kind = weir::OperatorKind;
    static constexpr bool stateless = true; // no test of these saves it
    static constexpr Time gap = 7;
    struct Session {
        int key = 0;
        Time start = 0;
        Time end = 0;
        std::int64_t n = 0;
        std::uint64_t order = 0;
    };
    Mistake mistake;
    std::vector<Session> sessions{};
    std::uint64_t next_order = 0;
    Time mark = streams::first_of_all;
    Time sent = streams::first_of_all;

    template <typename S>
    using out = weir::with_event_t<S, Row>;

    template <typename E, typename Next>
    void on_event(E&& event, Next&) {
        Session made{event.value.key, ns(event.time), ns(event.time) + gap, 1, next_order};
        const auto joins = [&](const Session& other) {
            if (other.key != made.key) return false;
            return mistake == Mistake::touching_apart ? other.start < made.end && made.start < other.end
                                                      : other.start <= made.end && made.start <= other.end;
        };
        bool joined = false;
        for (auto at = sessions.begin(); at != sessions.end();) {
            if (not joins(*at) || (joined && mistake == Mistake::merged_one_short)) {
                ++at;
                continue;
            }
            joined = true;
            made.start = std::min(made.start, at->start);
            made.end = mistake == Mistake::keeps_its_end ? at->end : std::max(made.end, at->end);
            made.order = std::min(made.order, at->order);
            made.n += at->n;
            at = sessions.erase(at);
        }
        if (not joined && made.end - 1 <= mark) return;
        ++next_order;
        sessions.push_back(made);
    }
    template <typename Next>
    void on_watermark(weir::Timestamp t, Next& next) {
        mark = std::max(mark, ns(t));
        std::sort(sessions.begin(), sessions.end(), [this](const Session& a, const Session& b) {
            if (mistake == Mistake::by_start) return std::pair(a.start, a.order) < std::pair(b.start, b.order);
            return std::pair(a.end, a.order) < std::pair(b.end, b.order);
        });
        for (const Session& session : sessions) {
            if (session.end - 1 > mark) continue;
            if (mistake != Mistake::by_start) send(session.end - 2, next);
            next.on_event(weir::Event<Row>{{session.key, session.start, session.end, 0, 1, {session.n}}, streams::at(session.end - 1)});
        }
        std::erase_if(sessions, [this](const Session& session) { return session.end - 1 <= mark; });
        send(ns(t), next);
    }

private:
    template <typename Next>
    void send(Time t, Next& next) {
        if (t <= sent) return;
        sent = t;
        next.on_watermark(streams::at(t));
    }
};

/// Gives the sum of each three numbers, and of what is left at the end.
struct Sums {
    enum class Mistake : unsigned char {
        none,
        flushes_on_barrier, ///< R3: a barrier saves what is held
        forgets_held        ///< R3: it must do so
    };
    using kind = weir::OperatorKind;
    Mistake mistake;
    std::vector<int> held{};

    template <typename S>
    using out = weir::with_event_t<S, int>;

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        held.push_back(weir::value_of(event));
        if (held.size() == 3) flush(next);
    }
    template <typename Next>
    void on_barrier(std::uint64_t epoch, Next& next) {
        if (mistake == Mistake::flushes_on_barrier) flush(next);
        next.on_barrier(epoch);
    }
    template <typename Next>
    void on_end(Next& next) {
        flush(next);
        next.on_end();
    }
    void report(weir::OperatorReport& row) const { row.held = held.size(); }
    void save(weir::StateWriter& to) const { to.put(mistake == Mistake::forgets_held ? std::vector<int>() : held); }
    void load(weir::StateReader& from) { from.get(held); }

private:
    template <typename Next>
    void flush(Next& next) {
        if (held.empty()) return;
        int sum = 0;
        for (const int x : held) sum += x;
        held.clear();
        next.on_event(std::move(sum));
    }
};

} // namespace mutants
