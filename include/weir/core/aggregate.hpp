// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/event.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace weir {

/// What may be relied on when the values of an aggregate are cut into partials.
struct AggregateRules {
    bool exact = true;       ///< the result is the same to the last bit however the values are cut
    bool commutative = true; ///< partials may be merged in any order; else only in that of their values
    double tolerance = 0;    ///< where not exact: how much, relative to the result, results may differ
    bool grows = false;      ///< a state keeps its values: it takes as much memory, and merging as much time, as they are many
};

/// An aggregate on values of T: a monoid on states with a way in and a way out. It is a plain value, the settings and the projection;
/// the state is another, so that windows, keys, threads and machines can each keep one and merge them.
///     A::State<T>          default-made: the state of no values; copyable, and Savable where T's part in it is
///     add(state, value)    one more value, behind those before
///     merge(state, later)  becomes the state of its own values followed by those of `later`
///     finish(state)        the result; does not change the state
///     A::rules<T>          an AggregateRules
/// Example: tests/core/aggregate.cpp, and weir/aggregate/.
template <typename A, typename T>
concept AggregateOn = requires { typename A::template State<T>; } &&
                      requires(const A& aggregate, typename A::template State<T>& state, const typename A::template State<T>& later, const T& value) {
                          requires std::default_initializable<std::remove_cvref_t<decltype(state)>>;
                          requires std::copyable<std::remove_cvref_t<decltype(state)>>;
                          aggregate.add(state, value);
                          aggregate.merge(state, later);
                          aggregate.finish(later);
                          { A::template rules<T> } -> std::convertible_to<AggregateRules>;
                      };

/// One that can also take the oldest value out again, for windows that slide by single events.
template <typename A, typename T>
concept RemovableAggregateOn = AggregateOn<A, T> && requires(const A& aggregate, typename A::template State<T>& state, const T& value) {
    aggregate.remove(state, value);
};

/// One that changes its state when a pane of it has been given, because it lets go of values for good (evicting): such a state
/// cannot be one part of several windows.
template <typename A, typename State>
concept ChangesAfterPane = requires(const A& aggregate, State& state) { aggregate.after_pane(state); };

/// Merges and finishes states of this type.
template <typename A, typename State>
concept AggregateOfState = requires(const A& aggregate, State& state, const State& later) {
    aggregate.merge(state, later);
    aggregate.finish(later);
};

/// One whose state says how many values there are in it, whichever they were: a static inputs(state). Nobody else need count them.
template <typename A, typename State>
concept CountsInputs = requires(const State& state) { { A::inputs(state) } -> std::same_as<std::uint64_t>; };

template <typename A, typename T>
using aggregate_state_t = typename A::template State<T>;

/// What an aggregate gives for values of T.
template <typename A, typename T>
using aggregate_result_t = decltype(std::declval<const A&>().finish(std::declval<const aggregate_state_t<A, T>&>()));

namespace detail {

/// Whether nobody can tell when a value is added: it is done without code of the user's. Such an aggregate says so: adds_unseen<T>.
template <typename A, typename T>
inline constexpr bool adds_unseen = requires { requires A::template adds_unseen<T>; };

/// Says of a state whether it is that of no values, where the aggregate has no result for none (min, max, mean, variance).
template <typename State>
[[nodiscard]] constexpr bool has_result(const State& state) {
    if constexpr (requires { { state.has_result() } -> std::convertible_to<bool>; }) return state.has_result();
    else return true;
}
/// A result that its type cannot hold. Who knows more of it, such as its key, catches it and says so.
struct ResultOverflow : std::overflow_error {
    using std::overflow_error::overflow_error;
};

/// Before has_result_of and finish, where the state is that of a pane.
template <typename A, typename State>
constexpr void begin_pane(const A& aggregate, State& state) {
    if constexpr (requires { aggregate.before_pane(state); }) aggregate.before_pane(state);
}
/// Behind finish.
template <typename A, typename State>
constexpr void end_pane(const A& aggregate, State& state) {
    if constexpr (ChangesAfterPane<A, State>) aggregate.after_pane(state);
}
/// One that must look at what a state has to know whether there is a result of it, such as evicting.
template <typename A, typename State>
concept LooksForResult = requires(const A& aggregate, const State& state) { { aggregate.has_result(state) } -> std::same_as<bool>; };

template <typename A, typename State>
[[nodiscard]] constexpr bool has_result_of(const A& aggregate, const State& state) {
    if constexpr (LooksForResult<A, State>) return aggregate.has_result(state);
    else return has_result(state);
}

} // namespace detail
} // namespace weir
