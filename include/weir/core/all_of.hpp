// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/aggregate.hpp>
#include <weir/core/config.hpp>
#include <weir/core/fields.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// A floating point number, or a duration counted in one.
template <typename R>
concept HasNaN = std::floating_point<R> || (requires { typename R::period; } && std::floating_point<typename R::rep>);

/// The state of no values again; with its memory, where it has a clear().
template <typename State>
constexpr void clear_state(State& state) {
    if constexpr (requires { state.clear(); }) state.clear();
    else state = State{};
}

/// The states of several aggregates. Nan: for each whether NaN can stand for a result that it does not have.
template <typename Nan, typename... States>
struct AllState;
template <bool... Nan, typename... States>
struct AllState<std::integer_sequence<bool, Nan...>, States...> {
    std::tuple<States...> parts;

    /// No row where a part of it cannot be made, nor where all of it would be NaN.
    [[nodiscard]] constexpr bool has_result() const {
        return std::apply(
            [](const States&... part) { return ((Nan || detail::has_result(part)) && ...) && (detail::has_result(part) || ...); }, parts);
    }
    constexpr void clear() {
        std::apply([](States&... part) { (clear_state(part), ...); }, parts);
    }
    static constexpr auto fields() { return weir::fields("parts", &AllState::parts); }
};

/// Several aggregates in one pass as one, whose result is the std::tuple of theirs. It promises what all of them promise.
///     It has a result where each part has one, or could say NaN, and not all do: count and mean of none are (0, NaN), count and min
///     of none have no result, nor do mean and variance.
template <typename... A>
struct AllOf {
    using Each = std::index_sequence_for<A...>;
    WEIR_NO_UNIQUE_ADDRESS std::tuple<A...> aggregates;

    template <typename T>
        requires (AggregateOn<A, T> && ...)
    using State = AllState<std::integer_sequence<bool, HasNaN<aggregate_result_t<A, T>>...>, aggregate_state_t<A, T>...>;
    template <typename T>
    static constexpr AggregateRules rules{.exact = (A::template rules<T>.exact && ...),
                                          .commutative = (A::template rules<T>.commutative && ...),
                                          .tolerance = std::max({0.0, static_cast<double>(A::template rules<T>.tolerance)...}),
                                          .grows = (A::template rules<T>.grows || ...)};

    template <typename T>
    static constexpr bool adds_unseen = (detail::adds_unseen<A, T> && ...);

    template <typename T>
    constexpr void add(State<T>& state, const T& value) const {
        // Those that say how many inputs there are come last: one at which another throws is none.
        for_each_part(state, [&]<typename One, typename Part>(const One& aggregate, Part& part) {
            if constexpr (not CountsInputs<One, Part>) aggregate.add(part, value);
        });
        for_each_part(state, [&]<typename One, typename Part>(const One& aggregate, Part& part) {
            if constexpr (CountsInputs<One, Part>) aggregate.add(part, value);
        });
    }
    template <typename T>
        requires (RemovableAggregateOn<A, T> && ...)
    constexpr void remove(State<T>& state, const T& value) const {
        for_each_part(state, [&](const auto& aggregate, auto& part) { aggregate.remove(part, value); });
    }
    template <typename Nan, typename... States>
        requires (AggregateOfState<A, States> && ...)
    constexpr void merge(AllState<Nan, States...>& state, const AllState<Nan, States...>& later) const {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (std::get<I>(aggregates).merge(std::get<I>(state.parts), std::get<I>(later.parts)), ...);
        }(Each{});
    }
    template <typename Nan, typename... States>
        requires (AggregateOfState<A, States> && ...)
    [[nodiscard]] constexpr auto finish(const AllState<Nan, States...>& state) const {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            using Results = std::tuple<decltype(finish_part(std::get<I>(aggregates), std::get<I>(state.parts)))...>;
            return Results{finish_part(std::get<I>(aggregates), std::get<I>(state.parts))...};
        }(Each{});
    }
    template <bool... Nan, typename... States>
        requires (LooksForResult<A, States> || ...)
    [[nodiscard]] constexpr bool has_result(const AllState<std::integer_sequence<bool, Nan...>, States...>& state) const {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            const bool has[] = {has_result_of(std::get<I>(aggregates), std::get<I>(state.parts))...};
            return ((Nan || has[I]) && ...) && (has[I] || ...);
        }(Each{});
    }
    template <typename Nan, typename... States>
        requires (CountsInputs<A, States> || ...)
    [[nodiscard]] static constexpr std::uint64_t inputs(const AllState<Nan, States...>& state) {
        constexpr bool counts[] = {CountsInputs<A, States>...};
        constexpr std::size_t first = static_cast<std::size_t>(std::find(std::begin(counts), std::end(counts), true) - std::begin(counts));
        return std::tuple_element_t<first, std::tuple<A...>>::inputs(std::get<first>(state.parts));
    }
    template <typename Nan, typename... States>
        requires (ChangesAfterPane<A, States> || ...)
    constexpr void before_pane(AllState<Nan, States...>& state) const {
        for_each_part(state, [](const auto& aggregate, auto& part) { begin_pane(aggregate, part); });
    }
    template <typename Nan, typename... States>
        requires (ChangesAfterPane<A, States> || ...)
    constexpr void after_pane(AllState<Nan, States...>& state) const {
        for_each_part(state, [](const auto& aggregate, auto& part) { end_pane(aggregate, part); });
    }

private:
    template <typename State, typename Fn>
    constexpr void for_each_part(State& state, Fn fn) const {
        [&]<std::size_t... I>(std::index_sequence<I...>) { (fn(std::get<I>(aggregates), std::get<I>(state.parts)), ...); }(Each{});
    }
    template <typename Aggregate, typename Part>
    static constexpr auto finish_part(const Aggregate& aggregate, const Part& part) {
        using Result = std::remove_cvref_t<decltype(aggregate.finish(part))>;
        if constexpr (HasNaN<Result>)
            if (not has_result_of(aggregate, part)) return Result(std::numeric_limits<double>::quiet_NaN());
        return Result(aggregate.finish(part));
    }
};

/// One aggregate for several; one alone stays as it is.
template <typename A>
[[nodiscard]] constexpr A in_one_pass(A aggregate) { return aggregate; }
template <typename... A>
    requires (sizeof...(A) > 1)
[[nodiscard]] constexpr auto in_one_pass(A... aggregates) {
    return AllOf<A...>{std::tuple<A...>(std::move(aggregates)...)};
}

} // namespace weir::detail
