// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/projected.hpp>
#include <weir/aggregate/superaccumulator.hpp>

#include <concepts>
#include <functional>
#include <limits>
#include <utility>

namespace weir {
namespace detail {

/// A floating point type all of whose values are doubles.
template <typename V>
concept FitsDouble = std::floating_point<V> && std::numeric_limits<V>::digits <= std::numeric_limits<double>::digits;

} // namespace detail

/// The sum of what the projection gives, rounded once. See exact_sum().
template <typename Proj>
struct ExactSum {
    WEIR_NO_UNIQUE_ADDRESS Proj projection;

    template <typename T>
        requires detail::FitsDouble<detail::projected_t<Proj, T>>
    using State = detail::Superaccumulator;
    template <typename T>
    static constexpr AggregateRules rules{};

    template <typename T>
        requires detail::FitsDouble<detail::projected_t<Proj, T>>
    constexpr void add(detail::Superaccumulator& state, const T& value) const { state.add(static_cast<double>(std::invoke(projection, value))); }
    template <typename T>
        requires detail::FitsDouble<detail::projected_t<Proj, T>>
    constexpr void remove(detail::Superaccumulator& state, const T& value) const {
        state.remove(static_cast<double>(std::invoke(projection, value)));
    }
    constexpr void merge(detail::Superaccumulator& state, const detail::Superaccumulator& later) const noexcept { state.add(later); }
    [[nodiscard]] constexpr double finish(const detail::Superaccumulator& state) const noexcept { return state.value(); }
};

/// Aggregate: the sum of what the projection gives, float or double, without any error but one rounding at the end: the same to the
///     last bit however the values are cut and ordered, and values can be taken out again. T -> double; of none 0; a sum of 0 is
///     +0.0. Infinities and NaN give what + would give; a sum greater than all doubles is infinite, but never only on the way.
///     For integers sum() is exact. Never allocates, but a state has 352 bytes. example: tests/aggregate/exact_sum.cpp
template <typename Proj = std::identity>
[[nodiscard]] constexpr auto exact_sum(Proj projection = {}) {
    return ExactSum<Proj>{std::move(projection)};
}

} // namespace weir
