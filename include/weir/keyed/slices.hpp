// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/core/radix_sort.hpp>
#include <weir/core/trigger.hpp>
#include <weir/keyed/entry.hpp>
#include <weir/keyed/slice_lists.hpp>
#include <weir/keyed/table.hpp>
#include <weir/keyed/time_list.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>

namespace weir::detail {

/// Windows that overlap and give at their end, and then at each event that comes later: time is cut into slices where windows begin
/// or end, an event is added once, to its slice, and a window is merged from its slices when it gives. So neither the cost of an
/// event nor its memory grows with the number of windows that it belongs to.
///     (Krishnamurthy, Wu, Franklin: On-the-fly sharing for streamed aggregation, SIGMOD 2006; Traub et al.: Efficient window
///     aggregation with general stream slicing, EDBT 2019.)
///     Assigner: slice(t), slice_end(t): of the slice of t; first_end(start), last_end(start): of the windows of the slice that begins
///     then; start_of(end), next_end(end): of windows.
template <typename Key, typename State, typename Assigner>
class Slices {
    using Lists = SliceLists<State>;
    using List = typename Lists::List;
    using Part = typename Lists::Part;
    static constexpr std::uint32_t none = Lists::none;

public:
    /// A window of a key that is to be given.
    struct Giving {
        State& state;
        std::uint64_t index;
        List& list;
        Timestamp start;
        Timestamp end;
    };
    static constexpr bool holds_watermark = false;
    static constexpr bool spans_events = false;
    using key_type = Key;

    Slices(Assigner assigner, Duration lateness) : assigner_(std::move(assigner)), lateness_(lateness) {}

    /// Whether an event at this time goes into the slice where the last one went, and makes no window give: nearly always.
    [[nodiscard]] QuietTimes quiet_times() const noexcept { return {recent_start_, recent_size_}; }
    [[nodiscard]] WEIR_INLINE bool is_quiet(Timestamp time) const noexcept { return word(time) - recent_start_ < recent_size_; }
    /// Adds such an event.
    template <typename K, typename T, typename A>
    void add_quietly(const K& key, std::uint64_t hash, const T& value, Timestamp, const A& aggregate) {
        add_recent(keys_.find_or_insert(key, hash).first, recent_start(), value, order_++, aggregate);
        ++held_;
    }
    /// Where its row is found.
    [[nodiscard]] const auto& quiet_table() const noexcept { return keys_; }
    /// Adds several.
    template <typename RunOf, typename A>
    [[gnu::noinline]] void add_quietly(RunOf run, const A& aggregate) {
        held_ += run.n; // also what a throw leaves out
        const std::uint64_t first = std::exchange(order_, order_ + run.n);
        const Timestamp start = recent_start();
        const HeldByLoop<A> adding{aggregate};
        for (std::size_t i = 0; i < run.n; ++i) {
            auto&& key = run.key(i);
            const std::uint32_t guess = run.guesses[i];
            const std::uint32_t row = keys_.is_row_of(guess, key) ? guess : keys_.find_or_insert(key, hash_of_key(key)).first;
            add_recent(row, start, run.value(i), first + i, adding.fn);
        }
    }

    template <typename K, typename T, typename A, typename Give>
    Admission take(const K& key, std::uint64_t hash, const T& value, Timestamp time, Timestamp mark, const A& aggregate, Give&& give) {
        const Timestamp start = assigner_.slice(time);
        const Timestamp last_end = assigner_.last_end(start);
        if (is_gone(last_end, mark)) return {.taken = false, .missed = true};
        const Timestamp first_end = assigner_.first_end(start);
        const Timestamp next = std::max(first_end, next_after(mark)); // of its windows the first that has not been given
        const bool missed = is_gone(first_end, mark);

        const std::uint32_t row = keys_.find_or_insert(key, hash).first;
        List& list = keys_[row].value;
        std::uint32_t at = lists_.find(list, start);
        if (at == none) {
            at = lists_.insert(list, row, start, assigner_.start_of(next_after(mark)));
            enter(at, start);
        }
        if (first_end < next) add_late(keys_[row], at, value, first_end, mark, aggregate, give);
        else lists_.add(list, at, value, order_, aggregate), ++held_;
        ++order_;
        if (next <= last_end) fire_at_ = std::min(fire_at_, last_before(next)), fires_ = true;
        clean_at_ = std::min(clean_at_, cleanup(last_end));
        if (first_end == next) remember(start);
        return {.taken = true, .missed = missed};
    }

