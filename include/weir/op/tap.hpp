// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <string_view>
#include <utility>

namespace weir {
namespace detail {

template <typename Fn>
struct TapOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "tap";
    static constexpr bool one_to_one = true;
    static constexpr bool passes_clauses = true;
    static constexpr bool stateless = true;
    static constexpr bool maps_in_pass = true;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;

    template <typename S>
        requires TakesEvent<Fn&, const typename S::event&>
    using out = S;

    template <typename E, typename Next>
    WEIR_INLINE constexpr void on_event(E&& event, Next& next) {
        next.on_event(mapped(std::forward<E>(event)));
    }
    template <typename E>
    WEIR_INLINE constexpr E&& mapped(E&& event) {
        static_cast<void>(call(fn, std::as_const(event)));
        return std::forward<E>(event);
    }

    template <typename S>
    static constexpr void explain() {
        static_assert(never<Fn, S>, "tap(fn): fn cannot be called with this pipeline's events. Accepted: fn(const T&), fn(T), "
                                    "fn(const Event<T>&); not fn(T&) or fn(T&&): a tap looks on, to change events use map(fn).");
    }
};

} // namespace detail

/// Calls fn with each event and passes the event on: for logs, counters and other side effects.
///     E -> E; order, event time and clauses kept; never allocates or copies an event; what fn returns is ignored.
///     example: tests/op/tap.cpp
template <typename Fn>
[[nodiscard]] constexpr auto tap(Fn fn) {
    return detail::TapOp<Fn>{std::move(fn)};
}
template <typename... Wrong>
constexpr Refused tap(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>, "tap(fn): it takes one argument. Accepted: void fn(const T&).");
    return {};
}

} // namespace weir
