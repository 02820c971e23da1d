// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/source/batches.hpp>
#include <weir/source/events.hpp>
#include <weir/source/queue.hpp>
#include <weir/source/range.hpp>
#include <weir/source/splits.hpp>

#include <initializer_list>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {
namespace detail {

template <typename T>
concept MakesPipeline = requires(T&& x) { std::forward<T>(x).pipeline(); };

template <typename S>
concept GivesEvents = EventQueue<S> || BatchSource<S> || EventSource<S> || PollingSource<S> || WaitingSource<S>;

template <typename T>
consteval auto input_for() {
    using S = std::remove_cvref_t<T>;
    using H = std::conditional_t<std::is_lvalue_reference_v<T>, T, S>; // what Held holds
    if constexpr (std::is_lvalue_reference_v<T> && GivesEvents<S> && not GivesEvents<std::remove_reference_t<T>>) {
        static_assert(never<T>, "from(x): x is const, and a source changes when it gives events. Give one that is not, or a copy: from(S(x)).");
        return std::type_identity<Refused>{};
    } else if constexpr (EventQueue<S>) return std::type_identity<QueueInput<H>>{};
    else if constexpr (BatchSource<S>) return std::type_identity<BatchInput<H>>{};
    else if constexpr (EventSource<S> || PollingSource<S> || WaitingSource<S>) return std::type_identity<EventInput<H>>{};
    else if constexpr (Iterable<std::remove_reference_t<T>>) return std::type_identity<RangeInput<H>>{};
    else {
        static_assert(never<T>, "from(x): x is nothing that events can come from. Accepted: an EventQueue (push, try_push, pop, try_pop, "
                                "pop_batch, close, size, capacity), a BatchSource (event_type, next_batch()), an EventSource (event_type, "
                                "std::optional<event_type> next()), a range.");
        return std::type_identity<Refused>{};
    }
}

} // namespace detail

/// Begins a pipeline: events from a queue, a batch source, an event source or a range (asked in this order).
///     An lvalue is referred to and must outlive the run; an rvalue is owned. The elements of an lvalue range are lent
///     (`const T&`) and never changed; all other events are the pipeline's own (`T&&`).
///     A DynamicSource is one too: see from_splits.
///     Bounded: ranges and batch sources, unless they say otherwise; queues and event sources are not.
///     What begins a pipeline already, such as from_lines(path) or ticks(1s), stays as it is. example: tests/source/from.cpp
template <typename T>
[[nodiscard]] constexpr auto from(T&& source) {
    if constexpr (detail::PipelineLike<T> || std::is_same_v<std::remove_cvref_t<T>, Refused>) {
        return std::remove_cvref_t<T>(std::forward<T>(source));
    } else if constexpr (detail::MakesPipeline<T>) {
        return std::forward<T>(source).pipeline();
    } else if constexpr (DynamicSource<std::remove_cvref_t<T>> && not detail::GivesEvents<std::remove_cvref_t<T>>) {
        return from_splits(std::forward<T>(source));
    } else {
        using Input = typename decltype(detail::input_for<T>())::type;
        if constexpr (std::is_same_v<Input, Refused>) return Refused{};
        else return Pipeline<Input, typename Input::stream>{Input(std::forward<T>(source)), {}};
    }
}
/// from({1, 2, 3}): a vector of them, owned.
template <typename T>
[[nodiscard]] constexpr auto from(std::initializer_list<T> events) {
    return from(std::vector<T>(events));
}
template <typename... Wrong>
    requires(sizeof...(Wrong) != 1)
constexpr Refused from(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>, "from(x): it takes one queue, source or range. Several become one pipeline by merge(from(a), "
                                                 "from(b)).");
    return {};
}

} // namespace weir
