// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/all_of.hpp>
#include <weir/core/key.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/core/trigger.hpp>
#include <weir/core/window.hpp>
#include <weir/keyed/entry.hpp>
#include <weir/keyed/open_windows.hpp>
#include <weir/keyed/past.hpp>
#include <weir/keyed/shared_inputs.hpp>
#include <weir/keyed/table.hpp>
#include <weir/keyed/window_entry.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// Windows that are open, each with a table of its keys in the order of their first events: those that do not merge.
///     They lie sorted by end; tables are used again: once as many have been open as ever will be nothing is allocated.
///     Assigner: names the windows of a time and value, by their ends. Rules: TriggerRules or DelayRules. Forgets: keys can be taken out.
///     Counter: see WindowEntry.
template <typename Key, typename State, typename Assigner, typename Counter = OwnCount, typename Rules = TriggerRules, bool Forgets = false>
class Panes {
    static constexpr bool shares = not Assigner::is_single; // an event may be in several windows

public:
    using Entry = WindowEntry<State, Assigner::spans_events, Counter>;
    static constexpr bool has_alarms = std::is_same_v<Rules, DelayRules>;
    static constexpr bool holds_watermark = Assigner::holds_watermark;
    static constexpr bool spans_events = Assigner::spans_events;
    using key_type = Key;
    using Rows = Table<Key, Entry>;

private:
    using Inputs = std::conditional_t<shares, SharedInputs<Key>, NoSharedInputs>;
    using Past = PastOf<Inputs, has_alarms>;
    using Open = OpenWindow<Rows, Past, Forgets>;
    using At = typename OpenWindows<Rows, Past, Forgets>::Iterator;

public:
    /// An entry that is to be given.
    struct Giving {
        State& state;
        std::uint64_t index;
        std::uint32_t number; // of its row
        Open& pane;
        Timestamp first{};
        Timestamp last{};
    };

    /// accumulates: a window gives all it has each time; else only what is new.
    Panes(Assigner assigner, Rules rules, Duration lateness, bool accumulates)
        : assigner_(std::move(assigner)), rules_(rules), lateness_(lateness), accumulates_(accumulates),
          acts_early_(has_alarms || rules.count != 0 || rules.every != Duration::zero()),
          plain_(not shares && not has_alarms && not Forgets && gives_at_end(rules, accumulates)) {}

    /// Whether an event at this time goes into the window where the last one went, and makes it give nothing: nearly always. Not
    /// while something is being given.
    [[nodiscard]] WEIR_INLINE bool is_quiet(Timestamp time) const noexcept { return word(time) - recent_start_ < recent_size_; }
    /// The times of such events, for many: is_quiet(time) is time - start < size in whole numbers.
    [[nodiscard]] QuietTimes quiet_times() const noexcept { return {recent_start_, recent_size_}; }
    /// Adds such an event.
    template <typename K, typename T, typename A>
    WEIR_INLINE void add_quietly(const K& key, std::uint64_t hash, const T& value, Timestamp time, const A& aggregate) {
        (*quiet_)[quiet_->find_or_insert(key, hash).first].value.add(value, time, aggregate);
        ++held_;
    }
    /// Where its row is found.
    [[nodiscard]] const Rows& quiet_table() const noexcept { return *quiet_; }
    /// Adds several.
    template <typename RunOf, typename A>
    void add_quietly(RunOf run, const A& aggregate) {
        held_ += run.n; // also what a throw leaves out
        add_all(*quiet_, run, aggregate);
    }

    /// Events of an input with this mark come: they may be too late for the window that is_quiet() means.
    void judge_by(Timestamp own) noexcept {
        const Timestamp end{Duration(static_cast<std::int64_t>(recent_start_ + recent_size_))};
        if (recent_size_ != 0 && is_gone(end, own)) forget_recent();
    }

