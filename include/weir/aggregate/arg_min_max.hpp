// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/kept.hpp>
#include <weir/aggregate/ordering.hpp>

#include <concepts>
#include <functional>
#include <utility>

namespace weir {
namespace detail {

/// Of the values with the least or greatest `by` the first, as the projection gives it; the state has its `by` beside it.
template <typename By, typename Proj, bool Greatest>
struct ArgBest {
    WEIR_NO_UNIQUE_ADDRESS By by;
    WEIR_NO_UNIQUE_ADDRESS Proj projection;

    template <typename T>
        requires Comparable<kept_t<By, T>> && std::copyable<kept_t<Proj, T>>
    using State = Kept<std::pair<kept_t<By, T>, kept_t<Proj, T>>>;
    template <typename T>
    static constexpr AggregateRules rules{.exact = true, .commutative = false, .tolerance = 0};

    template <typename T>
    constexpr void add(State<T>& state, const T& value) const {
        auto&& rank = detail::to_keep(by, value);
        if (not state.value) {
            state.value.emplace(std::forward<decltype(rank)>(rank), detail::to_keep(projection, value));
        } else if (goes_before<Greatest>(rank, state.value->first)) {
            detail::keep(state.value->second, detail::to_keep(projection, value));
            detail::keep(state.value->first, std::forward<decltype(rank)>(rank));
        }
    }
    template <typename Rank, typename V>
    constexpr void merge(Kept<std::pair<Rank, V>>& state, const Kept<std::pair<Rank, V>>& later) const {
        if (later.value && (not state.value || goes_before<Greatest>(later.value->first, state.value->first))) state.value = later.value;
    }
    template <typename Rank, typename V>
    [[nodiscard]] constexpr V finish(const Kept<std::pair<Rank, V>>& state) const { return state.value.value().second; }
};

} // namespace detail

template <typename By, typename Proj>
using ArgMin = detail::ArgBest<By, Proj, false>;
template <typename By, typename Proj>
using ArgMax = detail::ArgBest<By, Proj, true>;

/// Aggregate: the value whose `by` is least (by <), as the projection gives it; of equal ones the first. T -> what the projection
///     gives, owned; exact, not commutative. A value whose `by` is NaN only where there is no other. Of none there is no result:
///     combine gives nothing, finish throws std::bad_optional_access. example: tests/aggregate/arg_min_max.cpp
template <typename By, typename Proj = std::identity>
[[nodiscard]] constexpr auto arg_min(By by, Proj projection = {}) {
    return ArgMin<By, Proj>{std::move(by), std::move(projection)};
}

/// Aggregate: the value whose `by` is greatest; otherwise as arg_min().
template <typename By, typename Proj = std::identity>
[[nodiscard]] constexpr auto arg_max(By by, Proj projection = {}) {
    return ArgMax<By, Proj>{std::move(by), std::move(projection)};
}

} // namespace weir
