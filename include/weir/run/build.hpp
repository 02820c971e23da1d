// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/built_first.hpp>
#include <weir/run/merge_input.hpp>
#include <weir/run/plan.hpp>
#include <weir/run/scan_plan.hpp>
#include <weir/run/stage.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// A job whose operators do not count.
template <typename J>
struct Uncounted {
    J job;
};
template <typename T>
inline constexpr bool is_uncounted = false;
template <typename J>
inline constexpr bool is_uncounted<Uncounted<J>> = true;

/// A job whose operators are sampled: see profiled().
template <typename J>
struct Profiled {
    J job;
};
template <typename T>
inline constexpr bool is_profiled = false;
template <typename J>
inline constexpr bool is_profiled<Profiled<J>> = true;

/// Checks, with a sentence, that J is a job: a pipeline whose chain ends in a sink. False after a mistake that was said before.
template <typename J>
consteval bool is_job() {
    using Job = std::remove_cvref_t<J>;
    if constexpr (std::is_same_v<Job, Refused>) {
        return false;
    } else if constexpr (is_uncounted<Job> || is_profiled<Job>) {
        return is_job<decltype(Job::job)>();
    } else if constexpr (ChainLike<Job>) {
        static_assert(never<J>, "this is a chain without a source: begin it with from(source) |.");
        return false;
    } else if constexpr (not PipelineLike<Job>) {
        static_assert(never<J>, "this is not a pipeline: write from(source) | operators ... | a sink.");
        return false;
    } else if constexpr (not std::is_same_v<typename Job::stream, Ended>) {
        if constexpr (Job::stream::has_clauses) static_assert(LeakedClause<void, typename Job::stream>::said == 0);
        else
            static_assert(never<J>, "the pipeline has no sink, so its events would go nowhere: end it with for_each(fn), "
                                    "collect_into(container), to_queue(queue), to_topic(topic), to_lines(file) or a process(p) that returns nothing.");
        return false;
    } else if constexpr (std::is_lvalue_reference_v<J> && not std::is_copy_constructible_v<decltype(Job::ops)>) {
        static_assert(never<J>, "run(job), start(job): they copy the operators of a job that has a name, so that it can run again, and one of "
                                "these cannot be copied, as a function that owns a std::unique_ptr. Give it away: run(std::move(job)).");
        return false;
    } else {
        return true;
    }
}

template <bool Durable, bool Counts, bool Profiles, typename J>
void build_tasks(Graph& graph, J&& job) {
    using Source = typename std::remove_cvref_t<J>::source_type;
    if constexpr (SplittableInput<Source> && not Durable && can_be_copied<decltype(std::remove_cvref_t<J>::ops)>)
        if (graph.workers() > 1 && job.source.fresh() && build_for_workers<Counts, Profiles>(graph, std::forward<J>(job), graph.workers())) return;
    if constexpr (not Durable && not Profiles) // whose copies would have rows together
        if (build_scan<Counts>(graph, std::forward<J>(job))) return;
    Binding<Durable, Counts, Profiles> binding(graph);
    decltype(auto) input = bind_input(std::forward<J>(job).source, binding); // before the chain: its operators come first in the Report
    const std::size_t first = binding.names().size();
    auto chain = bind_chain<false>(typename Source::stream{}, std::forward<J>(job).ops, binding);
    const std::string name = "input/" + (first < binding.names().size() ? binding.names()[static_cast<std::uint32_t>(first)] : "end");
    add_task<Durable>(binding, std::forward<decltype(input)>(input), std::move(chain), name);
}

/// The same for one that reads others before its source.
template <bool Counts, bool Profiles, typename J>
void build_tasks_in_turn(Graph& graph, J&& job) {
    Binding<false, Counts, Profiles> binding(graph);
    Builds builds;
    auto opened = open_up(std::forward<J>(job), binding, builds);
    using Source = typename decltype(opened)::source_type;
    if constexpr (SplittableInput<Source> && can_be_copied<decltype(opened.ops)>)
        if (graph.workers() > 1 && opened.source.fresh() && build_for_workers<Counts, Profiles>(graph, opened, graph.workers(), std::move(builds))) return;
    auto input = built_first(std::move(builds), static_cast<decltype(opened.source)>(opened.source), binding);
    auto chain = bind_chain<false>(typename Source::stream{}, std::move(opened.ops), binding);
    add_task<false>(binding, std::move(input), std::move(chain), "input/join");
}

/// Makes the tasks of a job in the graph. An lvalue job's source is used in place; its operators are copied.
template <bool Durable, bool Counts = true, bool Profiles = false, typename J>
void build(Graph& graph, J&& job) {
    if constexpr (is_uncounted<std::remove_cvref_t<J>>) {
        graph.reports(false);
        return build<Durable, false, Profiles>(graph, std::forward<J>(job).job);
    } else if constexpr (is_profiled<std::remove_cvref_t<J>>) {
        return build<Durable, Counts, true>(graph, std::forward<J>(job).job);
    } else {
        if constexpr (not Durable && builds_first<std::remove_cvref_t<J>>) build_tasks_in_turn<Counts, Profiles>(graph, std::forward<J>(job));
        else build_tasks<Durable, Counts, Profiles>(graph, std::forward<J>(job));
    }
}

} // namespace weir::detail

namespace weir {

/// The same job without the counts of its Report, which is empty then: for the last few per cent of a fused loop.
template <typename J>
[[nodiscard]] constexpr auto uncounted(J&& job) {
    return detail::Uncounted<J>{std::forward<J>(job)};
}

} // namespace weir