    /// An event: into each of its windows that it is not too late for; aggregate.add(state, value) adds it. Where it may be in several
    /// admit(windows) says whether it may come in at all. give(key, start, end, giving, timing) emits at once what its coming makes due.
    template <typename K, typename T, typename A, typename Give, typename Admit = AdmitAll>
    Admission take(const K& key, std::uint64_t hash, const T& value, Timestamp time, Marks marks, const A& aggregate, Give&& give, Admit admit = {}) {
        Admission admission;
        if constexpr (shares) windows_.clear();
        assigner_.assign(time, value, [&](Timestamp start, Timestamp end) {
            (is_gone(end, marks.own) ? admission.missed : admission.taken) = true;
            if (is_gone(end, marks.own)) return;
            if constexpr (shares) windows_.emplace_back(start, end);
            else add(open(start, end, marks.now), key, hash, value, time, marks.now, aggregate, give);
        });
        if constexpr (shares) {
            if (not admission.taken) return admission;
            if (not admit(windows_)) return {.taken = true, .missed = false};
            is_counted_ = false;
            for (const auto& [start, end] : windows_) add(open(start, end, marks.now), key, hash, value, time, marks.now, aggregate, give);
        }
        if constexpr (shares || Forgets) ++order_;
        return admission;
    }

    /// The least watermark at which something happens.
    [[nodiscard]] Timestamp due() const noexcept { return due_; }

    /// What is due first, at or below the watermark t: firing it begins. False: nothing.
    bool begin(Timestamp t) {
        if (due_ > t) return false;
        const At first = first_due();
        if (first == open_.end() || due(*first) > t) return due_ = first == open_.end() ? max_time : due(*first), false;
        forget_recent();
        firing_ = shares ? open_.not_before(first->end) : first;
        is_firing_ = true;
        at_ = due(*first);
        for (At pane = firing_; pane != end_of_firing(); ++pane) pane->begin(due(*pane) > at_ ? size_of(*pane) : 0);
        return true;
    }
    [[nodiscard]] bool is_firing() const noexcept { return is_firing_; }
    [[nodiscard]] Timestamp firing_at() const noexcept { return at_; }

    /// Goes on with what begin() began. `room()` is asked before each row; false: it waits.
    template <typename Room, typename Emit>
    bool fire(Room&& room, Emit&& emit) {
        const Timestamp end = firing_->end;
        const bool fired = firing_->fired; // as all that end with it
        const bool ends = rules_.at_end && not fired && at_ == last_before(end);
        const bool closes = at_ == cleanup(end);
        const Timing timing = ends ? Timing::on_time : fired ? Timing::late : Timing::early;
        if (plain_ && not closes) firing_->note_given();
        for (Open* pane = &next_of_firing(); pane->cursor < size_of(*pane); pane = &next_of_firing()) {
            const std::uint32_t number = pane->turns.row(pane->cursor);
            auto& row = pane->rows[number];
            bool ticks = false;
            bool gives = ends;
            if (not plain_) {
                const Past& past = pane->past[number];
                ticks = at_ != max_time && (past.tick == with_others ? pane->again : past.tick) == at_;
                gives = past.fresh != 0 ? ends || ticks || (closes && rules_.final_pane) : (ends || ticks) && accumulates_ && past.index != 0;
            }
            if (gives && not room()) return false;
            ++pane->cursor;
            if (ticks) next_tick_of(*pane, pane->past[number]);
            [[maybe_unused]] const std::uint64_t before = held_;
            if (gives) emit(row.key, pane->start, end, giving(*pane, number), timing);
            if constexpr (not shares)
                if (closes && not(plain_ && held_ != before)) expire(*pane, number);
        }
        At pane = end_of_firing();
        for (bool is_last = false; not is_last;) {
            is_last = --pane == firing_;
            if (ends) open_.fire(*pane);
            if (closes) pane = close(pane);
            else if (rules_.every != Duration::zero()) next_tick_of(*pane);
        }
        is_firing_ = false;
        const At next = first_due();
        due_ = next == open_.end() ? max_time : due(*next);
        return true;
    }

