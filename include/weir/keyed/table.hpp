// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/hash.hpp>
#include <weir/core/kept_key.hpp>
#include <weir/core/page_allocator.hpp>
#include <weir/core/state.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// Slots that are looked at together: half a cache line.
struct alignas(32) SlotGroup {
    static constexpr std::uint32_t size = 8;
    static constexpr std::uint32_t empty = std::numeric_limits<std::uint32_t>::max();

    std::array<std::uint32_t, size> slots;

    /// One bit for each slot that has the bits of `wanted` in the places of `places`. Without branches: how far from its home
    /// an entry lies is chance, and a wrong guess of the processor costs more than all else here.
    [[nodiscard]] WEIR_INLINE std::uint32_t equal(std::uint32_t wanted, std::uint32_t places) const noexcept {
        return equal(slots.data(), wanted, places);
    }
    [[nodiscard]] WEIR_INLINE static std::uint32_t equal(const std::uint32_t* slots, std::uint32_t wanted, std::uint32_t places) noexcept {
#if defined(__GNUC__) && defined(__AVX2__)
        using Eight = std::uint32_t __attribute__((vector_size(32)));
        using EightFloats = float __attribute__((vector_size(32)));
        Eight all;
        std::memcpy(&all, slots, sizeof all);
        return static_cast<std::uint32_t>(__builtin_ia32_movmskps256(reinterpret_cast<EightFloats>(((all ^ wanted) & places) == 0)));
#elif defined(__GNUC__) && defined(__SSE2__)
        using Four = std::uint32_t __attribute__((vector_size(16)));
        using FourFloats = float __attribute__((vector_size(16)));
        Four low;
        Four high;
        std::memcpy(&low, slots, sizeof low);
        std::memcpy(&high, slots + 4, sizeof high);
        const auto first = __builtin_ia32_movmskps(reinterpret_cast<FourFloats>(((low ^ wanted) & places) == 0));
        const auto second = __builtin_ia32_movmskps(reinterpret_cast<FourFloats>(((high ^ wanted) & places) == 0));
        return static_cast<std::uint32_t>(first) | (static_cast<std::uint32_t>(second) << 4);
#else
        std::uint32_t found = 0;
        for (std::uint32_t i = 0; i < size; ++i)
            found |= static_cast<std::uint32_t>(((slots[i] ^ wanted) & places) == 0) << i;
        return found;
#endif
    }
    [[nodiscard]] WEIR_INLINE std::uint32_t empties() const noexcept { return equal(empty, ~0U); }
    /// The first slot that equal() would find; the last one if there is none. Fewer steps than by way of equal().
    [[nodiscard]] WEIR_INLINE static std::uint32_t likely(const std::uint32_t* slots, std::uint32_t wanted, std::uint32_t places) noexcept {
#if defined(__GNUC__) && defined(__SSE2__) && !defined(__AVX2__)
        using Four = std::int32_t __attribute__((vector_size(16)));
        using Eight = short __attribute__((vector_size(16)));
        using Bytes = char __attribute__((vector_size(16)));
        Four low;
        Four high;
        std::memcpy(&low, slots, sizeof low);
        std::memcpy(&high, slots + 4, sizeof high);
        const auto differs = [wanted = static_cast<std::int32_t>(wanted), places = static_cast<std::int32_t>(places)](Four four) { return (four ^ wanted) & places; };
        const auto both = reinterpret_cast<Bytes>(Eight(__builtin_ia32_packssdw128(differs(low), differs(high))) == 0); // two bytes for each slot
        const std::uint32_t found = static_cast<std::uint32_t>(__builtin_ia32_pmovmskb128(both)) | 1U << (2 * size - 2);
        const std::size_t at = static_cast<std::uint32_t>(std::countr_zero(found)); // of its two bits
        std::uint32_t slot;
        std::memcpy(&slot, reinterpret_cast<const char*>(slots) + 2 * at, sizeof slot);
        return slot;
#else
        return slots[static_cast<std::uint32_t>(std::countr_zero(equal(slots, wanted, places) | 1U << (size - 1)))];
#endif
    }
};

/// A container whose clear() leaves what its default is, but keeps its memory.
template <typename T>
concept KeepsMemory = requires(T& value, const T& same) {
    value.clear();
    same.capacity();
    { same.empty() } -> std::convertible_to<bool>;
};

