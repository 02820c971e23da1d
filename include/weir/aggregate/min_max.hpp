// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/kept.hpp>
#include <weir/aggregate/ordering.hpp>

#include <functional>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// The first of the values than which no other is less, or greater.
template <typename Proj, bool Greatest>
struct Best {
    WEIR_NO_UNIQUE_ADDRESS Proj projection;

    template <typename T>
        requires Comparable<kept_t<Proj, T>>
    using State = Kept<kept_t<Proj, T>>;
    /// Of equal values the first is given, so only those that have nothing else to tell them apart may be merged in any order.
    template <typename T>
    static constexpr AggregateRules rules{.exact = true, .commutative = std::is_arithmetic_v<projected_t<Proj, T>>, .tolerance = 0};

    template <typename T>
    constexpr void add(State<T>& state, const T& value) const {
        auto&& candidate = std::invoke(projection, value);
        if (not state.value || goes_before<Greatest>(candidate, *state.value)) state.keep(std::forward<decltype(candidate)>(candidate));
    }
    template <typename V>
    constexpr void merge(Kept<V>& state, const Kept<V>& later) const {
        if (later.value && (not state.value || goes_before<Greatest>(*later.value, *state.value))) state.value = later.value;
    }
    template <typename V>
    [[nodiscard]] constexpr V finish(const Kept<V>& state) const { return state.value.value(); }
};

} // namespace detail

template <typename Proj>
using Min = detail::Best<Proj, false>;
template <typename Proj>
using Max = detail::Best<Proj, true>;

/// Aggregate: the least of what the projection gives, by <; of equal ones the first. T -> what the projection gives, owned; exact.
///     NaN only where there is nothing else. Of none there is no result: combine gives nothing, finish throws std::bad_optional_access.
///     example: tests/aggregate/min_max.cpp
template <typename Proj = std::identity>
[[nodiscard]] constexpr auto min(Proj projection = {}) {
    return Min<Proj>{std::move(projection)};
}

/// Aggregate: the greatest of what the projection gives; otherwise as min().
template <typename Proj = std::identity>
[[nodiscard]] constexpr auto max(Proj projection = {}) {
    return Max<Proj>{std::move(projection)};
}

} // namespace weir
