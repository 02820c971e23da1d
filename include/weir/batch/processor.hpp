// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename P, typename T>
concept HasProcess = requires(P& processor, std::span<T> batch) { processor.process(batch); };

/// P itself, not a std::reference_wrapper of it, takes a batch.
template <typename P, typename T>
concept ProcessesBatch = HasProcess<P, T> || std::invocable<P&, std::span<T>>;

template <typename P, typename T>
    requires ProcessesBatch<P, T>
constexpr decltype(auto) process_batch(P& processor, std::span<T> batch) {
    if constexpr (HasProcess<P, T>) return processor.process(batch);
    else return std::invoke(processor, batch);
}

template <typename P, typename T>
using process_result_t = decltype(process_batch(std::declval<P&>(), std::declval<std::span<T>>()));

/// What per_event(p) and repeatable(p) say of a processor.
template <typename P, bool PerEvent, bool Repeatable>
struct Processor {
    static constexpr bool per_event = PerEvent;
    static constexpr bool repeatable = Repeatable;
    WEIR_NO_UNIQUE_ADDRESS P processor;

    template <typename T>
        requires ProcessesBatch<unwrapped_t<P>, T>
    constexpr decltype(auto) process(std::span<T> batch) {
        return process_batch(unwrap(processor), batch);
    }
};

template <typename P>
inline constexpr bool is_per_event = requires { requires P::per_event; };
template <typename P>
inline constexpr bool is_repeatable = requires { requires P::repeatable; };

/// What process makes of a processor's result.
enum class Gives : unsigned char {
    nothing,  ///< it is a sink
    value,    ///< one result per batch, which may be a range
    each,     ///< one result per event
    outcomes, ///< one value or error per event
    mistaken  ///< per_event, but the result is no range
};

template <typename R, bool PerEvent>
consteval Gives gives() {
    using V = std::remove_cvref_t<R>;
    if constexpr (std::is_void_v<R>) return PerEvent ? Gives::mistaken : Gives::nothing;
    else if constexpr (RangeValue<V>) {
        if constexpr (is_outcome<std::iter_value_t<decltype(std::begin(std::declval<V&>()))>>) return Gives::outcomes;
        else return PerEvent ? Gives::each : Gives::value;
    } else return PerEvent ? Gives::mistaken : Gives::value;
}

/// One try of a processor with a part of a batch: its result, or its exception.
template <typename R>
class Attempt {
    using Kept = std::conditional_t<std::is_reference_v<R>, std::remove_reference_t<R>*, R>;

public:
    template <typename P, typename T>
    Attempt(P& processor, std::span<T> batch) {
        try {
            if constexpr (std::is_reference_v<R>) kept_.emplace(std::addressof(process_batch(processor, batch)));
            else kept_.emplace(process_batch(processor, batch));
        } catch (...) {
            error_ = std::current_exception();
        }
    }
    [[nodiscard]] const std::exception_ptr& error() const noexcept { return error_; }
    R result() {
        if constexpr (std::is_reference_v<R>) return static_cast<R>(**kept_);
        else return std::move(*kept_);
    }

private:
    std::optional<Kept> kept_;
    std::exception_ptr error_;
};

template <>
class Attempt<void> {
public:
    template <typename P, typename T>
    Attempt(P& processor, std::span<T> batch) {
        try {
            process_batch(processor, batch);
        } catch (...) {
            error_ = std::current_exception();
        }
    }
    [[nodiscard]] const std::exception_ptr& error() const noexcept { return error_; }

private:
    std::exception_ptr error_;
};

/// Calls the processor with the batch and, as long as it throws, with its halves: in order each event is either in one part for which
/// it succeeded, told by took(attempt, from, part), or to blame by itself: blamed(error, index).
///     Their own exceptions pass. At most about 2 k log2(n) calls for k events to blame out of n.
template <typename P, typename T, typename Took, typename Blamed>
void bisect(P& processor, std::span<T> part, std::size_t from, Took& took, Blamed& blamed) {
    {
        Attempt<process_result_t<P, T>> attempt(processor, part);
        if (not attempt.error()) return took(attempt, from, part);
        if (part.size() <= 1) return blamed(attempt.error(), from);
    }
    const std::size_t half = part.size() / 2;
    bisect(processor, part.first(half), from, took, blamed);
    bisect(processor, part.subspan(half), from + half, took, blamed);
}

} // namespace detail

/// Says that a processor gives one result for each event of its batch, in order. process(per_event(p)) sends them on one by one,
/// each with its event's own time. example: tests/batch/process.cpp
template <typename P>
[[nodiscard]] constexpr auto per_event(P processor) {
    return detail::Processor<P, true, detail::is_repeatable<unwrapped_t<P>>>{std::move(processor)};
}

/// Says that a processor that threw may be called again with parts of the same batch. process(repeatable(p), policy) then finds the
/// events to blame by bisection. A processor can say so itself: `static constexpr bool repeatable = true;`.
/// example: tests/batch/process_errors.cpp
template <typename P>
[[nodiscard]] constexpr auto repeatable(P processor) {
    return detail::Processor<P, detail::is_per_event<unwrapped_t<P>>, true>{std::move(processor)};
}

} // namespace weir
