// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/time.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace weir {

/// A value and when it happened. An event without a time is a plain T.
template <typename T>
struct Event {
    T value;
    Timestamp time{};

    friend bool operator==(const Event&, const Event&) = default;
};

template <typename T>
Event(T, Timestamp) -> Event<T>;

namespace detail {

template <typename E>
struct EventTraits {
    using value = E;
    static constexpr bool timed = false;
};

template <typename T>
struct EventTraits<Event<T>> {
    using value = T;
    static constexpr bool timed = true;
};

} // namespace detail

/// Whether E is an Event<T>.
template <typename E>
inline constexpr bool is_timed = detail::EventTraits<std::remove_cvref_t<E>>::timed;

/// T, of T and of Event<T>.
template <typename E>
using value_t = typename detail::EventTraits<std::remove_cvref_t<E>>::value;

/// The value of a T or an Event<T>, as const as the event and movable when the event is.
template <typename E>
[[nodiscard]] constexpr auto&& value_of(E&& event) noexcept {
    if constexpr (is_timed<E>)
        return std::forward<E>(event).value;
    else
        return std::forward<E>(event);
}

/// The event with another value: its time, where it has one, stays.
template <typename E, typename V>
[[nodiscard]] constexpr auto with_value(const E& event, V&& value) {
    if constexpr (is_timed<E>)
        return Event<std::remove_cvref_t<V>>{std::forward<V>(value), event.time};
    else
        return std::remove_cvref_t<V>(std::forward<V>(value));
}

/// The event's own time, or `otherwise` where it has none.
template <typename E>
[[nodiscard]] constexpr Timestamp time_of(const E& event, Timestamp otherwise = min_time) noexcept {
    if constexpr (is_timed<E>)
        return event.time;
    else
        return otherwise;
}

/// A function takes the value of an event, or, when it asks for it and cannot take the value, the event itself.
template <typename Fn, typename E>
concept TakesEvent = std::invocable<Fn, decltype(value_of(std::declval<E>()))> || std::invocable<Fn, E>;

/// Calls fn with the value of the event, or with the Event<T> where only that is accepted.
template <typename Fn, typename E>
    requires TakesEvent<Fn&, E>
constexpr decltype(auto) call(Fn& fn, E&& event) {
    if constexpr (std::invocable<Fn&, decltype(value_of(std::declval<E>()))>)
        return std::invoke(fn, value_of(std::forward<E>(event)));
    else
        return std::invoke(fn, std::forward<E>(event));
}

template <typename Fn, typename E>
using call_result_t = decltype(weir::call(std::declval<Fn&>(), std::declval<E>()));

} // namespace weir
