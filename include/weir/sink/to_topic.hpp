// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/queue/topic.hpp>

#include <concepts>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename T>
struct ToTopicOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "to_topic";
    static constexpr bool one_to_one = true;
    static constexpr bool stateless = true;
    Topic<T>* topic;

    template <typename E>
    static constexpr bool takes_whole = std::convertible_to<E, const T&> && is_timed<T> == is_timed<E>;
    template <typename E>
    static constexpr bool takes_value = std::convertible_to<decltype(value_of(std::declval<E>())), const T&>;
    template <typename E>
    static constexpr bool takes_owned = std::constructible_from<T, owned_t<value_t<E>>>;

    template <typename S>
        requires(takes_whole<passed_t<S>> || takes_value<passed_t<S>> || takes_owned<passed_t<S>>)
    using out = Ended;

    template <typename E, typename Next>
    void on_event(E&& event, Next&) {
        if constexpr (takes_whole<E>) topic->publish(event);
        else if constexpr (takes_value<E>) topic->publish(value_of(event));
        else topic->publish(T(owned_t<value_t<E>>(value_of(std::forward<E>(event)))));
    }

    template <typename S>
    static constexpr void explain() {
        static_assert(never<T, S>, "to_topic(topic): the topic's type cannot be made from this pipeline's events. Topic<T> takes a stream of "
                                   "T, or of what converts to T; Topic<Event<T>> takes event times along.");
    }
};

} // namespace detail

/// Ends a chain: publishes each event in your topic, whose subscribers run on this pipeline's thread.
///     E -> sink; in order; never allocates; what a subscriber throws ends the job. The topic must outlive the job.
///     example: tests/sink/to_topic.cpp
template <typename T>
[[nodiscard]] constexpr auto to_topic(Topic<T>& topic) {
    return detail::ToTopicOp<T>{std::addressof(topic)};
}

} // namespace weir
