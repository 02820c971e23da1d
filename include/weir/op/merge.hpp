// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <concepts>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename P>
using merged_event_t = owned_t<typename std::remove_cvref_t<P>::stream::event>;

/// Several pipelines as the source of one. The job makes its running form (run/merge_input.hpp).
template <typename... Pipelines>
struct MergeOf {
    static constexpr bool is_merge = true;
    using First = std::tuple_element_t<0, std::tuple<Pipelines...>>;
    using stream = Stream<merged_event_t<First>, Traits{.lent = false,
                                                        .bounded = (Pipelines::stream::traits.bounded && ...),
                                                        .order = Order::none,
                                                        .waits = (Pipelines::stream::traits.waits && ...),
                                                        .merged = First::stream::timed}>;
    std::tuple<Pipelines...> parts;
};

template <typename... P>
consteval bool can_merge() {
    if constexpr ((std::is_same_v<P, Refused> || ...)) {
        return false;
    } else if constexpr (not(is_pipeline<P> && ...)) {
        static_assert(never<P...>, "merge(pipelines...): takes pipelines, each with its source. Write merge(from(a) | ..., from(b) | ...).");
        return false;
    } else if constexpr ((std::is_same_v<typename P::stream, Ended> || ...)) {
        static_assert(never<P...>, "merge(pipelines...): one of them ends in a sink already. Put the sink behind the merge.");
        return false;
    } else if constexpr ((P::stream::has_clauses || ...)) {
        static_assert(((P::stream::has_clauses ? LeakedClause<void, typename P::stream>::said : 0) + ... + 0) == 0);
        return false;
    } else if constexpr ((P::stream::traits.clocked || ...)) {
        static_assert(never<P...>, "merge(pipelines...): the times of one of them are those of the job's clock, which gives no watermark that others "
                                   "could be compared with. Put processing_time() behind the merge.");
        return false;
    } else if constexpr ((lacks_copies<typename P::stream> || ...)) {
        say_lacks_copies<std::tuple<P...>>();
        return false;
    } else if constexpr (not(std::same_as<merged_event_t<P>, merged_event_t<std::tuple_element_t<0, std::tuple<P...>>>> && ...)) {
        static_assert(never<P...>, "merge(pipelines...): they do not give events of the same type. Bring them to one with map(fn); all "
                                   "of them need event time, or none.");
        return false;
    } else {
        return true;
    }
}

} // namespace detail

/// One pipeline that gives the events of several, each in its own order, as they come.
///     pipelines of E -> E, owned; no order between them is promised; event time kept, the watermark is the least of those
///     that are not idle, but an event is late by the watermark of its own pipeline, so the same ones however they interleave
///     (operators of your own: on_own_mark). Behind it windows that overlap are kept each by itself
///     they share one task and are asked in turn; one whose source can only block (a plain next()) holds the others up while it
///     does: put stage() behind it. Ends when all have ended. example: tests/op/merge.cpp
template <typename... Pipelines>
[[nodiscard]] constexpr auto merge(Pipelines&&... pipelines) {
    static_assert(sizeof...(Pipelines) > 0, "merge(pipelines...): needs at least one pipeline.");
    if constexpr (sizeof...(Pipelines) == 0) return Refused{};
    else if constexpr (not detail::can_merge<std::remove_cvref_t<Pipelines>...>()) return Refused{};
    else {
        using Merged = detail::MergeOf<std::remove_cvref_t<Pipelines>...>;
        return Pipeline<Merged, typename Merged::stream>{Merged{{std::forward<Pipelines>(pipelines)...}}, {}};
    }
}

} // namespace weir
