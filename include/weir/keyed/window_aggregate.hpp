// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/fetch_ahead.hpp>
#include <weir/core/key.hpp>
#include <weir/core/span_clock.hpp>
#include <weir/keyed/combined_rows.hpp>
#include <weir/keyed/entry.hpp>
#include <weir/keyed/event_block.hpp>
#include <weir/keyed/key_result.hpp>
#include <weir/keyed/made_in_place.hpp>
#include <weir/keyed/text_guesses.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// The running form of aggregate: gives a value's key and time to the store of its windows, and what comes out of that down the
/// chain, with the watermarks between as rule R1 of the library says: before what is due at s stands the watermark s - 1.
///     Row: Windowed or Keyed. Timed: rows have a time. Clocked: the watermark is the job's clock. Side: the running chain of late_to.
///     Store: Panes, Slices (Overlapping), Sessions or CountWindows. Where it says holds_watermark its rows are as old as their last event, so no
///     watermark but the last may overtake them.
template <typename T, typename KeyOf, typename A, typename Store, typename Row, bool Timed, bool Clocked, typename Side>
class WindowAggregate {
    using Block = typename BlockOf<Store, T>::type;

public:
    using kind = OperatorKind;
    static constexpr bool bounded_room = Side::waits;
    /// Whether runs of plain events may be added from where they lie: the store takes them all alike.
    static constexpr bool takes_runs = not Timed && RunKeys<KeyOf, T>::fits && requires { requires Store::takes_runs; };
    static constexpr bool takes_span = takes_runs || requires { requires Store::takes_span; };
    static constexpr bool has_alarms = requires { requires Store::has_alarms; }; // panes by the job's clock
    static constexpr bool gathers_unseen = (not Block::fits || adds_unseen<A, T>) && std::is_same_v<Side, NoBranch> && not has_alarms;

    WindowAggregate(KeyOf key_of, A aggregate, Store store, Side side, const Clock& clock)
        : key_of_(std::move(key_of)), aggregate_(std::move(aggregate)), store_(std::move(store)), side_(std::move(side)), clock_(clock) {}

    template <typename E, typename Next>
    WEIR_INLINE void on_event(E&& event, Next& next) {
        const T& value = value_of(event);
        auto&& key = std::invoke(std::as_const(key_of_), value);
        const std::uint64_t hash = hash_of_key(key);
        if constexpr (HasQuietRows<Store>) {
            if (store_.is_quiet(time_of(event))) [[likely]] {
                if constexpr (Block::fits) {
                    if (not block_.push(key, hash, value, time_of(event))) add_block();
                } else {
                    store_.add_quietly(key, hash, value, time_of(event), aggregate_);
                }
                return;
            }
        }
        if constexpr (Block::fits && std::is_trivially_copyable_v<std::remove_cvref_t<E>>)
            take(std::remove_cvref_t<E>(event), key, hash, next); // a copy, so that the event itself need not lie in memory
        else take(std::forward<E>(event), key, hash, next);
    }

    /// Times and marks beside the events: while no mark among them makes anything due, runs of those that go quietly to one window are
    /// added together, from where they lie.
    static constexpr bool takes_timed_span = HasQuietRows<Store> && RunKeys<KeyOf, T>::fits;
    template <typename V, typename Next>
    std::size_t on_timed_span(TimedSpan<V> events, Next& next) {
        const std::size_t n = events.values.size();
        const auto reach = [this, &next](Timestamp mark) {
            if (mark > mark_) on_watermark(mark, next);
            return not suspended_;
        };
        is_in_span_ = true;
        for (left_ = n; left_ != 0;) {
            if (not suspended_ && events.last < store_.due()) add_run(events.values.data() + (n - left_), events.times + (n - left_));
            if (left_ == 0) break;
            const std::size_t i = n - left_;
            const bool goes_on = reach(events.marks[i]);
            if constexpr (Next::bounded_room || bounded_room)
                if (not goes_on || room(next) == 0) {
                    is_in_span_ = false;
                    return i;
                }
            on_event(Event<T>{value_of(pass(events.values[i])), events.times[i]}, next);
            --left_;
        }
        is_in_span_ = false;
        reach(events.last);
        return n;
    }
    [[nodiscard]] std::size_t unfinished() const noexcept { return is_in_span_ ? left_ : 1; }
    [[nodiscard]] bool had_several() const noexcept {
        if constexpr (requires { store_.is_parted(); }) return together_.has_thrown || store_.is_parted();
        else return together_.has_thrown;
    }