/// The keys of a keyed operator and what it keeps for each: a hash table with open addressing whose rows lie together, in the
/// order of their first insertion as long as none is erased.
///     The index is an array of 32-bit slots, a power of two of them, in groups; a key that finds its group full goes to the
///     next one, and when one leaves a full group, another is moved back (Knuth, The Art of Computer Programming 3, 6.4,
///     algorithm R, for groups). A slot holds the number of a row in as many low bits as the index needs, and bits of the
///     key's hash in the others: those tell nearly always whether a row is worth a look. The highest bit is set in empty slots
///     only.
///     The hash comes from the caller, its lower 31 bits are used, and has to be equal for equal keys. Keys are compared by
///     same_key. Rows move when the table grows: a reference ends there, the number of a row does not. After an exception from
///     a key or value being made the table is as it was; the moves of both should not throw: those that do while the table
///     grows lose rows unless both can be copied, as with std::vector.
///     Throws std::length_error at max_rows rows.
template <typename Key, typename Value, std::uint32_t max_rows = (1U << 31U) / 8 * 5>
class Table {
public:
    struct Row {
        Key key;
        Value value;
    };
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    static_assert(max_rows <= (1U << 31U) / 8 * 5); // see fill_of

    Table() noexcept = default;
    Table(Table&& other) noexcept { swap(other); }
    Table& operator=(Table&& other) noexcept {
        Table(std::move(other)).swap(*this);
        return *this;
    }
    Table(const Table&) = default;
    Table& operator=(const Table&) = default;
    ~Table() = default;

    void swap(Table& other) noexcept {
        groups_.swap(other.groups_);
        hashes_.swap(other.hashes_);
        rows_.swap(other.rows_);
        std::swap(mask_, other.mask_);
        std::swap(size_, other.size_);
        std::swap(limit_, other.limit_);
    }

