// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/all_of.hpp>
#include <weir/core/trigger.hpp>
#include <weir/core/window.hpp>
#include <weir/keyed/table.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// The next multiple of the period behind t.
[[nodiscard]] constexpr Timestamp period_end(Timestamp t, Duration period) noexcept {
    const auto since = t.time_since_epoch().count() % period.count();
    return saturating_add(t, Duration(since < 0 ? -since : period.count() - since));
}

/// Whether an event went into a window, and whether it came too late for one.
struct Admission {
    bool taken = false;
    bool missed = false;
};

/// The times of an entry's events, where its window says when they were.
struct EventSpan {
    Timestamp first = max_time;
    Timestamp last = min_time;
};
struct NoEventSpan {};

/// What an aggregate has become for one key of one window: many of them, so nothing is in it that its windows do not need.
template <typename State, bool Spans>
struct PaneEntry : std::conditional_t<Spans, EventSpan, NoEventSpan> {
    State state{};
    std::uint64_t fresh = 0;    // inputs since the last emission
    std::uint64_t index = 0;    // of the next emission
    Timestamp tick = max_time;  // when `every` wants the next one
    static constexpr auto fields() {
        if constexpr (Spans)
            return weir::fields("state", &PaneEntry::state, "fresh", &PaneEntry::fresh, "index", &PaneEntry::index, "tick", &PaneEntry::tick,
                                "first", &PaneEntry::first, "last", &PaneEntry::last);
        else return weir::fields("state", &PaneEntry::state, "fresh", &PaneEntry::fresh, "index", &PaneEntry::index, "tick", &PaneEntry::tick);
    }
};

/// One that shares its inputs with other windows: the first of them counts an input as held.
template <typename State>
struct SharedPaneEntry : PaneEntry<State, false> {
    std::uint64_t held = 0; // inputs that are in no emitted result yet
    static constexpr auto fields() {
        using Entry = SharedPaneEntry;
        return weir::fields("state", &Entry::state, "fresh", &Entry::fresh, "index", &Entry::index, "tick", &Entry::tick, "held", &Entry::held);
    }
};

/// The windows of one range of time that are open, each with a table of its keys in the order of their first events: windows that
/// do not merge (tumbling, sliding, cumulative, global, a user's own).
///     The windows are few and lie sorted by end; the tables of closed ones are used again, so that once as many keys and windows
///     have been open as ever will be nothing is allocated.
///     Assigner: names the windows of a time and value, by their ends.
template <typename Key, typename State, typename Assigner>
class Panes {
public:
    static constexpr bool shares = not Assigner::is_single; // an event may be in several windows
    using Entry = std::conditional_t<shares, SharedPaneEntry<State>, PaneEntry<State, Assigner::spans_events>>;
    static constexpr bool holds_watermark = Assigner::holds_watermark;
    static constexpr bool spans_events = Assigner::spans_events;

private:
    using Rows = Table<Key, Entry>;

    struct Open {
        Timestamp start;
        Timestamp end;
        bool fired = false;           // at its end
        Timestamp tick = max_time;    // the least of its keys' ticks
        std::unique_ptr<Rows> rows{}; // where it stays while the windows are sorted
    };

public:
    /// accumulates: a window gives all it has each time; else only what is new.
    Panes(Assigner assigner, TriggerRules rules, Duration lateness, bool accumulates)
        : assigner_(std::move(assigner)), rules_(rules), lateness_(lateness), accumulates_(accumulates),
          acts_early_(rules.count != 0 || rules.every != Duration::zero()) {}

    /// An event: into each of its windows whose state is not gone yet. mark: the watermark. aggregate.add(state, value) adds it;
    /// give(key, start, end, entry, timing) emits at once what its coming makes due.
    template <typename K, typename T, typename A, typename Give>
    Admission take(const K& key, std::uint64_t hash, const T& value, Timestamp time, Timestamp mark, const A& aggregate, Give&& give) {
        if constexpr (not shares) { // most events belong to the same window as the one before
            if (recent_ < open_.size() && open_[recent_].start <= time && time < open_[recent_].end) {
                add(open_[recent_], key, hash, value, time, aggregate, give, true);
                return {.taken = true, .missed = false};
            }
        }
        Admission admission;
        assigner_.assign(time, value, [&](Timestamp start, Timestamp end) {
            if (cleanup(end) <= mark) {
                admission.missed = true;
                return;
            }
            Open& pane = open(start, end, mark);
            recent_ = static_cast<std::size_t>(&pane - open_.data());
            add(pane, key, hash, value, time, aggregate, give, not std::exchange(admission.taken, true));
        });
        return admission;
    }

