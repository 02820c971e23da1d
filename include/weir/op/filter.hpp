// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename Fn, typename S>
concept PredicateOf = TakesEvent<Fn&, const typename S::event&> && requires(Fn& fn, const typename S::event& event) {
    { call(fn, event) } -> std::convertible_to<bool>;
};

template <typename Fn>
struct FilterOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "filter";
    static constexpr Drop drops = Drop::filtered;
    static constexpr bool passes_clauses = true;
    static constexpr bool stateless = true;
    static constexpr bool per_event = true;
    static constexpr bool keeps_in_pass = true;
    static constexpr bool pure_in_pass = is_pure<Fn>;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;

    template <typename S>
        requires PredicateOf<Fn, S>
    using out = S;

    template <typename E, typename Next>
    WEIR_INLINE constexpr void on_event(E&& event, Next& next) {
        if (keeps(event)) next.on_event(std::forward<E>(event));
    }
    template <typename E>
    WEIR_INLINE constexpr bool keeps(const E& event) { return static_cast<bool>(call(fn, event)); }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not TakesEvent<Fn&, const typename S::event&> && WantsString<Fn, S>)
            static_assert(never<Fn, S>, "filter(fn): fn wants a std::string, but these events are only lent: lines and other "
                                        "std::string_views. Accepted: fn(const auto&), fn(std::string_view); a std::string(text) is made "
                                        "where it is kept.");
        else if constexpr (not TakesEvent<Fn&, const typename S::event&>)
            static_assert(never<Fn, S>, "filter(fn): fn cannot be called with this pipeline's events. Accepted: bool fn(const T&), "
                                        "bool fn(T), a pointer to a bool member of T; not bool fn(T&), as a filter may not change events.");
        else
            static_assert(never<Fn, S>, "filter(fn): fn does not return something that says yes or no. Accepted: bool fn(const T&).");
    }
};

} // namespace detail

/// Keeps the events for which fn(e) is true.
///     E -> E; order, event time and clauses kept; never allocates; the others count as dropped (filtered).
///     example: tests/op/filter.cpp
template <typename Fn>
[[nodiscard]] constexpr auto filter(Fn fn) {
    return detail::FilterOp<Fn>{std::move(fn)};
}
template <typename... Wrong>
constexpr Refused filter(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>, "filter(fn): it takes one argument. Accepted: bool fn(const T&), a pointer to a member of T.");
    return {};
}

} // namespace weir
