// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/kept.hpp>
#include <weir/aggregate/ordering.hpp>
#include <weir/core/config.hpp>
#include <weir/core/fields.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// The state of the least or greatest of numbers: it begins with one that every other goes before, so that adding and merging need
/// no look at whether there is one yet.
template <typename V, bool Greatest>
struct BestNumber {
    using Limits = std::numeric_limits<V>;
    V value = Limits::has_quiet_NaN ? Limits::quiet_NaN() : Greatest ? Limits::lowest() : Limits::max();
    /// Whether there is one: as large as V, because copies of a struct with unnamed bytes are slow.
    std::conditional_t<sizeof(V) < 4, std::uint16_t, std::conditional_t<sizeof(V) == 4, std::uint32_t, std::uint64_t>> any = 0;

    [[nodiscard]] constexpr bool has_result() const noexcept { return any != 0; }
    WEIR_INLINE constexpr void add(V candidate) noexcept {
        value = goes_before<Greatest>(candidate, value) ? candidate : value;
        any = 1;
    }
    WEIR_INLINE constexpr void merge(const BestNumber& later) noexcept {
        // Of the states one, not of the values: what g++ sees as a maximum it moves to vector registers and back, where there is AVX-512.
        const BestNumber& best = goes_before<Greatest>(later.value, value) ? later : *this;
        value = best.value;
        any |= later.any;
    }
    /// The same in half as many bytes, of a state that has one.
    using Packed = V;
    [[nodiscard]] WEIR_INLINE constexpr V pack() const noexcept { return value; }
    [[nodiscard]] WEIR_INLINE static constexpr BestNumber unpack(V value) noexcept {
        BestNumber state;
        state.value = value;
        state.any = 1;
        return state;
    }
    static constexpr auto fields() { return weir::fields("value", &BestNumber::value, "any", &BestNumber::any); }
};

template <typename V, bool Greatest>
struct BestState {
    using type = Kept<V>;
};
template <typename V, bool Greatest>
    requires std::is_arithmetic_v<V>
struct BestState<V, Greatest> {
    using type = BestNumber<V, Greatest>;
};

/// The first of the values than which no other is less, or greater.
template <typename Proj, bool Greatest>
struct Best {
    WEIR_NO_UNIQUE_ADDRESS Proj projection;

    template <typename T>
        requires Comparable<kept_t<Proj, T>>
    using State = typename BestState<kept_t<Proj, T>, Greatest>::type;
    /// Of equal values the first is given, so only those that have nothing else to tell them apart may be merged in any order.
    template <typename T>
    static constexpr bool adds_unseen = detail::shows_number<Proj, T>;
    template <typename T>
    static constexpr AggregateRules rules{.exact = true, .commutative = std::is_arithmetic_v<projected_t<Proj, T>>, .tolerance = 0};

    template <typename T>
    constexpr void add(State<T>& state, const T& value) const {
        auto&& candidate = detail::to_keep(projection, value);
        if constexpr (std::is_arithmetic_v<kept_t<Proj, T>>) state.add(candidate);
        else if (not state.value || goes_before<Greatest>(candidate, *state.value)) state.keep(std::forward<decltype(candidate)>(candidate));
    }
    template <typename V>
    constexpr void merge(Kept<V>& state, const Kept<V>& later) const {
        if (later.value && (not state.value || goes_before<Greatest>(*later.value, *state.value))) state.value = later.value;
    }
    template <typename V>
    constexpr void merge(BestNumber<V, Greatest>& state, const BestNumber<V, Greatest>& later) const noexcept {
        state.merge(later);
    }
    template <typename V>
    [[nodiscard]] constexpr V finish(const Kept<V>& state) const { return state.value.value(); }
    template <typename V>
    [[nodiscard]] constexpr V finish(const BestNumber<V, Greatest>& state) const {
        if (state.any == 0) throw std::bad_optional_access();
        if constexpr (std::is_floating_point_v<V>) return state.value + V(0); // no -0.0: which of the zeros came first would depend on the order
        else return state.value;
    }
};

} // namespace detail

template <typename Proj>
using Min = detail::Best<Proj, false>;
template <typename Proj>
using Max = detail::Best<Proj, true>;

/// Aggregate: the least of what the projection gives, by <; of equal ones the first. T -> what the projection gives, owned; exact.
///     NaN only where there is nothing else; -0.0 is given as 0.0. Of none there is no result: combine gives nothing, finish throws
///     std::bad_optional_access. example: tests/aggregate/min_max.cpp
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