    /// The least watermark at which something happens.
    [[nodiscard]] Timestamp due() const noexcept { return due_; }

    /// What is due first, at or below the watermark t: firing it begins. False: nothing.
    bool begin(Timestamp t) {
        if (due_ > t) return false;
        if (t == max_time && not open_.empty() && open_.back().end == max_time) stop_ticks(open_.back()); // there would be no end to them
        Open* first = nullptr;
        for (Open& pane : open_) // sorted by end: of those due at once the one that ends first
            if (not first || due(pane) < due(*first)) first = &pane;
        if (not first || due(*first) > t) return due_ = first ? due(*first) : max_time, false;
        firing_ = static_cast<std::size_t>(first - open_.data());
        at_ = due(*first);
        cursor_ = 0;
        return true;
    }
    [[nodiscard]] bool is_firing() const noexcept { return firing_ != none; }
    [[nodiscard]] Timestamp firing_at() const noexcept { return at_; }

    /// Goes on with what begin() began. `room()` is asked before each row; false: it waits.
    template <typename Room, typename Emit>
    bool fire(Room&& room, Emit&& emit) {
        Open& pane = open_[firing_];
        const bool ends = rules_.at_end && not pane.fired && at_ == last_of(pane.end);
        const bool closes = at_ == cleanup(pane.end);
        const bool rest = closes && rules_.final_pane;
        while (cursor_ < pane.rows->size()) {
            auto& row = (*pane.rows)[cursor_];
            const bool ticks = row.value.tick == at_ && at_ != max_time;
            const bool gives = ((ends || ticks) && is_worth_giving(row.value)) || (rest && row.value.fresh != 0);
            if (gives && not room()) return false;
            ++cursor_;
            if (ticks) next_tick_of(pane, row.value);
            if (gives) emit(row.key, pane.start, pane.end, row.value, ends ? Timing::on_time : pane.fired ? Timing::late : Timing::early);
        }
        firing_ = none;
        if (ends) pane.fired = true;
        if (closes) close(pane);
        else if (rules_.every != Duration::zero()) pane.tick = least_tick(pane);
        due_ = max_time;
        for (const Open& other : open_) due_ = std::min(due_, due(other));
        return true;
    }

    /// How many inputs went with windows that never gave them.
    [[nodiscard]] std::uint64_t expired() const noexcept { return expired_; }
    /// What an entry had has been given.
    void given(Entry& entry) noexcept {
        ++entry.index;
        held_ -= held_in(entry);
        if constexpr (shares) entry.held = 0;
        entry.fresh = 0;
        if (not accumulates_) clear_state(entry.state);
    }
    /// How many inputs are in no result yet.
    [[nodiscard]] std::uint64_t held() const noexcept { return held_; }

    void save(StateWriter& to) const {
        to.put(open_.size());
        for (const Open& pane : open_) {
            to.put(pane.start);
            to.put(pane.end);
            to.put(pane.fired);
            to.put(pane.tick);
            pane.rows->save(to);
        }
        to.put(held_);
        to.put(expired_);
        to.put(firing_);
        to.put(at_);
        to.put(cursor_);
    }
    void load(StateReader& from) {
        open_.clear();
        due_ = max_time;
        for (auto n = from.get<std::size_t>(); n > 0; --n) {
            Open pane{from.get<Timestamp>(), from.get<Timestamp>(), from.get<bool>(), from.get<Timestamp>(), std::make_unique<Rows>()};
            pane.rows->load(from);
            due_ = std::min(due_, due(pane));
            open_.push_back(std::move(pane));
        }
        from.get(held_);
        from.get(expired_);
        from.get(firing_);
        from.get(at_);
        from.get(cursor_);
    }

private:
    static constexpr std::size_t none = ~std::size_t{0};

    /// first: it is in no other window before this one.
    template <typename K, typename T, typename A, typename Give>
    WEIR_INLINE void add(Open& pane, const K& key, std::uint64_t hash, const T& value, [[maybe_unused]] Timestamp time, const A& aggregate, Give& give,
                         [[maybe_unused]] bool first) {
        auto& row = (*pane.rows)[pane.rows->find_or_insert(key, hash).first];
        Entry& entry = row.value;
        aggregate.add(entry.state, value);
        ++entry.fresh;
        if constexpr (shares) {
            if (first) {
                ++entry.held;
                ++held_;
            }
        } else {
            ++held_;
        }
        if constexpr (spans_events) {
            entry.first = std::min(entry.first, time);
            entry.last = std::max(entry.last, time);
        }
        if (pane.fired) {
            if (rules_.late) give(row.key, pane.start, pane.end, entry, Timing::late);
        } else if (acts_early_) {
            schedule(pane, entry, time);
            if (rules_.count != 0 && entry.fresh >= rules_.count) give(row.key, pane.start, pane.end, entry, Timing::early);
        }
    }

