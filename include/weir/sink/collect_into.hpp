// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// A container that takes E at its end: by push_back, else by insert or push.
template <typename C, typename E>
concept TakesAtEnd = requires(C& target, E&& event) { target.push_back(std::forward<E>(event)); } ||
                     requires(C& target, E&& event) { target.insert(std::forward<E>(event)); } ||
                     requires(C& target, E&& event) { target.push(std::forward<E>(event)); };

template <typename C, typename E>
constexpr void put_at_end(C& target, E&& event) {
    if constexpr (requires { target.push_back(std::forward<E>(event)); }) target.push_back(std::forward<E>(event));
    else if constexpr (requires { target.insert(std::forward<E>(event)); }) target.insert(std::forward<E>(event));
    else target.push(std::forward<E>(event));
}

/// One that would keep views of a text, which its source takes back behind the call.
template <typename Container>
inline constexpr bool keeps_views = false;
template <typename Container>
    requires requires { typename Container::value_type; }
inline constexpr bool keeps_views<Container> = not std::is_same_v<owned_t<typename Container::value_type>, typename Container::value_type>;

template <typename Container>
struct CollectOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "collect_into";
    template <typename S>
    static constexpr bool keeps_events = std::is_same_v<value_t<typename Container::value_type>, owned_t<typename S::value>>;
    static constexpr bool one_to_one = true;
    static constexpr bool stateless = true;
    Container* target;

    template <typename E>
    static constexpr bool takes_whole = TakesAtEnd<Container, E> && (is_timed<typename Container::value_type> || not is_timed<E>);
    template <typename E>
    static constexpr bool takes_value = TakesAtEnd<Container, decltype(value_of(std::declval<E>()))>;
    template <typename E>
    static constexpr bool takes_owned = TakesAtEnd<Container, owned_t<value_t<E>>>;

    template <typename S>
        requires(not keeps_views<Container> && (takes_whole<passed_t<S>> || takes_value<passed_t<S>> || takes_owned<passed_t<S>>))
    using out = Ended;

    template <typename E, typename Next>
    constexpr void on_event(E&& event, Next&) {
        if constexpr (takes_whole<E>) put_at_end(*target, std::forward<E>(event));
        else if constexpr (takes_value<E>) put_at_end(*target, value_of(std::forward<E>(event)));
        else put_at_end(*target, owned_t<value_t<E>>(value_of(std::forward<E>(event))));
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (keeps_views<Container>)
            static_assert(never<Container, S>, "collect_into(container): it would keep views of texts that live only during the call. A container of "
                                               "std::string, or of what else owns its text, is made from the same events.");
        else static_assert(never<Container, S>, "collect_into(container): the container cannot take this pipeline's events with push_back, "
                                                "insert or push. Its value type must be made from an event's value, or be Event<T>.");
    }
};

} // namespace detail

/// Ends a chain: appends each event to your container (push_back, else insert or push).
///     E -> sink; in order; values, or Event<T>s where that is what the container holds; the container grows as it does.
///     The container must live until run or wait returns; read it only after that.
///     example: tests/sink/collect_into.cpp
template <typename Container>
[[nodiscard]] constexpr auto collect_into(Container& target) {
    detail::may_be_used_later(target);
    return detail::CollectOp<Container>{std::addressof(target)};
}
template <typename... Wrong>
constexpr Refused collect_into(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "collect_into(container): it takes one container of yours, by its name, and not a temporary, a pointer or "
                  "an iterator: std::vector<T> results; ... | collect_into(results).");
    return {};
}

} // namespace weir
