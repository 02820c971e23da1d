// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/keyed/entry.hpp>
#include <weir/keyed/sliding_merge.hpp>
#include <weir/keyed/table.hpp>

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// Windows of `size` events of a key, one every `slide` events, whatever their times. Only full ones are given.
///     An event is added once, to the part it lies in; a window is merged from its parts, which are as long as size and slide
///     allow (panes: Li et al., "No pane, no gain", SIGMOD Record 2005).
///     Spans: windows say when their events were. Grows: states keep their values.
template <typename Key, typename State, bool Spans, bool Grows>
class CountWindows {
    using Part = WindowPart<State, Spans>;
    using Parts = std::conditional_t<Grows, LatestParts<Part>, SlidingMerge<Part>>;

public:
    struct Entry {
        Part part{};                // what is being filled: of the window, or where windows overlap of its latest part
        std::uint64_t in_part = 0;  // events
        std::uint64_t missing = 0;  // events until a window is full
        std::uint64_t fresh = 0;    // inputs that are in no result yet
        std::uint64_t index = 0;    // of the next emission
        Parts parts{};              // where windows overlap
        static constexpr auto fields() {
            return weir::fields("part", &Entry::part, "in_part", &Entry::in_part, "missing", &Entry::missing, "fresh", &Entry::fresh, "index",
                                &Entry::index, "parts", &Entry::parts);
        }
    };
    /// A window that is to be given.
    struct Giving {
        State& state;
        std::uint64_t index;
        Entry& entry;
        Timestamp first = min_time;
        Timestamp last = min_time;
    };
    static constexpr bool holds_watermark = false;
    static constexpr bool spans_events = true;

    CountWindows(std::uint64_t size, std::uint64_t slide)
        : size_(size), slide_(slide), part_(std::gcd(size, slide)), parts_(size == slide ? 0 : static_cast<std::size_t>(size / part_)) {}

    template <typename K, typename T, typename A, typename Give>
    WEIR_INLINE Admission take(const K& key, std::uint64_t hash, const T& value, Timestamp time, Timestamp, const A& aggregate, Give&& give) {
        if constexpr (std::is_same_v<Key, NoKey>) {
            add(key, single_, value, time, aggregate, give);
        } else {
            auto& row = keys_[keys_.find_or_insert(key, hash).first];
            add(row.key, row.value, value, time, aggregate, give);
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

    void given(const Giving& what) noexcept {
        ++what.entry.index;
        held_ -= std::exchange(what.entry.fresh, 0);
    }
    [[nodiscard]] std::uint64_t held() const noexcept { return held_; }
    [[nodiscard]] std::uint64_t expired() const noexcept { return 0; }

    void save(StateWriter& to) const {
        to.put(held_);
        if constexpr (std::is_same_v<Key, NoKey>) to.put(single_);
        else keys_.save(to);
    }
    void load(StateReader& from) {
        from.get(held_);
        if constexpr (std::is_same_v<Key, NoKey>) from.get(single_);
        else keys_.load(from);
    }

private:
    template <typename T, typename A, typename Give>
    WEIR_INLINE void add(const Key& key, Entry& entry, const T& value, Timestamp time, const A& aggregate, Give& give) {
        if (entry.missing == 0) start(entry);
        entry.part.add(value, time, aggregate);
        ++entry.fresh;
        ++held_;
        --entry.missing;
        if (++entry.in_part != part_) return;
        entry.in_part = 0;
        if (parts_ != 0) entry.parts.push(entry.part, aggregate);
        if (entry.missing == 0) {
            if (parts_ != 0) {
                Part all = entry.parts.total(aggregate);
                give_one(key, entry, all, give);
            } else give_one(key, entry, entry.part, give);
        }
        entry.part.clear();
    }
    /// The first event of a key, or behind a full window.
    void start(Entry& entry) {
        if (parts_ == 0) {
            entry.missing = size_;
        } else if (entry.parts.empty()) {
            entry.parts = Parts(parts_);
            entry.missing = size_;
        } else {
            entry.missing = slide_;
        }
    }
    template <typename Give>
    WEIR_INLINE void give_one(const Key& key, Entry& entry, Part& all, Give& give) {
        if constexpr (Spans) give(key, all.first, all.last, Giving{all.state, entry.index, entry, all.first, all.last}, Timing::on_time);
        else give(key, min_time, min_time, Giving{all.state, entry.index, entry}, Timing::on_time);
    }

    std::uint64_t size_;
    std::uint64_t slide_;
    std::uint64_t part_;
    std::size_t parts_; // in a window; 0 where windows do not overlap
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<std::is_same_v<Key, NoKey>, NoKey, Table<Key, Entry>> keys_{};
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<std::is_same_v<Key, NoKey>, Entry, NoKey> single_{};
    std::uint64_t held_ = 0;
};

} // namespace weir::detail
