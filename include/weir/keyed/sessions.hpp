// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/trigger.hpp>
#include <weir/core/window.hpp>
#include <weir/keyed/alarms.hpp>
#include <weir/keyed/due_queue.hpp>
#include <weir/keyed/entry.hpp>
#include <weir/keyed/fetch.hpp>
#include <weir/keyed/table.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// Windows that merge: an event at t reaches from t to t + gap, and what touches or overlaps is one session of its key.
///     The sessions of a key are a list, by start; what is due lies in a queue, in which a session that has grown keeps its old place
///     until that comes up. Values of merged sessions count in the order of the sessions' first events. Sessions are used again.
///     An event that reaches beyond all that is due cannot make anything due itself, nor be late, nor give anything before the end of
///     its session: it is quiet, and may wait for others.
///     Gap: gap(value) -> Duration; with a limit, sessions end at their caps: see WindowSpec::at_most. Rules: TriggerRules or DelayRules.
template <typename Key, typename State, typename Gap, typename Rules = TriggerRules>
class Sessions {
    static constexpr bool is_limited = requires { Gap::is_limited; };
    static constexpr bool rings = std::is_same_v<Rules, DelayRules>;
    static constexpr bool is_fixed = not is_limited && not rings && requires(const Gap& gap) { { gap.gap } -> std::convertible_to<Duration>; };
    using Keys = Table<Key, std::uint32_t>; // -> the key's first session
    using Limits = SessionLimits;
    struct NoLimits {};

public:
    /// A session is its own entry.
    struct Entry : PaneEntry<State>, std::conditional_t<is_limited, Limits, NoLimits>, std::conditional_t<rings, Alarm, NoAlarm> {
        Timestamp start{};
        Timestamp end{};
        std::uint64_t order = 0;         // of its first event among all
        Timestamp queued{};              // where its valid place in the queue is,
        std::uint32_t key = none;        // its row in keys_
        std::uint32_t next = none;       // of the same key, later; or the next free one
        bool is_queued = false;          // if it has one
        bool fired = false;              // at its end
    };
    static constexpr bool has_alarms = rings;
    static constexpr bool holds_watermark = false;
    static constexpr bool spans_events = false;
    static constexpr bool places_by_time = true;
    using key_type = Key;

    Sessions(Gap gap, Rules rules, Duration lateness, bool accumulates)
        : gap_(std::move(gap)), rules_(rules), lateness_(lateness), accumulates_(accumulates) {}

    [[nodiscard]] WEIR_INLINE bool is_quiet(Timestamp time) const noexcept requires(is_fixed) { return time > quiet_behind_; }
    /// The times of such events, for many.
    [[nodiscard]] QuietTimes quiet_times() const noexcept { return {word(quiet_behind_) + 1, word(max_time) - word(quiet_behind_)}; }
    [[nodiscard]] const Keys& quiet_table() const noexcept { return keys_; }
    template <typename K, typename T, typename A>
    void add_quietly(const K& key, std::uint64_t hash, const T& value, Timestamp time, const A& aggregate) {
        take_at(keys_.find(key, hash), key, hash, value, time, gap_(value), no_marks, aggregate, [](auto&&...) {});
    }
    /// Adds several.
    template <typename RunOf, typename A>
    void add_quietly(RunOf run, const A& aggregate) {
        const auto is_there = [&](std::size_t i) { return run.guesses[i] < keys_.size(); };
        if (keys_.is_large())
            for (std::size_t i = 0; i < run.n; ++i)
                if (is_there(i)) fetch(&sessions_[keys_[run.guesses[i]].value]);
        for (std::size_t i = 0; i < run.n; ++i) {
            auto&& key = run.key(i);
            if (is_there(i) && same_key(keys_[run.guesses[i]].key, key))
                take_at(run.guesses[i], key, 0, run.value(i), run.times[i], gap_(run.value(i)), no_marks, aggregate, [](auto&&...) {});
            else add_quietly(key, hash_of_key(key), run.value(i), run.times[i], aggregate);
        }
    }

    /// Events of an input with this mark come.
    void judge_by(Timestamp own) noexcept {
        own_ = own;
        if (quiet_behind_ != max_time) settle();
    }
    template <typename K, typename T, typename A, typename Give>
    Admission take(const K& key, std::uint64_t hash, const T& value, Timestamp time, Marks marks, const A& aggregate, Give&& give) {
        return take(gap_(value), key, hash, value, time, marks, aggregate, give);
    }
    /// The same where its gap is known.
    template <typename K, typename T, typename A, typename Give>
    Admission take(Duration gap, const K& key, std::uint64_t hash, const T& value, Timestamp time, Marks marks, const A& aggregate, Give&& give) {
        own_ = marks.own;
        return take_at(keys_.find(key, hash), key, hash, value, time, gap, marks, aggregate, give);
    }

