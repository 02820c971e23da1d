// SPDX-License-Identifier: BSL-1.0
// What windows give, written down as the rules say it, event by event and mark by mark: no state is shared, nothing is fast.
// R0: what an event makes due at or below the watermark comes directly behind it. R1: a watermark t gives first, for each s <= t at
// which something is due, the watermark s - 1 and what is due at s; windows by end, then by the key's first event.
#pragma once
#include "laws/streams.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace oracles {

using streams::first_of_all;
using streams::In;
using streams::last_of_all;
using streams::Step;
using streams::Steps;
using streams::Time;

/// A result as a test compares it: `values` is what the aggregates gave, one behind the other.
struct Row {
    int key = 0;
    Time start = 0;
    Time end = 0;
    std::uint64_t index = 0;
    int timing = 0; // 0 early, 1 on time, 2 late
    std::vector<std::int64_t> values{};
    static constexpr auto fields() {
        return weir::fields("key", &Row::key, "start", &Row::start, "end", &Row::end, "index", &Row::index, "timing", &Row::timing, "values", &Row::values);
    }
};

/// What comes out of an operator, in its order.
struct Signal {
    bool is_mark = false;
    Time time = 0; // the mark's, or the row's event time
    Row row{};
};

struct Expected {
    std::vector<Signal> signals{};
    Time sent = first_of_all;
    std::uint64_t late = 0;
    std::uint64_t late_in_some = 0;
    std::uint64_t expired = 0;
    std::uint64_t duplicate = 0;
    std::uint64_t held = 0;
    std::vector<std::int64_t> late_values{};

    void mark(Time t) {
        if (t <= sent) return;
        sent = t;
        signals.push_back({.is_mark = true, .time = t});
    }
    void give(Row row, Time time) { signals.push_back({.time = time, .row = std::move(row)}); }
};

/// What a window says of when it gives its result.
struct Rules {
    Time lateness = 0;
    bool at_end = true;
    bool late = true;
    bool final_pane = false;
    std::uint64_t count = 0;
    Time every = 0;
    bool accumulates = true;
};

enum class Measure : unsigned char { count, in_any_order, ends, all };

/// What count(), or count(), sum() and max(), or these, first() and last(), or all those and collect() give for these values.
inline std::vector<std::int64_t> measured(const std::vector<std::int64_t>& list, Measure measure) {
    std::vector<std::int64_t> values{static_cast<std::int64_t>(list.size())};
    if (measure == Measure::count) return values;
    std::int64_t sum = 0;
    for (const auto x : list) sum += x;
    values.insert(values.end(), {sum, *std::max_element(list.begin(), list.end())});
    if (measure == Measure::in_any_order) return values;
    values.insert(values.end(), {list.front(), list.back()});
    if (measure == Measure::ends) return values;
    values.insert(values.end(), list.begin(), list.end());
    return values;
}

constexpr Time plus(Time a, Time b) { return b > 0 && a > last_of_all - b ? last_of_all : a + b; }
constexpr Time floor_to(Time t, Time period) { return t - ((t % period) + period) % period; }

struct Input {
    Time time;
    std::int64_t value;
    std::size_t number; // among all that were taken
};

/// What one key has in one window.
struct Content {
    std::vector<Input> all{};   // those that its next result is made of
    std::vector<Input> fresh{}; // those that came since the last one
    std::uint64_t index = 0;
    Time tick = last_of_all;
    std::size_t order = 0; // of its first event
};