    template <typename E, typename Next>
        requires requires { requires Store::takes_span; }
    void on_span(std::span<E> events, Next& next) {
        together_([&] { store_.take(events, aggregate_, giver(next)); });
    }

    template <typename E, typename Next>
        requires takes_runs
    void on_span(std::span<E> events, Next& next) {
        is_in_span_ = true;
        for (left_ = events.size(); left_ != 0;) {
            if constexpr (requires { store_.is_parted(); }) {
                add_block(); // those of before come first
                if (store_.is_parted()) {
                    together_([&] { store_.put(events.last(std::exchange(left_, 0)), aggregate_); });
                    break;
                }
            }
            const std::size_t before = left_;
            add_run(events.data() + (events.size() - left_), nullptr);
            if (left_ != before) continue;
            on_event(pass(events[events.size() - left_]), next);
            --left_;
        }
        is_in_span_ = false;
    }

    /// Also where what follows may have to be waited for: such runs give nothing.
    template <typename Next>
    static constexpr bool takes_span_before = takes_runs;
    struct Again {};
    template <typename E, typename Next>
        requires takes_runs
    std::size_t on_part_of_span(std::span<E> events, Next& next, Again&) {
        on_span(events, next);
        return events.size();
    }

    template <typename Next>
    WEIR_INLINE void on_watermark(Timestamp t, Next& next) {
        side_.on_watermark(t);
        if (not suspended_ && t < store_.due()) [[likely]] {
            if (t <= mark_) return;
            mark_ = t;
            return send(t, next);
        }
        fall_due(t, next);
    }
    template <typename Next>
        requires(hears_of<Next>().idle)
    void on_idle(Next& next) {
        idle_ = suspended_;
        if (not suspended_) next.on_idle();
    }
    /// What windows give comes from no input, so it stays here.
    template <typename Next>
    void on_own_mark(Timestamp t, Next&) {
        side_.on_own_mark(t);
        own_mark_ = t;
        if constexpr (requires { store_.judge_by(t); }) store_.judge_by(t);
    }
    template <typename Next>
    void on_time(Timestamp now, Next& next) {
        side_.on_time(now);
        if constexpr (has_alarms) ring(now, next);
        if constexpr (Clocked) on_watermark(now, next);
        next.on_time(now);
    }
    template <typename Next>
    void on_barrier(std::uint64_t epoch, Next& next) {
        add_block();
        side_.on_barrier(epoch);
        next.on_barrier(epoch);
    }
    template <typename Next>
    void on_outcome(std::uint64_t epoch, bool committed, Next& next) {
        side_.on_outcome(epoch, committed);
        next.on_outcome(epoch, committed);
    }
    template <typename Next>
    void on_end(Next& next) {
        add_block();
        side_.on_end();
        if (suspended_) ended_ = true; // behind what is still to be given
        else next.on_end();
    }
    template <typename Next>
    void end_span(Next&) {
        add_block();
        if constexpr (has_alarms) clock_.end_span();
        side_.end_span();
    }

    template <typename Next>
    bool resume(Next& next) {
        const bool through = side_.resume();
        if (suspended_) {
            suspended_ = not go(next, RoomFor<Next>(next));
            if (not suspended_ && std::exchange(ended_, false)) next.on_end();
        }
        return through && not suspended_;
    }
    [[nodiscard]] Timestamp resume_at() const { return side_.resume_at(); }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const {
        return suspended_ ? 0 : std::min<std::size_t>(side_.room(), next.room());
    }
    [[nodiscard]] Timestamp deadline() const
        requires(Side::has_deadline || Clocked || has_alarms)
    {
        Timestamp at = side_.deadline();
        if (suspended_) return at;
        if constexpr (Clocked) at = std::min(at, store_.due());
        if constexpr (has_alarms) at = std::min(at, store_.next_alarm());
        return at;
    }
    template <typename OnOutlet>
    void for_each_outlet(OnOutlet&& fn) { side_.for_each_outlet(fn); }