    /// Not later than the least watermark at which something happens.
    [[nodiscard]] Timestamp due() const noexcept { return queue_.due(); }

    bool begin(Timestamp t) {
        quiet_behind_ = max_time;
        while (queue_.has(t)) {
            const Place place = queue_.pop(t, FetchEnds<decltype(sessions_), Keys>{sessions_, keys_});
            Entry& session = sessions_[place.session];
            const bool is_there = session.key != none && session.is_queued && session.queued == place.at && session.order == place.order;
            if (not is_there) continue; // gone, or has another place
            session.is_queued = false;
            if (due(session) != place.at || session.end != place.end) { // it has grown
                queue(place.session);
                continue;
            }
            firing_ = place.session;
            at_ = place.at;
            return true;
        }
        settle();
        return false;
    }
    [[nodiscard]] bool is_firing() const noexcept { return firing_ != none; }
    [[nodiscard]] Timestamp firing_at() const noexcept { return at_; }

    template <typename Room, typename Give>
    bool fire(Room&& room, Give&& give) {
        Entry& session = sessions_[firing_];
        if constexpr (is_limited)
            if (session.over) return remove(std::exchange(firing_, none)), true;
        const bool ends = rules_.at_end && not session.fired && at_ == last_before(session.end);
        const bool closes = at_ == cleanup(session.end);
        const bool ticks = at_ != max_time && tick_of(session) == at_;
        const bool gives = ((ends || ticks) && is_worth_giving(session)) || (closes && rules_.final_pane && session.fresh != 0);
        if (gives && not room()) return false;
        const std::uint32_t fired = std::exchange(firing_, none);
        if (ticks) session.tick = saturating_add(session.tick, rules_.every);
        if (gives) give(keys_[session.key].key, session.start, session.end, session, ends ? Timing::on_time : session.fired ? Timing::late : Timing::early);
        if (ends) session.fired = true;
        if (not closes || stays(session)) queue(fired);
        else remove(fired);
        return true;
    }

    /// What the job's clock says of the events to come.
    void clock_is(Timestamp now) noexcept requires(has_alarms) { clock_ = now; }
    [[nodiscard]] Timestamp next_alarm() const noexcept requires(has_alarms) { return alarms_.next(); }
    /// Gives the next pane for which the clock has come so far, if there is one.
    template <typename Give>
    void ring(Timestamp now, Timestamp mark, Give&& give) requires(has_alarms) {
        const auto alarm_of = [&](const Turn& turn) -> Alarm* {
            Entry& session = sessions_[turn.session];
            return session.key != none && session.order == turn.order ? &session : nullptr;
        };
        if (const auto turn = alarms_.take(now, alarm_of)) {
            Entry& session = sessions_[turn->session];
            give(keys_[session.key].key, session.start, session.end, session, is_over(last_before(session.end), mark) ? Timing::late : Timing::early);
        }
    }

    void given(Entry& entry) noexcept {
        ++entry.index;
        if constexpr (has_alarms) entry.Alarm::due = max_time;
        held_ -= entry.fresh;
        entry.fresh = 0;
        if (not accumulates_) clear_state(entry.state);
    }
    [[nodiscard]] std::uint64_t held() const noexcept { return held_; }
    [[nodiscard]] std::uint64_t expired() const noexcept { return expired_; }

    /// The key's sessions go: how many of its inputs are in no result yet.
    std::uint64_t forget(const Key& key, std::uint64_t hash) {
        const std::uint32_t row = keys_.find(key, hash);
        if (row == Keys::none) return 0;
        std::uint64_t lost = 0;
        for (std::uint32_t at = keys_[row].value; at != none;) {
            lost += sessions_[at].fresh;
            const std::uint32_t next = sessions_[at].next;
            release(std::exchange(at, next));
        }
        erase(row);
        held_ -= lost;
        return lost;
    }

