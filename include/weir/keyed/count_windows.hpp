// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/core/trigger.hpp>
#include <weir/keyed/panes.hpp>
#include <weir/keyed/table.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace weir::detail {

/// Windows of `size` events of a key, one every `slide` events, whatever their times. Only full ones are given.
///     An event is added once, to the part it lies in; a window is merged from its parts, which are as long as size and slide
///     allow (panes: Li et al., "No pane, no gain", SIGMOD Record 2005).
template <typename Key, typename State>
class CountWindows {
public:
    struct Part {
        State state{};
        Timestamp first = max_time;
        Timestamp last = min_time;
        static constexpr auto fields() { return weir::fields("state", &Part::state, "first", &Part::first, "last", &Part::last); }
    };
    struct Entry : PaneEntry<State, true> {
        std::uint64_t events = 0;  // of the key so far
        std::vector<Part> parts{}; // a ring, where windows overlap: the latest ones
    };
    static constexpr bool holds_watermark = false;
    static constexpr bool spans_events = true;

    CountWindows(std::uint64_t size, std::uint64_t slide)
        : size_(size), slide_(slide), part_(std::gcd(size, slide)), parts_(size == slide ? 0 : size / part_) {}

    template <typename K, typename T, typename A, typename Give>
    Admission take(const K& key, std::uint64_t hash, const T& value, Timestamp time, Timestamp, const A& aggregate, Give&& give) {
        auto& row = keys_[keys_.find_or_insert(key, hash).first];
        Entry& entry = row.value;
        if (parts_ == 0) {
            add(entry, value, time, aggregate);
        } else {
            if (entry.parts.empty()) entry.parts.resize(parts_);
            Part& part = entry.parts[entry.events / part_ % parts_];
            if (entry.events % part_ == 0) reset(part);
            add(part, value, time, aggregate);
        }
        ++entry.events;
        ++entry.fresh;
        ++held_;
        if (entry.events >= size_ && (entry.events - size_) % slide_ == 0) {
            for (std::size_t i = 0; i < parts_; ++i) { // from the oldest on
                const Part& part = entry.parts[(entry.events / part_ + i) % parts_];
                aggregate.merge(entry.state, part.state);
                entry.first = std::min(entry.first, part.first);
                entry.last = std::max(entry.last, part.last);
            }
            give(row.key, entry.first, entry.last, entry, Timing::on_time);
        }
        return {.taken = true, .missed = false};
    }

    [[nodiscard]] Timestamp due() const noexcept { return max_time; }
    bool begin(Timestamp) noexcept { return false; }
    [[nodiscard]] bool is_firing() const noexcept { return false; }
    [[nodiscard]] Timestamp firing_at() const noexcept { return max_time; }
    template <typename Room, typename Give>
    bool fire(Room&&, Give&&) noexcept {
        return true;
    }

    void given(Entry& entry) {
        ++entry.index;
        held_ -= entry.fresh;
        entry.fresh = 0;
        reset(entry);
    }
    [[nodiscard]] std::uint64_t held() const noexcept { return held_; }
    [[nodiscard]] std::uint64_t expired() const noexcept { return 0; }

    void save(StateWriter& to) const {
        to.put(held_);
        to.put(keys_.size());
        for (const auto& row : keys_) {
            to.put(row.key);
            to.put(static_cast<const PaneEntry<State, true>&>(row.value));
            to.put(row.value.events);
            to.put(row.value.parts);
        }
    }
    void load(StateReader& from) {
        keys_.clear();
        from.get(held_);
        for (auto n = from.get<std::size_t>(); n > 0; --n) {
            const Key key = from.get<Key>();
            Entry& entry = keys_[keys_.find_or_insert(key, hash_of_key(key)).first].value;
            static_cast<PaneEntry<State, true>&>(entry) = from.get<PaneEntry<State, true>>();
            from.get(entry.events);
            from.get(entry.parts);
        }
    }

private:
    template <typename To, typename T, typename A>
    static void add(To& to, const T& value, Timestamp time, const A& aggregate) {
        aggregate.add(to.state, value);
        to.first = std::min(to.first, time);
        to.last = std::max(to.last, time);
    }
    template <typename What>
    static void reset(What& what) {
        clear_state(what.state);
        what.first = max_time;
        what.last = min_time;
    }

    std::uint64_t size_;
    std::uint64_t slide_;
    std::uint64_t part_;
    std::size_t parts_; // in a window; 0 where windows do not overlap
    Table<Key, Entry> keys_;
    std::uint64_t held_ = 0;
};

} // namespace weir::detail
