// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/core/link.hpp>
#include <weir/core/memory_bound.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/keyed/entry.hpp>
#include <weir/keyed/sliding_merge.hpp>
#include <weir/keyed/table.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// Windows of `size` events of a key, one every `slide` events, whatever their times. Only full ones are given.
///     An event is added once, to the part it lies in; a window is merged from its parts, which are as long as size and slide
///     allow (panes: Li et al., "No pane, no gain", SIGMOD Record 2005).
///     Spans: windows say when their events were. Grows: states keep their values. Pauses: the latest parts are in two stacks.
template <typename Key, typename State, bool Spans, bool Grows, bool Pauses>
class CountWindows {
    static constexpr bool one_key = std::is_same_v<Key, NoKey>;
    using Part = WindowPart<State, Spans>;
    using Parts = std::conditional_t<Grows, LatestParts<Part>, std::conditional_t<Pauses, TwoStacks<Part>, SlidingMerge<Part>>>;

    /// What changes with each event of a key.
    struct Progress {
        Part part{};                // what is being filled: of the window, or where windows overlap of its latest part
        std::uint64_t events = 0;   // so far
        std::uint64_t part_end = 0; // so many there are when it is full,
        std::uint64_t full = 0;     // and so many when the next window is
        std::uint64_t given = 0;    // so many are in a result
        std::uint64_t index = 0;    // of the next emission
        Parts parts{};              // where windows overlap
        static constexpr auto fields() {
            return weir::fields("part", &Progress::part, "events", &Progress::events, "part_end", &Progress::part_end, "full", &Progress::full, "given",
                                &Progress::given, "index", &Progress::index, "parts", &Progress::parts);
        }
    };
    struct OfRun {
        Progress& home;
        std::uint64_t events;
        std::uint64_t given;
        std::uint64_t index;
        ~OfRun() {
            home.full += events - home.events;
            home.part_end += events - home.events;
            home.events = events;
            home.given = given;
            home.index = index;
        }
    };
    struct Entry {
        Progress progress{};
        JobVector<typename Part::Packed> room{};
        static constexpr auto fields() { return weir::fields("progress", &Entry::progress, "room", &Entry::room); }
    };

public:
    using key_type = Key;
    /// A window that is to be given. Counts: Progress, or OfRun.
    template <typename Counts>
    struct Giving {
        State& state;
        std::uint64_t index;
        Counts& counts;
        Timestamp first = min_time;
        Timestamp last = min_time;
    };
    static constexpr bool holds_watermark = false;
    static constexpr bool spans_events = true;
    static constexpr bool takes_span = one_key;

    CountWindows(std::uint64_t size, std::uint64_t slide)
        : size_(size), slide_(slide), part_(std::gcd(size, slide)), parts_(size == slide ? 0 : static_cast<std::size_t>(size / part_)) {}

    /// What so many keys take at most.
    [[nodiscard]] static std::size_t bytes_of(std::size_t keys, std::uint64_t size, std::uint64_t slide) {
        const std::size_t parts = size == slide ? 0 : static_cast<std::size_t>(size / std::gcd(size, slide));
        const std::size_t room = parts == 0 ? 0 : times(Parts(parts).places(), sizeof(typename Part::Packed));
        return plus(grown(keys, sizeof(Key) + sizeof(Entry) + 64), times(keys, room));
    }

    template <typename K, typename T, typename A, typename Give>
    WEIR_INLINE Admission take(const K& key, std::uint64_t hash, const T& value, Timestamp time, Marks, const A& aggregate, Give&& give) {
        if constexpr (one_key) {
            if (single_.progress.events == 0) [[unlikely]] start(single_);
            add(key, single_.progress, single_.room.data(), value, time, aggregate, give);
        } else {
            auto& row = keys_[keys_.find_or_insert(key, hash).first];
            if (row.value.progress.events == 0) [[unlikely]] start(row.value);
            ++held_;
            add(row.key, row.value.progress, row.value.room.data(), value, time, aggregate, give);
        }
        return {.taken = true, .missed = false};
    }
    /// Several at once, without keys. The counts of a run of windows lie beside the rest, so that they need not be in memory.
    template <typename E, typename A, typename Give>
    void take(std::span<E> events, const A& aggregate, Give&& give) {
        if (single_.progress.events == 0) start(single_);
        arrived_ = single_.progress.events + events.size();
        on_local_copy(single_.progress, [&](Progress& progress) {
            auto* const room = single_.room.data();
            while (not events.empty()) {
                std::size_t n = 1;
                if (gives_each_part() && events.size() >= part_ && progress.events + part_ == progress.full) { // from here on each part gives a window
                    const std::size_t parts = std::min(progress.parts.left(), events.size() / part_);
                    n = parts * part_;
                    if (part_ == 1) run(std::integral_constant<std::size_t, 1>(), progress, room, events.first(n), source_, aggregate, give);
                    else run(static_cast<std::size_t>(part_), progress, room, events.first(n), source_, aggregate, give);
                } else if (progress.part_end - progress.events > 1 && not gives_each()) { // all but the last event of a part
                    n = static_cast<std::size_t>(std::min<std::uint64_t>(events.size(), progress.part_end - progress.events - 1));
                    add_all(progress.part, events.first(n), aggregate);
                    progress.events += n;
                } else {
                    add(NoKey{}, progress, room, value_of(std::as_const(events.front())), time_of(events.front()), aggregate, give);
                }
                events = events.subspan(n);
            }
        });
    }