    void save(StateWriter& to) const {
        to.put(keys_.size());
        for (const auto& row : keys_) {
            to.put(row.key);
            std::size_t n = 0;
            for (std::uint32_t at = row.value; at != none; at = sessions_[at].next) ++n;
            to.put(n);
            for (std::uint32_t at = row.value; at != none; at = sessions_[at].next) {
                const Entry& session = sessions_[at];
                to.put(static_cast<const PaneEntry<State>&>(session));
                to.put(session.start);
                to.put(session.end);
                to.put(session.order);
                to.put(session.fired);
                to.put(at == firing_);
                if constexpr (is_limited) to.put(static_cast<const Limits&>(session));
                if constexpr (has_alarms) to.put(session.Alarm::due);
            }
        }
        to.put(order_);
        to.put(held_);
        to.put(expired_);
        to.put(at_);
        to.put(own_);
    }
    void load(StateReader& from) {
        keys_.clear();
        sessions_.clear();
        queue_.clear();
        quiet_behind_ = max_time;
        if constexpr (has_alarms) alarms_.clear();
        free_ = firing_ = none;
        for (auto keys = from.get<std::size_t>(); keys > 0; --keys) {
            const Key key = from.get<Key>();
            const std::uint32_t row = insert_key(key, hash_of_key(key));
            std::uint32_t before = none;
            for (auto n = from.get<std::size_t>(); n > 0; --n) {
                const auto saved = from.get<PaneEntry<State>>();
                const auto start = from.get<Timestamp>();
                const auto end = from.get<Timestamp>();
                const auto order = from.get<std::uint64_t>();
                const auto fired = from.get<bool>();
                const auto firing = from.get<bool>();
                before = insert(row, before, none, start, end);
                Entry& session = sessions_[before];
                static_cast<PaneEntry<State>&>(session) = saved;
                session.order = order;
                session.fired = fired;
                if constexpr (is_limited) static_cast<Limits&>(session) = from.get<Limits>();
                if constexpr (has_alarms) alarms_.set(session, from.get<Timestamp>(), {order, before});
                if (firing) firing_ = before;
                else queue(before);
            }
        }
        from.get(order_);
        from.get(held_);
        from.get(expired_);
        from.get(at_);
        from.get(own_);
    }

private:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    static constexpr Marks no_marks{min_time, min_time}; // to a quiet event it is as if there had been none yet

    struct Place {
        Timestamp at;
        Timestamp end;
        std::uint64_t order;
        std::uint32_t session;
        friend auto operator<=>(const Place&, const Place&) = default; // by time, then end, then first event
    };
    struct Turn { // of a session, by the clock: by first event, as its end may change
        std::uint64_t order;
        std::uint32_t session;
        friend auto operator<=>(const Turn&, const Turn&) = default;
    };

    [[nodiscard]] Timestamp cleanup(Timestamp end) const noexcept { return saturating_add(last_before(end), lateness_); }
    [[nodiscard]] Timestamp due(const Entry& session) const noexcept {
        if constexpr (is_limited)
            if (session.over) return last_before(session.reach);
        return std::min(tick_of(session), rules_.at_end && not session.fired ? last_before(session.end) : cleanup(session.end));
    }
    [[nodiscard]] bool is_worth_giving(const Entry& entry) const noexcept { return entry.fresh != 0 || (accumulates_ && entry.index != 0); }

    /// Whether the event at t comes behind all that a session can take.
    [[nodiscard]] bool lies_before(const Entry& session, Timestamp t) const noexcept {
        if constexpr (is_limited)
            if ((t >= session.cap && session.cap != max_time) || (session.next != none && sessions_[session.next].start <= t)) return true;
        return session.end < t;
    }
    /// Where a session that begins at t ends at the latest: it may go on from one that has ended at its own cap.
    [[nodiscard]] Timestamp cap_of(Timestamp t, std::uint32_t before) const noexcept {
        const bool goes_on = before != none && sessions_[before].end == sessions_[before].cap && t <= sessions_[before].reach;
        return period_end(goes_on ? t : saturating_add(t, gap_.limit - Duration(1)), gap_.limit);
    }
    /// Whether a later session ends within an earlier one's cap, so that they can be one.
    [[nodiscard]] static bool has_room(Timestamp cap, const Entry& later) noexcept { return later.end <= cap && not later.over; }
    /// A session that closes at its cap is remembered as long as others could go on from it.
    bool stays(Entry& session) {
        if constexpr (is_limited) {
            if (session.end != session.cap || last_before(session.reach) <= at_) return false;
            forget_events(session);
            return session.over = true;
        } else {
            return false;
        }
    }