    /// Inputs of the entry that are in no emitted result yet.
    static std::uint64_t held_in(const Entry& entry) noexcept {
        if constexpr (shares) return entry.held;
        else return entry.fresh;
    }

    /// When a window's state goes; an event that would only go into windows past this is late.
    [[nodiscard]] Timestamp cleanup(Timestamp end) const noexcept { return saturating_add(last_of(end), lateness_); }
    [[nodiscard]] static Timestamp last_of(Timestamp end) noexcept { return saturating_add(end, Duration(-1)); }

    /// The window, opened if need be.
    Open& open(Timestamp start, Timestamp end, Timestamp mark) {
        std::size_t at = open_.size();
        while (at > 0 && after(open_[at - 1], start, end)) --at; // most events belong to the latest windows
        if (at > 0 && open_[at - 1].start == start && open_[at - 1].end == end) return open_[at - 1];
        Open made{start, end, rules_.at_end && last_of(end) <= mark, max_time, take_rows()};
        Open& pane = *open_.insert(open_.begin() + static_cast<std::ptrdiff_t>(at), std::move(made));
        due_ = std::min(due_, due(pane));
        return pane;
    }

    /// `every` wants to be told of this key at the next multiple of the period behind the event.
    void schedule(Open& pane, Entry& entry, Timestamp time) {
        if (rules_.every == Duration::zero() || entry.index != 0 || entry.fresh != 1) return; // from its first event on
        entry.tick = period_end(time, rules_.every);
        if (rules_.at_end && entry.tick >= last_of(pane.end)) entry.tick = max_time; // the end comes first
        pane.tick = std::min(pane.tick, entry.tick);
        due_ = std::min(due_, due(pane));
    }

    static bool after(const Open& pane, Timestamp start, Timestamp end) noexcept {
        return pane.end > end || (pane.end == end && pane.start > start);
    }
    [[nodiscard]] Timestamp due(const Open& pane) const noexcept {
        if (rules_.at_end && not pane.fired) return std::min(pane.tick, last_of(pane.end));
        return std::min(pane.tick, cleanup(pane.end));
    }
    /// An accumulating window gives what it has at its end, also if nothing new came; one that discards only what is new.
    [[nodiscard]] bool is_worth_giving(const Entry& entry) const noexcept { return entry.fresh != 0 || (accumulates_ && entry.index != 0); }

    void next_tick_of(const Open& pane, Entry& entry) const noexcept {
        entry.tick = saturating_add(entry.tick, rules_.every);
        if (entry.tick >= last_of(pane.end)) entry.tick = max_time;
    }
    static void stop_ticks(Open& pane) noexcept {
        pane.tick = max_time;
        for (auto& row : *pane.rows) row.value.tick = max_time;
    }
    static Timestamp least_tick(const Open& pane) noexcept {
        Timestamp least = max_time;
        for (const auto& row : *pane.rows) least = std::min(least, row.value.tick);
        return least;
    }

    void close(Open& pane) {
        for (const auto& row : *pane.rows) {
            expired_ += held_in(row.value);
            held_ -= held_in(row.value);
        }
        pane.rows->clear();
        spare_.push_back(std::move(pane.rows));
        open_.erase(open_.begin() + (&pane - open_.data()));
    }
    std::unique_ptr<Rows> take_rows() {
        if (spare_.empty()) return std::make_unique<Rows>();
        auto rows = std::move(spare_.back());
        spare_.pop_back();
        return rows;
    }

    WEIR_NO_UNIQUE_ADDRESS Assigner assigner_;
    TriggerRules rules_;
    Duration lateness_;
    bool accumulates_;
    bool acts_early_;
    Timestamp due_ = max_time;
    std::vector<Open> open_; // by end, then start
    std::vector<std::unique_ptr<Rows>> spare_;
    std::uint64_t held_ = 0;
    std::uint64_t expired_ = 0;
    std::size_t recent_ = 0;    // where the last event went
    std::size_t firing_ = none; // a window that is being given out,
    Timestamp at_{};            // because the watermark reaches this,
    std::uint32_t cursor_ = 0;  // and its next row
};

} // namespace weir::detail