    /// What the job's clock says of the events to come.
    void clock_is(Timestamp now) noexcept requires(has_alarms) { clock_ = now; }
    [[nodiscard]] Timestamp next_alarm() const noexcept requires(has_alarms) { return alarms_.next(); }
    /// Gives the next pane for which the clock has come so far, if there is one. Not while something is being given.
    template <typename Give>
    void ring(Timestamp now, Timestamp mark, Give&& give) requires(has_alarms) {
        Open* pane = nullptr;
        const auto alarm_of = [&](const Place& place) -> Alarm* {
            pane = open_.find(place.start, place.end);
            return pane && place.number < pane->past.size() ? &pane->past[place.number] : nullptr;
        };
        if (const auto place = alarms_.take(now, alarm_of))
            give(pane->rows[place->number].key, pane->start, pane->end, giving(*pane, place->number),
                 is_over(last_before(pane->end), mark) ? Timing::late : Timing::early);
    }

    /// How many inputs went with windows that never gave them.
    [[nodiscard]] std::uint64_t expired() const noexcept { return expired_; }
    /// What an entry had has been given.
    void given(const Giving& what) {
        if (plain_) {
            held_ -= what.pane.give(what.number);
            return;
        }
        Past& past = what.pane.past[what.number];
        ++past.index;
        if constexpr (has_alarms) past.due = max_time;
        const std::uint64_t fresh = std::exchange(past.fresh, 0);
        if constexpr (shares) held_ -= give_shared(what);
        else held_ -= fresh;
        if (not accumulates_) clear_state(what.state);
    }
    [[nodiscard]] std::uint64_t held() const noexcept { return held_; } ///< how many inputs are in no result yet
    [[nodiscard]] std::size_t bytes() const noexcept { return open_.bytes(); } ///< about how much memory they take
    [[nodiscard]] std::size_t rows() const noexcept { return open_.rows(); }
    /// The rows of a plain window that is not over; who adds inputs to them says how many by hold.
    Rows& rows_of(Timestamp start, Timestamp end, Timestamp mark) { return open(start, end, mark).rows; }
    void hold(std::uint64_t inputs) noexcept { held_ += inputs; }
    /// Calls fn(start, end, rows) for each window that the watermark until ends, by their ends, and forgets them. Gives how many inputs have come since
    /// it was called last. Only of plain windows.
    template <typename Fn>
    std::uint64_t drain(Fn&& fn, Timestamp until = max_time) {
        At pane = open_.begin();
        for (; pane != open_.end() && last_before(pane->end) <= until; pane = open_.close(pane)) fn(pane->start, pane->end, pane->rows);
        due_ = pane == open_.end() ? max_time : due(*pane);
        forget_recent();
        return std::exchange(held_, 0);
    }
    /// Takes over what another has of later events, but for windows that are over at the mark; gives how many inputs those had.
    template <typename A>
    std::uint64_t take_from(Panes& later, Timestamp mark, const A& aggregate) {
        std::uint64_t late = 0;
        const std::uint64_t all = later.drain([&](Timestamp start, Timestamp end, Rows& from) {
            if (not is_gone(end, mark)) take_rows(rows_of(start, end, mark), from, aggregate);
            else for (const auto& row : from) late += row.value.inputs();
        });
        held_ += all - late;
        return late;
    }

