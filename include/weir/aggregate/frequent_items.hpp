// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/kept.hpp>
#include <weir/aggregate/ordering.hpp>
#include <weir/core/footprint.hpp>
#include <weir/core/hash.hpp>
#include <weir/core/state_vector.hpp>

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

namespace weir {

/// How exact frequent_items is.
struct FrequentItemsOptions {
    std::size_t capacity = 0; ///< how many items have a counter, at least k; 0: ten times k
};

/// An item and about how often it came: at most count times, at least count - overcount times.
template <typename V>
struct FrequentItem {
    V item;
    std::uint64_t count;
    std::uint64_t overcount;
    friend bool operator==(const FrequentItem&, const FrequentItem&) = default;
};

namespace detail {

/// Counters of items, the greatest first, and where an item's counter is: a hash table with linear probing, at most half full. A few
/// items have no table and are looked through. Every item without a counter came at most `without` times.
template <typename V>
class SpaceSaving {
public:
    struct Counter {
        V item;
        std::uint64_t hash;
        std::uint64_t count;
        std::uint64_t overcount;
    };
    /// The greatest first; equal ones by < of their items, else by their hash, so that the order is not that of their arrival.
    static bool before(const Counter& a, const Counter& b) {
        if (a.count != b.count) return a.count > b.count;
        if constexpr (Comparable<V>) return goes_before<false>(a.item, b.item);
        else return a.hash < b.hash;
    }

    [[nodiscard]] const StateVector<Counter>& counters() const noexcept { return counters_; }
    template <typename Given>
    void add(Given&& given, std::size_t capacity) {
        const std::uint64_t hash = stable_hash(given);
        if (const std::uint32_t at = find(given, hash); at != none) return increment(at);
        if (counters_.size() < capacity) {
            const auto end = static_cast<std::uint32_t>(counters_.size());
            counters_.push_back({V(std::forward<Given>(given)), hash, without_, without_});
            enter(end);
            return increment(end);
        }
        const std::uint32_t at = first_of_least(); // it is taken over from an item that came least often
        Counter& counter = counters_[at];
        leave(at);
        without_ = counter.count;
        keep(counter.item, std::forward<Given>(given));
        counter.hash = hash;
        counter.overcount = without_;
        enter(at);
        ++counter.count; // and stays in its place
        ++least_;
    }
    /// Adds up the counters, with `without` for those that one side does not have, and keeps the greatest.
    void merge(const SpaceSaving& later, std::size_t capacity) {
        if (later.counters_.empty()) return;
        for (Counter& counter : counters_) {
            const std::uint32_t at = later.find(counter.item, counter.hash);
            counter.count += at != none ? later.counters_[at].count : later.without_;
            counter.overcount += at != none ? later.counters_[at].overcount : later.without_;
        }
        for (const Counter& counter : later.counters_) {
            if (find(counter.item, counter.hash) != none) continue;
            counters_.push_back({counter.item, counter.hash, counter.count + without_, counter.overcount + without_});
        }
        without_ += later.without_;
        std::sort(counters_.begin(), counters_.end(), before);
        if (counters_.size() > capacity) {
            without_ = counters_[capacity].count;
            counters_.truncate(capacity);
        }
        spread();
    }
    [[nodiscard]] std::size_t owned_bytes() const {
        std::size_t bytes = allocated(counters_.capacity() * sizeof(Counter)) + bytes_beside(table_);
        for (const Counter& counter : counters_) bytes += bytes_beside(counter.item);
        return bytes;
    }
    void clear() noexcept {
        counters_.clear();
        table_.clear();
        without_ = 0;
    }

    void save(StateWriter& to) const {
        to.put(without_);
        to.put(counters_.size());
        for (const Counter& counter : counters_) {
            to.put(counter.item);
            to.put(counter.count);
            to.put(counter.overcount);
        }
    }
    void load(StateReader& from) {
        clear();
        from.get(without_);
        for (auto n = from.get<std::size_t>(); n > 0; --n) {
            V item = from.get<V>();
            const std::uint64_t hash = stable_hash(item);
            const auto count = from.get<std::uint64_t>();
            counters_.push_back({std::move(item), hash, count, from.get<std::uint64_t>()});
        }
        spread();
    }

private:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    static constexpr std::size_t few = 8;

    /// The place of the item's counter.
    template <typename Given>
    [[nodiscard]] std::uint32_t find(const Given& given, std::uint64_t hash) const {
        const auto is = [&](const Counter& counter) { return counter.hash == hash && same_key(counter.item, given); };
        if (table_.empty()) {
            const auto found = std::find_if(counters_.begin(), counters_.end(), is);
            return found == counters_.end() ? none : static_cast<std::uint32_t>(found - counters_.begin());
        }
        for (std::size_t at = home(hash); table_[at] != none; at = next(at))
            if (is(counters_[table_[at]])) return table_[at];
        return none;
    }
    [[nodiscard]] std::uint32_t first_of_least() noexcept {
        const std::uint64_t least = counters_.back().count;
        const bool is_known = least_ < counters_.size() && counters_[least_].count == least && (least_ == 0 || counters_[least_ - 1].count > least);
        if (not is_known)
            least_ = static_cast<std::uint32_t>(
                std::partition_point(counters_.begin(), counters_.end(), [least](const Counter& c) { return c.count > least; }) - counters_.begin());
        return least_;
    }
    /// One more, and before all others that have as many as before.
    void increment(std::uint32_t at) {
        const std::uint64_t count = counters_[at].count;
        if (at > 0 && counters_[at - 1].count == count) {
            const auto first = static_cast<std::uint32_t>(
                std::partition_point(counters_.begin(), counters_.begin() + at, [count](const Counter& c) { return c.count > count; }) - counters_.begin());
            if (not table_.empty()) std::swap(table_[slot_of(at)], table_[slot_of(first)]);
            std::swap(counters_[at], counters_[first]);
            at = first;
        }
        ++counters_[at].count;
    }

