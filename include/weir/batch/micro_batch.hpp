// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/batching.hpp>
#include <weir/core/memory_bound.hpp>
#include <weir/core/not_negative.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <type_traits>

namespace weir {
namespace detail {

/// Lingers: the age limit is part of the type, so a source that cannot keep it is a compile error.
template <bool Lingers>
struct MicroBatchOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "micro_batch";
    template <typename>
    static constexpr bool keeps_events = true;
    MicroBatchOptions options;

    template <typename S>
    void say_memory(MemoryWalk& walk, const S&) const {
        using T = owned_t<typename S::value>;
        const std::size_t one = walk.template of_one<T>(), times_of_one = S::timed ? sizeof(Timestamp) + 2 * sizeof(BatchMark) : 0;
        std::size_t n = options.max_items;
        constexpr std::size_t least = std::is_trivially_copyable_v<T> && counts_as_sizeof<T> ? sizeof(T) : 1; // that an event counts as
        if (options.max_bytes != unlimited) n = std::min(n, (options.max_bytes - 1) / least + 1);
        if (n == unlimited) return walk.unbounded("not bounded: micro_batch without max_items");
        const std::size_t bytes = plus(times(std::max<std::size_t>(times(3, n), 8), sizeof(T) + times_of_one), times(n, one - sizeof(T))); // twice what there was, and that; never less than 8
        walk.batches_of(bytes);
        walk.bounded(bytes);
    }

    template <typename S>
        requires(S::traits.waits || not Lingers)
    using out = with_event_t<S, Batch<owned_t<typename S::value>>>;

    template <typename S, typename Binding>
    auto bind(const S&, Binding& binding, std::uint32_t) && {
        if (not S::traits.waits && (options.linger != Duration::max() || options.latency != Duration::max()))
            throw std::invalid_argument("micro_batch with linger or latency: this source cannot wait with a deadline; put stage() before it");
        return Batching<S, false>(checked(options), binding.clock());
    }

    template <typename S>
    static constexpr void explain() {
        static_assert(never<S>, "micro_batch with linger: this source cannot wait with a deadline; put stage() before it.");
    }
};

struct WholeOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "whole";
    template <typename>
    static constexpr bool keeps_events = true;
    template <typename S>
    void say_memory(MemoryWalk& walk, const S&) const { walk.unbounded("not bounded: whole() keeps all events"); }

    template <typename S>
        requires(S::traits.bounded)
    using out = with_event_t<S, Batch<owned_t<typename S::value>>>;

    template <typename S, typename Binding>
    auto bind(const S&, Binding& binding, std::uint32_t) && {
        return Batching<S, true>({}, binding.clock());
    }

    template <typename S>
    static constexpr void explain() {
        static_assert(never<S>, "whole(): this stream has no end, so there is never a whole. Put take(n) before it, or cut batches with "
                                "micro_batch(n).");
    }
};

} // namespace detail

/// Cuts the stream into batches of `size` events; the last before the end or a stop may be smaller.
///     E -> Batch<T>, lent until the operators behind it return, with the time of its latest event; order kept; events keep their
///     times and the watermarks between them, so that unbatch() gives the same stream again. A watermark, or word that the
///     stream is idle, waits for the batch that was begun before it. Events at hand are part of a checkpoint and count as held. Nothing is allocated after the first batch.
///     Without linger a quiet stream keeps its last events, and these, until the next one comes.
///     Throws std::invalid_argument for a size of 0 or less. example: tests/batch/micro_batch.cpp
template <detail::CountLike N>
[[nodiscard]] auto micro_batch(N size) {
    return detail::MicroBatchOp<false>{detail::checked({.max_items = detail::not_negative(size, "micro_batch(n)")})};
}

/// As micro_batch(size), but no event waits longer than `linger` (on the job's clock), also when no further event comes.
///     The source must be able to wait with a deadline; behind one that is not, put stage() first.
template <detail::CountLike N, typename Rep, typename Period>
[[nodiscard]] auto micro_batch(N size, std::chrono::duration<Rep, Period> linger) {
    return detail::MicroBatchOp<true>{detail::checked({.max_items = detail::not_negative(size, "micro_batch(n, linger)"), .linger = saturating_duration(linger)})};
}

/// As micro_batch(size), cut at whichever limit comes first: .max_items, .max_bytes, .linger, .latency.
///     .latency: as large as they can be so that 99 of 100 events are processed within that time after they came, by what follows in the same
///     task: sizes and waits follow what batches were measured to cost (detail::BatchPace); the Report says what was found.
///     With linger or latency behind a source that cannot wait, run throws std::invalid_argument.
[[nodiscard]] inline auto micro_batch(const MicroBatchOptions& options) {
    return detail::MicroBatchOp<false>{detail::checked(options)};
}

/// All events of a bounded stream as one batch, at its end. No events: no batch. After a stop nothing is given: it is not the whole.
///     E -> Batch<T>; as micro_batch; memory grows with the stream. example: tests/batch/micro_batch.cpp
[[nodiscard]] inline auto whole() { return detail::WholeOp{}; }
template <typename... Wrong>
constexpr Refused micro_batch(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "micro_batch(size, linger): size is a number of events, linger a time. Accepted: micro_batch(100), "
                  "micro_batch(100, 10ms), micro_batch({.max_items = 100, .linger = 10ms}).");
    return {};
}

} // namespace weir
