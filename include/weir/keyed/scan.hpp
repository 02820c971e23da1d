// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/kept_key.hpp>
#include <weir/core/key.hpp>
#include <weir/keyed/key_options.hpp>
#include <weir/keyed/per_key.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// The running form keeps the state as the event that it gives next, so that it can lend it without a copy.
template <typename Given, typename Fn>
struct Scanning {
    using kind = OperatorKind;
    static constexpr bool one_to_one = true;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    Given last;

    template <typename E, typename Next>
    WEIR_INLINE constexpr void on_event(E&& event, Next& next) {
        if constexpr (is_timed<E>) last.time = event.time;
        auto& state = value_of(last);
        state = kept_key<value_t<Given>>(std::invoke(fn, std::move(state), value_of(std::forward<E>(event))));
        next.on_event(std::as_const(last));
    }

    void save(StateWriter& to) const { to.put(last); }
    void load(StateReader& from) { from.get(last); }
};

/// What scan does with the state of a key.
template <typename Given, typename Fn>
struct ScanStep {
    Given init;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;

    template <typename State, typename V>
    WEIR_INLINE void operator()(State& state, V&& value) {
        state = kept_key<State>(std::invoke(fn, std::move(state), std::forward<V>(value)));
    }
};

template <typename State, typename Fn, typename Options>
struct ScanOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "scan";
    template <typename>
    using assigned = State;
    static constexpr bool takes_clauses = true;
    static constexpr bool limited = std::is_same_v<Options, KeyedOptions>;
    State init;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    WEIR_NO_UNIQUE_ADDRESS Options options;

    template <typename S>
    static constexpr bool callable = std::invocable<Fn&, State&&, given_t<S>>;
    template <typename R>
    static constexpr bool keeps = keepable_as<R, State> && not(std::integral<State> && std::floating_point<std::remove_cvref_t<R>>);

    template <typename S>
        requires callable<S> && keeps<std::invoke_result_t<Fn&, State&&, given_t<S>>> && (not is_windowed<S>) &&
                 (is_keyed<S> ? std::copyable<State> : not limited)
    using out = with_traits_t<with_event_t<without_clauses_t<S>, State>, lent(S::traits)>;

    template <typename S>
    void say_memory(auto& walk, const S& stream) const {
        if constexpr (is_keyed<S>) stepping_keys_memory<given<S>>(walk, stream, options, name);
    }
    template <typename S>
        requires(not is_keyed<S>)
    constexpr auto bind(const S&) && {
        return Scanning<given<S>, Fn>{std::move(fn), begin<S>()};
    }
    template <typename S, typename Binding>
        requires is_keyed<S>
    auto bind(const S& stream, Binding& binding, std::uint32_t) && {
        using Step = ScanStep<given<S>, Fn>;
        return stepping_keys<given<S>>(name, stream, Step{begin<S>(), std::move(fn)}, options, binding.clock());
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (is_windowed<S>)
            static_assert(never<Fn, S>, "scan(init, fn): it knows no windows. Put reduce(fn) or aggregate(fold(...)) behind window(...), or leave the "
                                        "window out.");
        else if constexpr (not callable<S>)
            static_assert(never<Fn, S>, "scan(init, fn): fn cannot be called with the state and this pipeline's events. Accepted: "
                                        "State fn(State, const T&), State fn(State&&, T), where State is the type of init.");
        else if constexpr (std::is_void_v<std::invoke_result_t<Fn&, State&&, given_t<S>>>)
            static_assert(never<Fn, S>, "scan(init, fn): fn returns nothing, but it must return the new state.");
        else if constexpr (limited && not is_keyed<S>)
            static_assert(never<Fn, S>, "scan(init, fn, options): they bound the states of keys, but this stream has no key. Put key_by(projection) before "
                                        "it, or leave them out.");
        else if constexpr (is_keyed<S> && not std::copyable<State>)
            static_assert(never<Fn, S>, "scan(init, fn): behind key_by each key begins with a copy of init, and this type cannot be copied. Use "
                                        "process_keyed, which makes a State{} for each key.");
        else
            static_assert(never<Fn, S>, "scan(init, fn): what fn returns does not fit into the state, which has the type of init. For a "
                                        "running sum of doubles write scan(0.0, fn), not scan(0, fn).");
    }

private:
    template <typename S>
    using given = std::conditional_t<S::timed, Event<State>, State>;
    template <typename S>
    constexpr given<S> begin() {
        if constexpr (S::timed) return {std::move(init), min_time};
        else return std::move(init);
    }
};

} // namespace detail

/// Gives the state after each event: state = fn(state, e), beginning with init, as in running sums. Behind key_by each key has its
/// own state, which begins with a copy of init.
///     E -> the type of init, lent (`const State&`, the operator's own, until the next event); order and event time kept; one
///     output per event; never copies the state; fn gets it moved. Allocates nothing, but for keys that are new.
///     options (behind key_by): {.max_keys, .at_max, .ttl, .ttl_clock}; a key that was forgotten begins anew.
///     The state is part of a checkpoint; views in it are kept as strings. example: tests/keyed/scan.cpp
template <typename State, typename Fn>
[[nodiscard]] constexpr auto scan(State init, Fn fn) {
    using Kept = detail::owned_parts_t<State>;
    return detail::ScanOp<Kept, Fn, detail::NoOptions>{detail::kept_key<Kept>(std::move(init)), std::move(fn), {}};
}
template <typename State, typename Fn>
[[nodiscard]] constexpr auto scan(State init, Fn fn, KeyedOptions options) {
    using Kept = detail::owned_parts_t<State>;
    return detail::ScanOp<Kept, Fn, KeyedOptions>{detail::kept_key<Kept>(std::move(init)), std::move(fn), options};
}
template <typename... Wrong>
constexpr Refused scan(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "scan(init, fn): it takes the first state and a function: scan(0, [](int sum, int x) { return sum + x; "
                  "}). To begin with the first event use reduce(fn).");
    return {};
}

} // namespace weir
