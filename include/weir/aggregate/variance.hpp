// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/projected.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <utility>

namespace weir {
namespace detail {

/// Mean and sum of squared distances from it: added one by one after B. P. Welford, "Note on a method for calculating corrected sums
/// of squares and products" (1962), merged after T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae and a pairwise algorithm
/// for computing sample variances" (1979). Neither subtracts great numbers from each other.
struct VarianceState {
    std::uint64_t n = 0;
    double mean = 0;
    double squares = 0;
    [[nodiscard]] constexpr bool has_result() const noexcept { return n > 1; }
};

} // namespace detail

/// The variance of what the projection gives. See variance().
template <typename Proj>
struct Variance {
    WEIR_NO_UNIQUE_ADDRESS Proj projection;

    template <typename T>
        requires detail::Number<detail::projected_t<Proj, T>>
    using State = detail::VarianceState;
    template <typename T>
    static constexpr bool adds_unseen = detail::shows_number<Proj, T>;
    template <typename T>
    static constexpr AggregateRules rules{.exact = false, .commutative = true, .tolerance = 1e-9};

    template <typename T>
        requires detail::Number<detail::projected_t<Proj, T>>
    constexpr void add(detail::VarianceState& state, const T& value) const {
        const auto number = static_cast<double>(std::invoke(projection, value));
        ++state.n;
        const double distance = number - state.mean;
        state.mean += distance / static_cast<double>(state.n);
        state.squares += distance * (number - state.mean);
    }
    constexpr void merge(detail::VarianceState& state, const detail::VarianceState& later) const {
        if (later.n == 0) return;
        if (state.n == 0) {
            state = later;
            return;
        }
        const auto left = static_cast<double>(state.n);
        const auto right = static_cast<double>(later.n);
        const double distance = later.mean - state.mean;
        state.n += later.n;
        state.mean += distance * (right / (left + right));
        state.squares += later.squares + distance * distance * (left * right / (left + right));
    }
    [[nodiscard]] constexpr double finish(const detail::VarianceState& state) const {
        if (state.n < 2) return std::numeric_limits<double>::quiet_NaN();
        return state.squares / static_cast<double>(state.n - 1);
    }
};

/// Aggregate: the sample variance (divided by n - 1) of what the projection gives, a number. T -> double.
///     Equal within 1e-9 however it is cut. Of fewer than two values there is no result: combine gives nothing, finish gives
///     NaN. example: tests/aggregate/variance.cpp
template <typename Proj = std::identity>
[[nodiscard]] constexpr auto variance(Proj projection = {}) {
    return Variance<Proj>{std::move(projection)};
}

} // namespace weir
