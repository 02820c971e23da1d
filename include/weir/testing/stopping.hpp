// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/testing/recovery.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace weir::detail {

/// Runs a job that is stopped before a random step, to where it ends, makes it anew, loads the state and runs it to its end.
template <Form F, typename E, typename Make>
auto run_stopped(const Items<E>& items, Make& make, const Plan& plan, std::uint64_t steps) {
    TrialJob<E, Make> trial{items, make, plan};
    StateWriter saved;
    auto simulation = simulation_for(plan);
    {
        Graph graph(RunOptions{.memory = plan.memory(), .clock = &simulation.clock()});
        build<true>(graph, trial.template job<F>());
        simulation.inject(Random(plan.seed).below(steps + 1), {Control::Kind::stop});
        simulation.run(graph);
        graph.rethrow();
        SaveWalk walk(graph.names(), saved);
        for (const Task* task : graph.tasks()) task->save(walk);
    }
    return go_on<F>(trial, saved, simulation.clock().now());
}

template <Form F, typename E, typename Make>
std::string check_stopping_of(const Items<E>& items, Make& make, const LawOptions& options) {
    const auto truth = run_truth<true>(items, make);
    if (truth.error) return "the pipeline throws by itself: " + what_of(truth.error);
    for (std::uint64_t i = 0; i < options.runs; ++i) {
        const Plan plan{.form = F, .runner = Runner::simulated, .seed = options.seed + i};
        const auto trial = run_stopped<F>(items, make, plan, run_trial<F, true>(items, make, plan).steps);
        const std::string text = compare<order_of<E, Make>>(truth, trial, plan, options, items.size());
        if (not text.empty()) return fmt::format("stopped, saved and loaded {}: {}", plan.describe(), text);
    }
    return {};
}

} // namespace weir::detail

namespace weir {

/// A job that is stopped at random points, saved where it has ended, made anew and loaded goes on as if nothing had been: throws LawBroken
/// where the results, their marks or the counts differ from those of the run that was never stopped. Needs operators whose state can be
/// saved. No part of check_laws: a stop hands on what micro_batch holds, so that batches are others, and their counts (.counts = false).
///     input, make: as for check_equivalence; example: tests/testing/laws.cpp
template <typename Input, typename Make>
void check_stopping(const Input& input, Make make, const LawOptions& options = {}) {
    const auto& items = detail::items_of(input);
    if constexpr (detail::makes_job<detail::Form::plain, decltype(items), Make>) {
        std::string text = detail::check_stopping_of<detail::Form::plain>(items, make, options);
        if (text.empty()) text = detail::check_stopping_of<detail::Form::staged>(items, make, options);
        if (not text.empty()) throw LawBroken("stopping: " + text);
    }
}

} // namespace weir
