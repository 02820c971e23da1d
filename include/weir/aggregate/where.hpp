// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <concepts>
#include <functional>
#include <utility>

namespace weir {

/// An aggregate of some of the values. See where().
template <typename Pred, typename A>
struct Where {
    WEIR_NO_UNIQUE_ADDRESS Pred pred;
    WEIR_NO_UNIQUE_ADDRESS A aggregate;

    template <typename T>
        requires AggregateOn<A, T> && std::predicate<const Pred&, const T&>
    using State = aggregate_state_t<A, T>;
    template <typename T>
    static constexpr AggregateRules rules = A::template rules<T>;

    template <typename T>
    constexpr void add(State<T>& state, const T& value) const {
        if (std::invoke(pred, value)) aggregate.add(state, value);
    }
    template <typename T>
        requires RemovableAggregateOn<A, T>
    constexpr void remove(State<T>& state, const T& value) const {
        if (std::invoke(pred, value)) aggregate.remove(state, value);
    }
    template <typename S>
        requires AggregateOfState<A, S>
    constexpr void merge(S& state, const S& later) const { aggregate.merge(state, later); }
    template <typename S>
        requires AggregateOfState<A, S>
    [[nodiscard]] constexpr auto finish(const S& state) const { return aggregate.finish(state); }
    template <typename S>
        requires detail::LooksForResult<A, S>
    [[nodiscard]] constexpr bool has_result(const S& state) const { return aggregate.has_result(state); }
    template <typename S>
        requires ChangesAfterPane<A, S>
    constexpr void before_pane(S& state) const { detail::begin_pane(aggregate, state); }
    template <typename S>
        requires ChangesAfterPane<A, S>
    constexpr void after_pane(S& state) const { aggregate.after_pane(state); }
};

/// Aggregate: another one of only those values for which pred(value) is true, as SQL's count(*) filter (where ...).
///     aggregate(count(), where(&Order::is_paid, count()), where(is_large, distinct_count(&Order::buyer)))
///     T -> what the other one gives, of none what that one gives of none; all that it promises. Allocates as it does.
///     example: tests/aggregate/where.cpp
template <typename Pred, typename A>
    requires(not std::same_as<A, Refused>)
[[nodiscard]] constexpr auto where(Pred pred, A aggregate) {
    return Where<Pred, A>{std::move(pred), std::move(aggregate)};
}
template <typename... Wrong>
    requires(sizeof...(Wrong) != 2 || detail::said_before<Wrong...>)
constexpr Refused where(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>, "where(pred, aggregate): it takes which values, and what of them: where(&Order::is_paid, count()).");
    return {};
}

} // namespace weir