    /// Takes over what a copy of this has gathered of the events that come next, and gives how many those were.
    template <typename Part, typename Next>
    std::uint64_t take_part(Part& part, Next&) {
        const std::uint64_t late = std::exchange(part.late_, 0);
        const std::uint64_t events = part.store_.held() + late;
        late_ += late + store_.take_from(part.store_, mark_, aggregate_);
        return events;
    }
    /// Then, when they have been counted: gives what its mark has closed.
    template <typename Part, typename Next>
    void close_part(const Part& part, Next& next) { on_watermark(part.mark_, next); }

    /// The same of what was combined for this; the watermark behind it comes by itself.
    template <typename Key, typename Entry, typename Next>
    std::uint64_t take_part(CombinedRows<Key, Entry>& part, Next&) {
        add_block();
        part.merge_into(store_, mark_, aggregate_);
        late_ += part.late;
        return part.events;
    }
    template <typename Key, typename Entry, typename Next>
    void close_part(const CombinedRows<Key, Entry>&, Next&) noexcept {}
    /// The store, with all events that came so far; when the next of its windows ends.
    [[nodiscard]] Store& settled() { return add_block(), store_; }
    [[nodiscard]] Timestamp due() const noexcept { return store_.due(); }
    [[nodiscard]] std::uint64_t late() const noexcept { return late_; }

    /// Whether that has come to about so many bytes.
    [[nodiscard]] bool has_gathered(std::size_t bytes)
        requires requires(Store& store) { store.has_gathered(bytes); }
    {
        return store_.has_gathered(bytes);
    }
    [[nodiscard]] std::size_t events_in(std::size_t bytes) const noexcept
        requires requires(const Store& store) { store.events_in(bytes); }
    {
        return store_.events_in(bytes);
    }

    void report(OperatorReport& row) const {
        row.held = store_.held() + block_.size();
        row.dropped(Drop::late) = late_;
        row.dropped(Drop::expired) = store_.expired();
        row.late_in_some = late_in_some_;
        if constexpr (requires { store_.report(row); }) store_.report(row);
    }
    void report_inner(ReportWalk& walk) const { side_.report(walk); }
    void save(StateWriter& to) const {
        if constexpr (requires { store_.settle(aggregate_); }) store_.settle(aggregate_);
        store_.save(to);
        to.put(mark_);
        to.put(own_mark_);
        to.put(target_);
        to.put(sent_);
        to.put(late_);
        to.put(late_in_some_);
        to.put(suspended_);
        to.put(ended_);
    }
    void load(StateReader& from) {
        store_.load(from);
        from.get(mark_);
        from.get(own_mark_);
        from.get(target_);
        from.get(sent_);
        from.get(late_);
        from.get(late_in_some_);
        from.get(suspended_);
        from.get(ended_);
    }
    template <typename Walk> // a template: compiled only in durable jobs
    void save_inner(Walk& walk) const { side_.save(walk); }
    template <typename Walk>
    void load_inner(Walk& walk) { side_.load(walk); }

private:
    static constexpr std::uint32_t no_guess = ~0U;
    static constexpr bool has_guesses = not std::is_same_v<typename GuessesOf<Store, std::invoke_result_t<const KeyOf&, const T&>>::type, NoGuesses>;

    /// An event that opens a window, comes late, or makes something due.
    template <typename E, typename K, typename Next>
    [[gnu::noinline]] void take(E&& event, const K& key, std::uint64_t hash, Next& next) {
        if (suspended_) go(next, [] { return true; }); // an operator before this gave more than there is room for
        add_block();
        if constexpr (has_alarms) store_.clock_is(clock_.now());
        const Admission taken = store_.take(key, hash, value_of(event), time_of(event), {mark_, std::max(mark_, own_mark_)}, aggregate_, giver(next));
        if (not taken.taken) {
            ++late_;
            if constexpr (not std::is_same_v<Side, NoBranch>) side_.on_event(std::forward<E>(event));
        } else if (taken.missed) {
            ++late_in_some_;
        }
        if (is_over(store_.due(), mark_)) go(next, [] { return true; }); // it may make due what lies behind
    }
    template <typename Next>
    [[gnu::noinline]] void fall_due(Timestamp t, Next& next) {
        target_ = std::max(target_, t);
        idle_ = false;
        if (suspended_) return;
        add_block();
        suspended_ = not go(next, RoomFor<Next>(next));
    }