/// What the oracles of windows have in common: what a window gives, and what became of each event.
class Giving {
public:
    Giving(const Rules& rules, Measure measure) : rules_(rules), measure_(measure) {}

protected:
    void put(Content& to, const Step& step) {
        if (to.all.empty() && to.index == 0) to.order = taken_;
        const Input input{step.time, step.in.value, taken_};
        to.all.push_back(input);
        to.fresh.push_back(input);
    }
    void give(int key, Time start, Time end, Content& content, int timing) {
        std::vector<std::int64_t> list;
        for (const Input& input : content.all) {
            list.push_back(input.value);
            given_.insert(input.number);
        }
        result_.give({key, start, end, content.index++, timing, measured(list, measure_)}, end - 1);
        content.fresh.clear();
        if (not rules_.accumulates) content.all.clear();
    }
    [[nodiscard]] bool is_worth_giving(const Content& content) const {
        return not content.fresh.empty() || (rules_.accumulates && content.index != 0);
    }
    [[nodiscard]] Time cleanup(Time end) const { return plus(end - 1, rules_.lateness); }
    [[nodiscard]] Time next_multiple(Time t) const { return floor_to(t, rules_.every) + rules_.every; }
    void too_late(const Step& step) {
        ++result_.late;
        result_.late_values.push_back(step.in.value);
    }
    /// All windows have gone: what none of them gave has expired.
    Expected result() {
        result_.expired = taken_ - given_.size();
        return std::move(result_);
    }

    Rules rules_;
    Measure measure_;
    Expected result_;
    Time mark_ = first_of_all;
    std::size_t taken_ = 0; // events
    std::set<std::size_t> given_{};
};

/// The windows of a time and value, by their ends.
using Assign = std::function<std::vector<std::pair<Time, Time>>(Time, const In&)>;

inline Assign sliding(Time size, Time slide, Time offset = 0) {
    return [=](Time t, const In&) {
        std::vector<std::pair<Time, Time>> windows;
        for (Time start = floor_to(t - offset, slide) + offset; start + size > t; start -= slide) windows.insert(windows.begin(), {start, start + size});
        return windows;
    };
}
inline Assign tumbling(Time size, Time offset = 0) { return sliding(size, size, offset); }
inline Assign cumulative(Time size, Time step) {
    return [=](Time t, const In&) {
        std::vector<std::pair<Time, Time>> windows;
        const Time start = floor_to(t, size);
        for (Time end = start + step; end <= start + size; end += step)
            if (end > t) windows.emplace_back(start, end);
        return windows;
    };
}
inline Assign global() {
    return [](Time, const In&) { return std::vector<std::pair<Time, Time>>{{first_of_all, last_of_all}}; };
}

/// Windows that do not merge.
class Windows : Giving {
public:
    Windows(Assign assign, const Rules& rules, Measure measure, bool is_global = false)
        : Giving(rules, measure), assign_(std::move(assign)), is_global_(is_global) {}

    Expected operator()(const Steps& steps) {
        for (const Step& step : steps) {
            if (step.kind == Step::Kind::event) on_event(step);
            else if (step.kind == Step::Kind::mark) advance(step.time);
        }
        advance(last_of_all);
        return result();
    }

private:
    struct Pane {
        std::map<int, Content> keys{};
        bool fired = false;
    };

