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

/// Integers are added up exactly, whatever their type; so their mean is the same however they are cut.
template <bool Integers>
struct MeanState {
    std::conditional_t<Integers, ExactInteger, CompensatedSum> sum;
    std::uint64_t n = 0;
    [[nodiscard]] constexpr bool has_result() const noexcept { return n != 0; }
    [[nodiscard]] double total() const noexcept {
        if constexpr (Integers) return sum.as_double();
        else return sum.value();
    }
};

} // namespace detail

/// The mean of what the projection gives. See mean().
template <typename Proj>
struct Mean {
    WEIR_NO_UNIQUE_ADDRESS Proj projection;

    template <typename T>
        requires detail::Number<detail::projected_t<Proj, T>>
    using State = detail::MeanState<std::integral<detail::projected_t<Proj, T>>>;
    template <typename T>
    static constexpr AggregateRules rules = [] {
        if constexpr (std::integral<detail::projected_t<Proj, T>>) return AggregateRules{};
        else return AggregateRules{.exact = false, .commutative = true, .tolerance = 1e-14};
    }();

    template <typename T>
    constexpr void add(State<T>& state, const T& value) const {
        const auto number = std::invoke(projection, value);
        if constexpr (std::integral<detail::projected_t<Proj, T>>) state.sum.add(number);
        else state.sum.add(static_cast<double>(number));
        ++state.n;
    }
    template <typename T>
        requires std::integral<detail::projected_t<Proj, T>>
    constexpr void remove(State<T>& state, const T& value) const {
        state.sum.remove(std::invoke(projection, value));
        --state.n;
    }
    template <bool Integers>
    constexpr void merge(detail::MeanState<Integers>& state, const detail::MeanState<Integers>& later) const {
        state.sum.add(later.sum);
        state.n += later.n;
    }
    template <bool Integers>
    [[nodiscard]] double finish(const detail::MeanState<Integers>& state) const { return state.total() / static_cast<double>(state.n); }
};

/// Aggregate: the arithmetic mean of what the projection gives, a number. T -> double.
///     Of integers exact but for the last rounding; of floating point a compensated sum, equal within 1e-14 of the mean magnitude.
///     Of none there is no result: combine gives nothing, finish gives NaN. example: tests/aggregate/mean.cpp
template <typename Proj = std::identity>
[[nodiscard]] constexpr auto mean(Proj projection = {}) {
    return Mean<Proj>{std::move(projection)};
}

} // namespace weir
