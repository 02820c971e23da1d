// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/projected.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename V>
concept Comparable = std::copyable<V> && requires(const V& a, const V& b) { { a < b } -> std::convertible_to<bool>; };

template <typename V>
struct BestState {
    std::optional<V> best;
    [[nodiscard]] constexpr bool has_result() const noexcept { return best.has_value(); }
};

/// The first of the values than which no other is less, or greater.
template <typename Proj, bool Greatest>
struct Best {
    WEIR_NO_UNIQUE_ADDRESS Proj projection;

    template <typename T>
        requires Comparable<owned_t<projected_t<Proj, T>>>
    using State = BestState<owned_t<projected_t<Proj, T>>>;
    /// Of equal values the first is given, so only those that have nothing else to tell them apart may be merged in any order.
    template <typename T>
    static constexpr AggregateRules rules{.exact = true, .commutative = std::is_arithmetic_v<projected_t<Proj, T>>, .tolerance = 0};

    template <typename T>
    constexpr void add(State<T>& state, const T& value) const {
        auto&& candidate = std::invoke(projection, value);
        if (not state.best || better(candidate, *state.best)) state.best.emplace(std::forward<decltype(candidate)>(candidate));
    }
    template <typename V>
    constexpr void merge(BestState<V>& state, const BestState<V>& later) const {
        if (later.best && (not state.best || better(*later.best, *state.best))) state.best = later.best;
    }
    template <typename V>
    [[nodiscard]] constexpr V finish(const BestState<V>& state) const { return state.best.value(); }

private:
    template <typename A, typename B>
    static constexpr bool better(const A& candidate, const B& best) {
        if constexpr (std::floating_point<B>)
            if (best != best) return true; // a NaN stands only until something else comes
        if constexpr (Greatest) return best < candidate;
        else return candidate < best;
    }
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