    /// Whether looking for several keys together pays. Measured, as is the distance below: benchmarks/table.cpp.
    [[nodiscard]] bool is_large() const noexcept { return mask_ >= 65536 - 1; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    /// So many keys more before it grows.
    [[nodiscard]] std::size_t vacancies() const noexcept { return limit_ - std::min(limit_, size_); }
    [[nodiscard]] Row& operator[](std::uint32_t index) noexcept { return rows_[index]; }
    [[nodiscard]] const Row& operator[](std::uint32_t index) const noexcept { return rows_[index]; }
    [[nodiscard]] Row* begin() noexcept { return rows_.data(); }
    [[nodiscard]] Row* end() noexcept { return rows_.data() + size_; }
    [[nodiscard]] const Row* begin() const noexcept { return rows_.data(); }
    [[nodiscard]] const Row* end() const noexcept { return rows_.data() + size_; }

    /// As much as is kept of the hash of a row's key: it finds the row here, and in other tables.
    [[nodiscard]] std::uint32_t hash_of(std::uint32_t index) const noexcept { return hashes_[index]; }

    /// The memory taken for slots and rows; what keys and values own besides is not known here.
    [[nodiscard]] std::size_t bytes() const noexcept {
        return groups_.capacity() * sizeof(SlotGroup) + hashes_.capacity() * sizeof(std::uint32_t) +
               rows_.capacity() * sizeof(Row);
    }

    /// The number of the key's row, or none. K may be another type that compares and hashes like Key.
    template <typename K>
    [[nodiscard]] WEIR_INLINE std::uint32_t find(const K& key, std::uint64_t hash) const noexcept {
        if (limit_ == 0) [[unlikely]] return find_in_list(key);
        return look_up(key, low(hash)).row;
    }

    /// The number of the key's row, and whether it is new: then it has Key(given) and Value{}.
    template <typename K>
    WEIR_INLINE std::pair<std::uint32_t, bool> find_or_insert(K&& given, std::uint64_t hash) {
        if (limit_ == 0) [[unlikely]] make_index();
        const Place place = look_up(given, low(hash));
        if (place.row != none) [[likely]] return {place.row, false};
        return {insert(std::forward<K>(given), low(hash), place.slot), true};
    }

    /// A row for a key that has none, behind the others. While rows come only by this there is no index, which is most of the work: it is made
    /// by the first find_or_insert or erase; until then find looks at one row after the other.
    void append(const Key& key, std::uint64_t hash, const Value& value) {
        static_assert(reuses_rows);
        if (size_ == 0) limit_ = 0; // all slots are empty
        if (size_ >= max_rows) throw std::length_error("keyed state: a table holds no more keys than this");
        if (limit_ != 0 && size_ >= limit_) resize(std::size_t{size_} + 1);
        put_hash(low(hash));
        put_row(key);
        try {
            rows_[size_].value = value;
        } catch (...) { // what lies behind the rows is as if cleared
            reset(rows_[size_].value);
            throw;
        }
        if (limit_ != 0) slot_at(free_slot(low(hash))) = slot(low(hash), size_);
        ++size_;
    }

    /// find_or_insert for each key in order; indexes has room for as many. Faster than one by one, the more so where the table is
    /// larger than the caches: slots, then rows, are fetched while earlier keys are looked up.
    template <typename K>
    void find_or_insert(std::span<const K> keys, std::span<const std::uint64_t> hashes, std::uint32_t* indexes) {
        constexpr std::size_t most = 64;
        for (std::size_t begin = 0; begin < keys.size(); begin += most) {
            const std::size_t n = std::min(keys.size() - begin, most);
            guess({hashes.data() + begin, n}, indexes + begin);
            for (std::size_t i = begin; i < begin + n; ++i) indexes[i] = find_or_insert(keys[i], hashes[i], indexes[i]);
        }
    }
    /// What says for a hash which row probably has it: its number, or any number if there is none. Ends with the next new row, and when the index is made.
    class Guesser {
    public:
        explicit Guesser(const Table& table) noexcept
            : slots_(table.groups_.empty() ? all_empty.slots.data() : table.groups_.data()->slots.data()), mask_(table.mask_),
              home_(mask_ & ~(SlotGroup::size - 1)), places_(~mask_ & ~(1U << 31U)) {}
        [[nodiscard]] WEIR_INLINE std::uint32_t operator()(std::uint64_t hash) const noexcept {
            if constexpr (has_one_key) return 0;
            return SlotGroup::likely(slots_ + (hash & home_), static_cast<std::uint32_t>(hash), places_) & mask_;
        }

    private:
        const std::uint32_t* slots_;
        std::uint32_t mask_;
        std::uint32_t home_;   // what of a hash is the first slot of its group,
        std::uint32_t places_; // and what must be in a slot that has it
    };
    [[nodiscard]] Guesser guesser() const noexcept { return Guesser(*this); }
    /// For each hash a guess of its row's number; the rows are being fetched.
    void guess(std::span<const std::uint64_t> hashes, std::uint32_t* numbers) const noexcept {
        if (is_large()) return guess_and_fetch(hashes, numbers);
        const Guesser guess_one = guesser();
        for (std::size_t i = 0; i < hashes.size(); ++i) numbers[i] = guess_one(hashes[i]);
    }
    void guess_and_fetch(std::span<const std::uint64_t> hashes, std::uint32_t* numbers) const noexcept {
        const Guesser guess_one = guesser();
        const std::uintptr_t rows = place_of(0);
        for (const std::uint64_t hash : hashes) prefetch(hash);
        for (std::size_t i = 0; i < hashes.size(); ++i) touch_row(rows + sizeof(Row) * (numbers[i] = guess_one(hashes[i])));
    }
    /// find_or_insert of a key of which guess() gave this number.
    template <typename K>
    WEIR_INLINE std::uint32_t find_or_insert(const K& key, std::uint64_t hash, std::uint32_t guessed) {
        return is_row_of(guessed, key) ? guessed : find_or_insert(key, hash).first;
    }
    template <typename K>
    [[nodiscard]] WEIR_INLINE bool is_row_of(std::uint32_t number, const K& key) const noexcept {
        return number < size_ && same_key(rows_.data()[number].key, key);
    }

    /// Fetches the slot where looking for this hash begins.
    WEIR_INLINE void prefetch(std::uint64_t hash) const noexcept { touch(groups_.data() + home(low(hash))); }
    /// Fetches the row that probably has this hash, if any, and returns its number; any number if there is none. The slots
    /// should have been fetched before.
    WEIR_INLINE std::uint32_t prefetch_row(std::uint64_t hash) const noexcept {
        if (limit_ == 0) return none;
        const SlotGroup& group = groups_.data()[home(low(hash))];
        const std::uint32_t found = group.equal(low(hash), ~mask_) | 1U << (SlotGroup::size - 1); // no branch if there is none
        const std::uint32_t row = group.slots[first(found)] & mask_;
        touch(place_of(row));
        return row;
    }

    /// Fetches a row that is to be erased, and, once that is there, its slot.
    WEIR_INLINE void prefetch_erase(std::uint32_t index) const noexcept {
        touch(rows_.data() + index);
        touch(hashes_.data() + index);
    }
    WEIR_INLINE void prefetch_slot(std::uint32_t index) const noexcept { prefetch(hashes_[index]); }

    /// Room for n rows without another allocation.
    void reserve(std::size_t n) {
        if (n > max_rows) throw std::length_error("keyed state: a table holds no more keys than this");
        if (n > limit_) resize(std::max<std::size_t>(n, size_));
    }

    /// No rows; all memory is kept, that of values with capacity() also.
    void clear() {
        if constexpr (reuses_rows && not std::is_trivially_copyable_v<Value>) {
            [[maybe_unused]] const ScopeFor<Value> scope(source());
            for (std::uint32_t row = 0; row < size_; ++row) reset(rows_[row].value);
        }
        if (limit_ == 0) { // no slot is taken
        } else if (size_ < groups_.size()) { // a large index is not worth filling for a few rows
            for (std::uint32_t row = 0; row < size_; ++row) slot_at(slot_of(row)) = none;
        } else std::fill(groups_.begin(), groups_.end(), all_empty);
        if constexpr (not reuses_rows) rows_.clear();
        size_ = 0;
    }

    [[nodiscard]] MemorySource* source() const noexcept { return groups_.get_allocator().source; }
    /// And gives the memory back.
    void free() {
        const MemoryScope scope(source());
        *this = Table();
    }

    /// Removes a row; the last row takes its place and number. Returns the number that row had before (index itself if it was
    /// the last one). The moves of Key and Value must not throw.
    std::uint32_t erase(std::uint32_t index) {
        static_assert(reuses_rows, "keyed state: rows that cannot be assigned cannot be erased");
        if (limit_ == 0) [[unlikely]] make_index();
        const std::uint32_t last = size_ - 1;
        if constexpr (not std::is_trivially_copyable_v<Value>) {
            [[maybe_unused]] const ScopeFor<Value> scope(source());
            reset(rows_[index].value);
        }
        close(slot_of(index));
        if (index != last) {
            std::swap(rows_[index], rows_[last]);
            slot_at(slot_of(last)) = slot(hashes_[last], index);
            hashes_[index] = hashes_[last];
        }
        size_ = last;
        return last;
    }

    void save(StateWriter& to) const {
        to.put(size());
        for (std::uint32_t row = 0; row < size_; ++row) save_row(to, row);
    }
    /// What save writes of a row, behind their number.
    void save_row(StateWriter& to, std::uint32_t row) const {
        to.put(hashes_[row]); // the hash is the caller's, so it cannot be found from the key
        to.put(rows_[row].key);
        to.put(rows_[row].value);
    }
    void load(StateReader& from) {
        Table loaded;
        const auto n = from.get<std::size_t>();
        if (n > from.left() / sizeof(std::uint32_t) || n > max_rows) throw StateError("saved state: more keys than bytes");
        loaded.reserve(n);
        for (std::size_t i = 0; i < n; ++i) {
            const auto hash = from.get<std::uint32_t>();
            const auto [row, is_new] = loaded.find_or_insert(from.get<Key>(), hash);
            if (not is_new) throw StateError("saved state: a key comes twice");
            from.get(loaded.rows_[row].value);
        }
        swap(loaded);
    }

private:
    template <typename T>
    using Array = std::vector<T, PageAllocator<T>>;
    struct Place {
        std::uint32_t slot;
        std::uint32_t row;
    };
    static constexpr bool has_one_key = std::is_empty_v<Key>; // then its row need not be looked for
    static constexpr bool reuses_rows = std::is_move_assignable_v<Key> && std::is_move_assignable_v<Value>;
    using Group = dependent_t<SlotGroup, Key>;
    static constexpr SlotGroup all_empty{{none, none, none, none, none, none, none, none}};
    static_assert(SlotGroup::empty == none);

    static std::uint32_t low(std::uint64_t hash) noexcept { return static_cast<std::uint32_t>(hash) & ~(1U << 31U); }
    [[nodiscard]] std::uint32_t last_group() const noexcept { return mask_ / SlotGroup::size; }
    [[nodiscard]] std::uint32_t home(std::uint32_t hash) const noexcept { return (hash & mask_) / SlotGroup::size; }
    [[nodiscard]] std::uint32_t slot(std::uint32_t hash, std::uint32_t row) const noexcept { return (hash & ~mask_) | row; }
    /// The lowest of the bits that SlotGroup::equal gave: in its group, and in the whole index.
    static std::uint32_t first(std::uint32_t found) noexcept { return static_cast<std::uint32_t>(std::countr_zero(found)); }
    static std::uint32_t place(std::uint32_t group, std::uint32_t found) noexcept {
        return group * SlotGroup::size + first(found);
    }
    [[nodiscard]] std::uint32_t& slot_at(std::uint32_t at) noexcept { return groups_[at / SlotGroup::size].slots[at % SlotGroup::size]; }
    /// Where a row lies, if there is one, or any.
    [[nodiscard]] std::uintptr_t place_of(std::uint32_t row) const noexcept { return reinterpret_cast<std::uintptr_t>(rows_.data()) + sizeof(Row) * row; }
    /// It may lie in two cache lines.
    static void touch_row(std::uintptr_t row) noexcept {
        touch(row);
        constexpr std::size_t last = std::min<std::size_t>(sizeof(Row), 65) - 1;
        if constexpr (64 % sizeof(Row) != 0) touch(row + last);
    }
    static void touch(std::uintptr_t at) noexcept { touch(reinterpret_cast<const void*>(at)); }
    static void touch(const void* at) noexcept {
#if defined(__GNUC__)
        __builtin_prefetch(at);
#else
        static_cast<void>(at);
#endif
    }

    template <typename K>
    [[nodiscard]] WEIR_INLINE Place look_up(const K& key, std::uint32_t hash) const {
        if constexpr (has_one_key)
            if (size_ != 0) return {0, 0};
        for (std::uint32_t at = home(hash);; at = (at + 1) & last_group()) {
            const SlotGroup& group = groups_.data()[at];
            for (std::uint32_t found = group.equal(hash, ~mask_); found != 0; found &= found - 1) {
                const std::uint32_t row = group.slots[first(found)] & mask_;
                if (same_key(rows_.data()[row].key, key)) [[likely]] return {place(at, found), row};
            }
            if (const std::uint32_t empties = group.empties(); empties != 0) return {place(at, empties), none};
        }
    }

    template <typename K>
    [[gnu::noinline]] std::uint32_t insert(K&& given, std::uint32_t hash, std::uint32_t at) {
        if (size_ >= max_rows) throw std::length_error("keyed state: a table holds no more keys than this");
        if (size_ >= limit_) {
            resize(std::size_t{size_} + 1);
            at = free_slot(hash);
        }
        put_hash(hash);
        put_row(std::forward<K>(given));
        slot_at(at) = slot(hash, size_);
        return size_++;
    }
    void put_hash(std::uint32_t hash) {
        if (hashes_.size() == size_) hashes_.push_back(hash);
        else hashes_[size_] = hash;
    }
    template <typename K>
    void put_row(K&& given) {
        if constexpr (reuses_rows) {
            if (rows_.size() > size_) { // a row that was cleared or erased: its key may own memory to use again
                Row& row = rows_[size_];
                if constexpr (std::is_trivially_copyable_v<Value>) row.value = Value{};
                if constexpr (std::is_assignable_v<Key&, K>) row.key = std::forward<K>(given);
                else row.key = kept_key<Key>(std::forward<K>(given));
                return;
            }
        }
        rows_.push_back(Row{kept_key<Key>(std::forward<K>(given)), made_in<Value>(source())});
    }
    static void reset(Value& value) {
        if constexpr (requires { value.reset_keeping_memory(); }) value.reset_keeping_memory();
        else if constexpr (KeepsMemory<Value>) value.clear();
        else value = Value{};
    }

    /// What rows that were appended need to be found, or a table without any.
    [[gnu::noinline]] void make_index() {
        const std::size_t limit = fill_of(groups_.size() * SlotGroup::size);
        if (limit <= size_) return resize(std::size_t{size_} + 1);
        fill_index();
        limit_ = static_cast<std::uint32_t>(limit);
    }
    void fill_index() noexcept {
        for (std::uint32_t row = 0; row < size_; ++row) {
            constexpr std::uint32_t ahead = 16;
            if (row + ahead < size_) prefetch(hashes_[row + ahead]);
            slot_at(free_slot(hashes_[row])) = slot(hashes_[row], row);
        }
    }
    template <typename K>
    [[gnu::noinline]] std::uint32_t find_in_list(const K& key) const noexcept {
        for (std::uint32_t row = 0; row < size_; ++row)
            if (same_key(rows_[row].key, key)) return row;
        return none;
    }

    /// Slots for n rows. Nothing is changed until all memory is there.
    void resize(std::size_t n) {
        std::size_t slots = std::max<std::size_t>(2 * SlotGroup::size, groups_.size() * SlotGroup::size);
        while (fill_of(slots) < n) slots *= 2;
        const std::size_t limit = fill_of(slots);
        Array<Group> fresh(slots / SlotGroup::size, all_empty, groups_.get_allocator());
        hashes_.reserve(std::min<std::size_t>(limit, max_rows));
        rows_.reserve(std::min<std::size_t>(limit, max_rows));
        groups_.swap(fresh);
        mask_ = static_cast<std::uint32_t>(slots - 1);
        limit_ = static_cast<std::uint32_t>(limit);
        fill_index();
    }
    [[nodiscard]] std::uint32_t free_slot(std::uint32_t hash) const noexcept {
        for (std::uint32_t at = home(hash);; at = (at + 1) & last_group())
            if (const std::uint32_t empties = groups_[at].empties(); empties != 0) return place(at, empties);
    }
    /// At this many rows the index grows. Measured: up to 5/8 nearly every key is in its home group, at 6/8 a look-up takes a
    /// third longer.
    static constexpr std::size_t fill_of(std::size_t slots) noexcept { return slots / 8 * 5; }

    [[nodiscard]] std::uint32_t slot_of(std::uint32_t row) const noexcept {
        for (std::uint32_t at = home(hashes_[row]);; at = (at + 1) & last_group())
            if (const std::uint32_t found = groups_[at].equal(slot(hashes_[row], row), ~0U); found != 0) return place(at, found);
    }
    /// Empties a slot. If its group was full, another key may have passed it: that one is moved back, and leaves a slot itself.
    void close(std::uint32_t hole) noexcept {
        std::uint32_t from = hole / SlotGroup::size; // the group of the hole
        bool was_full = groups_[from].empties() == 0;
        slot_at(hole) = none;
        for (std::uint32_t at = from; was_full;) {
            at = (at + 1) & last_group();
            if (at == from) return; // all the way round
            was_full = groups_[at].empties() == 0;
            for (std::uint32_t i = 0; i < SlotGroup::size; ++i) {
                std::uint32_t& entry = groups_[at].slots[i];
                if (entry == none) continue;
                const std::uint32_t passed = (at - home(hashes_[entry & mask_])) & last_group();
                if (passed < ((at - from) & last_group())) continue; // its home lies behind the hole
                slot_at(hole) = std::exchange(entry, none);
                hole = at * SlotGroup::size + i;
                from = at;
                break;
            }
        }
    }

    Array<Group> groups_;
    Array<dependent_t<std::uint32_t, Key>> hashes_; // of each row, so that growing reads no keys
    Array<Row> rows_;             // from size_ on: made before, to be used again
    std::uint32_t mask_ = 0;
    std::uint32_t size_ = 0;
    std::uint32_t limit_ = 0; // at this many rows the slots get too full; 0: all slots are empty, rows have been appended, if there are any
};

} // namespace weir::detail
