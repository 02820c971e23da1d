// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/compensated.hpp>
#include <weir/aggregate/exact_integer.hpp>
#include <weir/aggregate/projected.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// Integers are added up exactly, whatever their type; so their mean is the same however they are cut. Unit: of a decimal, its units per one.
template <bool Integers, std::int64_t Unit = 1>
struct MeanState {
    std::conditional_t<Integers, ExactInteger, CompensatedSum> sum;
    std::uint64_t n = 0;
    [[nodiscard]] constexpr bool has_result() const noexcept { return n != 0; }
    [[nodiscard]] double mean() const noexcept {
        if constexpr (Integers) return sum.as_double() / (static_cast<double>(n) * static_cast<double>(Unit));
        else return sum.value() / static_cast<double>(n);
    }
};

template <typename V>
struct MeanOf {
    using State = MeanState<std::integral<V>>;
    static constexpr bool exact = std::integral<V>;
    static constexpr auto number(V value) noexcept {
        if constexpr (exact) return value;
        else return static_cast<double>(value);
    }
};
template <FixedPoint V>
struct MeanOf<V> {
    using State = MeanState<true, V::units_per_one>;
    static constexpr bool exact = true;
    static constexpr auto number(const V& value) noexcept { return value.units(); }
};

} // namespace detail

/// The mean of what the projection gives. See mean().
template <typename Proj>
struct Mean {
    WEIR_NO_UNIQUE_ADDRESS Proj projection;

    template <typename T>
    using Of = detail::MeanOf<detail::projected_t<Proj, T>>;
    template <typename T>
        requires(detail::Number<detail::projected_t<Proj, T>> || detail::FixedPoint<detail::projected_t<Proj, T>>)
    using State = typename Of<T>::State;
    template <typename T>
    static constexpr bool adds_unseen = detail::shows_number<Proj, T>;
    template <typename T>
    static constexpr AggregateRules rules = Of<T>::exact ? AggregateRules{} : AggregateRules{.exact = false, .commutative = true, .tolerance = 1e-14};

    template <typename T>
    constexpr void add(State<T>& state, const T& value) const {
        state.sum.add(Of<T>::number(std::invoke(projection, value)));
        ++state.n;
    }
    template <typename T>
        requires Of<T>::exact
    constexpr void remove(State<T>& state, const T& value) const {
        state.sum.remove(Of<T>::number(std::invoke(projection, value)));
        --state.n;
    }
    template <bool Integers, std::int64_t Unit>
    constexpr void merge(detail::MeanState<Integers, Unit>& state, const detail::MeanState<Integers, Unit>& later) const {
        state.sum.add(later.sum);
        state.n += later.n;
    }
    template <bool Integers, std::int64_t Unit>
    [[nodiscard]] double finish(const detail::MeanState<Integers, Unit>& state) const { return state.mean(); }
};

/// Aggregate: the arithmetic mean of what the projection gives, a number or a Decimal. T -> double.
///     Of integers and decimals an exact sum, divided as doubles; of floating point a compensated sum, equal within 1e-14 of the mean magnitude.
///     Of none there is no result: combine gives nothing, finish gives NaN. example: tests/aggregate/mean.cpp
template <typename Proj = std::identity>
[[nodiscard]] constexpr auto mean(Proj projection = {}) {
    return Mean<Proj>{std::move(projection)};
}

} // namespace weir
