// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/core/key.hpp>
#include <weir/core/trigger.hpp>
#include <weir/core/window.hpp>
#include <weir/keyed/entry.hpp>
#include <weir/keyed/group_parts.hpp>
#include <weir/keyed/spilled_groups.hpp>
#include <weir/keyed/table.hpp>
#include <weir/keyed/window_entry.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// One table for all of a bounded stream, given at its end in the order of the keys' first events. Where that takes more than the memory
/// there is, what the groups have become so far goes into files, and is merged by the aggregate at the end.
///     Timed: events have times, and a row that of the last of its own. Parts: what the table becomes when it is large, or NoParts.
///     Counter: see WindowEntry.
template <typename Key, typename State, bool Timed, typename Parts = NoParts, typename Counter = OwnCount>
class Groups {
    template <typename K, typename S, bool T, typename P, typename C>
    friend class Groups; // whose groups it takes
    using Entry = WindowEntry<State, Timed, Counter>;
    using Part = Groups<Key, State, Timed, NoParts, Counter>;

public:
    static constexpr bool holds_watermark = true;
    static constexpr bool spans_events = Timed;
    static constexpr bool takes_runs = not std::is_empty_v<Key>;
    static constexpr bool corrects_guesses = true;
    static constexpr bool has_parts = Parts::fits;
    using key_type = Key;
    using Rows = Table<Key, Entry>;

    struct Giving {
        State& state;
        std::uint64_t index;
        std::uint64_t n;
        Timestamp first{};
        Timestamp last{};
    };

    /// share: of the memory of the job; null: there is no limit. is_part: others take what it has.
    explicit Groups(const MemoryBudget::Share* share, typename Parts::projection key_of = {}, [[maybe_unused]] bool is_part = false) : parted_{key_of} {
        if constexpr (spills) {
            if (share) spill_.share = *share;
            spill_.is_part = is_part;
        }
    }

    [[nodiscard]] WEIR_INLINE bool is_quiet(Timestamp time) const noexcept { return quiet_times().has(time); }
    [[nodiscard]] WEIR_INLINE QuietTimes quiet_times() const noexcept { return {static_cast<std::uint64_t>(min_time.time_since_epoch().count()), quiet_}; }
    [[nodiscard]] const Rows& quiet_table() const noexcept { return rows_; }
    [[nodiscard]] bool is_parted() const noexcept
        requires has_parts
    {
        return parted_.parts != nullptr;
    }
    /// Values that are added later, if it still is: else at once.
    template <typename E, typename A>
    void put(std::span<E> values, const A& aggregate) {
        held_ += values.size();
        while (not values.empty()) {
            if (parted_.parts->room() == 0) {
                parted_.parts->add_waiting(aggregate, limit());
                if (parted_.parts->room() == 0) { // no memory for more
                    leave();
                    break;
                }
            }
            const std::size_t n = std::min(values.size(), parted_.parts->room());
            parted_.parts->put(values.first(n));
            values = values.subspan(n);
        }
        held_ -= values.size();
        for (const E& value : values) {
            const auto& key = std::invoke(parted_.key_of, value_of(value));
            add_quietly(key, hash_of_key(key), value_of(value), Timestamp{}, aggregate);
        }
    }
    /// Before the groups are looked at. Which ones there are it does not change.
    template <typename A>
    void settle([[maybe_unused]] const A& aggregate) const {
        if constexpr (has_parts)
            if (parted_.parts) parted_.parts->add_waiting(aggregate, limit());
    }
    template <typename K, typename T, typename A>
    WEIR_INLINE void add_quietly(const K& key, std::uint64_t hash, const T& value, Timestamp time, const A& aggregate) {
        if constexpr (has_parts)
            if (is_parted()) return put(std::span(&value, 1), aggregate);
        make_room(1);
        rows_[rows_.find_or_insert(key, hash).first].value.add(value, time, aggregate);
        ++held_;
    }
    template <typename RunOf, typename A>
    void add_quietly(RunOf run, const A& aggregate) {
        if constexpr (has_parts)
            if (is_parted()) return put(std::span(&run.value(0), run.n), aggregate);
        held_ += run.n; // also what a throw leaves out
        make_room(run.n);
        add_all(rows_, run, aggregate);
        if constexpr (has_parts)
            if (rows_.bytes() != parted_.bytes) [[unlikely]] grown();
    }
    template <typename K, typename T, typename A, typename Give>
    Admission take(const K& key, std::uint64_t hash, const T& value, Timestamp time, Marks, const A& aggregate, Give&&) {
        add_quietly(key, hash, value, time, aggregate);
        quiet_ = ~std::uint64_t{0};
        return {true, false};
    }

