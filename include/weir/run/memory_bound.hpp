// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/memory_bound.hpp>
#include <weir/run/build.hpp>
#include <weir/run/options.hpp>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {

/// A job that keeps more in memory than RunOptions::memory, whatever comes.
class MemoryTooSmall : public std::invalid_argument {
public:
    using std::invalid_argument::invalid_argument;
};

namespace detail {

/// Keeps no more than its own few bytes.
template <typename Op>
concept KeepsLittle = Marker<Op> || Clause<Op> || requires { requires Op::per_event; } || requires { requires Op::stateless; } || requires { requires Op::keeps_little; };

template <std::size_t I, typename S, typename... Ops>
void walk_memory(MemoryWalk& walk, const S& stream, const Pack<Ops...>& ops) {
    if constexpr (I != sizeof...(Ops)) {
        const auto& op = detail::nth<I>(ops);
        using Op = std::remove_cvref_t<decltype(op)>;
        if constexpr (NameMarker<Op>) walk.names().enter_named(op.name, op.one_operator);
        else if constexpr (Marker<Op>) walk.names().leave();
        else if constexpr (not Clause<Op>) {
            walk.is_at(walk.names().add(kind_name<Op>()), requires { requires Op::template gathers<S>(); });
            if constexpr (requires { op.say_memory(walk, stream); }) op.say_memory(walk, stream);
            else if constexpr (not KeepsLittle<Op>) walk.unbounded("does not say what it keeps");
        }
        if constexpr (Marker<Op>) walk_memory<I + 1>(walk, stream, ops);
        else walk_memory<I + 1>(walk, stream_behind(op, stream), ops);
    }
}
template <typename J>
void walk_memory_of(MemoryWalk& walk, const J& job);
/// One of the pipelines that meet: with stages in it, what it gives comes through one more channel, unless it goes on as the job itself.
template <std::size_t I, typename Source, typename P>
void walk_memory_of_part(MemoryWalk& walk, const P& part, bool goes_on) {
    walk.names().enter_path(part_name<Source>(I));
    if constexpr (leaves_task<decltype(P::ops)>)
        if (not goes_on) {
            walk.is_at(walk.names().add("stage"));
            StageOp{}.say_memory(walk, typename P::stream{});
        }
    walk_memory_of(walk, part);
    walk.names().leave();
}
template <typename J>
void walk_memory_of(MemoryWalk& walk, const J& job) {
    if constexpr (is_uncounted<J>) walk_memory_of(walk, job.job);
    else {
        using Source = typename J::source_type;
        if constexpr (requires { requires Source::is_merge; }) {
            [&]<std::size_t... I>(std::index_sequence<I...>) {
                (walk_memory_of_part<I, Source>(walk, std::get<I>(job.source.parts), I == 0 && builds_first<J>), ...);
            }(std::make_index_sequence<std::tuple_size_v<decltype(job.source.parts)>>());
        }
        walk_memory<0>(walk, typename Source::stream{}, job.ops);
    }
}
template <typename J>
[[nodiscard]] MemoryBound memory_bound_of(const J& job, const MemoryBoundOptions& options) {
    MemoryBound bound;
    MemoryWalk walk(bound, options);
    walk_memory_of(walk, job);
    return bound;
}

template <typename Bound> // a template, so that it costs only those who ask
[[noreturn]] void refuse_memory(Bound bound, std::size_t memory) {
    std::string text = "the queues, batches and bounded states of this job may take " + std::to_string(bound.bytes) + " bytes, but RunOptions::memory is " +
                       std::to_string(memory) + ". Most of it: ";
    for (int i = 0; i < 3 && not bound.parts.empty(); ++i) {
        const auto most = std::max_element(bound.parts.begin(), bound.parts.end(), [](const auto& a, const auto& b) { return a.bytes < b.bytes; });
        if (most->bytes != 0) text += (i == 0 ? "" : ", ") + most->name + ' ' + std::to_string(most->bytes);
        bound.parts.erase(most);
    }
    throw MemoryTooSmall(text + ". Make these smaller, or give the job more");
}

} // namespace detail

/// What a job may keep in memory at most, before it is run: queues of stages, batches, the states of scan, reduce, deduplicate and
/// aggregate with .max_keys, rows of top_n; with MemoryBoundOptions::workers, of each of them.
///     Not counted: figures of the job, what sources and sinks read and write at a time, what your functions and containers keep, and the few bytes that each
///     operator has. An operator that says nothing of its memory, as one of your own, is not bounded; it says it with
///     `static constexpr bool keeps_little = true`.
///     example: tests/runtime/memory_bound.cpp
template <typename J>
[[nodiscard]] MemoryBound memory_bound(const J& job, const MemoryBoundOptions& options = {}) {
    if constexpr (detail::is_job<const J&>()) return detail::memory_bound_of(job, options);
    else return {};
}

/// Refuses a job, before it is run, that may keep more than the RunOptions::memory it is given: throws MemoryTooSmall, which names the largest
/// parts. What is not bounded, what goes by way of files beyond its share, and a memory of 0, is not refused. RunOptions::bounded has run, start and
/// stepper ask for it. example: tests/runtime/memory_bound.cpp
template <typename J>
void require_memory(const J& job, const RunOptions& run, MemoryBoundOptions options = {}) {
    if (run.memory == 0) return;
    options.workers = std::max(options.workers, run.workers);
    MemoryBound bound = memory_bound(job, options);
    if (bound.bytes > run.memory) detail::refuse_memory(std::move(bound), run.memory);
}

} // namespace weir