    [[nodiscard]] Timestamp due() const noexcept { return std::min(fire_at_, clean_at_); }

    /// The window that is due first, at or below the watermark t. False: none.
    template <typename A>
    bool begin(Timestamp t, const A& aggregate) {
        recent_size_ = 0;
        while (clean_at_ <= t && (clean_at_ < fire_at_ || not fires_) && order_of_times_.oldest != none) clean(aggregate);
        if (fire_at_ > t || not fires_) return false;
        at_ = fire_at_;
        end_ = saturating_add(at_, Duration(1));
        gather(aggregate);
        firing_ = true;
        return true;
    }
    [[nodiscard]] bool is_firing() const noexcept { return firing_; }
    [[nodiscard]] Timestamp firing_at() const noexcept { return at_; }

    template <typename Room, typename Give, typename A>
    bool fire(Room&& room, Give&& give, const A& aggregate) {
        const Timestamp start = assigner_.start_of(end_);
        while (cursor_ < giving_.size()) {
            if (not room()) return false;
            auto& row = keys_[giving_[cursor_++].row];
            Part all = lists_.total(row.value, aggregate);
            give(row.key, start, end_, Giving{all.state, 0, row.value, start, end_}, Timing::on_time);
        }
        giving_.clear();
        cursor_ = 0;
        firing_ = false;
        find_next(end_);
        return true;
    }

    /// What a window had has been given.
    void given(const Giving& what) noexcept { held_ -= lists_.see(what.list, what.start, what.end); }
    [[nodiscard]] std::uint64_t held() const noexcept { return held_; }
    [[nodiscard]] std::uint64_t expired() const noexcept { return expired_; }

    void save(StateWriter& to) const {
        to.put(keys_.size());
        for (const auto& row : keys_) {
            to.put(row.key);
            lists_.save(row.value, to);
        }
        late_.save(to);
        to.put(giving_);
        to.put(cursor_);
        to.put(firing_);
        to.put(at_);
        to.put(end_);
        to.put(fire_at_);
        to.put(fires_);
        to.put(clean_at_);
        to.put(order_);
        to.put(held_);
        to.put(expired_);
    }
    void load(StateReader& from) {
        keys_.clear();
        lists_.clear();
        times_.clear();
        order_of_times_ = {};
        free_time_ = none;
        recent_size_ = 0;
        for (auto n = from.get<std::size_t>(); n > 0; --n) {
            const Key key = from.get<Key>();
            const std::uint32_t row = keys_.find_or_insert(key, hash_of_key(key)).first;
            lists_.load(keys_[row].value, row, from, [this](std::uint32_t at) { enter(at, lists_[at].start); });
        }
        late_.load(from);
        from.get(giving_);
        from.get(cursor_);
        from.get(firing_);
        from.get(at_);
        from.get(end_);
        from.get(fire_at_);
        from.get(fires_);
        from.get(clean_at_);
        from.get(order_);
        from.get(held_);
        from.get(expired_);
    }

private:
    using Keys = Table<Key, List>;
    /// The slices of all keys that start then, in the order in which they came.
    struct Time {
        JobVector<std::uint32_t> slices{};
        Timestamp start{};
        std::uint32_t before = none;
        std::uint32_t behind = none;
        std::uint32_t less = none; // of a free one: the next
        std::uint32_t more = none;
    };
    struct Turn {
        std::uint64_t order;
        std::uint32_t row;
        static constexpr auto fields() { return weir::fields("order", &Turn::order, "row", &Turn::row); }
    };

    [[nodiscard]] Timestamp cleanup(Timestamp end) const noexcept { return saturating_add(last_before(end), lateness_); }
    [[nodiscard]] bool is_gone(Timestamp end, Timestamp mark) const noexcept { return is_over(cleanup(end), mark); }
    /// The first end of a window that has not been given when this is the watermark.
    [[nodiscard]] Timestamp next_after(Timestamp mark) const {
        return assigner_.first_end(assigner_.slice(mark == min_time ? mark : saturating_add(mark, Duration(1))));
    }

