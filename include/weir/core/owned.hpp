// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/event.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {

/// The form of a T that an operator keeps (queue, window, batch, sort) when events live only during the call.
/// A type whose values look into memory of others specialises it: `using type = ...`, constructible from a T.
template <typename T>
struct Owned {
    using type = T;
};

template <typename C, typename Tr>
struct Owned<std::basic_string_view<C, Tr>> {
    using type = std::basic_string<C, Tr>;
};

template <typename T>
struct Owned<Event<T>> {
    using type = Event<typename Owned<T>::type>;
};

template <typename T>
using owned_t = typename Owned<std::remove_cvref_t<T>>::type;

/// The owned form of an event: moved where it may be, copied where it is lent.
template <typename E>
[[nodiscard]] constexpr owned_t<E> to_owned(E&& event) {
    if constexpr (std::is_same_v<owned_t<E>, std::remove_cvref_t<E>>) return std::forward<E>(event);
    else if constexpr (is_timed<E>) return {owned_t<value_t<E>>(std::forward<E>(event).value), event.time};
    else return owned_t<E>(std::forward<E>(event));
}

namespace detail {

/// A function of strings before which stands text that is only lent: lines of a file, views.
template <typename Fn, typename S>
concept WantsString = std::is_convertible_v<const typename S::value&, std::string_view> &&
                      (not std::is_convertible_v<const typename S::value&, std::string>) && std::is_invocable_v<Fn&, std::string>;

} // namespace detail
} // namespace weir