    /// The session's next tick; one behind its end is for when it has grown.
    [[nodiscard]] Timestamp tick_of(const Entry& session) const noexcept {
        return rules_.at_end && (session.fired || session.tick >= last_before(session.end)) ? max_time : session.tick;
    }
    /// row: of the key; where there is none its hash is needed.
    template <typename K, typename T, typename A, typename Give>
    Admission take_at(std::uint32_t row, const K& key, std::uint64_t hash, const T& value, Timestamp time, Duration gap, Marks marks,
                      const A& aggregate, Give&& give) {
        const Timestamp mark = marks.now;
        const Timestamp start = time;
        Timestamp end = saturating_add(time, gap);
        std::uint32_t before = none; // the last session that lies wholly before the event
        std::uint32_t at = row == Keys::none ? none : keys_[row].value;
        while (at != none && lies_before(sessions_[at], start)) before = std::exchange(at, sessions_[at].next);
        bool touches = at != none && sessions_[at].start <= end;
        [[maybe_unused]] Limits limits{.cap = max_time, .reach = end};
        if constexpr (is_limited) {
            if (touches && sessions_[at].start <= start && sessions_[at].over) return {.taken = false, .missed = true};
            limits.cap = touches && sessions_[at].start <= start ? sessions_[at].cap : cap_of(start, before);
            end = std::min(end, limits.cap);
            if (touches && not has_room(limits.cap, sessions_[at])) {
                touches = false;
                end = std::min(end, sessions_[at].start);
            }
        }
        const auto is_gone = [&](Timestamp t) { return is_over(cleanup(t), marks.own); };
        if (is_gone(end) && is_gone(touches ? end_of_merged(at, end) : end)) return {.taken = false, .missed = true};

        if (row == Keys::none) row = insert_key(key, hash);
        if (not touches) at = insert(row, before, at, start, end);
        Entry& session = sessions_[at];
        session.start = std::min(session.start, start);
        session.end = std::max(session.end, end);
        if constexpr (is_limited) session.cap = limits.cap;
        if constexpr (is_limited) session.reach = std::max(session.reach, limits.reach);
        if (session.next != none && sessions_[session.next].start <= session.end) merge_reached(at, aggregate);
        aggregate.add(session.state, value);
        ++session.fresh;
        ++held_;
        session.fired = rules_.at_end && is_over(last_before(session.end), mark);
        if (not touches && rules_.every != Duration::zero()) session.tick = period_end(time, rules_.every);
        if (session.fired) {
            if (rules_.late) give(keys_[row].key, session.start, session.end, session, Timing::late);
        } else {
            if (touches && session.tick != max_time && session.tick <= mark) session.tick = period_end(mark, rules_.every); // grown past its end
            if (rules_.count != 0 && session.fresh >= rules_.count)
                give(keys_[row].key, session.start, session.end, session, is_over(last_before(session.end), mark) ? Timing::late : Timing::early);
            if constexpr (has_alarms)
                if (session.fresh != 0 && session.Alarm::due == max_time) alarms_.set(session, saturating_add(clock_, rules_.delay), {session.order, at});
        }
        queue(at);
        settle();
        return {.taken = true, .missed = false};
    }

    /// What is_quiet() means from now on: where triggers ask for nothing else, what reaches as far as what is due first, and is not late.
    void settle() noexcept {
        if constexpr (is_fixed) {
            if (rules_.count != 0 || rules_.every != Duration::zero() || due() == max_time) quiet_behind_ = max_time;
            else quiet_behind_ = saturating_add(std::max(due(), saturating_add(own_, Duration(1))), -gap_.gap);
        }
    }
    /// Gives a session its place in the queue, unless it has one that comes no later.
    void queue(std::uint32_t at) {
        Entry& session = sessions_[at];
        const Timestamp when = due(session);
        if (session.is_queued && session.queued <= when) return;
        session.queued = when;
        session.is_queued = true;
        if (queue_.size() >= 2 * sessions_.size() + 64) leave_out_gone();
        else queue_.push({when, session.end, session.order, at});
    }
    /// Sessions that went before they were due have left places behind.
    [[gnu::noinline]] void leave_out_gone() {
        queue_.clear();
        for (std::uint32_t at = 0; at < sessions_.size(); ++at) {
            const Entry& session = sessions_[at];
            if (session.key != none && session.is_queued) queue_.push({session.queued, session.end, session.order, at});
        }
    }

