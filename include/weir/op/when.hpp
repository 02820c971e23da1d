// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/op/filter.hpp>

#include <string_view>
#include <utility>

namespace weir {
namespace detail {

template <typename Condition, typename Action>
struct WhenOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "when";
    static constexpr bool one_to_one = true;
    static constexpr bool passes_clauses = true;
    static constexpr bool stateless = true;
    WEIR_NO_UNIQUE_ADDRESS Condition condition;
    WEIR_NO_UNIQUE_ADDRESS Action action;

    template <typename S>
        requires PredicateOf<Condition, S> && TakesEvent<Action&, const typename S::event&>
    using out = S;

    template <typename E, typename Next>
    WEIR_INLINE constexpr void on_event(E&& event, Next& next) {
        if (call(condition, std::as_const(event))) static_cast<void>(call(action, std::as_const(event)));
        next.on_event(std::forward<E>(event));
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not PredicateOf<Condition, S>)
            static_assert(never<Condition, S>, "when(condition, action): the condition cannot be asked about this pipeline's events. "
                                               "Accepted: bool condition(const T&), a pointer to a bool member of T.");
        else
            static_assert(never<Action, S>, "when(condition, action): the action cannot be called with this pipeline's events. Accepted: "
                                            "action(const T&), action(T); not action(T&): every event goes on as it came.");
    }
};

} // namespace detail

/// Calls the action with each event for which the condition holds, and passes every event on.
///     E -> E; order, event time and clauses kept; never allocates or copies an event; what the action returns is ignored.
///     To send on only what the action returns: rule(condition, action). example: tests/op/when.cpp
template <typename Condition, typename Action>
[[nodiscard]] constexpr auto when(Condition condition, Action action) {
    return detail::WhenOp<Condition, Action>{std::move(condition), std::move(action)};
}
template <typename... Wrong>
constexpr Refused when(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "when(condition, action): it takes two functions of an event; every event goes on. To let only some "
                  "through use filter(condition).");
    return {};
}

} // namespace weir
