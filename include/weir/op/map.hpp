// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename Fn>
struct MapOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "map";
    static constexpr bool one_to_one = true;
    static constexpr bool per_event = true;
    static constexpr bool maps_in_pass = true;
    static constexpr bool pure_in_pass = is_pure<Fn>;
    static constexpr bool stateless = true;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;

    template <typename S>
        requires TakesEvent<Fn&, passed_t<S>> && (not std::is_void_v<result_t<Fn, S>>) && (not is_timed<result_t<Fn, S>>)
    using out = with_event_t<S, result_t<Fn, S>>;

    template <typename E, typename Next>
    WEIR_INLINE constexpr void on_event(E&& event, Next& next) {
        next.on_event(mapped(std::forward<E>(event)));
    }
    template <typename E>
    WEIR_INLINE constexpr auto mapped(E&& event) {
        return with_value(event, call(fn, std::forward<E>(event))); // fn may take the value; the time is still there
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not TakesEvent<Fn&, passed_t<S>> && WantsString<Fn, S>)
            static_assert(never<Fn, S>, "map(fn): fn wants a std::string, but these events are only lent: lines and other "
                                        "std::string_views. Accepted: fn(const auto&), fn(std::string_view); a std::string(text) is made "
                                        "where it is kept.");
        else if constexpr (not TakesEvent<Fn&, passed_t<S>>)
            static_assert(never<Fn, S>, "map(fn): fn cannot be called with this pipeline's events. Accepted: R fn(T), R fn(const T&), "
                                        "R fn(T&&), a pointer to a member of T.");
        else if constexpr (std::is_void_v<result_t<Fn, S>>)
            static_assert(never<Fn, S>, "map(fn): fn returns nothing. For side effects use tap(fn), to end the chain for_each(fn).");
        else
            static_assert(never<Fn, S>, "map(fn): fn returns an Event, but map keeps the event's time. Return the value alone; a time "
                                        "is given by event_time(projection).");
    }
};

} // namespace detail

/// Replaces each event e by fn(e).
///     E -> result of fn(E); order and event time kept; never allocates; fn is called once per event, may be a pointer to a member.
///     example: tests/op/map.cpp
template <typename Fn>
[[nodiscard]] constexpr auto map(Fn fn) {
    return detail::MapOp<Fn>{std::move(fn)};
}
template <typename... Wrong>
constexpr Refused map(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "map(fn): it takes one argument. Accepted: R fn(const T&), R fn(T), R fn(T&&), a pointer to a member of "
                  "T: map(&T::price).");
    return {};
}

} // namespace weir
