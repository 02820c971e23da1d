// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <concepts>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename H, typename E>
concept HasOnEvent = requires(H& handler, E&& event) { handler.on_event(std::forward<E>(event)); };

/// A handler is given the value, or the Event<T> where it takes only that.
template <typename H, typename E>
concept Handles = HasOnEvent<H, decltype(value_of(std::declval<E>()))> || HasOnEvent<H, E> || TakesEvent<H&, E>;

/// A handler that several threads may call at once.
template <typename Handler>
struct Shareable {
    static constexpr bool shareable = true;
    using Target = unwrapped_t<Handler>;
    WEIR_NO_UNIQUE_ADDRESS Handler handler;

    template <typename E>
        requires HasOnEvent<Target, E>
    constexpr void on_event(E&& event) { unwrap(handler).on_event(std::forward<E>(event)); }
    template <typename E>
        requires(not HasOnEvent<Target, E> && std::invocable<Target&, E>)
    constexpr void operator()(E&& event) { static_cast<void>(std::invoke(unwrap(handler), std::forward<E>(event))); }
};

template <typename Handler>
struct ForEachOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "for_each";
    static constexpr bool one_to_one = true;
    static constexpr bool stateless = true;
    using Target = unwrapped_t<Handler>;
    static constexpr bool shareable = requires { requires Target::shareable; };
    WEIR_NO_UNIQUE_ADDRESS Handler handler;

    template <typename S>
        requires Handles<Target, passed_t<S>>
    using out = Ended;

    template <typename E, typename Next>
    WEIR_INLINE constexpr void on_event(E&& event, Next&) {
        Target& target = unwrap(handler);
        if constexpr (HasOnEvent<Target, decltype(value_of(std::declval<E>()))>) target.on_event(value_of(std::forward<E>(event)));
        else if constexpr (HasOnEvent<Target, E>) target.on_event(std::forward<E>(event));
        else call(target, std::forward<E>(event));
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (WantsString<Handler, S>)
            static_assert(never<Handler, S>, "for_each(handler): the handler wants a std::string, but these events are only lent: lines and other "
                                        "std::string_views. Accepted: fn(const auto&), fn(std::string_view); a std::string(text) is made "
                                        "where it is kept.");
        else
            static_assert(never<Handler, S>, "for_each(handler): the handler cannot take this pipeline's events. Accepted: fn(T), "
                                             "fn(const T&), an object with on_event(const T&), std::ref of one.");
    }
};

} // namespace detail

/// Ends a chain: calls the handler with each event.
///     E -> sink; in order; never allocates; the handler is copied per run, std::ref(handler) means yours; what it returns is ignored.
///     example: tests/sink/for_each.cpp
template <typename Handler>
[[nodiscard]] constexpr auto for_each(Handler handler) {
    detail::may_be_used_later(handler);
    return detail::ForEachOp<Handler>{std::move(handler)};
}

/// The same handler, with the promise that several threads may call it at once: for a sink inside parallel, each copy of which has a copy
/// of the handler. Example: tests/runtime/parallel.cpp
template <typename Handler>
[[nodiscard]] constexpr auto shareable(Handler handler) {
    return detail::Shareable<Handler>{std::move(handler)};
}
template <typename... Wrong>
constexpr Refused for_each(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "for_each(handler): it takes one argument. Accepted: fn(T), fn(const T&), an object with on_event(const "
                  "T&).");
    return {};
}

} // namespace weir