    /// The slice that is_quiet() means.
    void remember(Timestamp start) {
        recent_start_ = word(start);
        recent_size_ = word(assigner_.slice_end(start)) - recent_start_;
    }
    [[nodiscard]] Timestamp recent_start() const noexcept { return Timestamp(Duration(static_cast<std::int64_t>(recent_start_))); }
    template <typename T, typename A>
    WEIR_INLINE void add_recent(std::uint32_t row, Timestamp start, const T& value, std::uint64_t order, const A& aggregate) {
        List& list = keys_[row].value;
        std::uint32_t at = list.newest;
        if (at == none || lists_[at].start != start) {
            at = lists_.find(list, start);
            if (at == none) enter(at = lists_.insert(list, row, start, start), start);
        }
        lists_.add_behind(list, at, value, order, aggregate);
    }

    /// A new slice.
    void enter(std::uint32_t slice, Timestamp start) {
        std::uint32_t at = order_of_times_.last_until(times_, start);
        if (at == none || times_[at].start != start) {
            const std::uint32_t before = at;
            at = free_time_;
            if (at == none) {
                at = static_cast<std::uint32_t>(times_.size());
                const MemoryScope scope(times_.get_allocator().source); // its slices', too
                times_.emplace_back();
            } else {
                free_time_ = times_[at].less;
            }
            times_[at].start = start;
            order_of_times_.insert(times_, at, before);
        }
        times_[at].slices.push_back(slice);
    }

    /// An event of which some windows have been given: it makes them give once more.
    template <typename Row, typename T, typename A, typename Give>
    void add_late(Row& row, std::uint32_t at, const T& value, Timestamp first_end, Timestamp mark, const A& aggregate, Give& give) {
        // What each window had is looked at before the event is part of it.
        const auto is_given = [&](Timestamp end) { return is_over(last_before(end), mark) && end <= assigner_.last_end(lists_[at].start); };
        for (Timestamp end = first_end; is_given(end); end = assigner_.next_end(end)) {
            if (not is_gone(end, mark)) note_index(row, end, aggregate);
            if (assigner_.next_end(end) <= end) break;
        }
        lists_.add(row.value, at, value, order_, aggregate);
        ++held_;
        for (Timestamp end = first_end; is_given(end); end = assigner_.next_end(end)) {
            if (not is_gone(end, mark)) {
                const Timestamp start = assigner_.start_of(end);
                Part all = lists_.total(row.value, start, end, aggregate);
                const std::uint32_t noted = late_.find(std::tuple(end, row.key), hash_of_late(end, row.key));
                std::uint64_t unknown = 1; // of a key that is not == itself
                std::uint64_t& index = noted == none ? unknown : late_[noted].value;
                if (has_result(all.state)) give(row.key, start, end, Giving{all.state, index++, row.value, start, end}, Timing::late);
            }
            if (assigner_.next_end(end) <= end) break;
        }
    }
    /// How often a window has been given is only written down when it is to be given again: before that it was once, if it had
    /// anything to give.
    template <typename Row, typename A>
    void note_index(Row& row, Timestamp end, const A& aggregate) {
        const auto [at, is_new] = late_.find_or_insert(std::tuple(end, row.key), hash_of_late(end, row.key));
        if (not is_new) return;
        const Part before = lists_.total(row.value, assigner_.start_of(end), end, aggregate);
        late_[at].value = before.order != Part{}.order && has_result(before.state) ? 1 : 0;
    }
    static std::uint64_t hash_of_late(Timestamp end, const Key& key) {
        return hash_combine(hash_of_key(key), static_cast<std::uint64_t>(end.time_since_epoch().count()));
    }

