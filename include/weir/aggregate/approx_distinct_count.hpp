// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/hyperloglog.hpp>
#include <weir/aggregate/projected.hpp>
#include <weir/core/hash.hpp>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <utility>

namespace weir {

/// How exact approx_distinct_count is.
struct ApproxDistinctCountOptions {
    int precision = 12; ///< 4 to 18: 2^precision bytes, a standard error of 1.04 / sqrt(2^precision): 12 is 4 KB and 1.6 %
};

/// About how many different values the projection gives. See approx_distinct_count().
template <typename Proj>
struct ApproxDistinctCount {
    using Sketch = detail::HyperLogLog<detail::dependent_t<std::uint8_t, Proj>>;
    WEIR_NO_UNIQUE_ADDRESS Proj projection;
    int precision;

    template <typename T>
        requires Hashable<detail::projected_t<Proj, T>>
    using State = Sketch;
    template <typename T>
    static constexpr AggregateRules rules{};

    template <typename T>
        requires Hashable<detail::projected_t<Proj, T>>
    void add(Sketch& state, const T& value) const {
        state.add(stable_hash(std::invoke(projection, value)), precision);
    }
    void merge(Sketch& state, const Sketch& later) const { state.merge(later); }
    [[nodiscard]] std::uint64_t finish(const Sketch& state) const { return state.estimate(); }
};

/// Aggregate: about how many different values the projection gives, in bounded memory, by HyperLogLog (P. Flajolet et al., 2007; few
///     values as in S. Heule et al., "HyperLogLog in practice", 2013; many as O. Ertl estimates, 2017).
///     T -> std::uint64_t; of none 0. Standard error: 1.04 / sqrt(2^precision), of no more than 2^precision / 8 different values about
///     1e-4. Values are told apart by stable_hash, so the result is the same in every run, order and cut: only the count is about.
///     {.precision = 4 to 18}, else std::invalid_argument when the aggregate is made. Merged with another precision: the lower one.
///     Memory: 8 to 16 bytes for each of few different values, then 2^precision bytes, and never more than twice that; used again by a
///     cleared state.
///     example: tests/aggregate/approx_distinct_count.cpp
template <typename Proj = std::identity>
[[nodiscard]] constexpr auto approx_distinct_count(Proj projection = {}, ApproxDistinctCountOptions options = {}) {
    if (options.precision < 4 || options.precision > 18)
        throw std::invalid_argument("approx_distinct_count: .precision must be 4 to 18; each step more doubles the memory, two halve the error");
    return ApproxDistinctCount<Proj>{std::move(projection), options.precision};
}

} // namespace weir
