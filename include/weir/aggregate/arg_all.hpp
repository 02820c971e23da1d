// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/kept.hpp>
#include <weir/aggregate/ordering.hpp>
#include <weir/core/state_vector.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace weir {
namespace detail {

template <typename Rank, typename V>
struct TiedState {
    std::optional<Rank> rank;
    StateVector<V> values; // all that have it

    void clear() noexcept {
        rank.reset();
        values.clear();
    }
    static constexpr auto fields() { return weir::fields("rank", &TiedState::rank, "values", &TiedState::values); }
};

/// All values with the least or greatest `by`, as the projection gives them.
template <typename By, typename Proj, bool Greatest>
struct ArgAll {
    WEIR_NO_UNIQUE_ADDRESS By by;
    WEIR_NO_UNIQUE_ADDRESS Proj projection;

    template <typename T>
        requires Comparable<kept_t<By, T>> && std::copyable<kept_t<Proj, T>>
    using State = TiedState<kept_t<By, T>, kept_t<Proj, T>>;
    template <typename T>
    static constexpr AggregateRules rules{.exact = true, .commutative = false, .tolerance = 0};

    template <typename T>
    void add(State<T>& state, const T& value) const {
        auto&& rank = detail::to_keep(by, value);
        if (state.rank && not goes_before<Greatest>(rank, *state.rank)) {
            if (goes_before<Greatest>(*state.rank, rank)) return;
        } else {
            state.values.clear();
            state.rank = std::forward<decltype(rank)>(rank);
        }
        state.values.emplace_back(detail::to_keep(projection, value));
    }
    template <typename Rank, typename V>
    void merge(TiedState<Rank, V>& state, const TiedState<Rank, V>& later) const {
        if (not later.rank || (state.rank && goes_before<Greatest>(*state.rank, *later.rank))) return;
        if (not state.rank || goes_before<Greatest>(*later.rank, *state.rank)) state = later;
        else state.values.append(later.values);
    }
    template <typename Rank, typename V>
    [[nodiscard]] std::vector<V> finish(const TiedState<Rank, V>& state) const { return std::vector<V>(state.values.begin(), state.values.end()); }
};

} // namespace detail

template <typename By, typename Proj>
using ArgMinAll = detail::ArgAll<By, Proj, false>;
template <typename By, typename Proj>
using ArgMaxAll = detail::ArgAll<By, Proj, true>;

/// Aggregate: all values whose `by` is least (by <), as the projection gives them, in the order in which they arrived: arg_min() with
///     ties. T -> std::vector of what the projection gives, owned; of none empty; exact, not commutative. Those whose `by` is NaN only
///     where there are no others. Memory grows with the number of ties and is used again. example: tests/aggregate/arg_all.cpp
template <typename By, typename Proj = std::identity>
[[nodiscard]] constexpr auto arg_min_all(By by, Proj projection = {}) {
    return ArgMinAll<By, Proj>{std::move(by), std::move(projection)};
}

/// Aggregate: all values whose `by` is greatest; otherwise as arg_min_all().
template <typename By, typename Proj = std::identity>
[[nodiscard]] constexpr auto arg_max_all(By by, Proj projection = {}) {
    return ArgMaxAll<By, Proj>{std::move(by), std::move(projection)};
}

} // namespace weir