    [[nodiscard]] std::size_t home(std::uint64_t hash) const noexcept { return static_cast<std::size_t>(hash) & (table_.size() - 1); }
    [[nodiscard]] std::size_t next(std::size_t slot) const noexcept { return (slot + 1) & (table_.size() - 1); }
    [[nodiscard]] std::size_t slot_of(std::uint32_t at) const noexcept {
        std::size_t slot = home(counters_[at].hash);
        while (table_[slot] != at) slot = next(slot);
        return slot;
    }
    void enter(std::uint32_t at) {
        if (2 * counters_.size() > table_.size()) return spread();
        std::size_t slot = home(counters_[at].hash);
        while (table_[slot] != none) slot = next(slot);
        table_[slot] = at;
    }
    /// The gap is closed by those behind it that would not be found any more.
    void leave(std::uint32_t at) noexcept {
        if (table_.empty()) return;
        std::size_t gap = slot_of(at);
        for (std::size_t slot = next(gap); table_[slot] != none; slot = next(slot)) {
            const std::size_t wanted = home(counters_[table_[slot]].hash);
            if (((slot - wanted) & (table_.size() - 1)) < ((slot - gap) & (table_.size() - 1))) continue;
            table_[std::exchange(gap, slot)] = table_[slot];
        }
        table_[gap] = none;
    }
    void spread() {
        if (counters_.size() <= few) return table_.clear();
        table_.assign(2 * std::bit_ceil(counters_.size()), none);
        for (std::uint32_t at = 0; at < counters_.size(); ++at) {
            std::size_t slot = home(counters_[at].hash);
            while (table_[slot] != none) slot = next(slot);
            table_[slot] = at;
        }
    }

    StateVector<Counter> counters_;
    StateVector<dependent_t<std::uint32_t, V>> table_;
    std::uint64_t without_ = 0;
    std::uint32_t least_ = 0; // probably the first of the counters with the least count
};

} // namespace detail

template <Savable V>
struct Saved<detail::SpaceSaving<V>> {
    static void save(StateWriter& to, const detail::SpaceSaving<V>& state) { state.save(to); }
    static detail::SpaceSaving<V> load(StateReader& from) {
        detail::SpaceSaving<V> state;
        state.load(from);
        return state;
    }
};

/// The k items that came most often, about. See frequent_items().
template <typename Proj>
struct FrequentItems {
    WEIR_NO_UNIQUE_ADDRESS Proj projection;
    std::size_t k;
    std::size_t capacity;

    template <typename T>
        requires Hashable<detail::kept_t<Proj, T>> && std::copyable<detail::kept_t<Proj, T>>
    using State = detail::SpaceSaving<detail::kept_t<Proj, T>>;
    /// Counts may differ by what is over in them.
    template <typename T>
    static constexpr AggregateRules rules{.exact = false, .commutative = true, .tolerance = 1};

    template <typename T>
    void add(State<T>& state, const T& value) const { state.add(detail::to_keep(projection, value), capacity); }
    template <typename V>
    void merge(detail::SpaceSaving<V>& state, const detail::SpaceSaving<V>& later) const { state.merge(later, capacity); }
    template <typename V>
    [[nodiscard]] std::vector<FrequentItem<V>> finish(const detail::SpaceSaving<V>& state) const {
        detail::StateVector<const typename detail::SpaceSaving<V>::Counter*> sorted(state.counters().source());
        sorted.reserve(state.counters().size());
        for (const auto& counter : state.counters()) sorted.push_back(&counter);
        const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(k, sorted.size()));
        std::partial_sort(sorted.begin(), end, sorted.end(), [](const auto* a, const auto* b) { return detail::SpaceSaving<V>::before(*a, *b); });
        std::vector<FrequentItem<V>> items;
        items.reserve(static_cast<std::size_t>(end - sorted.begin()));
        for (auto at = sorted.begin(); at != end; ++at) items.push_back({(*at)->item, (*at)->count, (*at)->overcount});
        return items;
    }
};

/// Aggregate: the k values of the projection that came most often, the most frequent first, in bounded memory, by Space-Saving
///     (A. Metwally, D. Agrawal, A. El Abbadi, "Efficient computation of frequent and top-k elements in data streams", 2005; merged as
///     in P. Agarwal et al., "Mergeable summaries", 2012).
///     T -> std::vector<FrequentItem>{item, count, overcount}, owned; of none empty. Of n values an item's count is too great by at
///     most overcount, which is at most n / capacity, and every item that came more often than that has a counter. With no more
///     different items than capacity it is exact, and the same in every order and cut; else which of the rare ones are given, and
///     their counts, may differ within these bounds. Items that came as often stand by <, those without one by stable_hash.
///     {.capacity}: at least k, or std::invalid_argument is thrown when the aggregate is made.
///     O(log capacity) per value; memory grows to `capacity` items and is used again. example: tests/aggregate/frequent_items.cpp
template <typename Proj>
[[nodiscard]] constexpr auto frequent_items(Proj projection, std::size_t k, FrequentItemsOptions options = {}) {
    const std::size_t capacity = options.capacity != 0 ? options.capacity : 10 * k;
    if (k == 0 || capacity < k) throw std::invalid_argument("frequent_items(projection, k): k must be at least 1, and .capacity at least k");
    return FrequentItems<Proj>{std::move(projection), k, capacity};
}
[[nodiscard]] constexpr auto frequent_items(std::integral auto k, FrequentItemsOptions options = {}) {
    return frequent_items(std::identity(), static_cast<std::size_t>(k), options);
}

} // namespace weir