    /// Gives the panes that the job's clock has brought, with what the watermark brought before each of them where that is the clock;
    /// as many as there is room for: the deadline is still over, so this is called again.
    template <typename Next>
    void ring(Timestamp now, Next& next) {
        while (not suspended_ && store_.next_alarm() <= now && store_.next_alarm() != max_time) {
            const Timestamp at = store_.next_alarm();
            if constexpr (Clocked) on_watermark(at, next);
            if (suspended_) break;
            suspended_ = next.room() == 0;
            if (not suspended_) store_.ring(at, mark_, giver(next));
        }
    }

    /// Adds those of the first of the left_ events that go quietly to one window. times: null where they have none.
    template <typename V>
    [[gnu::noinline]] void add_run(V* values, const Timestamp* times) {
        add_block();
        const QuietTimes quiet = store_.quiet_times();
        const auto is_quiet = [&](std::size_t i) {
            if constexpr (takes_runs) return true;
            else return quiet.has(times[i]);
        };
        if (not quiet.has(takes_runs ? Timestamp{} : *times)) return;
        const std::size_t most = std::min(left_, TimedSpan<V>::most);
        RunKeys<KeyOf, T> keys(key_of_);
        const auto value = [values](std::size_t i) -> const T& { return value_of(values[i]); };
        std::uint32_t numbers[TimedSpan<V>::most];
        [[maybe_unused]] std::uint32_t places[has_guesses ? TimedSpan<V>::most : 1];
        bool knows = false; // guesses_ the keys of this run
        std::size_t n = 0;
        const auto add = [&] {
            left_ -= n;
            if (n == 0) return;
            together_([&] { store_.add_quietly(Run{keys.again(value), value, times, n, numbers}, aggregate_); });
        };
        const auto key = [&](std::size_t i) -> decltype(auto) {
            fetch_ahead(values + i);
            return keys.find(i, value(i));
        };
        try {
            const auto& table = store_.quiet_table();
            if constexpr (has_guesses) {
                knows = guesses_.begin(table);
                if (knows)
                    for (; n < most && is_quiet(n); ++n) numbers[n] = guesses_[places[n] = guesses_.place(keys.find(n, value(n)))];
            }
            if (knows) {
            } else if (table.is_large()) {
                std::uint64_t hashes[TimedSpan<V>::most];
                for (; n < most && is_quiet(n); ++n) hashes[n] = hash_of_key(key(n));
                table.guess({hashes, n}, numbers);
            } else if constexpr (takes_runs && RunKeys<KeyOf, T>::asks && std::is_arithmetic_v<typename Store::key_type>) {
                n = most;
                guess_all(table.guesser(), keys, values, n, numbers);
            } else {
                for (const auto guess = table.guesser(); n < most && is_quiet(n); ++n) numbers[n] = guess(hash_of_key(key(n)));
            }
        } catch (...) { // at the n-th key
            std::fill_n(numbers, n, no_guess);
            add();
            throw;
        }
        add();
        if constexpr (has_guesses)
            if (knows) guesses_.learn(places, numbers, n);
    }

    /// By itself, so that a compiler has registers for all of it.
    template <typename Guesser, typename V>
    [[gnu::noinline]] static void guess_all(Guesser guess, RunKeys<KeyOf, T> keys, V* values, std::size_t n, std::uint32_t* numbers) noexcept {
        for (std::size_t i = 0; i < n; ++i) {
            fetch_ahead(values + i);
            numbers[i] = guess(hash_of_key(keys.find(i, value_of(values[i]))));
        }
    }

    /// Adds the events that wait. They go all to the window of the last one: whatever else comes is preceded by this.
    void add_block() {
        if constexpr (Block::fits) {
            if (block_.empty()) return;
            block_.take([this](auto hashes, std::uint32_t* numbers) { store_.quiet_table().guess(hashes, numbers); },
                        [this](const auto& run) { together_([&] { store_.add_quietly(run, aggregate_); }); });
        }
    }

