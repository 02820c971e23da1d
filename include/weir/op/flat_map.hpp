// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/op/emit.hpp>
#include <weir/op/flat_range.hpp>

#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename R>
concept StringLike = requires(const std::remove_cvref_t<R>& text) { typename std::remove_cvref_t<R>::traits_type; std::string_view(text); };

template <typename Fn>
struct FlatMapOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "flat_map";
    static constexpr bool per_event = true;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;

    template <typename R>
    static constexpr bool gives_range = FlatSource<std::remove_reference_t<R>> && not StringLike<R>;
    template <typename S>
    using shape = Flat<result_t<Fn, S>>;

    template <typename S>
        requires TakesEvent<Fn&, passed_t<S>> && gives_range<result_t<Fn, S>> && (not is_timed<typename shape<S>::Value>)
    using out = with_traits_t<with_event_t<S, typename shape<S>::Value>,
                              shape<S>::lends && not S::timed ? lent(S::traits) : owned(S::traits)>;

    template <typename S>
    constexpr auto bind(const S&) && { return FlatRangeMapping<Fn, result_t<Fn, S>, S::timed>(std::move(fn)); }

    template <typename S>
    static constexpr void explain() {
        if constexpr (Emits<Fn, passed_t<S>, EmitAny>)
            static_assert(never<Fn, S>, "flat_map(fn): fn takes an emit, so the type of what it gives must be said: flat_map<Out>(fn).");
        else if constexpr (not TakesEvent<Fn&, passed_t<S>> && WantsString<Fn, S>)
            static_assert(never<Fn, S>, "flat_map(fn): fn wants a std::string, but these events are only lent: lines and other "
                                        "std::string_views. Accepted: fn(const auto&), fn(std::string_view); a std::string(text) is made "
                                        "where it is kept.");
        else if constexpr (not TakesEvent<Fn&, passed_t<S>>)
            static_assert(never<Fn, S>, "flat_map(fn): fn cannot be called with this pipeline's events. Accepted: Range fn(T), Range "
                                        "fn(const T&), a pointer to a member that is a range; with flat_map<Out>(fn) also fn(const T&, auto emit).");
        else if constexpr (std::is_void_v<result_t<Fn, S>>)
            static_assert(never<Fn, S>, "flat_map(fn): fn returns nothing. Return a range of outputs, as std::vector, or take a second "
                                        "argument, emit, and say what is given: flat_map<Out>(fn).");
        else if constexpr (StringLike<result_t<Fn, S>>)
            static_assert(never<Fn, S>, "flat_map(fn): fn returns a string, which is one value and not a range. To give the string use "
                                        "map(fn), to give its characters return them as a std::vector<char>.");
        else if constexpr (not gives_range<result_t<Fn, S>>)
            static_assert(never<Fn, S>, "flat_map(fn): what fn returns is not a range (it has no begin and end). For one result per event "
                                        "use map(fn).");
        else
            static_assert(never<Fn, S>, "flat_map(fn): fn returns a range of Events, but the outputs have the time of their input. Return "
                                        "values alone; a time is given by event_time(projection).");
    }
};

} // namespace detail

/// Replaces each event by none, one or many.
///     flat_map(fn): fn(e) returns a range. E -> its elements, moved out of a container that fn returns by value, lent
///     (`const V&`) where the range belongs to others (a reference, a span). The range may be lazy and of any length: where
///     the next task has no room it waits in the middle. A range that shows others' elements is copied then, as they may be the
///     event's; one that computes them must own all it needs.
///     flat_map<Out>(fn): fn(e, emit) calls emit(value) for each output. E -> Out; it cannot wait in the middle, so what one
///     event gives beyond the room of the next task is kept there in memory.
///     Order kept; outputs have their event's time; allocates only what fn does and, waiting, such copies; events that give
///     nothing count as dropped (filtered). example: tests/op/flat_map.cpp
template <typename Out = void, typename Fn>
[[nodiscard]] constexpr auto flat_map(Fn fn) {
    if constexpr (std::is_void_v<Out>) return detail::FlatMapOp<Fn>{std::move(fn)};
    else return detail::EmitMapOp<Out, Fn>{std::move(fn)};
}
template <typename Out = void, typename... Wrong>
constexpr Refused flat_map(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "flat_map(fn): it takes one argument. Accepted: a function of an event that returns a range; of an event "
                  "and what it emits to, flat_map<Out>([](const T& e, auto& emit) { ... }).");
    return {};
}

} // namespace weir
