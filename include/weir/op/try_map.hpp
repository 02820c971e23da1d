// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/error_policy.hpp>
#include <weir/op/tried.hpp>
#include <weir/op/trying.hpp>

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename Fn, typename P>
struct TryMapOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "try_map";
    template <typename>
    static constexpr bool keeps_events = P::has_chain;
    static constexpr bool cuts_inside = P::cuts_inside;
    static constexpr bool per_event = P::only_drops;
    static constexpr bool event_by_event = true;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    WEIR_NO_UNIQUE_ADDRESS P policy;

    // Where the event is still needed after a call has failed, fn may not have it.
    template <typename S>
    static constexpr bool keeps = P::retries || P::has_chain || KnowsPosition<typename S::value>;
    template <typename S>
    using tried_t = std::conditional_t<keeps<S>, const typename S::event&, passed_t<S>>;
    template <typename S>
    using given = typename WithoutOutcome<std::remove_cvref_t<call_result_t<Fn, tried_t<S>>>>::type;

    template <typename S>
        requires TakesEvent<Fn&, tried_t<S>> && (not std::is_void_v<given<S>>) && (not is_timed<given<S>>)
    using out = std::conditional_t<P::template fits<S>(), with_event_t<S, given<S>>, Refused>;

    template <typename S>
    void say_memory(auto& walk, const S& stream) const { policy.say_memory(walk, stream); }
    template <typename S, typename Binding>
    constexpr auto bind(const S& stream, Binding& binding, std::uint32_t id) && {
        auto errors = std::move(policy).bind(stream, binding, id);
        return Trying<Fn, decltype(errors), owned_t<typename S::event>, keeps<S>, P::retries>(std::move(fn), std::move(errors), binding.clock());
    }

    /// What workers do of it, and what is left to the task behind them: errors come to the policy in the order of the stream.
    template <typename S>
    static consteval bool splits() {
        if constexpr (P::retries || not TakesEvent<Fn&, const typename S::event&> || not std::constructible_from<owned_t<typename S::value>, const typename S::value&>) return false;
        else return std::is_same_v<given<S>, typename TryingOp<Fn>::template tried<S>::value_type>;
    }
    [[nodiscard]] constexpr auto for_workers() const { return TryingOp<Fn>{fn}; }
    [[nodiscard]] constexpr auto behind_workers() const { return TriedOp<P>{policy}; }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not TakesEvent<Fn&, tried_t<S>> && TakesEvent<Fn&, passed_t<S>>)
            static_assert(never<Fn, S>, "try_map(fn, policy): fn wants to have the event (T&&), but this policy needs it when fn has failed. "
                                        "Accepted with retry, dead_letter and events that know their position: R fn(const T&), R fn(T).");
        else if constexpr (not TakesEvent<Fn&, tried_t<S>> && WantsString<Fn, S>)
            static_assert(never<Fn, S>, "try_map(fn, policy): fn wants a std::string, but these events are only lent: lines and other "
                                        "std::string_views. Accepted: fn(const auto&), fn(std::string_view); a std::string(text) is made "
                                        "where it is kept.");
        else if constexpr (not TakesEvent<Fn&, tried_t<S>>)
            static_assert(never<Fn, S>, "try_map(fn, policy): fn cannot be called with this pipeline's events. Accepted: R fn(const T&), "
                                        "R fn(T), where R is a value or an Outcome.");
        else if constexpr (std::is_void_v<given<S>>)
            static_assert(never<Fn, S>, "try_map(fn, policy): fn returns nothing. Return the value, or an Outcome of one; for side effects "
                                        "use tap(fn).");
        else
            static_assert(never<Fn, S>, "try_map(fn, policy): fn returns an Event, but try_map keeps the event's time. Return the value alone; "
                                        "a time is given by event_time(projection).");
    }
};

} // namespace detail

/// Replaces each event e by fn(e), where fn may fail: by throwing, or by returning an Outcome that holds an error.
///     E -> result of fn(E), of an Outcome its value; order and event time kept; allocates only for errors.
///     What happens to an event in error says the policy:
///         fail()              the job ends with an EventError: operator, number and place of the event, the error (the default)
///         drop()              it is dropped (error)
///         dead_letter(chain)  the chain gets a Rejected<T>; counts as dropped (error)
///         retry(n, backoff, then)   fn is called up to n times more, `backoff` on the job's clock apart; then the policy `then`,
///                             fail() if none is given; later events wait behind it, no thread sleeps
///     An exception of what follows is not an error of fn. Example: tests/op/try_map.cpp
template <typename Fn, typename P = decltype(fail())>
[[nodiscard]] constexpr auto try_map(Fn fn, P policy = {}) {
    if constexpr (detail::ErrorPolicy<P>) {
        return detail::TryMapOp<Fn, P>{std::move(fn), std::move(policy)};
    } else {
        static_assert(detail::said_before<P>, "try_map(fn, policy): this is not a policy. Accepted: drop(), fail(), retry(n, backoff), "
                                              "dead_letter(chain).");
        return Refused{};
    }
}
template <typename... Wrong>
constexpr Refused try_map(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "try_map(fn, policy): it takes a function and perhaps a policy. Accepted: try_map(fn), try_map(fn, "
                  "drop()), and so with fail(), retry(n, backoff), dead_letter(chain).");
    return {};
}

} // namespace weir
