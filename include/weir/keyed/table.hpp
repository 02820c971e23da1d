// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/hash.hpp>
#include <weir/core/state.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace weir::detail {

/// Asks for huge pages where a table is larger than what the processor's translation cache holds of small ones.
template <typename T>
struct PageAllocator {
    using value_type = T;
    static constexpr std::size_t huge = std::size_t{2} << 20;

    PageAllocator() noexcept = default;
    template <typename U>
    PageAllocator(const PageAllocator<U>&) noexcept {}

    [[nodiscard]] T* allocate(std::size_t n) {
        if (n > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_array_new_length();
        const std::size_t bytes = n * sizeof(T);
        if (bytes < huge) return std::allocator<T>().allocate(n);
        void* memory = ::operator new(bytes, alignment);
#if defined(__linux__) && defined(MADV_HUGEPAGE)
        static_cast<void>(::madvise(memory, bytes / huge * huge, MADV_HUGEPAGE)); // a wish, not more
#endif
        return static_cast<T*>(memory);
    }
    void deallocate(T* memory, std::size_t n) noexcept {
        if (n * sizeof(T) < huge) std::allocator<T>().deallocate(memory, n);
        else ::operator delete(memory, alignment);
    }

    friend bool operator==(const PageAllocator&, const PageAllocator&) noexcept { return true; }

private:
    static constexpr std::align_val_t alignment{huge};
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
///     The index is an array of 32-bit slots, a power of two of them, with linear probing; holes are closed by moving entries
///     back (Knuth, The Art of Computer Programming 3, 6.4, algorithm R). A slot holds the number of a row in as many low bits
///     as the index needs, and bits of the key's hash in the others: those tell nearly always whether a row is worth a look.
///     The hash comes from the caller, its lower half is used, and has to be equal for equal keys. Keys are compared by
///     same_key. Rows move when the table grows: a reference ends there, the number of a row does not. After an exception from
///     a key or value being made the table is as it was; the moves of both should not throw: those that do while the table
///     grows lose rows unless both can be copied, as with std::vector.
///     Throws std::length_error at max_rows rows.
template <typename Key, typename Value, std::uint32_t max_rows = std::numeric_limits<std::uint32_t>::max() - 1>
class Table {
public:
    struct Row {
        Key key;
        Value value;
    };
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    static_assert(max_rows < none);

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
        slots_.swap(other.slots_);
        hashes_.swap(other.hashes_);
        rows_.swap(other.rows_);
        std::swap(mask_, other.mask_);
        std::swap(size_, other.size_);
        std::swap(limit_, other.limit_);
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] Row& operator[](std::uint32_t index) noexcept { return rows_[index]; }
    [[nodiscard]] const Row& operator[](std::uint32_t index) const noexcept { return rows_[index]; }
    [[nodiscard]] Row* begin() noexcept { return rows_.data(); }
    [[nodiscard]] Row* end() noexcept { return rows_.data() + size_; }
    [[nodiscard]] const Row* begin() const noexcept { return rows_.data(); }
    [[nodiscard]] const Row* end() const noexcept { return rows_.data() + size_; }

    /// The memory taken for slots and rows; what keys and values own besides is not known here.
    [[nodiscard]] std::size_t bytes() const noexcept {
        return slots_.capacity() * sizeof(std::uint32_t) + hashes_.capacity() * sizeof(std::uint32_t) +
               rows_.capacity() * sizeof(Row);
    }

    /// The number of the key's row, or none. K may be another type that compares and hashes like Key.
    template <typename K>
    [[nodiscard]] WEIR_INLINE std::uint32_t find(const K& key, std::uint64_t hash) const noexcept {
        if (limit_ == 0) return none;
        return look_up(key, low(hash)).row;
    }

    /// The number of the key's row, and whether it is new: then it has Key(given) and Value{}.
    template <typename K>
    WEIR_INLINE std::pair<std::uint32_t, bool> find_or_insert(K&& given, std::uint64_t hash) {
        if (size_ >= limit_) [[unlikely]] grow();
        const Place place = look_up(given, low(hash));
        if (place.row != none) [[likely]] return {place.row, false};
        if (size_ >= max_rows) throw std::length_error("keyed state: a table holds no more keys than this");
        append(std::forward<K>(given));
        hashes_[size_] = low(hash);
        slots_[place.slot] = slot(low(hash), size_);
        return {size_++, true};
    }

    /// find_or_insert for each key in order, faster than one by one where the table is larger than the caches.
    template <typename K>
    void find_or_insert(std::span<const K> keys, std::span<const std::uint64_t> hashes, std::uint32_t* indexes) {
        constexpr std::size_t ahead = 16; // measured: benchmarks/table.cpp
        const std::size_t n = keys.size();
        for (std::size_t i = 0; i < std::min(n, 2 * ahead); ++i) prefetch(hashes[i]);
        for (std::size_t i = 0; i < std::min(n, ahead); ++i) prefetch_row(hashes[i]);
        for (std::size_t i = 0; i < n; ++i) {
            if (i + 2 * ahead < n) prefetch(hashes[i + 2 * ahead]);
            if (i + ahead < n) prefetch_row(hashes[i + ahead]);
            indexes[i] = find_or_insert(keys[i], hashes[i]).first;
        }
    }

    /// Fetches the slot where looking for this hash begins.
    WEIR_INLINE void prefetch(std::uint64_t hash) const noexcept { touch(slots_.data() + (low(hash) & mask_)); }
    /// Fetches the row that this slot speaks of; the slot itself should have been fetched before.
    WEIR_INLINE void prefetch_row(std::uint64_t hash) const noexcept {
        if (limit_ == 0) return;
        touch(rows_.data() + (slots_[low(hash) & mask_] & mask_)); // an empty slot gives an address past the rows: harmless
    }

    /// Room for n rows without another allocation.
    void reserve(std::size_t n) {
        if (n > max_rows) throw std::length_error("keyed state: a table holds no more keys than this");
        if (n >= limit_) resize(n);
    }

    /// No rows; all memory is kept, that of values with capacity() also.
    void clear() {
        if constexpr (reuses_rows && not std::is_trivially_copyable_v<Value>)
            for (std::uint32_t row = 0; row < size_; ++row) reset(rows_[row].value);
        if (size_ < slots_.size() / 16) { // a large index is not worth filling for a few rows
            for (std::uint32_t row = 0; row < size_; ++row) slots_[slot_of(row)] = none;
        } else std::fill(slots_.begin(), slots_.end(), none);
        if constexpr (not reuses_rows) rows_.clear();
        size_ = 0;
    }

    /// Removes a row; the last row takes its place and number. Returns the number that row had before (index itself if it was
    /// the last one). The moves of Key and Value must not throw.
    std::uint32_t erase(std::uint32_t index) {
        static_assert(reuses_rows, "keyed state: rows that cannot be assigned cannot be erased");
        const std::uint32_t last = size_ - 1;
        if constexpr (not std::is_trivially_copyable_v<Value>) reset(rows_[index].value);
        close(slot_of(index));
        if (index != last) {
            std::swap(rows_[index], rows_[last]);
            slots_[slot_of(last)] = slot(hashes_[last], index);
            hashes_[index] = hashes_[last];
        }
        size_ = last;
        return last;
    }

    void save(StateWriter& to) const {
        to.put(size());
        for (std::uint32_t row = 0; row < size_; ++row) {
            to.put(hashes_[row]); // the hash is the caller's, so it cannot be found from the key
            to.put(rows_[row].key);
            to.put(rows_[row].value);
        }
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
    static constexpr bool reuses_rows = std::is_move_assignable_v<Key> && std::is_move_assignable_v<Value>;
    static constexpr std::size_t least_slots = 16;

    static std::uint32_t low(std::uint64_t hash) noexcept { return static_cast<std::uint32_t>(hash); }
    [[nodiscard]] std::uint32_t slot(std::uint32_t hash, std::uint32_t row) const noexcept { return (hash & ~mask_) | row; }
    static void touch(const void* at) noexcept {
#if defined(__GNUC__)
        __builtin_prefetch(at);
#else
        static_cast<void>(at);
#endif
    }

    template <typename K>
    [[nodiscard]] WEIR_INLINE Place look_up(const K& key, std::uint32_t hash) const {
        const std::uint32_t* slots = slots_.data();
        for (std::uint32_t at = hash & mask_;; at = (at + 1) & mask_) {
            const std::uint32_t found = slots[at];
            if (((found ^ hash) & ~mask_) == 0) { // an empty slot may seem to match: its row number is mask_, which no row has
                const std::uint32_t row = found & mask_;
                if (row != mask_ && same_key(rows_[row].key, key)) return {at, row};
            }
            if (found == none) return {at, none};
        }
    }

    template <typename K>
    void append(K&& given) {
        if constexpr (reuses_rows) {
            if (rows_.size() > size_) { // a row that was cleared or erased: its key may own memory to use again
                Row& row = rows_[size_];
                if constexpr (std::is_trivially_copyable_v<Value>) row.value = Value{};
                if constexpr (std::is_assignable_v<Key&, K>) row.key = std::forward<K>(given);
                else row.key = Key(std::forward<K>(given));
                return;
            }
        }
        rows_.push_back(Row{Key(std::forward<K>(given)), Value{}});
    }
    static void reset(Value& value) {
        if constexpr (KeepsMemory<Value>) value.clear();
        else value = Value{};
    }

    [[gnu::noinline]] void grow() {
        if (size_ < max_rows) resize(std::size_t{size_} + 1);
    }

    /// Slots for more than n rows. Nothing is changed until all memory is there.
    void resize(std::size_t n) {
        std::size_t slots = std::max(least_slots, slots_.size());
        while (slots / 2 <= n && slots < std::size_t{1} << 32) slots *= 2;
        const std::size_t limit = std::min(slots / 2 <= n ? std::size_t{none} : slots / 2, std::size_t{none});
        Array<std::uint32_t> fresh(slots, none);
        hashes_.resize(std::min<std::size_t>(limit, max_rows));
        rows_.reserve(std::min<std::size_t>(limit, max_rows));
        slots_.swap(fresh);
        mask_ = static_cast<std::uint32_t>(slots - 1);
        limit_ = static_cast<std::uint32_t>(limit);
        for (std::uint32_t row = 0; row < size_; ++row) {
            constexpr std::uint32_t ahead = 16;
            if (row + ahead < size_) prefetch(hashes_[row + ahead]);
            std::uint32_t at = hashes_[row] & mask_;
            while (slots_[at] != none) at = (at + 1) & mask_;
            slots_[at] = slot(hashes_[row], row);
        }
    }

    [[nodiscard]] std::uint32_t slot_of(std::uint32_t row) const noexcept {
        std::uint32_t at = hashes_[row] & mask_;
        while (slots_[at] == none || (slots_[at] & mask_) != row) at = (at + 1) & mask_;
        return at;
    }
    void close(std::uint32_t hole) noexcept {
        for (std::uint32_t at = (hole + 1) & mask_; slots_[at] != none; at = (at + 1) & mask_) {
            const std::uint32_t home = hashes_[slots_[at] & mask_] & mask_;
            if (((at - home) & mask_) < ((at - hole) & mask_)) continue; // its home lies behind the hole
            slots_[hole] = slots_[at];
            hole = at;
        }
        slots_[hole] = none;
    }

    Array<std::uint32_t> slots_;  // none: empty
    Array<std::uint32_t> hashes_; // of each row, so that growing reads no keys
    Array<Row> rows_;             // from size_ on: made before, to be used again
    std::uint32_t mask_ = 0;
    std::uint32_t size_ = 0;
    std::uint32_t limit_ = 0; // at this many rows the slots get too full
};

} // namespace weir::detail
