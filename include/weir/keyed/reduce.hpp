// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/aggregate.hpp>
#include <weir/core/key.hpp>
#include <weir/keyed/aggregate.hpp>
#include <weir/keyed/key_options.hpp>
#include <weir/keyed/per_key.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// fn makes one of two values of the owned form T; given: how the second one comes.
template <typename Fn, typename T, typename Given = const T&>
concept Reduces = std::invocable<const Fn&, T&&, Given> && std::convertible_to<std::invoke_result_t<const Fn&, T&&, Given>, T>;

/// What reduce does with a value that there is already.
template <typename Fn>
struct ReduceStep {
    WEIR_NO_UNIQUE_ADDRESS Fn fn;

    template <typename T, typename V>
    WEIR_INLINE constexpr void operator()(T& so_far, V&& value) {
        so_far = static_cast<T>(std::invoke(fn, std::move(so_far), std::forward<V>(value)));
    }
};

/// The running form without a key: keeps what it gives next, so that it can lend it without a copy.
template <typename Given, typename Fn>
struct Reducing {
    using kind = OperatorKind;
    static constexpr bool one_to_one = true;
    WEIR_NO_UNIQUE_ADDRESS ReduceStep<Fn> step;
    std::optional<Given> last{};

    template <typename E, typename Next>
    WEIR_INLINE constexpr void on_event(E&& event, Next& next) {
        if (last) {
            if constexpr (is_timed<E>) last->time = event.time;
            step(value_of(*last), value_of(std::forward<E>(event)));
        } else {
            last.emplace(to_owned(std::forward<E>(event)));
        }
        next.on_event(std::as_const(*last));
    }

    void save(StateWriter& to) const { to.put(last); }
    void load(StateReader& from) { from.get(last); }
};

/// Nothing until the first value.
template <typename T>
struct Reduced {
    std::optional<T> value;
    [[nodiscard]] constexpr bool has_result() const noexcept { return value.has_value(); }
    static constexpr auto fields() { return weir::fields("value", &Reduced::value); }
};

