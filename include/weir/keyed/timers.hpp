// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/keyed/table.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

namespace weir::detail {

/// The state of each key, and the times at which a key wants to be called: for operators of the user's own.
///     A timer is one of its key and time: set twice it fires once. Timers fire by time, then in the order in which they were set.
///     A key is forgotten when its state has been cleared and no timer is left.
template <typename Key, typename State>
class KeyStates {
    struct Timer {
        Timestamp at;
        std::uint64_t order;
    };

public:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

    struct Entry {
        State state{};
        std::vector<Timer> timers[2]{}; // event time, processing time
        std::uint32_t row = none;       // in rows_; the next free entry where it is not used
        bool cleared = false;
    };
    enum Domain : unsigned char { event_time, processing_time };

    /// The number of the key's entry, which stays the same while the key is known.
    template <typename K>
    std::uint32_t find_or_insert(const K& key, std::uint64_t hash) {
        const auto [row, fresh] = rows_.find_or_insert(key, hash);
        if (not fresh) return rows_[row].value;
        std::uint32_t id = free_;
        if (id != none) {
            free_ = entries_[id].row;
        } else {
            id = static_cast<std::uint32_t>(entries_.size());
            entries_.emplace_back();
        }
        entries_[id].row = row;
        rows_[row].value = id;
        return id;
    }
    [[nodiscard]] Entry& operator[](std::uint32_t id) noexcept { return entries_[id]; }
    [[nodiscard]] const Key& key(std::uint32_t id) const noexcept { return rows_[entries_[id].row].key; }
    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }

    void set(std::uint32_t id, Domain domain, Timestamp at) {
        auto& timers = entries_[id].timers[domain];
        for (const Timer& timer : timers)
            if (timer.at == at) return;
        timers.push_back({at, order_});
        heaps_[domain].push_back({at, order_++, id});
        std::push_heap(heaps_[domain].begin(), heaps_[domain].end(), std::greater<>());
    }
    /// A timer that is not there is no error. (Its place in the heap stays until it comes up.)
    void remove(std::uint32_t id, Domain domain, Timestamp at) {
        std::erase_if(entries_[id].timers[domain], [at](const Timer& timer) { return timer.at == at; });
    }

    /// The time of the next timer, or of one that has been removed since.
    [[nodiscard]] Timestamp due(Domain domain) const noexcept { return heaps_[domain].empty() ? max_time : heaps_[domain].front().at; }

    struct Due {
        std::uint32_t id = none;
        Timestamp at{};
    };
    /// Takes the next timer at t or before. Its id is none where there is none.
    Due take(Domain domain, Timestamp t) {
        auto& heap = heaps_[domain];
        while (not heap.empty() && heap.front().at <= t) {
            const Place place = heap.front();
            std::pop_heap(heap.begin(), heap.end(), std::greater<>());
            heap.pop_back();
            auto& timers = entries_[place.id].timers[domain];
            const auto found = std::find_if(timers.begin(), timers.end(), [&](const Timer& timer) { return timer.order == place.order; });
            if (found == timers.end()) continue;
            timers.erase(found);
            return {place.id, place.at};
        }
        return {};
    }

    /// To be called when the user's function has returned: a key that it cleared, and that waits for nothing, goes.
    void settle(std::uint32_t id) {
        Entry& entry = entries_[id];
        if (not entry.cleared) return;
        entry.state = State{};
        entry.cleared = false;
        if (entry.timers[event_time].empty() && entry.timers[processing_time].empty()) drop(id);
    }
    /// The key goes, with its timers.
    void forget(std::uint32_t id) {
        Entry& entry = entries_[id];
        entry.state = State{};
        for (auto& timers : entry.timers) timers.clear();
        drop(id);
    }

    void save(StateWriter& to) const {
        to.put(order_);
        to.put(rows_.size());
        for (const auto& row : rows_) {
            const Entry& entry = entries_[row.value];
            to.put(row.key);
            to.put(entry.state);
            for (const auto& timers : entry.timers) to.put(timers);
        }
    }
    void load(StateReader& from) {
        *this = KeyStates();
        from.get(order_);
        for (auto n = from.get<std::size_t>(); n > 0; --n) {
            const Key key = from.get<Key>();
            const std::uint32_t id = find_or_insert(key, hash_of_key(key));
            Entry& entry = entries_[id];
            from.get(entry.state);
            for (const Domain domain : {event_time, processing_time}) {
                from.get(entry.timers[domain]);
                for (const Timer& timer : entry.timers[domain]) heaps_[domain].push_back({timer.at, timer.order, id});
            }
        }
        for (auto& heap : heaps_) std::make_heap(heap.begin(), heap.end(), std::greater<>());
    }

private:
    struct Place {
        Timestamp at;
        std::uint64_t order;
        std::uint32_t id;
        friend auto operator<=>(const Place&, const Place&) = default;
    };

    void drop(std::uint32_t id) {
        const std::uint32_t row = std::exchange(entries_[id].row, std::exchange(free_, id));
        rows_.erase(row);
        if (row < rows_.size()) entries_[rows_[row].value].row = row; // the last row has moved here
    }

    Table<Key, std::uint32_t> rows_; // -> entry
    std::vector<Entry> entries_;
    std::vector<Place> heaps_[2];
    std::uint32_t free_ = none;
    std::uint64_t order_ = 0;
};

} // namespace weir::detail
