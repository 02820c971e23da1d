// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/memory_source.hpp>

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir::detail {

template <typename Key>
concept Hashable = requires(const Key& key) { { std::hash<Key>{}(key) } -> std::convertible_to<std::size_t>; };

/// key = given; assigned where that works, as a string then uses its memory again.
template <typename Key, typename K>
constexpr void renew(Key& key, K&& given) {
    if constexpr (std::is_assignable_v<Key&, K>) key = std::forward<K>(given);
    else key = Key(std::forward<K>(given));
}

/// The last `capacity` different keys, in constant time: when it is full, a new key takes the place of the oldest.
/// All memory is taken when it is made. Keys in a ring, and their places in a hash table with linear probing, whose holes are
/// closed by moving entries back (Knuth, The Art of Computer Programming 3, 6.4, algorithm R).
template <typename Key>
class RecentSet {
public:
    explicit RecentSet(std::size_t capacity) : capacity_(capacity) {
        if (capacity == 0 || capacity > std::size_t{1} << 30)
            throw std::invalid_argument("distinct(projection, max_entries): max_entries must be between 1 and 2^30");
        entries_.reserve(capacity);
        table_.assign(std::bit_ceil(2 * capacity), none);
    }

    /// What one of so many takes; what keys own besides is not known here.
    [[nodiscard]] static constexpr std::size_t bytes_for(std::size_t capacity) noexcept {
        capacity = std::min(capacity, std::size_t{1} << 30); // more are refused
        return capacity * sizeof(Entry) + std::bit_ceil(2 * capacity) * sizeof(std::uint32_t);
    }

    /// Remembers the key; false: it was there already, and stays as old as it was.
    template <typename K>
    bool insert(K&& given) {
        const std::size_t hash = hash_of(given);
        for (std::size_t at = home(hash); table_[at] != none; at = (at + 1) & mask())
            if (const Entry& entry = entries_[table_[at]]; entry.hash == hash && entry.key == given) return false;
        std::size_t place = entries_.size();
        if (place < capacity_) {
            entries_.push_back({Key(std::forward<K>(given)), hash});
        } else {
            place = oldest_;
            forget(place);
            renew(entries_[place].key, std::forward<K>(given));
            entries_[place].hash = hash;
            if (++oldest_ == capacity_) oldest_ = 0;
        }
        link(place);
        return true;
    }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    void save(StateWriter& to) const { // from the oldest on, so that loading them in this order is the same set
        to.put(entries_.size());
        for (std::size_t i = 0; i < entries_.size(); ++i) to.put(entries_[(oldest_ + i) % entries_.size()].key);
    }
    void load(StateReader& from) {
        *this = RecentSet(capacity_);
        for (auto n = from.get<std::size_t>(); n > 0; --n) static_cast<void>(insert(from.get<Key>()));
    }

private:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    struct Entry {
        Key key;
        std::size_t hash;
    };

    template <typename K>
    static std::size_t hash_of(const K& key) {
        // Many std::hash of integers are the integer itself: mixed, as neighbours would fill neighbouring places.
        if constexpr (std::same_as<K, Key>) return mixed(std::hash<Key>{}(key));
        else if constexpr (std::same_as<Key, std::string>) return mixed(std::hash<std::string_view>{}(key)); // the same number, by the standard
        else return mixed(std::hash<Key>{}(Key(key)));
    }
    static std::size_t mixed(std::uint64_t hash) noexcept {
        hash *= 0x9e3779b97f4a7c15u; // 2^64 / golden ratio: Fibonacci hashing
        return static_cast<std::size_t>(hash ^ (hash >> 32));
    }
    [[nodiscard]] std::size_t mask() const noexcept { return table_.size() - 1; }
    [[nodiscard]] std::size_t home(std::size_t hash) const noexcept { return hash & mask(); }

    void link(std::size_t place) {
        std::size_t at = home(entries_[place].hash);
        while (table_[at] != none) at = (at + 1) & mask();
        table_[at] = static_cast<std::uint32_t>(place);
    }
    void forget(std::size_t place) {
        std::size_t hole = home(entries_[place].hash);
        while (table_[hole] != place) hole = (hole + 1) & mask();
        for (std::size_t at = (hole + 1) & mask(); table_[at] != none; at = (at + 1) & mask()) {
            const std::size_t wants = home(entries_[table_[at]].hash);
            if (((at - wants) & mask()) < ((at - hole) & mask())) continue; // its home lies behind the hole
            table_[hole] = table_[at];
            hole = at;
        }
        table_[hole] = none;
    }

    std::size_t capacity_;
    std::size_t oldest_ = 0; // moves once the ring is full
    JobVector<Entry> entries_;
    JobVector<dependent_t<std::uint32_t, Key>> table_;
};

} // namespace weir::detail