    [[nodiscard]] Timestamp due() const noexcept { return max_time; }
    bool begin(Timestamp) noexcept { return false; }
    [[nodiscard]] bool is_firing() const noexcept { return false; }
    [[nodiscard]] Timestamp firing_at() const noexcept { return max_time; }
    template <typename Room, typename Give>
    bool fire(Room&&, Give&&) noexcept {
        return true;
    }

    template <typename Counts>
    WEIR_INLINE void given(const Giving<Counts>& what) noexcept {
        ++what.counts.index;
        if constexpr (not one_key) held_ -= what.counts.events - what.counts.given;
        what.counts.given = what.counts.events;
    }
    [[nodiscard]] std::uint64_t held() const noexcept {
        if constexpr (one_key) return std::max(arrived_, single_.progress.events) - single_.progress.given;
        else return held_;
    }
    [[nodiscard]] std::uint64_t expired() const noexcept { return 0; }

    /// The key goes: how many of its inputs are in no result.
    std::uint64_t forget(const Key& key, std::uint64_t hash) {
        const std::uint32_t row = keys_.find(key, hash);
        if (row == keys_.none) return 0; // a key that is not == itself
        const Progress& progress = keys_[row].value.progress;
        const std::uint64_t lost = progress.events - progress.given;
        held_ -= lost;
        keys_.erase(row);
        return lost;
    }

    void save(StateWriter& to) const {
        to.put(held_);
        if constexpr (one_key) to.put(single_);
        else keys_.save(to);
    }
    void load(StateReader& from) {
        from.get(held_);
        if constexpr (one_key) from.get(single_);
        else keys_.load(from);
    }

private:
    /// Whole parts, of so many events, each of which gives a window. A function of its own, so that little of it is in memory.
    template <typename Events, typename E, typename A, typename Give>
    [[gnu::noinline]] static void run(Events in_part, Progress& progress, typename Part::Packed* room, std::span<E> events, [[maybe_unused]] MemorySource* source, const A& aggregate, Give& give) {
        OfRun counts{progress, progress.events, progress.given, progress.index};
        const auto part_of = [&](std::size_t i) {
            Part part = made_in<Part>(source);
            for (const E& event : events.subspan(i * in_part, in_part)) part.add(value_of(event), time_of(event), aggregate);
            return part;
        };
        const auto take = [&](Part& all) {
            counts.events += in_part;
            give_one(NoKey{}, counts, all, give);
        };
        progress.parts.run(room, events.size() / in_part, part_of, take, aggregate);
    }
    /// Whether each part ends a window, once there are enough of them.
    [[nodiscard]] bool gives_each_part() const noexcept { return parts_ != 0 && slide_ == part_; }
    /// Whether each event is a part.
    [[nodiscard]] bool gives_each() const noexcept { return parts_ != 0 && part_ == 1; }
    template <typename E, typename A>
    [[gnu::noinline]] static void add_all(Part& part, std::span<E> events, const A& aggregate) {
        on_local_copy(part, [events, adding = HeldByLoop<A>{aggregate}](Part& local) {
            for (const E& event : events) local.add(value_of(event), time_of(event), adding.fn);
        });
    }
    template <typename T, typename A, typename Give>
    WEIR_INLINE void add(const Key& key, Progress& progress, typename Part::Packed* room, const T& value, Timestamp time, const A& aggregate, Give& give) {
        if (gives_each()) {
            ++progress.events;
            Part part = made_in<Part>(source_);
            part.add(value, time, aggregate);
            return push(key, progress, room, part, aggregate, give);
        }
        progress.part.add(value, time, aggregate);
        if (++progress.events != progress.part_end) return;
        progress.part_end += part_;
        if (parts_ == 0) give_one(key, progress, progress.part, give);
        else push(key, progress, room, progress.part, aggregate, give);
        progress.part.clear();
    }
    template <typename A, typename Give>
    WEIR_INLINE void push(const Key& key, Progress& progress, typename Part::Packed* room, const Part& part, const A& aggregate, Give& give) {
        progress.parts.push(room, part, aggregate);
        if (progress.events != progress.full) return;
        progress.full += slide_;
        Part all = progress.parts.total(room, aggregate);
        give_one(key, progress, all, give);
    }
    /// A key's first event.
    void start(Entry& entry) {
        entry.progress.part_end = part_;
        entry.progress.full = size_;
        if (parts_ == 0) return;
        const MemoryScope scope(source_);
        entry.progress.parts = Parts(parts_);
        entry.room = JobVector<typename Part::Packed>(entry.progress.parts.places());
    }
    template <typename Counts, typename Give>
    WEIR_INLINE static void give_one(const Key& key, Counts& counts, Part& all, Give& give) {
        if constexpr (Spans) give(key, all.first, all.last, Giving<Counts>{all.state, counts.index, counts, all.first, all.last}, Timing::on_time);
        else give(key, min_time, min_time, Giving<Counts>{all.state, counts.index, counts}, Timing::on_time);
    }

    std::uint64_t size_;
    std::uint64_t slide_;
    std::uint64_t part_;
    std::size_t parts_; // in a window; 0 where windows do not overlap
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<one_key, NoKey, Table<Key, Entry>> keys_{};
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<one_key, Entry, NoKey> single_{};
    MemorySource* source_ = memory_source;
    std::uint64_t held_ = 0;    // of all keys
    std::uint64_t arrived_ = 0; // without keys: with the last span, also where a throw cut it short
};

} // namespace weir::detail
