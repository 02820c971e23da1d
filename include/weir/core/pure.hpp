// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// A function of which its user says that it is pure. It is called as const: what changes itself is not.
template <typename Fn>
struct PureFunction {
    WEIR_NO_UNIQUE_ADDRESS Fn fn;

    template <typename... Args>
        requires std::invocable<const Fn&, Args...>
    WEIR_INLINE constexpr decltype(auto) operator()(Args&&... args) const noexcept(std::is_nothrow_invocable_v<const Fn&, Args...>) {
        return std::invoke(fn, std::forward<Args>(args)...);
    }
};

/// Whether a function may be called with any event, any number of times. (A pointer to a member may not: events may be pointers themselves.)
template <typename Fn>
inline constexpr bool is_pure = false;
template <typename Fn>
inline constexpr bool is_pure<PureFunction<Fn>> = true;

template <typename Call>
inline constexpr bool is_mutable_call = false;
template <typename C, typename R, typename... Args>
inline constexpr bool is_mutable_call<R (C::*)(Args...)> = true;
template <typename C, typename R, typename... Args>
inline constexpr bool is_mutable_call<R (C::*)(Args...) noexcept> = true;

template <typename Fn>
inline constexpr bool changes_itself = false;
template <typename Fn>
    requires requires { &Fn::operator(); }
inline constexpr bool changes_itself<Fn> = is_mutable_call<decltype(&Fn::operator())>;

} // namespace detail

/// Says that a function is cheap, has no side effect, and may be called with any event of the stream, also with one that a filter before it
/// has dropped: maps and filters by such functions need no branch, and the compiler may do many events at once; with a sum of integers behind
/// them (fold_into without a function) all in one loop. Of a fold it says that it is cheap.
///     For fn that tests, computes or looks at a member; not for one that divides, follows a pointer or indexes and needs the filter
///     for that, nor where what a dropped event gives overflows a signed integer. It need not be noexcept: what it throws for a
///     dropped event stops the job, too. The result is the same as without it. example: tests/core/passes.cpp
template <typename Fn>
[[nodiscard]] constexpr auto pure(Fn fn) {
    if constexpr (detail::changes_itself<Fn>) {
        static_assert(detail::never<Fn>, "pure(fn): fn is a mutable lambda, or its operator() is not const, so what it gives may depend on the "
                                         "calls before. Leave pure out, or keep that state in scan(state, fn).");
        return fn;
    } else {
        return detail::PureFunction<Fn>{std::move(fn)};
    }
}

} // namespace weir