    template <typename K>
    std::uint32_t insert_key(const K& key, std::uint64_t hash) {
        const std::uint32_t row = keys_.find_or_insert(key, hash).first;
        keys_[row].value = none;
        return row;
    }
    std::uint32_t insert(std::uint32_t row, std::uint32_t before, std::uint32_t next, Timestamp start, Timestamp end) {
        std::uint32_t at = free_;
        if (at != none) {
            free_ = sessions_[at].next;
        } else {
            at = static_cast<std::uint32_t>(sessions_.size());
            sessions_.push_back(made_in<Entry>(sessions_.get_allocator().source));
        }
        Entry& session = sessions_[at];
        session.start = start;
        session.end = end;
        session.order = order_++;
        session.key = row;
        session.next = next;
        (before == none ? keys_[row].value : sessions_[before].next) = at;
        return at;
    }
    /// Where a session would end that an event reaching to `end` has made one with those behind.
    [[nodiscard]] Timestamp end_of_merged(std::uint32_t at, Timestamp end) const noexcept {
        for (; at != none && sessions_[at].start <= end; at = sessions_[at].next) end = std::max(end, sessions_[at].end);
        return end;
    }
    /// The sessions behind that this one has come to reach become part of it, as long as it has room for them; their values in the
    /// order of their first events.
    template <typename A>
    void merge_reached(std::uint32_t at, const A& aggregate) {
        Entry& session = sessions_[at];
        std::uint32_t merged = none; // by order
        std::uint32_t last = none;   // that went into it
        while (session.next != none && sessions_[session.next].start <= session.end) {
            const std::uint32_t gone = session.next;
            Entry& other = sessions_[gone];
            if constexpr (is_limited) {
                if (not has_room(session.cap, other)) {
                    session.end = std::min(session.end, other.start);
                    break;
                }
                session.reach = std::max(session.reach, other.reach);
            }
            if (other.order < session.order) { // its values came first
                std::swap(session.state, other.state);
                std::swap(session.order, other.order);
                session.is_queued = false; // the queue knows it by its order
            }
            session.end = std::max(session.end, other.end);
            session.tick = std::min(session.tick, other.tick);
            if constexpr (has_alarms) session.Alarm::due = std::min(session.Alarm::due, other.Alarm::due);
            session.fresh += other.fresh;
            session.index = std::max(session.index, other.index);
            session.next = other.next;
            std::uint32_t* link = last != none && sessions_[last].order < other.order ? &sessions_[last].next : &merged;
            while (*link != none && sessions_[*link].order < other.order) link = &sessions_[*link].next;
            other.next = std::exchange(*link, gone);
            last = gone;
        }
        while (merged != none) {
            aggregate.merge(session.state, sessions_[merged].state);
            const std::uint32_t next = sessions_[merged].next;
            release(std::exchange(merged, next));
        }
        if constexpr (has_alarms) {
            session.Alarm::place = max_time; // it may have another order now
            alarms_.enter(session, {session.order, at});
        }
    }
    /// What a session has not given is given up.
    void forget_events(Entry& session) {
        expired_ += session.fresh;
        held_ -= session.fresh;
        clear_state(session.state);
        session.fresh = 0;
        session.tick = max_time;
        if constexpr (has_alarms) session.Alarm::due = max_time;
    }
    void remove(std::uint32_t gone) {
        Entry& session = sessions_[gone];
        forget_events(session);
        const std::uint32_t row = session.key;
        std::uint32_t* link = &keys_[row].value;
        while (*link != gone) link = &sessions_[*link].next;
        *link = session.next;
        release(gone);
        if (keys_[row].value == none) erase(row);
    }
    void erase(std::uint32_t row) {
        keys_.erase(row);
        if (row == keys_.size()) return;
        for (std::uint32_t at = keys_[row].value; at != none; at = sessions_[at].next) sessions_[at].key = row; // the last key has moved here
    }
    void release(std::uint32_t gone) {
        Entry& session = sessions_[gone];
        clear_state(session.state);
        session.fresh = session.index = 0;
        session.tick = max_time;
        session.is_queued = session.fired = false;
        if constexpr (is_limited) static_cast<Limits&>(session) = {};
        if constexpr (has_alarms) static_cast<Alarm&>(session) = {};
        session.key = none;
        session.next = std::exchange(free_, gone);
    }

    WEIR_NO_UNIQUE_ADDRESS Gap gap_;
    Rules rules_;
    Duration lateness_;
    bool accumulates_;
    Keys keys_;
    std::vector<Entry, PageAllocator<Entry>> sessions_;
    DueQueue<Place> queue_;
    Timestamp quiet_behind_ = max_time; // events later than this are quiet
    Timestamp own_ = min_time;          // the mark of their input
    std::uint32_t free_ = none;
    std::uint64_t order_ = 0;
    std::uint64_t held_ = 0;
    std::uint64_t expired_ = 0;
    std::uint32_t firing_ = none;
    Timestamp at_{};
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<has_alarms, Alarms<Turn>, NoAlarms> alarms_{};
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<has_alarms, Timestamp, NoAlarm> clock_{};
};

} // namespace weir::detail