    [[nodiscard]] Timestamp due() const noexcept { return max_time; }
    template <typename A>
    bool begin(Timestamp t, const A& aggregate) {
        if (t != max_time || held_ == 0) return false;
        firing_ = true;
        settle(aggregate);
        if constexpr (spills)
            if (spill_.groups) {
                leave();
                rows_.free();
                spill_.groups->finish([&aggregate](Entry& entry, const Entry& later) { entry.merge(later, aggregate); });
                spill_.next = spill_.groups->next();
            }
        return true;
    }
    [[nodiscard]] bool is_firing() const noexcept { return firing_; }
    [[nodiscard]] Timestamp firing_at() const noexcept { return max_time; }
    template <typename Room, typename Emit>
    bool fire(Room&& room, Emit&& emit) {
        if constexpr (spills) {
            for (; spill_.next; spill_.next = spill_.groups->next()) {
                if (not room()) return false;
                emit(spill_.next->key, min_time, max_time, giving(spill_.next->entry), Timing::on_time);
            }
        }
        if constexpr (has_parts)
            if (is_parted()) {
                const auto give = [&](auto& row) {
                    if (not room()) return false;
                    emit(row.key, min_time, max_time, giving(row.value), Timing::on_time);
                    return true;
                };
                if (not parted_.parts->for_each(give)) return false;
                parted_.parts = nullptr;
            }
        for (; cursor_ < rows_.size(); ++cursor_) {
            if (not room()) return false;
            auto& row = rows_[cursor_];
            emit(row.key, min_time, max_time, giving(row.value), Timing::on_time);
        }
        if constexpr (spills)
            if (spill_.groups) {
                spill_.bytes = spill_.groups->bytes();
                spill_.groups = nullptr;
            }
        rows_.clear();
        cursor_ = 0;
        firing_ = false;
        expired_ += std::exchange(held_, 0); // in groups without a result
        return true;
    }
    void given(const Giving& what) noexcept { held_ -= what.n; }

    [[nodiscard]] std::uint64_t held() const noexcept { return held_; }
    [[nodiscard]] std::uint64_t expired() const noexcept { return expired_; }
    void report(OperatorReport& row) const {
        if constexpr (spills) row.spilled = spill_.groups ? spill_.groups->bytes() : spill_.bytes;
    }

    void save(StateWriter& to) const {
        save_rows(to);
        to.put(held_);
        to.put(expired_);
        to.put(quiet_);
        if constexpr (spills) {
            to.put(spill_.groups != nullptr);
            if (spill_.groups) spill_.groups->save(to);
        }
    }
    void load(StateReader& from) {
        if constexpr (has_parts) parted_.parts = nullptr;
        rows_.load(from);
        from.get(held_);
        from.get(expired_);
        from.get(quiet_);
        if constexpr (spills)
            if (from.get<bool>()) groups().load(from);
    }

    /// Takes over what another has of later events, which is left empty. The others together have as much of the memory as this.
    template <typename A>
    std::uint64_t take_from(Part& later, Timestamp, const A& aggregate) {
        const std::uint64_t events = std::exchange(later.held_, 0);
        take_groups(later, events, aggregate);
        held_ += events; // where that throws they have not come
        return 0;
    }

private:
    template <typename A>
    void take_groups(Part& later, std::uint64_t events, const A& aggregate) {
        if constexpr (spills) {
            if (spill_.share && not std::exchange(spill_.gathers, true)) spill_.share = spill_.share->among(2);
            if (later.spill_.groups) return take_spilled(later);
            if (spill_.share && not rows_.empty() && exceeds(later.rows_.size(), 0)) leave();
        }
        if (keeps_keys && not rows_.empty() && events >= events_for_kept_key * later.rows_.size()) {
            take_values(later, aggregate);
        } else {
            if (rows_.empty() && rows_.bytes() <= later.rows_.bytes()) rows_.swap(later.rows_);
            else merge_rows(rows_, later.rows_, aggregate);
            later.forget_rows();
        }
        if constexpr (spills) {
            coming_ += static_cast<std::size_t>(events);
            leave_if_full();
            if (spill_.share && rows_.bytes() > limit()) { // it has grown at once
                leave();
                rows_.free();
            }
        }
    }

    static constexpr bool spills = not std::is_empty_v<Key> && std::default_initializable<Key> && std::copyable<Key> && Spillable<GroupRecord<Key, Entry>>;
    struct Spilling {
        std::optional<MemoryBudget::Share> share;
        RowsFootprint<Rows, Key, State> footprint;
        std::unique_ptr<SpilledGroups<Key, Entry>> groups;
        GroupRecord<Key, Entry>* next = nullptr; // to be given
        std::uint64_t bytes = 0;                 // written, when all has been given
        bool gathers = false;
        bool is_part = false;
    };
    struct Parted {
        WEIR_NO_UNIQUE_ADDRESS typename Parts::projection key_of;
        std::unique_ptr<Parts> parts{};
        std::size_t bytes = 0;    // when the table grew last,
        std::size_t size = 0;     // its rows then,
        std::uint64_t events = 0; // and the events
    };
    struct Nothing {
        Nothing() = default;
        explicit Nothing(const typename Parts::projection&) noexcept {}
    };
    static constexpr std::size_t most_between = 64;
    static constexpr bool keeps_keys = std::is_copy_constructible_v<Key> && std::is_copy_assignable_v<Entry> &&
                                       std::is_trivially_copy_constructible_v<Entry> && std::is_trivially_destructible_v<Entry>; // tuples, too
    static constexpr std::uint64_t events_for_kept_key = 2; // less often, and it costs more than it saves

