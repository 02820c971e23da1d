// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/op/filter.hpp>

#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename Condition, typename Action>
struct RuleOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "rule";
    static constexpr Drop drops = Drop::filtered;
    static constexpr bool stateless = true;
    WEIR_NO_UNIQUE_ADDRESS Condition condition;
    WEIR_NO_UNIQUE_ADDRESS Action action;

    template <typename S>
        requires PredicateOf<Condition, S> && TakesEvent<Action&, passed_t<S>> && (not std::is_void_v<result_t<Action, S>>) &&
                 (not is_timed<result_t<Action, S>>)
    using out = with_event_t<S, result_t<Action, S>>;

    template <typename E, typename Next>
    WEIR_INLINE constexpr void on_event(E&& event, Next& next) {
        if (call(condition, std::as_const(event))) next.on_event(with_value(event, call(action, std::forward<E>(event))));
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not PredicateOf<Condition, S>)
            static_assert(never<Condition, S>, "rule(condition, action): the condition cannot be asked about this pipeline's events. "
                                               "Accepted: bool condition(const T&), a pointer to a bool member of T.");
        else if constexpr (not TakesEvent<Action&, passed_t<S>>)
            static_assert(never<Action, S>, "rule(condition, action): the action cannot be called with this pipeline's events. Accepted: "
                                            "R action(const T&), R action(T), R action(T&&).");
        else if constexpr (std::is_void_v<result_t<Action, S>>)
            static_assert(never<Action, S>, "rule(condition, action): the action returns nothing, but its result is what goes on. For a "
                                            "side effect use when(condition, action).");
        else
            static_assert(never<Action, S>, "rule(condition, action): the action returns an Event, but a rule keeps the event's time. "
                                            "Return the value alone; a time is given by event_time(projection).");
    }
};

} // namespace detail

/// Where the condition holds, the action's result goes on; other events do not.
///     E -> result of action(E); order and event time kept; never allocates; other events count as dropped (filtered).
///     For an action beside the stream: when(condition, action). example: tests/op/rule.cpp
template <typename Condition, typename Action>
[[nodiscard]] constexpr auto rule(Condition condition, Action action) {
    return detail::RuleOp<Condition, Action>{std::move(condition), std::move(action)};
}
template <typename... Wrong>
constexpr Refused rule(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "rule(condition, action): it takes two functions of an event; what action returns goes on. To let events "
                  "through use filter(condition).");
    return {};
}

} // namespace weir
