// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/job_memory.hpp>
#include <weir/core/memory_bound.hpp>
#include <weir/core/not_negative.hpp>
#include <weir/run/chain_task.hpp>
#include <weir/run/channel_input.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {

/// The queue in front of a stage.
struct StageOptions {
    std::size_t capacity = 4096;         ///< events; at least 1
    Overflow overflow = Overflow::block; ///< what happens when it is full
    Wait wait = Wait::sleep;             ///< what the threads on its two sides do while it is empty, or full
};

namespace detail {

template <typename Chain>
class Sampled; // of a profiled job: see profile.hpp

template <bool Durable, typename Binding, typename Input, typename Chain>
void add_task(Binding& binding, Input&& input, Chain chain, std::string name) {
    if constexpr (requires { requires Binding::profiles; } && IsLink<Chain> && not requires { Chain::sampled; }) {
        add_task<Durable>(binding, std::forward<Input>(input), Sampled<Chain>(std::move(chain), binding.clock()), std::move(name));
    } else {
        constexpr bool in_place = std::is_lvalue_reference_v<Input> && not std::is_const_v<std::remove_reference_t<Input>>;
        using In = std::conditional_t<in_place, Input, std::remove_cvref_t<Input>>;
        Graph& graph = binding.graph();
        // no make_unique, here and where else a chain is made: a unique_ptr of each type of its own would cost a compiler much
        using Made = std::conditional_t<Durable, DurableTask<In, Chain>, ChainTask<In, Chain>>;
        graph.add(std::unique_ptr<Task>(new Made(graph, std::forward<Input>(input), std::move(chain), std::move(name))));
    }
}

/// What a queue between tasks takes at most. Slot: what lies in it, an event E and what goes with it.
///     signals: that stand between two events of it; there are others that are few, as the end
template <typename Slot, typename E>
[[nodiscard]] std::size_t channel_memory(auto& walk, std::size_t n, std::size_t signals, bool discards = false) {
    const std::size_t places = n < (unlimited >> 2U) ? std::bit_ceil(n) : n, beside = walk.template of_one<E>() - sizeof(E);
    const std::size_t second = discards ? times(plus(n, LossyRing<Slot>::places_more), LossyRing<Slot>::bytes_each) : 0;
    const std::size_t ahead = signals != 0 ? SomeSignals::most : 0, ends = 2 * sizeof(SomeSignals);
    return plus(plus(plus(times(places, sizeof(Slot)), times(n, beside)), plus(second, ends)), grown(plus(times(signals, n), 4 + ahead), sizeof(Signal)));
}

/// Throws, by the name of the operator, what its queue would throw without one.
inline void require_room(const std::string& of, std::size_t capacity, std::size_t event_bytes) {
    if (capacity == 0) throw std::invalid_argument(of + ": its queue needs a capacity of at least 1");
    if (capacity > unlimited / 4 / event_bytes)
        throw std::length_error(of + ": its queue's capacity of " + std::to_string(capacity) + " events is more than memory can hold (a negative number?)");
}
[[noreturn]] inline void throw_no_memory(const std::string& of, std::size_t capacity, std::size_t event_bytes) {
    throw std::length_error(of + ": there is no memory for its queue's capacity of " + std::to_string(capacity) + " events, of " + std::to_string(event_bytes) + " bytes each");
}
/// The queue before an operator, or one of several. A RunOptions::resource that has not so much says so itself: ResourceExhausted.
template <typename E>
[[nodiscard]] std::shared_ptr<Channel<E>> make_channel(const std::string& of, std::size_t capacity, Overflow overflow, Wait how = Wait::sleep) {
    require_room(of, capacity, sizeof(E));
    try {
        return std::make_shared<Channel<E>>(capacity, overflow, how);
    } catch (const ResourceExhausted&) {
        throw;
    } catch (const std::bad_alloc&) {
        throw_no_memory(of, capacity, sizeof(E));
    }
}

struct StageOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "stage";
    template <typename>
    static constexpr bool keeps_events = true;
    static constexpr bool cuts = true;
    static constexpr bool passes_clauses = true;
    StageOptions options;

    template <typename S>
    void say_memory(MemoryWalk& walk, const S&) const {
        using E = owned_t<typename S::event>;
        const bool discards = options.overflow == Overflow::drop_oldest || options.overflow == Overflow::keep_latest;
        walk.bounded(channel_memory<E, E>(walk, options.capacity, S::timed ? 2 : 0, discards));
    }
    template <typename S>
    using out = with_traits_t<with_whole_event_t<S, owned_t<typename S::event>>, waiting(owned(S::traits))>;

    template <typename S, typename Binding, typename BindRest>
    auto cut(const S&, Binding& binding, std::uint32_t id, BindRest&& rest) && {
        using E = owned_t<typename S::event>;
        auto channel = make_channel<E>(binding.names()[id], options.capacity, options.overflow, options.wait);
        add_task<Binding::durable>(binding, ChannelInput<E>(channel, id), std::forward<BindRest>(rest)(), "behind/" + binding.names()[id]);
        return ChannelOutlet<E>(std::move(channel), id, binding.names()[id]);
    }
};

} // namespace detail

/// What follows runs as a task of its own, on its own thread under the default executor (in a job with parallel threads may be shared), behind
/// a bounded queue.
///     E -> E, owned; order and event time kept; clauses pass; back-pressure or the stated overflow policy, drops counted
///     the queue is allocated at the start: std::length_error where there is no memory for it. Example: tests/runtime/stage.cpp
[[nodiscard]] inline detail::StageOp stage(StageOptions options = {}) { return {options}; }
/// stage(n): a queue of n events. Throws std::invalid_argument for a negative n; for 0 run does.
template <std::integral N>
[[nodiscard]] constexpr detail::StageOp stage(N capacity) { return {{.capacity = detail::not_negative(capacity, "stage(n)")}}; }
template <typename... Wrong>
constexpr Refused stage(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "stage(options): it takes at most a capacity or options. Accepted: stage(), stage(1024), stage({.capacity "
                  "= 1024, .overflow = Overflow::block}).");
    return {};
}

} // namespace weir