    /// Gives what is due at target_ or before; false where there was no room for all of it.
    template <typename Next, typename Room>
    bool go(Next& next, Room&& room) {
        const Timestamp until = std::max(target_, mark_);
        for (;;) {
            if (not store_.is_firing()) {
                if (not begin(until)) break;
                const Timestamp at = store_.firing_at();
                mark_ = std::max(mark_, at);
                send(saturating_add(at, Duration(-1)), next);
            }
            if (not fire(room, next)) return false;
        }
        mark_ = std::max(mark_, until);
        suspended_ = false;
        send(until, next);
        if constexpr (hears_of<Next>().idle)
            if (std::exchange(idle_, false)) next.on_idle();
        return true;
    }
    bool begin(Timestamp until) {
        if constexpr (requires { store_.begin(until, aggregate_); }) return store_.begin(until, aggregate_);
        else return store_.begin(until);
    }
    template <typename Next, typename Room>
    bool fire(Room& room, Next& next) {
        if constexpr (requires { store_.fire(room, giver(next), aggregate_); }) return store_.fire(room, giver(next), aggregate_);
        else return store_.fire(room, giver(next));
    }
    template <typename Next>
    void send(Timestamp t, Next& next) {
        if (t <= sent_ || (Store::holds_watermark && t != max_time)) return;
        sent_ = t;
        next.on_watermark(t);
    }

    /// What emits an entry of the store.
    template <typename Next>
    auto giver(Next& next) {
        return [this, &next](const auto& key, Timestamp start, Timestamp end, auto&& entry, Timing timing) {
            begin_pane(aggregate_, entry.state);
            if (not has_result_of(aggregate_, entry.state)) return;
            if constexpr (Store::spans_events) {
                start = entry.first;
                end = saturating_add(entry.last, Duration(1));
            }
            const auto make = [&] { return made(key, Window{start, end, {entry.index, timing}}, key_result(aggregate_, entry.state, key)); };
            constexpr bool lends = requires { A::lends_state; }; // then the state is cleared behind it
            if constexpr (Timed && MakesInPlace<Next> && not lends) {
                next.on_made([&] { return Event<Row>{make(), last_before(end)}; });
                end_pane(aggregate_, entry.state);
                return store_.given(entry);
            } else {
                Row row = make();
                end_pane(aggregate_, entry.state);
                if constexpr (not lends) store_.given(entry);
                if constexpr (Timed) next.on_event(Event<Row>{std::move(row), last_before(end)});
                else next.on_event(std::move(row));
                if constexpr (lends) store_.given(entry);
            }
        };
    }
    template <typename Key, typename V>
    static Row made(const Key& key, const Window& window, V&& value) {
        if constexpr (requires { Row{key, window, std::forward<V>(value)}; }) return Row{key, window, std::forward<V>(value)};
        else return Row{key, std::forward<V>(value)};
    }

    template <typename T2, typename K2, typename A2, typename Store2, typename Row2, bool, bool, typename Side2>
    friend class WindowAggregate; // whose part it takes

    WEIR_NO_UNIQUE_ADDRESS KeyOf key_of_;
    WEIR_NO_UNIQUE_ADDRESS A aggregate_;
    Store store_;
    WEIR_NO_UNIQUE_ADDRESS Side side_;
    WEIR_NO_UNIQUE_ADDRESS Block block_{};
    WEIR_NO_UNIQUE_ADDRESS typename GuessesOf<Store, std::invoke_result_t<const KeyOf&, const T&>>::type guesses_{};
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<has_alarms, SpanClock, NoClock> clock_;
    Timestamp mark_ = min_time;   // the watermark here
    Timestamp own_mark_ = min_time; // of the input that the event comes from
    Timestamp target_ = min_time; // where it is to go
    Timestamp sent_ = min_time;   // what those behind know
    std::uint64_t late_ = 0;
    std::uint64_t late_in_some_ = 0;
    std::size_t left_ = 0; // of a span
    AddsTogether together_{};
    bool is_in_span_ = false;
    bool suspended_ = false;
    bool idle_ = false; // said behind what is still to be given
    bool ended_ = false;
};

} // namespace weir::detail
