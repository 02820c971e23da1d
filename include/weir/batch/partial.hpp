// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename A>
struct PartialProcessor {
    WEIR_NO_UNIQUE_ADDRESS A aggregate;

    template <typename T>
        requires AggregateOn<A, value_t<T>>
    [[nodiscard]] aggregate_state_t<A, value_t<T>> process(std::span<T> batch) const {
        aggregate_state_t<A, value_t<T>> state{};
        for (const T& event : batch) aggregate.add(state, value_of(event));
        return state;
    }
};

/// The running form of combine.
template <typename A, typename State, bool Timed>
class Combining {
public:
    using kind = OperatorKind;
    explicit Combining(A aggregate) : aggregate_(std::move(aggregate)) {}

    template <typename E, typename Next>
    void on_event(E&& event, Next&) {
        ++held_;
        latest_ = std::max(latest_, time_of(event));
        aggregate_.merge(state_, value_of(event));
    }
    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        if (t != max_time) return; // its result is still to come, with the time of the latest event
        if (not given_ && has_result_of(aggregate_, state_)) give(next);
        next.on_watermark(t);
    }
    template <typename Next>
    void on_own_mark(Timestamp, Next&) noexcept {} // it comes when all inputs have ended
    template <typename Next>
    void on_idle(Next&) noexcept {} // the result is still to come
    void report(OperatorReport& row) const { row.held = held_; }
    void save(StateWriter& to) const {
        to.put(state_);
        to.put(latest_);
        to.put(held_);
        to.put(given_);
    }
    void load(StateReader& from) {
        from.get(state_);
        from.get(latest_);
        from.get(held_);
        from.get(given_);
    }

private:
    template <typename Next>
    void give(Next& next) {
        given_ = true;
        auto result = aggregate_.finish(state_);
        if constexpr (Timed) next.on_event(Event<decltype(result)>{std::move(result), latest_});
        else next.on_event(std::move(result));
        held_ = 0;
    }
    WEIR_NO_UNIQUE_ADDRESS A aggregate_;
    State state_{};
    Timestamp latest_ = min_time;
    std::uint64_t held_ = 0;
    bool given_ = false;
};

template <typename A>
struct CombineOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "combine";
    WEIR_NO_UNIQUE_ADDRESS A aggregate;

    template <typename S>
    using result = std::remove_cvref_t<decltype(std::declval<const A&>().finish(std::declval<const typename S::value&>()))>;
    template <typename S>
        requires AggregateOfState<A, typename S::value> && (S::traits.bounded)
    using out = with_event_t<S, result<S>>;

    template <typename S>
    void say_memory(auto& walk, const S&) const { walk.bounded(walk.template of_one<owned_t<typename S::value>>()); }
    template <typename S>
    constexpr auto bind(const S&) && { return Combining<A, typename S::value, S::timed>(std::move(aggregate)); }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not AggregateOfState<A, typename S::value>)
            static_assert(never<A, S>, "combine(aggregate): this stream does not give partial states of that aggregate. Put "
                                       "process(partial(aggregate)) with the same aggregate before it.");
        else
            static_assert(never<A, S>, "combine(aggregate): this stream has no end, so there would never be a result. Put take(n) before the "
                                       "batches, or keep a running result with scan(init, fn).");
    }
};

} // namespace detail

/// A processor for process(): the state of an aggregate over one batch, to be merged by combine.
///     batch of T -> aggregate_state_t<A, T>, Savable as its parts are. Allocates nothing of its own. example: tests/batch/partial.cpp
template <typename A>
[[nodiscard]] constexpr auto partial(A aggregate) {
    return detail::PartialProcessor<A>{std::move(aggregate)};
}

/// Merges the partial states of a bounded stream in their order and gives the aggregate's one result, at the end.
///     aggregate_state_t<A, T> -> result, with the time of the latest partial; the projection of the aggregate is not needed again:
///     partial(mean(&Row::x)) | combine(mean()). Of no values: what the aggregate has for none (count and sum: 0), else nothing.
///     After a stop nothing is given and the partials count as held. Allocates nothing. example: tests/batch/partial.cpp
template <typename A>
[[nodiscard]] constexpr auto combine(A aggregate) {
    return detail::CombineOp<A>{std::move(aggregate)};
}

} // namespace weir