    void on_event(const Step& step) {
        bool taken = false, missed = false;
        for (const auto& [start, end] : assign_(step.time, step.in)) {
            if (cleanup(end) <= mark_) {
                missed = true;
                continue;
            }
            Pane& pane = panes_[{end, start}];
            if (rules_.at_end && end - 1 <= mark_) pane.fired = true;
            if (not pane.keys.contains(step.in.key) && rules_.every != 0 && not pane.fired)
                pane.keys[step.in.key].tick = tick_before(end, next_multiple(step.time));
            Content& content = pane.keys[step.in.key];
            if (is_global_ && rules_.every != 0) begin_anew(pane, content, step);
            put(content, step);
            taken = true;
            if (pane.fired ? rules_.late : rules_.count != 0 && content.fresh.size() >= rules_.count)
                give_pane(step.in.key, start, end, content, end - 1 <= mark_ ? 2 : 0);
        }
        if (not taken) return too_late(step);
        ++taken_;
        if (missed) ++result_.late_in_some;
        advance(mark_);
    }
    /// Without an end, what gives only new things waits for the next multiple; what gives all it has does so for all keys, as long as
    /// there are events.
    void begin_anew(Pane& pane, Content& content, const Step& step) {
        until_ = std::max(until_, next_multiple(std::max(step.time, mark_)));
        for (auto& [key, other] : pane.keys)
            if (other.tick == last_of_all && (rules_.accumulates || &other == &content)) other.tick = next_multiple(mark_);
    }
    static Time tick_before(Time end, Time tick) { return tick >= end - 1 ? last_of_all : tick; }
    [[nodiscard]] Time due(Time end, const Pane& pane) const {
        Time least = rules_.at_end && not pane.fired ? end - 1 : cleanup(end);
        if (rules_.every != 0)
            for (const auto& [key, content] : pane.keys) least = std::min(least, content.tick);
        return least;
    }
    void advance(Time until) {
        until = std::max(until, mark_);
        for (;;) {
            auto first = panes_.end();
            for (auto i = panes_.begin(); i != panes_.end(); ++i)
                if (first == panes_.end() || due(i->first.first, i->second) < due(first->first.first, first->second)) first = i;
            if (first == panes_.end() || due(first->first.first, first->second) > until) break;
            fire(first->first.first, due(first->first.first, first->second));
        }
        mark_ = until;
        if (not is_global_ || until == last_of_all) result_.mark(until); // rows of a global window are as old as their last event
    }
    /// All windows with this end together, by the keys' first events in them.
    void fire(Time end, Time s) {
        mark_ = std::max(mark_, s);
        if (not is_global_) result_.mark(s - 1);
        const auto first = panes_.lower_bound({end, first_of_all}), last = panes_.upper_bound({end, last_of_all});
        const bool ends = rules_.at_end && not first->second.fired && s == end - 1;
        const bool closes = s == cleanup(end);
        std::vector<std::tuple<std::size_t, Time, int>> rows;
        for (auto i = first; i != last; ++i)
            for (const auto& [key, content] : i->second.keys) rows.emplace_back(content.order, i->first.second, key);
        std::sort(rows.begin(), rows.end());
        for (const auto& [order, start, key] : rows) {
            Pane& pane = panes_[{end, start}];
            Content& content = pane.keys[key];
            const bool ticks = content.tick == s && s != last_of_all;
            if (ticks) content.tick = is_global_ ? next_multiple(mark_) : tick_before(end, s + rules_.every);
            if (ticks && is_global_ && (not rules_.accumulates || content.tick > until_)) content.tick = last_of_all;
            const bool gives = (ends || ticks) && is_worth_giving(content);
            if (gives || ((ticks || (closes && rules_.final_pane)) && not content.fresh.empty()))
                give_pane(key, start, end, content, ends ? 1 : pane.fired ? 2 : 0);
        }
        if (ends)
            for (auto i = first; i != last; ++i) i->second.fired = true;
        if (closes) panes_.erase(first, last);
    }
    void give_pane(int key, Time start, Time end, Content& content, int timing) {
        if (is_global_) {
            spans_.emplace(key, std::pair{last_of_all, first_of_all});
            auto& [first, last] = spans_[key];
            for (const Input& input : content.fresh) {
                first = std::min(first, input.time);
                last = std::max(last, input.time);
            }
            start = first;
            end = last + 1;
        }
        give(key, start, end, content, timing);
    }

    Assign assign_;
    bool is_global_;
    Time until_ = first_of_all; // of a global window: the end of the period of its latest event
    std::map<std::pair<Time, Time>, Pane> panes_{};    // by end, start
    std::map<int, std::pair<Time, Time>> spans_{};     // of a global window: its key's first and last time
};

/// Sessions: an event reaches from its time to the gap behind it; what touches or overlaps is one.
class Sessions : Giving {
public:
    /// gap: of an event.
    Sessions(std::function<Time(const In&)> gap, const Rules& rules, Measure measure) : Giving(rules, measure), gap_(std::move(gap)) {}

