// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/kept.hpp>

#include <concepts>
#include <functional>
#include <utility>

namespace weir {

/// What the projection gives for the first value. See first().
template <typename Proj>
struct First {
    WEIR_NO_UNIQUE_ADDRESS Proj projection;

    template <typename T>
        requires std::copyable<detail::kept_t<Proj, T>>
    using State = detail::Kept<detail::kept_t<Proj, T>>;
    template <typename T>
    static constexpr bool adds_unseen = detail::shows_number<Proj, T>;
    template <typename T>
    static constexpr AggregateRules rules{.exact = true, .commutative = false, .tolerance = 0};

    template <typename T>
    constexpr void add(State<T>& state, const T& value) const {
        if (not state.value) state.keep(detail::to_keep(projection, value));
    }
    template <typename V>
    constexpr void merge(detail::Kept<V>& state, const detail::Kept<V>& later) const {
        if (not state.value) state.value = later.value;
    }
    template <typename V>
    [[nodiscard]] constexpr V finish(const detail::Kept<V>& state) const { return state.value.value(); }
};

/// What the projection gives for the last value. See last().
template <typename Proj>
struct Last {
    WEIR_NO_UNIQUE_ADDRESS Proj projection;

    template <typename T>
        requires std::copyable<detail::kept_t<Proj, T>>
    using State = detail::Kept<detail::kept_t<Proj, T>>;
    template <typename T>
    static constexpr bool adds_unseen = detail::shows_number<Proj, T>;
    template <typename T>
    static constexpr AggregateRules rules{.exact = true, .commutative = false, .tolerance = 0};

    template <typename T>
    constexpr void add(State<T>& state, const T& value) const { state.keep(detail::to_keep(projection, value)); }
    template <typename V>
    constexpr void merge(detail::Kept<V>& state, const detail::Kept<V>& later) const {
        if (later.value) state.value = later.value;
    }
    template <typename V>
    [[nodiscard]] constexpr V finish(const detail::Kept<V>& state) const { return state.value.value(); }
};

/// Aggregate: what the projection gives for the value that arrived first. T -> what the projection gives, owned; exact, not
///     commutative. Arrival, not event time: for the earliest use arg_min(time). Of none there is no result: combine gives
///     nothing, finish throws std::bad_optional_access. example: tests/aggregate/first_last.cpp
template <typename Proj = std::identity>
[[nodiscard]] constexpr auto first(Proj projection = {}) {
    return First<Proj>{std::move(projection)};
}

/// Aggregate: what the projection gives for the value that arrived last; otherwise as first().
template <typename Proj = std::identity>
[[nodiscard]] constexpr auto last(Proj projection = {}) {
    return Last<Proj>{std::move(projection)};
}

} // namespace weir