    void save(StateWriter& to) const {
        to.put(open_.size());
        for (const Open& pane : open_) {
            to.put<WindowTimes>(pane);
            pane.rows.save(to);
            to.put(pane.past);
            to.put(pane.given);
            if constexpr (has_alarms)
                for (const Past& past : pane.past) to.put(past.due);
        }
        to.put(held_);
        to.put(expired_);
        to.put(order_);
        to.put(mark_);
        to.put(is_firing_ ? open_.number_of(firing_) : none);
        to.put(at_);
        if constexpr (shares) inputs_.save(to);
    }
    void load(StateReader& from) {
        open_.clear();
        if constexpr (has_alarms) alarms_.clear();
        forget_recent();
        due_ = max_time;
        for (auto n = from.get<std::size_t>(); n > 0; --n) {
            const auto times = from.get<WindowTimes>();
            Open& pane = *open_.find_or_open(times.start, times.end).first;
            static_cast<WindowTimes&>(pane) = times;
            if (times.fired) open_.fire(pane);
            pane.rows.load(from);
            from.get(pane.past);
            from.get(pane.given);
            if (pane.past.size() != (plain_ ? 0 : pane.rows.size()) || pane.given.size() > pane.rows.size()) throw StateError("saved state: windows of another trigger");
            if constexpr (has_alarms) {
                for (std::uint32_t number = 0; number < pane.past.size(); ++number)
                    alarms_.set(pane.past[number], from.get<Timestamp>(), {pane.end, pane.start, number});
            }
            due_ = std::min(due_, due(pane));
        }
        from.get(held_);
        from.get(expired_);
        from.get(order_);
        from.get(mark_);
        const auto firing = from.get<std::size_t>();
        if (firing != none && firing >= open_.size()) throw StateError("saved state: a window that is not there is given out");
        is_firing_ = firing != none;
        if (is_firing_) firing_ = open_.at(firing);
        from.get(at_);
        if constexpr (shares) inputs_.load(from);
        if (is_firing())
            for (At pane = firing_; pane != end_of_firing(); ++pane) pane->go_on(plain_);
    }

    /// A key leaves all windows: how many of its inputs are in no result yet.
    std::uint64_t forget(const Key& key, std::uint64_t hash) requires(Forgets) {
        const std::uint64_t before = held_;
        for (Open& pane : open_) {
            const std::uint32_t number = pane.rows.find(key, hash);
            if (number == Rows::none) continue;
            if constexpr (shares) held_ -= give_shared(giving(pane, number));
            else held_ -= pane.past[number].fresh;
            pane.rows.erase(number);
            pane.past[number] = pane.past.back(), pane.past.pop_back();
            if constexpr (has_alarms)
                if (number != pane.past.size()) alarms_.move(pane.past[number], {pane.end, pane.start, number});
        }
        if constexpr (shares) inputs_.forget(key, hash);
        return before - held_;
    }

protected:
    /// The open windows that end at or before t take no more events: from then on every one is late for them.
    void end_until(Timestamp t) noexcept {
        forget_recent();
        At next = open_.not_before(t);
        while (next != open_.end() && last_before(next->end) <= t) ++next;
        due_ = next == open_.end() ? max_time : last_before(next->end);
    }

private:
    static constexpr std::size_t none = ~std::size_t{0};
    struct Place { // of a key in a window
        Timestamp end;
        Timestamp start;
        std::uint32_t number;
        friend auto operator<=>(const Place&, const Place&) = default;
    };

    template <typename K, typename T, typename A, typename Give>
    void add(Open& pane, const K& key, std::uint64_t hash, const T& value, Timestamp time, Timestamp mark, const A& aggregate, Give& give) {
        const std::uint32_t number = pane.rows.find_or_insert(key, hash).first;
        auto& row = pane.rows[number];
        if (plain_ && pane.is_given(number)) {
            row.value.add_uncounted(value, time, aggregate); // it is given again at once
        } else {
            if (not plain_ && number == pane.past.size()) pane.past.emplace_back().order = order_;
            row.value.add(value, time, aggregate);
            if (not plain_) ++pane.past[number].fresh;
            if (not shares || not is_counted_) ++held_;
            if constexpr (shares) // in its first window
                if (not std::exchange(is_counted_, true)) inputs_.add(inputs_.set_of(windows_), pane.past[number].held, key, hash);
        }
        if (pane.fired) {
            if (plain_) pane.note_given();
            if (rules_.late) give(row.key, pane.start, pane.end, giving(pane, number), Timing::late);
        } else if (plain_) {
            remember(pane);
        } else if (acts_early_) {
            schedule(pane, number, time, mark);
            if (rules_.count == 0 || pane.past[number].fresh < rules_.count) {
                if constexpr (has_alarms) {
                    Alarm& alarm = pane.past[number];
                    if (alarm.due == max_time) alarms_.set(alarm, saturating_add(clock_, rules_.delay), {pane.end, pane.start, number});
                }
                return;
            }
            give(row.key, pane.start, pane.end, giving(pane, number), is_over(last_before(pane.end), mark) ? Timing::late : Timing::early);
        }
    }
    Giving giving(Open& pane, std::uint32_t number) {
        Entry& entry = pane.rows[number].value;
        const std::uint64_t index = plain_ ? pane.times_given(number) : pane.past[number].index;
        if constexpr (spans_events) return {entry.state, index, number, pane, entry.first, entry.last};
        else return {entry.state, index, number, pane};
    }
    /// Its window goes: inputs in no emitted result will never be.
    void expire(const Open& pane, std::uint32_t number) noexcept {
        if (plain_ && pane.is_given(number)) return;
        const std::uint64_t lost = plain_ ? pane.rows[number].value.inputs() : pane.past[number].fresh;
        expired_ += lost;
        held_ -= lost;
    }

