// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/kept.hpp>
#include <weir/aggregate/ordering.hpp>
#include <weir/core/footprint.hpp>
#include <weir/core/state_vector.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace weir {
namespace detail {

template <typename V>
concept CountedApart = std::copyable<V> && std::equality_comparable<V> &&
                       requires(const V& value) { { std::hash<V>{}(value) } -> std::convertible_to<std::size_t>; };

/// A set that only grows: the values as they came, and their places in a hash table with linear probing, at most half full. A few
/// values have no table and are looked through: many keys of a stream have no more. All NaN are one value, as are 0.0 and -0.0.
template <typename V>
class DistinctSet {
public:
    template <typename Given>
    void insert(Given&& given) {
        if (table_.empty()) {
            for (const V& value : values_)
                if (same(value, given)) return;
            values_.emplace_back(std::forward<Given>(given));
            if (values_.size() > few) spread(4 * few);
            return;
        }
        std::size_t at = home(given);
        for (; table_[at] != none; at = (at + 1) & mask())
            if (same(values_[table_[at]], given)) return;
        if (values_.size() == none) throw std::length_error("distinct_count(): more than 2^32 - 2 different values");
        table_[at] = static_cast<std::uint32_t>(values_.size());
        values_.emplace_back(std::forward<Given>(given));
        if (2 * values_.size() > table_.size()) spread(2 * table_.size());
    }
    void insert(const DistinctSet& other) {
        for (const V& value : other.values_) insert(value);
    }
    [[nodiscard]] const StateVector<V>& values() const noexcept { return values_; }
    [[nodiscard]] std::size_t owned_bytes() const { return bytes_beside(values_) + bytes_beside(table_); }
    void clear() noexcept {
        values_.clear();
        table_.clear();
    }

private:
    static constexpr std::size_t few = 8;
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

    template <typename Given>
    static bool same(const V& value, const Given& given) { return value == given || (is_nan(value) && is_nan(given)); }
    template <typename Given>
    static std::uint64_t hash_of(const Given& given) {
        if constexpr (std::same_as<Given, V>) return is_nan(given) ? 0 : std::hash<V>{}(given);
        else if constexpr (std::same_as<V, std::string>) return std::hash<std::string_view>{}(given); // the same number, by the standard
        else return std::hash<V>{}(V(given));
    }
    /// Many std::hash of integers are the integer itself, and neighbours would fill neighbouring places: Fibonacci hashing.
    template <typename Given>
    [[nodiscard]] std::size_t home(const Given& given) const {
        return static_cast<std::size_t>((hash_of(given) * 0x9e3779b97f4a7c15u) >> (64 - std::countr_zero(table_.size())));
    }
    [[nodiscard]] std::size_t mask() const noexcept { return table_.size() - 1; }

    void spread(std::size_t size) {
        table_.assign(size, none);
        for (std::size_t i = 0; i < values_.size(); ++i) {
            const V& value = values_[i];
            std::size_t at = home(value);
            while (table_[at] != none) at = (at + 1) & mask();
            table_[at] = static_cast<std::uint32_t>(i);
        }
    }

    StateVector<V> values_;
    StateVector<dependent_t<std::uint32_t, V>> table_;
};

} // namespace detail

template <Savable V>
struct Saved<detail::DistinctSet<V>> {
    static void save(StateWriter& to, const detail::DistinctSet<V>& set) { to.put(set.values()); }
    static detail::DistinctSet<V> load(StateReader& from) {
        detail::DistinctSet<V> set;
        for (auto n = from.get<std::size_t>(); n > 0; --n) set.insert(from.get<V>());
        return set;
    }
};

} // namespace weir
