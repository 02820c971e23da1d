// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/all_of.hpp>
#include <weir/core/operator.hpp>

#include <tuple>
#include <utility>

namespace weir {
namespace detail {

template <typename Row, typename... Results>
constexpr Row row_of(Results&&... results) {
    constexpr bool fit = requires { Row{std::forward<Results>(results)...}; };
    static_assert(fit, "into<Row>(aggregates...): a Row cannot be made of these results by Row{results...}. Its members must stand in the "
                       "order of the aggregates and not narrow their results: count() and distinct_count() give std::uint64_t, sum() of "
                       "integers std::int64_t or std::uint64_t, mean() double.");
    if constexpr (fit) return Row{std::forward<Results>(results)...};
    else throw; // so that nothing more is said
}

} // namespace detail

/// Several aggregates whose results make a Row. See into().
template <typename Row, typename... A>
struct Into : detail::AllOf<A...> {
    template <typename Nan, typename... States>
        requires (AggregateOfState<A, States> && ...)
    [[nodiscard]] constexpr Row finish(const detail::AllState<Nan, States...>& state) const {
        return std::apply([](auto&&... results) { return detail::row_of<Row>(std::move(results)...); }, detail::AllOf<A...>::finish(state));
    }
};

/// Aggregate: several in one pass, their results straight into a type of yours: Row{result of the first, of the second, ...}.
///     T -> Row; what all of them promise. It has a result where each of them has one, or gives a floating point number, which is then
///     NaN, and not all are: count and mean of none are {0, NaN}, count and min of none have no result.
///     Results that do not fit into Row, or would narrow, do not compile. example: tests/aggregate/into.cpp
template <typename Row, typename... A>
    requires (sizeof...(A) > 0)
[[nodiscard]] constexpr auto into(A... aggregates) {
    return Into<Row, A...>{{std::tuple<A...>(std::move(aggregates)...)}};
}
template <typename... Wrong>
constexpr Refused into(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>, "into<Row>(aggregates...): it needs the type to make: into<Bar>(count(), mean(&Trade::price)).");
    return {};
}

} // namespace weir
