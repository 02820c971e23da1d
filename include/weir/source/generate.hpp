// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/source/from.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename T>
struct Generated {
    using type = T;
    static constexpr bool endless = true;
};
template <typename T>
struct Generated<std::optional<T>> {
    using type = T;
    static constexpr bool endless = false;
};

} // namespace detail

/// A function as an EventSource: asked for one event after the other, until it gives nullopt.
template <typename Fn>
class Generator {
    using Result = detail::Generated<std::remove_cvref_t<std::invoke_result_t<Fn&>>>;

public:
    using event_type = typename Result::type;

    explicit Generator(Fn fn) : fn_(std::move(fn)) {}

    [[nodiscard]] std::optional<event_type> next() {
        if constexpr (Result::endless) {
            return std::optional<event_type>(std::in_place, std::invoke(fn_));
        } else {
            // Once is enough: the function need not remember that it has ended.
            if (ended_) return std::nullopt;
            std::optional<event_type> event = std::invoke(fn_);
            ended_ = not event;
            return event;
        }
    }

private:
    WEIR_NO_UNIQUE_ADDRESS Fn fn_;
    bool ended_ = false;
};

/// Begins a pipeline with what a function returns, called for one event after the other.
///     std::optional<T> fn() -> T, ends at nullopt; T fn() -> T, never ends (take(n), take_while or a stop end it).
///     Owned; in order; never allocates; unbounded to the type rules; fn is moved in, its state is part of the job and never saved.
///     A stop is seen when fn returns. example: tests/source/generate.cpp
template <typename Fn>
[[nodiscard]] auto generate(Fn fn) {
    if constexpr (not std::invocable<Fn&>) {
        static_assert(detail::never<Fn>, "generate(fn): fn must be callable without arguments. Accepted: T fn(), std::optional<T> fn().");
        return Refused{};
    } else if constexpr (std::is_void_v<std::invoke_result_t<Fn&>>) {
        static_assert(detail::never<Fn>, "generate(fn): fn returns nothing, and its results are the events. Accepted: T fn(), std::optional<T> fn().");
        return Refused{};
    } else {
        return from(Generator<Fn>(std::move(fn)));
    }
}
template <typename... Wrong>
constexpr Refused generate(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>, "generate(fn): it takes one argument. Accepted: std::optional<T> fn(), T fn().");
    return {};
}

} // namespace weir