    /// How many inputs of a window were in no result before this.
    std::uint64_t give_shared(const Giving& what) {
        const auto held_in = [&](const auto& window, std::uint64_t hash) -> typename Inputs::Held* {
            Open* const pane = open_.find(window.first, window.second);
            const std::uint32_t number = pane ? pane->rows.find(what.pane.rows[what.number].key, hash) : Rows::none;
            return number != Rows::none ? &pane->past[number].held : nullptr;
        };
        return inputs_.give({what.pane.start, what.pane.end}, what.pane.rows[what.number].key, what.pane.past[what.number].held, held_in);
    }
    /// The same of a window that goes: what they are in besides may give them.
    std::uint64_t close_shared(const Open& pane) {
        if (inputs_.is_held_in({pane.start, pane.end}))
            for (std::uint32_t number = 0; number < pane.past.size(); ++number)
                if (pane.past[number].held.n != 0) inputs_.move_on(pane.rows[number].key, pane.past[number].held);
        return inputs_.close({pane.start, pane.end});
    }

    static std::uint32_t size_of(const Open& pane) noexcept { return static_cast<std::uint32_t>(pane.rows.size()); }
    /// The windows that are given out together: those that end together.
    [[nodiscard]] At end_of_firing() noexcept {
        At last = firing_;
        ++last;
        if constexpr (shares)
            while (last != open_.end() && last->end == firing_->end) ++last;
        return last;
    }
    /// The one of them whose next row has had the first event.
    [[nodiscard]] Open& next_of_firing() noexcept {
        Open* next = &*firing_;
        if constexpr (shares)
            for (At pane = firing_; ++pane != open_.end() && pane->end == next->end;)
                if (next_order(*pane) < next_order(*next)) next = &*pane;
        return *next;
    }
    static std::uint64_t next_order(const Open& pane) noexcept {
        return pane.cursor < pane.past.size() ? pane.past[pane.turns.row(pane.cursor)].order : ~std::uint64_t{0};
    }

    /// The window that is_quiet() means.
    void remember(Open& pane) noexcept {
        recent_start_ = word(pane.start);
        recent_size_ = word(pane.end) - recent_start_;
        quiet_ = &pane.rows;
    }
    void forget_recent() noexcept { recent_size_ = 0; }

    /// When a window's state goes; an event that would only go into windows past this is late.
    [[nodiscard]] Timestamp cleanup(Timestamp end) const noexcept { return saturating_add(last_before(end), lateness_); }
    [[nodiscard]] bool is_gone(Timestamp end, Timestamp mark) const noexcept { return is_over(cleanup(end), mark); }

    /// The window, opened if need be.
    Open& open(Timestamp start, Timestamp end, Timestamp mark) {
        const auto [pane, is_new] = open_.find_or_open(start, end);
        if (not is_new) return *pane;
        if (rules_.at_end && is_over(last_before(end), mark)) open_.fire(*pane);
        due_ = std::min(due_, due(*pane));
        return *pane;
    }