    Expected operator()(const Steps& steps) {
        for (const Step& step : steps) {
            if (step.kind == Step::Kind::event) on_event(step);
            else if (step.kind == Step::Kind::mark) advance(step.time);
        }
        advance(last_of_all);
        return result();
    }

private:
    struct Session {
        int key = 0;
        Time start = 0;
        Time end = 0;
        std::size_t order = 0; // of its first event among all
        bool fired = false;
        Content content{};
    };

    void on_event(const Step& step) {
        Session merged{step.in.key, step.time, step.time + gap_(step.in), next_order_, false, {}};
        std::vector<Session> touched;
        for (const Session& other : sessions_)
            if (other.key == merged.key && other.start <= merged.end && merged.start <= other.end) touched.push_back(other);
        if (touched.empty() && cleanup(merged.end) <= mark_) return too_late(step);
        ++next_order_;
        if (rules_.every != 0) merged.content.tick = touched.empty() ? next_multiple(step.time) : last_of_all;
        std::erase_if(sessions_, [&](const Session& other) { return other.key == merged.key && other.start <= merged.end && merged.start <= other.end; });
        std::sort(touched.begin(), touched.end(), [](const Session& a, const Session& b) { return a.order < b.order; });
        for (const Session& other : touched) { // values in the order of the sessions' first events
            merged.start = std::min(merged.start, other.start);
            merged.end = std::max(merged.end, other.end);
            merged.order = std::min(merged.order, other.order);
            Content& content = merged.content;
            content.all.insert(content.all.end(), other.content.all.begin(), other.content.all.end());
            content.fresh.insert(content.fresh.end(), other.content.fresh.begin(), other.content.fresh.end());
            content.index = std::max(content.index, other.content.index);
            content.tick = std::min(content.tick, other.content.tick);
        }
        if (not touched.empty() && merged.content.tick <= mark_) merged.content.tick = next_multiple(mark_); // not for times before it grew
        put(merged.content, step);
        ++taken_;
        merged.fired = rules_.at_end && merged.end - 1 <= mark_;
        if (merged.fired ? rules_.late : rules_.count != 0 && merged.content.fresh.size() >= rules_.count) give_session(merged, merged.end - 1 <= mark_ ? 2 : 0);
        sessions_.push_back(std::move(merged));
        advance(mark_);
    }
    [[nodiscard]] Time tick(const Session& session) const {
        return session.fired || session.content.tick >= session.end - 1 ? last_of_all : session.content.tick;
    }
    [[nodiscard]] Time due(const Session& session) const {
        return std::min(tick(session), rules_.at_end && not session.fired ? session.end - 1 : cleanup(session.end));
    }
    void advance(Time until) {
        until = std::max(until, mark_);
        for (;;) {
            const auto before = [this](const Session& a, const Session& b) {
                return std::tuple(due(a), a.end, a.order) < std::tuple(due(b), b.end, b.order);
            };
            const auto first = std::min_element(sessions_.begin(), sessions_.end(), before);
            if (first == sessions_.end() || due(*first) > until) break;
            fire(first, due(*first));
        }
        mark_ = until;
        result_.mark(until);
    }
    void fire(std::vector<Session>::iterator where, Time s) {
        Session& session = *where;
        mark_ = std::max(mark_, s);
        result_.mark(s - 1);
        const bool ends = rules_.at_end && not session.fired && s == session.end - 1;
        const bool closes = s == cleanup(session.end);
        const bool ticks = tick(session) == s;
        if (ticks) session.content.tick += rules_.every;
        if (((ends || ticks) && is_worth_giving(session.content)) || (closes && rules_.final_pane && not session.content.fresh.empty()))
            give_session(session, ends ? 1 : session.fired ? 2 : 0);
        if (ends) session.fired = true;
        if (not closes) return;
        sessions_.erase(where);
    }
    void give_session(Session& session, int timing) { give(session.key, session.start, session.end, session.content, timing); }

    std::function<Time(const In&)> gap_;
    std::vector<Session> sessions_{};
    std::size_t next_order_ = 0;
};

} // namespace oracles
