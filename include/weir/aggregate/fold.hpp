// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/projected.hpp>
#include <weir/core/kept_key.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// Nothing until the first value: what to begin with is known to the aggregate only.
template <typename S>
struct FoldState {
    std::optional<S> value;
    static constexpr auto fields() { return weir::fields("value", &FoldState::value); }
};

template <typename Add, typename S, typename T>
concept FoldsIn = requires(const Add& add, S state, const T& value) { { std::invoke(add, std::move(state), value) } -> keepable_as<S>; };

template <typename S, typename Merge, typename Finish>
concept FoldsStates = requires(const Merge& merge, const Finish& finish, S state, const S& later) {
    { std::invoke(merge, std::move(state), later) } -> keepable_as<S>;
    std::invoke(finish, later);
};

} // namespace detail

/// An aggregate of the user's functions. See fold().
template <AggregateRules Rules, typename S, typename Add, typename Merge, typename Finish>
struct Fold {
    S init;
    WEIR_NO_UNIQUE_ADDRESS Add add_value;
    WEIR_NO_UNIQUE_ADDRESS Merge merge_states;
    WEIR_NO_UNIQUE_ADDRESS Finish result_of;

    template <typename T>
        requires detail::FoldsIn<Add, S, T>
    using State = detail::FoldState<S>;
    template <typename T>
    static constexpr AggregateRules rules = Rules;

    template <typename T>
        requires detail::FoldsIn<Add, S, T>
    constexpr void add(detail::FoldState<S>& state, const T& value) const {
        if (not state.value) state.value.emplace(init);
        *state.value = detail::kept_key<S>(std::invoke(add_value, std::move(*state.value), value));
    }
    constexpr void merge(detail::FoldState<S>& state, const detail::FoldState<S>& later) const {
        if (not later.value) return;
        if (state.value) *state.value = detail::kept_key<S>(std::invoke(merge_states, std::move(*state.value), *later.value));
        else state.value = later.value;
    }
    [[nodiscard]] constexpr auto finish(const detail::FoldState<S>& state) const {
        return std::invoke(result_of, state.value ? *state.value : init);
    }
};

/// Aggregate of your own functions: state = add(state, value) for each value, beginning with `init`; the states of two parts of the
/// values become one by merge(state, later); finish(state) gives the result.
///     S add(S, const T&), S merge(S, const S&), R finish(const S&); T -> R, of none finish(init). The state is moved into add and
///     merge and moved back. It holds for every cut of the values if merge is associative and `init` adds nothing in merge (0 for a
///     sum). Rules, if given, say more than that parts are merged in the order of their values, or less than that results are exact:
///         fold<AggregateRules{.exact = false, .commutative = true, .tolerance = 1e-12}>(0.0, add, merge)
///     Partial states are Savable if S is. Views in a state are kept as strings. example: tests/aggregate/fold.cpp
template <AggregateRules Rules = AggregateRules{.exact = true, .commutative = false, .tolerance = 0}, std::copyable S, typename Add, typename Merge,
          typename Finish = std::identity>
    requires detail::FoldsStates<detail::owned_parts_t<S>, Merge, Finish>
[[nodiscard]] constexpr auto fold(S init, Add add, Merge merge, Finish finish = {}) {
    using Kept = detail::owned_parts_t<S>;
    return Fold<Rules, Kept, Add, Merge, Finish>{detail::kept_key<Kept>(std::move(init)), std::move(add), std::move(merge), std::move(finish)};
}
template <std::copyable S, typename Add, typename Merge, typename Finish = std::identity>
    requires(not detail::FoldsStates<detail::owned_parts_t<S>, Merge, Finish>)
constexpr auto fold(S init, Add add, Merge, Finish = {}) {
    static_assert(detail::never<S, Merge, Finish>, "fold(init, add, merge, finish): merge or finish cannot take the state. Accepted: S merge(S, const S&), "
                                                   "R finish(const S&), both called as const (no mutable lambda).");
    const auto merge = [](S state, const S&) { return state; };
    return fold(std::move(init), std::move(add), merge);
}
template <std::copyable S, typename Add>
constexpr auto fold(S init, Add add) {
    static_assert(detail::never<S, Add>, "fold(init, add, merge): merge is missing, which makes one of the states of two parts of the values, as where "
                                         "sessions become one. Accepted: S merge(S, const S&).");
    const auto merge = [](S state, const S&) { return state; };
    return fold(std::move(init), std::move(add), merge);
}
template <typename... Wrong>
    requires(sizeof...(Wrong) < 2)
constexpr Refused fold(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>, "fold(init, add, merge): it takes the state to begin with, S add(S, const T&) and S merge(S, const "
                                                 "S&). Without a state to begin with: reduce(fn).");
    return {};
}

} // namespace weir
