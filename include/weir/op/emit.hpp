// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {
template <typename T, typename Fn>
struct EmitMapOp;
} // namespace detail

/// What flat_map<T>(fn) hands to fn(e, emit): emit(value) gives one more output, at once, with the event's time.
///     One word to pass by value; only valid during the call of fn.
template <typename T>
class Emit {
public:
    void operator()(T value) const { give_(target_, std::move(value)); }

private:
    template <typename, typename>
    friend struct detail::EmitMapOp;

    template <typename Target>
    explicit Emit(Target& target) : target_(std::addressof(target)), give_([](void* to, T&& value) { static_cast<Target*>(to)->give(std::move(value)); }) {}

    void* target_;
    void (*give_)(void*, T&&);
};

namespace detail {

template <typename Fn, typename E, typename To>
concept Emits = std::invocable<Fn&, decltype(value_of(std::declval<E>())), To&> || std::invocable<Fn&, E, To&>;

/// Stands for the emit of an fn that was given without the type of its outputs.
struct EmitAny {
    void operator()(auto&&) const {}
};

template <typename T, typename Fn>
struct EmitMapOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "flat_map";
    static constexpr bool per_event = true;
    static constexpr bool stateless = true;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;

    template <typename S>
        requires Emits<Fn, passed_t<S>, Emit<T>> && (not is_timed<T>)
    using out = with_event_t<S, T>;

    template <typename E, typename Next>
    constexpr void on_event(E&& event, Next& next) {
        Giving<is_timed<E>, Next> giving{next, time_of(event)};
        Emit<T> emit(giving);
        if constexpr (std::invocable<Fn&, decltype(value_of(std::declval<E>())), Emit<T>&>)
            static_cast<void>(std::invoke(fn, value_of(std::forward<E>(event)), emit));
        else
            static_cast<void>(std::invoke(fn, std::forward<E>(event), emit));
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (is_timed<T>)
            static_assert(never<Fn, S>, "flat_map<Out>(fn): Out is an Event, but the outputs have the time of their input. Emit values alone; "
                                        "a time is given by event_time(projection).");
        else
            static_assert(never<Fn, S>, "flat_map<Out>(fn): fn cannot be called with this pipeline's events and an emit. Accepted: "
                                        "fn(const T&, auto emit), fn(T, weir::Emit<Out> emit), where emit(value) gives an Out; an fn that "
                                        "returns a range goes without <Out>: flat_map(fn).");
    }

private:
    template <bool Timed, typename Next>
    struct Giving {
        Next& next;
        Timestamp time;
        void give(T&& value) {
            if constexpr (Next::can_finish || Next::bounded_room)
                if (next.done()) return; // take has enough
            if constexpr (Timed) next.on_event(Event<T>{std::move(value), time});
            else next.on_event(std::move(value));
        }
    };
};

} // namespace detail
} // namespace weir
