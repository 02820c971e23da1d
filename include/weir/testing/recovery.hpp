// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/checkpoints.hpp>
#include <weir/testing/equivalence.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace weir::detail {

/// Gives a new job the state that a job of the same recipe has saved. Throws StateError when it does not fit.
inline void load_graph(Graph& graph, const StateWriter& state) {
    LoadWalk walk(graph.names(), StateReader(state.data()), graph.memory().sources());
    for (Task* task : graph.tasks()) task->load(walk);
    walk.finish();
}

/// A second job, of the same recipe, from `saved` to its end. Its clock begins at `then`.
template <Form F, typename E, typename Make>
auto go_on(TrialJob<E, Make>& trial, const StateWriter& saved, Timestamp then) {
    using Out = typename TrialJob<E, Make>::template out_t<F>;
    Trial<Out> result;
    auto simulation = simulation_for(trial.plan);
    simulation.clock().set(then);
    Graph graph(RunOptions{.memory = trial.plan.memory(), .clock = &simulation.clock()});
    build<true>(graph, trial.template job<F>());
    load_graph(graph, saved);
    simulation.run(graph);
    graph.rethrow();
    result.captured = std::static_pointer_cast<Captured<Out>>(trial.home.captured);
    result.report = graph.report_now();
    return result;
}

/// Runs a job until some time after a checkpoint at a random step, leaves it there, makes it anew, loads the state and runs it to
/// its end. Nullopt: the job had ended before the checkpoint was complete.
template <Form F, typename E, typename Make>
auto run_interrupted(const Items<E>& items, Make& make, std::uint64_t seed, std::uint64_t steps) {
    const Plan plan{.form = F, .runner = Runner::simulated, .seed = seed};
    TrialJob<E, Make> trial{items, make, plan};
    using Out = typename TrialJob<E, Make>::template out_t<F>;
    Random random(seed);
    auto simulation = simulation_for(plan);
    std::optional<StateWriter> saved;
    Timestamp then{};
    {
        Graph graph(RunOptions{.memory = plan.memory(), .clock = &simulation.clock()});
        const Checkpoints checkpoints(graph, [&](std::uint64_t, const StateWriter& state) {
            saved = state;
            then = simulation.clock().now();
        });
        build<true>(graph, trial.template job<F>());
        simulation.inject(random.below(steps + 1), {Control::Kind::barrier, 1});
        std::uint64_t beyond = random.below(8); // what is given after the checkpoint must be given again
        simulation.crash_when([&] { return saved && beyond-- == 0; });
        simulation.run(graph);
        graph.rethrow();
    }
    if (not saved) return std::optional<Trial<Out>>();
    return std::optional(go_on<F>(trial, *saved, then));
}

template <Form F, typename E, typename Make>
std::string check_recovery_of(const Items<E>& items, Make& make, const LawOptions& options) {
    const auto truth = run_truth<true>(items, make);
    if (truth.error) return "the pipeline throws by itself: " + what_of(truth.error);
    std::uint64_t interrupted = 0;
    for (std::uint64_t i = 0; i < options.runs; ++i) {
        const Plan plan{.form = F, .runner = Runner::simulated, .seed = options.seed + i};
        std::uint64_t steps = run_trial<F, true>(items, make, plan).steps;
        auto trial = run_interrupted<F>(items, make, plan.seed, steps);
        while (not trial && steps > 0) trial = run_interrupted<F>(items, make, plan.seed, steps /= 2); // before the source has ended
        if (not trial) continue;
        ++interrupted;
        const std::string text = compare<order_of<E, Make>>(truth, *trial, plan, options, items.size());
        if (not text.empty()) return fmt::format("saved and loaded {}: {}", plan.describe(), text);
    }
    return interrupted != 0 || options.runs == 0 || items.empty() ? std::string() : "no run could be interrupted: give it more input or runs";
}

} // namespace weir::detail

namespace weir {

/// Saving, destroying and loading a job at random points is invisible: throws LawBroken where the results, their marks or the counts
/// differ from those of the run that was never interrupted. Needs operators whose state can be saved.
///     input, make: as for check_equivalence; example: tests/testing/laws.cpp
template <typename Input, typename Make>
void check_recovery(const Input& input, Make make, const LawOptions& options = {}) {
    const auto& items = detail::items_of(input);
    if constexpr (detail::makes_job<detail::Form::plain, decltype(items), Make>) {
        std::string text = detail::check_recovery_of<detail::Form::plain>(items, make, options);
        if (text.empty()) text = detail::check_recovery_of<detail::Form::staged>(items, make, options);
        if (not text.empty()) throw LawBroken("recovery: " + text);
    }
}

} // namespace weir
