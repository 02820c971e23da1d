// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/processing.hpp>

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

struct NoPolicy {};

template <typename P, typename Policy>
struct ProcessOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "process";
    using Target = unwrapped_t<P>;
    static constexpr bool decides = not std::is_same_v<Policy, NoPolicy>; // the user said what happens to events in error
    static constexpr bool cuts_inside = requires { requires Policy::cuts_inside; };

    WEIR_NO_UNIQUE_ADDRESS P processor;
    WEIR_NO_UNIQUE_ADDRESS Policy policy;

    template <typename S>
    static constexpr bool takes_batches = BatchValue<typename S::value>;
    template <typename S>
    static consteval bool callable() {
        if constexpr (takes_batches<S>) return ProcessesBatch<Target, batch_element_t<S>>;
        else return false;
    }
    template <typename S>
    static constexpr Gives kind_of = gives<process_result_t<Target, batch_element_t<S>>, is_per_event<Target>>();
    /// Whether there are errors of single events for a policy.
    template <typename S>
    static constexpr bool finds_events = is_repeatable<Target> || kind_of<S> == Gives::outcomes;

    template <typename S>
    static consteval bool fits() {
        if constexpr (not callable<S>()) return false;
        else return kind_of<S> != Gives::mistaken && (not decides || finds_events<S>);
    }

    template <typename S>
    static consteval bool policy_fits() { // says itself what is wrong with it
        if constexpr (decides) return Policy::template fits<batch_events_t<S>>();
        else return true;
    }
    template <typename S>
    static consteval auto stream_behind() {
        if constexpr (not policy_fits<S>()) return std::type_identity<Refused>{};
        else if constexpr (kind_of<S> == Gives::nothing) return std::type_identity<Ended>{};
        else if constexpr (kind_of<S> == Gives::value) return std::type_identity<with_event_t<S, process_result_t<Target, batch_element_t<S>>>>{};
        else return std::type_identity<with_event_t<S, each_result_t<process_result_t<Target, batch_element_t<S>>>>>{};
    }
    template <typename S>
        requires(fits<S>())
    using out = typename decltype(stream_behind<S>())::type;

    template <typename S>
    void say_memory([[maybe_unused]] auto& walk, const S&) const {
        if constexpr (decides) policy.say_memory(walk, batch_events_t<S>{});
    }
    template <typename S, typename Binding>
    auto bind([[maybe_unused]] const S& stream, Binding& binding, std::uint32_t id) && {
        if constexpr (kind_of<S> == Gives::each || finds_events<S>) {
            auto handling = [&] {
                if constexpr (decides) return std::move(policy).bind(batch_events_t<S>{}, binding, id);
                else return fail().bind(batch_events_t<S>{}, binding, id);
            }();
            return Processing<P, S, kind_of<S>, decltype(handling)>(std::move(processor), std::move(handling));
        } else {
            return ProcessingWhole<P, S>{std::move(processor)};
        }
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not takes_batches<S>)
            static_assert(never<P, S>, "process(p): p takes batches, and this stream gives single events. Put micro_batch(n) or whole() before it.");
        else if constexpr (not callable<S>()) {
            if constexpr (std::is_const_v<batch_element_t<S>> && ProcessesBatch<Target, std::remove_const_t<batch_element_t<S>>>)
                static_assert(never<P, S>, "process(p): p wants to change the events, but these batches belong to others. Accepted: "
                                           "fn(std::span<const T>), an object with process(std::span<const T>).");
            else
                static_assert(never<P, S>, "process(p): p cannot be called with a batch of this stream's events. Accepted: fn(std::span<T>), "
                                           "fn(std::span<const T>), an object with process(std::span<T>), std::ref of one; "
                                           "partial(aggregate) of an aggregate that takes them, whose functions are called as const (no mutable lambda).");
        } else if constexpr (kind_of<S> == Gives::mistaken)
            static_assert(never<P, S>, "process(per_event(p)): p must return a range with one result for each event of its batch, as std::vector. "
                                       "For one result per batch write process(p).");
        else
            static_assert(never<P, S>, "process(p, policy): the policy would never be used, as p does not say which events are in error. Return one "
                                       "Outcome per event, or write process(repeatable(p), policy) if p may be called again after it threw.");
    }
};

} // namespace detail

/// Gives each batch to a processor: fn(std::span<T>), or an object with process(std::span<T>); copied per run, std::ref means yours.
/// What it returns decides what comes of it:
///     nothing           the operator is a sink
///     a value           one result per batch, with the batch's time (a string is a value)
///     a range           the same: one batch-valued event, which unbatch() takes apart
///     per_event(p)      one result per event, each with its event's own time, and the watermarks between them; one too few or too
///                       many: std::length_error
///     Outcomes          the same, for a range with one Outcome<U> per event: values go on, errors go to the policy
/// Order kept; a batch lives until the processor has returned. Its exception ends the job; a processor that may be called again
/// (repeatable(p), or `static constexpr bool repeatable = true`) is called with halves of the batch until the events to blame stand
/// alone: they go to the policy, each other event is in exactly one call that succeeded, and each of those calls gives its result.
/// Policies: fail() (where none is given), drop(), dead_letter(chain), as for try_map. Allocates only what the processor does.
///     A batch of which every event was in error counts as dropped (error). example: tests/batch/process.cpp
template <typename P>
[[nodiscard]] constexpr auto process(P processor) {
    return detail::ProcessOp<P, detail::NoPolicy>{std::move(processor), {}};
}
template <typename P, detail::ErrorPolicy Policy>
[[nodiscard]] constexpr auto process(P processor, Policy policy) {
    static_assert(not Policy::retries, "process(p, retry(...)): a batch is not tried again as a whole; repeatable(p) finds the events to blame. "
                                       "Accepted: drop(), fail(), dead_letter(chain).");
    return detail::ProcessOp<P, Policy>{std::move(processor), std::move(policy)};
}
template <typename... Wrong>
constexpr Refused process(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "process(p, policy): it takes a function of a batch and perhaps a policy. Accepted: process(fn), "
                  "process(fn, drop()), and so with fail(), retry(n, backoff), dead_letter(chain).");
    return {};
}

} // namespace weir
