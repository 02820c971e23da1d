// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/all_of.hpp>
#include <weir/core/key.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/core/time_ordered.hpp>
#include <weir/core/window.hpp>
#include <weir/keyed/entry.hpp>
#include <weir/keyed/bounded_keys.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace weir::detail {

/// The windows that a key's events make: one that ends with each event, and one that begins behind it, as long as the difference.
///     The events of a key are kept as they come, until the last window that they can be in has been given; a window is added up from
///     them when it is given. So an event costs as much as there are events of its key within the difference.
///     T: the owned form of the values.
template <typename Key, typename State, typename T>
class RecordWindows {
    struct Record {
        Timestamp time;
        Timestamp mark; // of its input when it came: windows that end here or before it came too late for
        bool given;     // in a result
        T value;
        static constexpr auto fields() { return weir::fields("time", &Record::time, "mark", &Record::mark, "given", &Record::given, "value", &Record::value); }
    };
    struct Made {
        Timestamp first; // of the window's times: of those that would end beyond all time the least
        Timestamp last;
        std::uint64_t order;
        static constexpr auto fields() { return weir::fields("first", &Made::first, "last", &Made::last, "order", &Made::order); }
    };
    /// What is kept for a key.
    struct Entry {
        JobVector<Record> events{};
        JobVector<Made> windows{}; // to come, by their times
        [[nodiscard]] bool stays() const noexcept { return true; }
        [[nodiscard]] bool empty() const noexcept { return events.empty() && windows.empty(); }
        void reset_keeping_memory() noexcept {
            events.clear();
            windows.clear();
        }
        static constexpr auto fields() { return weir::fields("events", &Entry::events, "windows", &Entry::windows); }
    };

public:
    using key_type = Key;
    static constexpr bool holds_watermark = false;
    static constexpr bool spans_events = false;
    /// A window that is to be given.
    struct Giving {
        State& state;
        Entry& entry;
        std::uint64_t index = 0;
    };

    RecordWindows(Duration difference, Timestamp earliest) : difference_(difference), earliest_(earliest) {}

    template <typename K, typename V, typename A, typename Give>
    Admission take(const K& key, std::uint64_t hash, const V& value, Timestamp time, Marks marks, const A&, Give&&) {
        if (last_of(time) <= marks.own) return {.taken = false, .missed = true};
        const std::uint32_t id = keys_.enter(key, hash).first;
        keys_[id].events.push_back(Record{time, marks.own, false, T(value)});
        ++held_;
        const Timestamp first = std::max(saturating_add(time, -difference_), earliest_);
        if (last_of(first) > marks.own) make(id, first);
        make(id, saturating_add(time, Duration(1)));
        ++order_;
        return {.taken = true, .missed = is_over(time, marks.own)};
    }

    [[nodiscard]] Timestamp due() const noexcept { return turns_.due(); }
    bool begin(Timestamp t) {
        if (turns_.empty() || turns_.due() > t) return false;
        at_ = turns_.due();
        firing_ = turns_.pop();
        return is_firing_ = true;
    }
    [[nodiscard]] bool is_firing() const noexcept { return is_firing_; }
    [[nodiscard]] Timestamp firing_at() const noexcept { return at_; }

    template <typename Room, typename Give, typename A>
    bool fire(Room&& room, Give&& give, const A& aggregate) {
        const std::uint32_t id = keys_.row_of(firing_);
        Entry& entry = keys_[id];
        first_ = entry.windows.front().first;
        bool any = false;
        for (const Record& record : entry.events) any |= is_inside(record);
        if (any && not room()) return false;
        if (any) {
            clear_state(state_);
            for (const Record& record : entry.events)
                if (is_inside(record)) aggregate.add(state_, record.value);
            give(keys_.key(id), first_, saturating_add(at_, Duration(1)), Giving{state_, entry}, Timing::on_time);
        }
        entry.windows.erase(entry.windows.begin());
        leave_out_old(entry);
        if (entry.empty()) keys_.forget(id);
        is_firing_ = false;
        return true;
    }
    void given(const Giving& what) noexcept {
        for (Record& record : what.entry.events)
            if (is_inside(record) && not std::exchange(record.given, true)) --held_;
    }
    [[nodiscard]] std::uint64_t held() const noexcept { return held_; }
    [[nodiscard]] std::uint64_t expired() const noexcept { return expired_; }

    void save(StateWriter& to) const {
        keys_.save(to);
        to.put(order_);
        to.put(held_);
        to.put(expired_);
        to.put(at_);
        to.put(is_firing_);
    }
    void load(StateReader& from) {
        keys_.load(from);
        from.get(order_);
        from.get(held_);
        from.get(expired_);
        from.get(at_);
        from.get(is_firing_);
        struct Turn {
            Made window;
            std::uint32_t handle;
        };
        JobVector<Turn> turns;
        for (std::uint32_t id = 0; id < keys_.size(); ++id)
            for (const Made& window : keys_[id].windows) turns.push_back({window, keys_.handle(id)});
        std::sort(turns.begin(), turns.end(), [](const Turn& a, const Turn& b) {
            return a.window.last != b.window.last ? a.window.last < b.window.last : a.window.order < b.window.order;
        });
        turns_ = {};
        for (const Turn& turn : turns) turns_.push(turn.window.last, turn.handle);
        if (is_firing_) firing_ = turns_.pop();
    }

private:
    [[nodiscard]] Timestamp last_of(Timestamp start) const noexcept { return saturating_add(start, difference_); }
    /// Whether it is in the window that is given.
    [[nodiscard]] bool is_inside(const Record& record) const noexcept {
        return record.time <= at_ && record.time >= first_ && record.mark < at_;
    }
    void make(std::uint32_t id, Timestamp first) {
        auto& windows = keys_[id].windows;
        const Timestamp last = last_of(first);
        const auto behind = std::lower_bound(windows.begin(), windows.end(), last, [](const Made& window, Timestamp t) { return window.last < t; });
        if (behind != windows.end() && behind->last == last) {
            behind->first = std::min(behind->first, first);
            return;
        }
        windows.insert(behind, {first, last, order_});
        turns_.push(last, keys_.handle(id));
    }
    /// Events that no further window can have.
    void leave_out_old(Entry& entry) {
        std::erase_if(entry.events, [this](const Record& record) {
            if (last_of(record.time) > at_) return false;
            if (not record.given) {
                ++expired_;
                --held_;
            }
            return true;
        });
    }

    Duration difference_;
    Timestamp earliest_;
    BoundedKeys<Key, Entry> keys_{};
    dependent_t<TimeOrdered<std::uint32_t>, Key> turns_; // of windows: the handles of their keys
    State state_{};
    Timestamp at_ = min_time;
    Timestamp first_ = min_time; // of the window that is given
    std::uint64_t order_ = 0; // of the next event
    std::uint64_t held_ = 0;
    std::uint64_t expired_ = 0;
    std::uint32_t firing_ = 0; // the handle of its key
    bool is_firing_ = false;
};

} // namespace weir::detail
