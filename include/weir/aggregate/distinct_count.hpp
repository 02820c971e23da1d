// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/distinct_set.hpp>

#include <cstdint>
#include <functional>
#include <utility>

namespace weir {

/// How many different values the projection gives. See distinct_count().
template <typename Proj>
struct DistinctCount {
    WEIR_NO_UNIQUE_ADDRESS Proj projection;

    template <typename T>
        requires detail::CountedApart<detail::kept_t<Proj, T>>
    using State = detail::DistinctSet<detail::kept_t<Proj, T>>;
    template <typename T>
    static constexpr AggregateRules rules{.grows = true};

    template <typename T>
    void add(State<T>& state, const T& value) const { state.insert(detail::to_keep(projection, value)); }
    template <typename V>
    void merge(detail::DistinctSet<V>& state, const detail::DistinctSet<V>& later) const { state.insert(later); }
    template <typename V>
    [[nodiscard]] std::uint64_t finish(const detail::DistinctSet<V>& state) const noexcept { return state.values().size(); }
};

/// Aggregate: how many different values (by == and std::hash) the projection gives; all NaN count as one. T -> std::uint64_t; of
///     none 0; exact. Keeps one of each in a hash table: constant time per value, memory grows with the number of different values
///     and is used again by a cleared state; more than 2^32 - 2 throw std::length_error. example: tests/aggregate/distinct_count.cpp
template <typename Proj = std::identity>
[[nodiscard]] constexpr auto distinct_count(Proj projection = {}) {
    return DistinctCount<Proj>{std::move(projection)};
}

} // namespace weir