    SpilledGroups<Key, Entry>& groups() {
        if (not spill_.groups) {
            const MemoryScope scope(rows_.source());
            spill_.groups = std::make_unique<SpilledGroups<Key, Entry>>(*spill_.share, spill_.is_part);
        }
        return *spill_.groups;
    }
    /// Before so many events. It is looked at now and then, as few bring a new key.
    WEIR_INLINE void make_room([[maybe_unused]] std::size_t events) {
        if constexpr (spills) {
            coming_ += events;
            if (coming_ >= most_between) [[unlikely]] leave_if_full();
        }
    }
    [[gnu::noinline]] void leave_if_full() {
        const std::size_t events = std::exchange(coming_, 0);
        if (spill_.share && not rows_.empty() && exceeds(events + most_between, events)) leave();
    }
    /// Whether so many keys more might be too many, after so many events.
    [[nodiscard]] bool exceeds(std::size_t more, std::size_t events) {
        return spill_.footprint.exceeds(limit(), rows_, more, events, [](const auto& row) -> const auto& { return row.value.state; });
    }
    void take_spilled(Part& later) {
        leave();
        later.leave();
        groups().take(*std::exchange(later.spill_.groups, nullptr));
    }
    /// A part's groups are taken over, its keys stay: the next part has most of them again.
    template <typename A>
    void take_values(Part& later, const A& aggregate) {
        if constexpr (keeps_keys) {
            later.taken_.resize(later.rows_.size(), Rows::none);
            for (std::uint32_t i = 0; i < later.rows_.size(); ++i) {
                auto& row = later.rows_[i];
                if (row.value.inputs() == 0) continue; // a key of parts before
                const std::size_t size = rows_.size();
                const std::uint32_t number = later.taken_[i] = rows_.find_or_insert(row.key, later.rows_.hash_of(i), later.taken_[i]);
                if (number == size) rows_[number].value = row.value;
                else rows_[number].value.merge(row.value, aggregate);
                row.value = Entry{};
            }
        }
    }
    void forget_rows() {
        taken_.clear();
        if constexpr (spills) spill_.footprint.clear(rows_);
        else rows_.clear();
    }
    void leave() {
        const auto put_one = [this](const auto& row) { return (row.value.inputs() == 0 || (groups().put(row.key, row.value), true)); };
        if constexpr (has_parts)
            if (is_parted()) {
                parted_.parts->for_each(put_one);
                parted_.parts = nullptr;
                return;
            }
        for (const auto& row : rows_) put_one(row);
        spill_.footprint.clear(rows_);
    }
    /// What a table or its parts may take of memory.
    [[nodiscard]] std::size_t limit() const noexcept {
        if constexpr (spills)
            if (spill_.share) return at_least_some(*spill_.share) / 4 * 3;
        return std::numeric_limits<std::size_t>::max();
    }
    /// A table that is too large for the caches is kept in parts, unless most events since it grew last are of keys that it had: then some
    /// come far more often than others, and those are in the cache.
    [[gnu::noinline]] void grown() {
        const std::size_t before = std::exchange(parted_.size, rows_.size());
        const std::uint64_t events = held_ - std::min(held_, std::exchange(parted_.events, held_));
        parted_.bytes = rows_.bytes();
        if (parted_.bytes > Parts::sizes.table && (rows_.size() - std::min(before, rows_.size())) * Parts::sizes.events_for_key >= events) divide();
    }
    [[gnu::noinline]] void divide() {
        if (not Parts::fit(2 * rows_.size(), limit())) return; // while it is done the table is there, too
        const MemoryScope scope(rows_.source());
        parted_.parts = std::make_unique<Parts>(parted_.key_of, rows_, limit());
        rows_.free();
    }
    void save_rows(StateWriter& to) const {
        if constexpr (has_parts)
            if (is_parted()) return parted_.parts->save(to);
        rows_.save(to);
    }
    static Giving giving(Entry& entry) noexcept {
        if constexpr (Timed) return {entry.state, 0, entry.inputs(), entry.first, entry.last};
        else return {entry.state, 0, entry.inputs()};
    }

    Rows rows_;
    std::uint64_t held_ = 0;
    std::uint64_t quiet_ = 0; // how many times are, from the first of all
    std::uint32_t cursor_ = 0;
    bool firing_ = false;
    std::uint64_t expired_ = 0;
    std::size_t coming_ = 0; // events since it was looked whether they fit
    JobVector<std::uint32_t> taken_; // of a part: the rows that its keys had when they were taken, or any number
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<spills, Spilling, Nothing> spill_{};
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<has_parts, Parted, Nothing> parted_;
};

/// Those of a part of a stream, which give nothing: they go to those of the whole stream.
template <typename Key, typename State, bool Timed, typename Counter = OwnCount>
struct GatheringGroups : Groups<Key, State, Timed, NoParts, Counter> {
    explicit GatheringGroups(const MemoryBudget::Share* share) : Groups<Key, State, Timed, NoParts, Counter>(share, {}, true) {}
    template <typename A>
    bool begin(Timestamp, const A&) noexcept { return false; }
};

} // namespace weir::detail