/// The operator, and the aggregate of that name, which it is itself behind a window.
template <typename Fn, typename Options = NoOptions>
struct ReduceOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "reduce";
    template <typename S>
    using assigned = owned_t<typename S::value>;
    static constexpr bool takes_clauses = true;
    static constexpr bool limited = std::is_same_v<Options, KeyedOptions>;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    WEIR_NO_UNIQUE_ADDRESS Options options{};

    template <typename T>
        requires std::copyable<owned_t<T>> && Reduces<Fn, owned_t<T>, const T&> && Reduces<Fn, owned_t<T>>
    using State = Reduced<owned_t<T>>;
    template <typename T>
    static constexpr AggregateRules rules{.exact = true, .commutative = false, .tolerance = 0};

    template <typename R, typename T>
    constexpr void add(Reduced<R>& state, const T& value) const {
        if (state.value) ReduceStep<const Fn&>{fn}(*state.value, value);
        else state.value.emplace(value);
    }
    template <typename R>
    constexpr void merge(Reduced<R>& state, const Reduced<R>& later) const {
        if (later.value) add(state, *later.value);
    }
    template <typename R>
    [[nodiscard]] constexpr R finish(const Reduced<R>& state) const { return state.value.value(); }

    /// What is kept and given: owned, as it lives longer than the event.
    template <typename S>
    using kept = owned_t<typename S::value>;
    template <typename S>
    static constexpr bool keepable = std::constructible_from<kept<S>, given_t<S>>;
    template <typename S>
    static constexpr bool callable = std::invocable<Fn&, kept<S>&&, given_t<S>>;
    template <typename S>
    using running = with_traits_t<with_event_t<without_clauses_t<S>, kept<S>>, lent(S::traits)>;

    template <typename S>
    struct Out {};
    template <typename S>
        requires(not is_windowed<S>) && (is_keyed<S> || not limited) && keepable<S> && callable<S> && std::convertible_to<std::invoke_result_t<Fn&, kept<S>&&, given_t<S>>, kept<S>>
    struct Out<S> {
        using type = running<S>;
    };
    template <typename S>
        requires is_windowed<S> && (not limited) && AggregateOn<ReduceOp, typename S::value>
    struct Out<S> {
        using type = typename AggregateOp<ReduceOp>::template out<S>;
    };
    template <typename S>
        requires requires { typename Out<S>::type; }
    using out = typename Out<S>::type;

    template <typename S>
    void say_memory(auto& walk, const S& stream) const {
        if constexpr (is_windowed<S>) walk.unbounded("not bounded: reduce in windows knows no max_keys; aggregate(fold(...), {.max_keys}) does");
        else if constexpr (is_keyed<S>) stepping_keys_memory<owned_t<typename S::event>>(walk, stream, options, name);
    }
    template <typename S, typename Binding>
    constexpr auto bind(const S& stream, Binding& binding, std::uint32_t id) && {
        using Given = owned_t<typename S::event>;
        if constexpr (is_windowed<S>) return AggregateOp<ReduceOp>{std::move(*this)}.bind(stream, binding, id);
        else if constexpr (not is_keyed<S>) return Reducing<Given, Fn>{{std::move(fn)}};
        else {
            return stepping_keys<Given>(name, stream, ReduceStep<Fn>{std::move(fn)}, options, binding.clock());
        }
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not keepable<S>)
            static_assert(never<Fn, S>, "reduce(fn): it keeps the first event, and these are lent and cannot be copied. Map to something that can be.");
        else if constexpr (not callable<S>)
            static_assert(never<Fn, S>, "reduce(fn): fn cannot be called with two of this pipeline's events. Accepted: T fn(T, const T&), T fn(T&&, T). "
                                        "For a state of another type use scan(init, fn), behind a window aggregate(fold(...)).");
        else if constexpr (std::is_void_v<std::invoke_result_t<Fn&, kept<S>&&, given_t<S>>>)
            static_assert(never<Fn, S>, "reduce(fn): fn returns nothing, but it must return what becomes of the two events.");
        else if constexpr (is_view<std::remove_cvref_t<std::invoke_result_t<Fn&, kept<S>&&, given_t<S>>>>)
            static_assert(never<Fn, S>, "reduce(fn): fn returns a view, which would outlive what it shows. What is kept of a std::string_view is a "
                                        "std::string: std::string fn(std::string, std::string_view).");
        else if constexpr (not std::convertible_to<std::invoke_result_t<Fn&, kept<S>&&, given_t<S>>, kept<S>>)
            static_assert(never<Fn, S>, "reduce(fn): what fn returns is no event of this pipeline's type. For a state of another type use scan(init, fn), "
                                        "behind a window aggregate(fold(...)).");
        else if constexpr (limited && is_windowed<S>)
            static_assert(never<Fn, S>, "reduce(fn, options): behind a window they say nothing: its state ends with the window. Leave them out; for .max_keys write "
                                        "aggregate(reduce(fn), KeyedOptions{.max_keys = n}).");
        else if constexpr (limited && not is_keyed<S>)
            static_assert(never<Fn, S>, "reduce(fn, options): they bound the states of keys, but this stream has no key. Put key_by(projection) before it, "
                                        "or leave them out.");
        else
            static_assert(never<Fn, S>, "reduce(fn): behind a window the events must be copyable, and fn a const function of a reduced value and a "
                                        "const event: T fn(T, const T&).");
    }
};

} // namespace detail

/// Makes one event of two, again and again: so far = fn(so far, e), beginning with the first event; behind key_by for each key by itself.
///     alone and behind key_by   E -> T, lent (until the next event), for each event what it is reduced to with all before it; with the
///                               event's time, in order. Allocates nothing, but for keys that are new.
///     behind window(...)        E -> Windowed<Key, T>, one for each pane; as in aggregate(...)
///     in aggregate(...)         an aggregate: aggregate(count(), reduce(fn)); without a window one result for each key at the end
///     options (behind key_by): {.max_keys, .at_max, .ttl, .ttl_clock}; a key that was forgotten begins anew.
///     T is the owned form of E's value; T fn(T, const T&) gets the first moved. In windows parts may be reduced before they are put
///     together in order, so fn must be associative. State is saved and loaded. example: tests/keyed/reduce.cpp
template <typename Fn>
[[nodiscard]] constexpr auto reduce(Fn fn) {
    return detail::ReduceOp<Fn>{std::move(fn)};
}
template <typename Fn>
[[nodiscard]] constexpr auto reduce(Fn fn, KeyedOptions options) {
    return detail::ReduceOp<Fn, KeyedOptions>{std::move(fn), options};
}
template <typename... Wrong>
constexpr Refused reduce(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "reduce(fn): it takes one function, of two events: reduce([](T a, const T& b) { ... }). For a first state "
                  "use scan(init, fn).");
    return {};
}

} // namespace weir
