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
/// A job that is to be bounded, and has a part of which nobody knows how much it may keep.
class MemoryNotBounded : public std::invalid_argument {
public:
    using std::invalid_argument::invalid_argument;
};

namespace detail {

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
    if constexpr (is_uncounted<J> || is_profiled<J>) walk_memory_of(walk, job.job);
    else {
        using Source = typename J::source_type;
        if constexpr (requires { requires Source::is_merge; }) {
            [&]<std::size_t... I>(std::index_sequence<I...>) {
                (walk_memory_of_part<I, Source>(walk, std::get<I>(job.source.parts), I == 0 && builds_first<J>), ...);
            }(std::make_index_sequence<std::tuple_size_v<decltype(job.source.parts)>>());
        } else if constexpr (requires { job.source.say_memory(walk); }) job.source.say_memory(walk);
        walk.chain(typename Source::stream{}, job.ops);
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

template <typename Bound>
[[noreturn]] void refuse_unbounded(const Bound& bound) {
    std::string text = "RunOptions::bounded: nothing says how much this job may keep: ";
    int told = 0;
    for (const auto& part : bound.parts) {
        if (part.counted && (part.bounded || part.shares)) continue;
        if (++told <= 3) text += (told == 1 ? "" : "; ") + part.name + ": " + part.note;
    }
    if (told > 3) text += "; and " + std::to_string(told - 3) + " more";
    const bool by_keys = text.find("without max_keys") != std::string::npos;
    throw MemoryNotBounded(text + (by_keys ? ". Give .max_keys, or say" : ". Say") + " what you know in RunOptions::at_most, or of your events by weir::owns_at_most");
}

} // namespace detail

/// What a job may keep in memory at most, before it is run: queues of stages, of async_map and of the copies of parallel, batches, the states
/// of keys with .max_keys, of windows with MemoryBoundOptions::windows and of match with MemoryBoundOptions::waiting, rows of top_n and sample;
/// with MemoryBoundOptions::workers, of each.
///     Not counted: figures of the job, what sources and sinks read and write at a time, what a merge or join has read of its inputs, what your functions
///     and containers keep, and the few bytes that each operator has. What has no bound says why, and what would be one. An operator that says nothing of its memory, as one of your own, is not
///     bounded; it says it with `static constexpr bool keeps_little = true`.
///     example: tests/runtime/memory_bound.cpp
template <typename J>
[[nodiscard]] MemoryBound memory_bound(const J& job, const MemoryBoundOptions& options = {}) {
    if constexpr (detail::is_job<J>()) return detail::memory_bound_of(job, options);
    else return {};
}

/// Refuses a job, before it is run, that may keep more than the RunOptions::memory it is given: throws MemoryTooSmall, which names the largest
/// parts. A memory of 0 allows any. With RunOptions::bounded, by which run, start and stepper ask for this, it also refuses a job of which nobody
/// knows how much it may keep: throws MemoryNotBounded, which names the operators. What goes by way of files beyond its share is not refused.
/// What is known of the events is told by `run.at_most`, or here by `options`. example: tests/runtime/memory_bound.cpp
template <typename J>
void require_memory(const J& job, const RunOptions& run, MemoryBoundOptions options) {
    if (run.memory == 0 && not run.bounded) return;
    options.workers = std::max(options.workers, run.workers);
    options.memory = run.resource ? std::max<std::size_t>(run.memory, 1) : run.memory;
    MemoryBound bound = memory_bound(job, options);
    const bool is_counted = std::all_of(bound.parts.begin(), bound.parts.end(), [](const MemoryPart& part) { return part.counted; });
    if (run.bounded && not(bound.bounded && is_counted)) detail::refuse_unbounded(bound);
    if (run.memory != 0 && bound.bytes > run.memory) detail::refuse_memory(std::move(bound), run.memory);
}
template <typename J>
void require_memory(const J& job, const RunOptions& run) {
    require_memory(job, run, run.at_most);
}

} // namespace weir