    /// Moves each key on to the window that ends at end_, and puts those that have something in it into the order of their first events.
    template <typename A>
    void gather(const A& aggregate) {
        const Timestamp start = assigner_.start_of(end_);
        giving_.clear();
        cursor_ = 0;
        const auto look_at = [&](std::uint32_t row) {
            List& list = keys_[row].value;
            if (lists_.advance(list, start, end_, aggregate)) giving_.push_back({lists_.order(list), row});
        };
        const auto each_time = [&](const auto& fn) {
            for (std::uint32_t at = order_of_times_.first_from(times_, start); at != none && times_[at].start < end_; at = times_[at].behind) fn(times_[at].slices);
        };
        std::size_t slices = 0;
        each_time([&](const auto& then) { slices += then.size(); });
        if (slices / 2 < keys_.size()) { // few for each key: in the order of time, nothing is left to sort where events came so
            each_time([&](const auto& then) {
                for (const std::uint32_t at : then) {
                    const std::uint32_t before = lists_[at].before;
                    if (before == none || lists_[before].start < start) look_at(lists_[at].list); // once for each key
                }
            });
        } else {
            for (std::uint32_t row = 0; row < keys_.size(); ++row) look_at(row);
        }
        const auto order = [](const Turn& turn) { return turn.order; };
        sorting_.resize(giving_.size());
        RadixSort<Turn, decltype(order)>{order}(giving_, sorting_.data());
    }
    /// The next window that has something, behind the one that ended then.
    void find_next(Timestamp end) {
        fire_at_ = max_time;
        fires_ = false;
        const Timestamp next = assigner_.next_end(end);
        if (next <= end) return; // there is no more time
        const std::uint32_t at = order_of_times_.first_from(times_, assigner_.start_of(next));
        fires_ = at != none;
        if (fires_) fire_at_ = last_before(std::max(next, assigner_.first_end(times_[at].start)));
    }
    /// The oldest slices are in no window any more.
    template <typename A>
    void clean(const A& aggregate) {
        const std::uint32_t oldest = order_of_times_.oldest;
        const Timestamp gone = times_[oldest].start;
        for (const std::uint32_t at : times_[oldest].slices) {
            expired_ += lists_[at].fresh;
            held_ -= lists_[at].fresh;
            const std::uint32_t row = lists_[at].list;
            List& list = keys_[row].value;
            lists_.remove_oldest(list, aggregate);
            if (list.oldest == none) forget(row);
        }
        order_of_times_.remove_oldest(times_);
        times_[oldest].slices.clear();
        times_[oldest].less = std::exchange(free_time_, oldest);
        for (std::uint32_t row = 0; row < late_.size();) {
            if (std::get<0>(late_[row].key) <= assigner_.last_end(gone)) late_.erase(row);
            else ++row;
        }
        const std::uint32_t next = order_of_times_.oldest;
        clean_at_ = next == none ? max_time : cleanup(assigner_.last_end(times_[next].start));
    }
    void forget(std::uint32_t row) {
        keys_.erase(row);
        if (row == keys_.size()) return;
        for (std::uint32_t at = keys_[row].value.oldest; at != none; at = lists_[at].behind) lists_[at].list = row; // the last key has moved here
    }

    WEIR_NO_UNIQUE_ADDRESS Assigner assigner_;
    Duration lateness_;
    Keys keys_;
    Lists lists_;
    JobVector<Time> times_;                                      // in no order, some of them free
    TimeList order_of_times_;
    std::uint32_t free_time_ = none;
    Table<std::tuple<Timestamp, Key>, std::uint64_t> late_{};    // of windows that were given more than once: the next index
    JobVector<Turn> giving_;                                     // the keys of the window that is being given
    JobVector<Turn> sorting_;                                    // room to sort them
    std::size_t cursor_ = 0;                                     // the next of them
    bool firing_ = false;
    Timestamp at_{};                 // because the watermark reaches this,
    Timestamp end_{};                // the end of that window
    Timestamp fire_at_ = max_time;   // when the next window gives,
    bool fires_ = false;             // if there is one
    Timestamp clean_at_ = max_time;  // when the oldest slices go
    std::uint64_t recent_start_ = 0; // the slice where the last event went, if none of its windows has been given:
    std::uint64_t recent_size_ = 0;  // else 0
    std::uint64_t order_ = 0;        // of the next event
    std::uint64_t held_ = 0;
    std::uint64_t expired_ = 0;
};

} // namespace weir::detail