    /// `every` wants to be told of this key at the next multiple of the period behind its first event. In a window without an end a
    /// key that has given goes on with all others, as long as there are events; what gives only new things waits for the next one.
    void schedule(Open& pane, std::uint32_t number, Timestamp time, Timestamp mark) {
        if (rules_.every == Duration::zero()) return;
        Past& past = pane.past[number];
        const bool is_first = past.index == 0 && past.tick != with_others && past.fresh == 1;
        if (is_endless(pane) && accumulates_) {
            mark_ = mark;
            pane.until = std::max(pane.until, period_end(std::max(time, mark), rules_.every));
            if (pane.repeats && pane.again == max_time) pane.again = period_end(mark, rules_.every);
        } else if (not is_first && (past.tick != max_time || not is_endless(pane))) {
            return;
        }
        if (is_first) past.tick = period_end(time, rules_.every);
        else if (past.tick == max_time) past.tick = period_end(mark, rules_.every);
        if (rules_.at_end && past.tick >= last_before(pane.end)) past.tick = max_time; // the end comes first
        pane.tick = std::min({pane.tick, past.tick == with_others ? max_time : past.tick, pane.again});
        due_ = std::min(due_, due(pane));
    }

    [[nodiscard]] At first_due() noexcept {
        return open_.first_due(plain_, [this](const Open& pane) { return due(pane); });
    }
    [[nodiscard]] Timestamp due(const Open& pane) const noexcept {
        if (rules_.at_end && not pane.fired) return std::min(pane.tick, last_before(pane.end));
        return std::min(pane.tick, cleanup(pane.end));
    }

    void next_tick_of(Open& pane, Past& past) const noexcept {
        if (is_endless(pane)) {
            past.tick = accumulates_ ? with_others : max_time;
            pane.repeats |= accumulates_;
            return;
        }
        past.tick = saturating_add(past.tick, rules_.every);
        if (past.tick >= last_before(pane.end)) past.tick = max_time;
    }
    void next_tick_of(Open& pane) const noexcept {
        if (pane.repeats && (pane.again == max_time || pane.again <= at_)) pane.again = period_end(std::max(at_, mark_), rules_.every);
        if (pane.again > pane.until) pane.again = max_time;
        pane.tick = pane.again;
        for (const Past& past : pane.past)
            if (past.tick != with_others) pane.tick = std::min(pane.tick, past.tick);
    }
    static bool is_endless(const Open& pane) noexcept { return pane.end == max_time; }

    At close(At pane) {
        if constexpr (shares) {
            const std::uint64_t lost = close_shared(*pane);
            expired_ += lost;
            held_ -= lost;
        }
        return open_.close(pane);
    }

    WEIR_NO_UNIQUE_ADDRESS Assigner assigner_;
    Rules rules_;
    Duration lateness_;
    bool accumulates_;
    bool acts_early_;
    bool plain_; // it gives at its end, and then at each event that comes later: no window but a plain one has quiet rows
    Timestamp due_ = max_time;
    Rows* quiet_ = nullptr;          // of the window where the last event went,
    std::uint64_t recent_start_ = 0; // if that is quiet:
    std::uint64_t recent_size_ = 0;  // else 0
    std::uint64_t held_ = 0;
    std::uint64_t expired_ = 0;
    std::uint64_t order_ = 0;   // of the next event
    Timestamp mark_ = min_time; // during the last event of a window that gives again
    OpenWindows<Rows, Past, Forgets> open_;
    At firing_{};               // the first of the windows that are being given out,
    bool is_firing_ = false;
    Timestamp at_{};            // because the watermark reaches this
    bool is_counted_ = false;   // the event that is being added
    WEIR_NO_UNIQUE_ADDRESS Inputs inputs_{};
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<has_alarms, Alarms<Place>, NoAlarms> alarms_{};
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<has_alarms, Timestamp, NoAlarm> clock_{};
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<shares, JobVector<std::pair<Timestamp, Timestamp>>, NoSharedInputs> windows_{}; // of an event
};

} // namespace weir::detail
