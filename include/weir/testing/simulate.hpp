// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/testing/laws.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace weir {

/// How simulate() tries a pipeline.
struct SimulateOptions {
    std::uint64_t seed = 1;      ///< of the first run; the others follow. WEIR_SEED=n in the environment: only that one
    std::size_t seeds = 100;
    bool each_step = false;      ///< for each seed also: a stop and a drain before each step, and each call of a user's function fails
    bool clock_steps = true;     ///< the clock also goes on while there is something to do; not for results that depend on when that is done
    bool lose_wakes = false;     ///< the executor also forgets a wake-up now and then, which a pipeline cannot survive: to see how that looks
    LawOptions laws{.counts = false}; ///< how results are compared, and whether the pipeline handles errors (say .counts = false again); its seed and runs are not used
};

namespace detail {

inline std::string describe(const Incident& incident) {
    constexpr std::array names{"stop", "drain", "pause", "stall", "later", "lost wake-up"};
    std::string text = fmt::format("{} before step {}", names[static_cast<std::size_t>(incident.kind)], incident.at);
    if (incident.kind == Incident::Kind::stall || incident.kind == Incident::Kind::lost_wake) text += fmt::format(", task {}", incident.task);
    if (incident.steps != 0) text += fmt::format(", for {} steps", incident.steps);
    return incident.kind == Incident::Kind::later ? text + fmt::format(", by {} ns", incident.by.count()) : text;
}

inline std::string describe_all(const Plan& plan) {
    std::string text = plan.describe() + (plan.full ? ", queues of one" : "");
    if (plan.fault_at != Fault::never) text += fmt::format(", call {} fails", plan.fault_at);
    for (const Incident& incident : plan.incidents) text += "; " + describe(incident);
    return text;
}

/// The pipelines of one input, run under plans, and what is wrong with each.
///     InSplits: the input comes from splits; then the order in which it came is the one that counts
template <typename E, typename Make, bool InSplits>
class Judge {
public:
    Judge(Items<E> items, Make& make, const SimulateOptions& options) : items_(std::move(items)), make_(make), options_(options) {}

    /// All runs of a seed; throws LawBroken.
    void try_seed(std::uint64_t seed) {
        Random random(seed ^ 0x51a1);
        Plan plan{.form = random.one_in(2) ? Form::staged : Form::plain, .runner = Runner::simulated, .seed = seed, .full = random.one_in(3)};
        if (InSplits) plan.form = Form::split;
        check(plan, seed);
        const Plan quiet = plan;
        const std::uint64_t steps = steps_, calls = calls_;
        for (std::uint64_t n = random.below(4); n > 0; --n) plan.incidents.push_back(harmless(random, steps));
        switch (random.below(4)) {
        case 0: plan.incidents.push_back({.kind = Incident::Kind::stop, .at = random.below(steps + 1)}); break;
        case 1: plan.incidents.push_back({.kind = Incident::Kind::drain, .at = random.below(steps + 1)}); break;
        case 2: plan.fault_at = 1 + random.below(calls); break;
        default: break;
        }
        check(plan, seed);
        if (not options_.each_step) return;
        for (std::uint64_t at = 0; at <= steps; ++at)
            for (const auto kind : {Incident::Kind::stop, Incident::Kind::drain}) check(with(plan, kind, at), seed);
        plan = quiet;
        for (plan.fault_at = 1; plan.fault_at <= calls; ++plan.fault_at) check(plan, seed);
    }

private:
    static Plan with(Plan plan, Incident::Kind kind, std::uint64_t at) {
        std::erase_if(plan.incidents, [](const Incident& i) { return i.kind == Incident::Kind::stop || i.kind == Incident::Kind::drain; });
        plan.fault_at = Fault::never;
        plan.incidents.push_back({.kind = kind, .at = at});
        return plan;
    }
    /// One that a pipeline's results do not depend on.
    Incident harmless(Random& random, std::uint64_t steps) const {
        const std::uint64_t at = random.below(steps + 1), longest = 1 + random.below(50);
        if (options_.lose_wakes && random.one_in(2)) return {.kind = Incident::Kind::lost_wake, .at = at, .task = static_cast<std::size_t>(random.below(4))};
        if (options_.clock_steps && random.one_in(3))
            return {.kind = Incident::Kind::later, .at = at, .by = Duration(static_cast<Duration::rep>(random.below(3'600'000'000'000)))};
        if (random.one_in(2)) return {.kind = Incident::Kind::pause, .at = at, .steps = longest};
        return {.kind = Incident::Kind::stall, .at = at, .steps = longest, .task = static_cast<std::size_t>(random.below(4))};
    }

    auto run(const Items<E>& items, const Plan& plan) {
        if constexpr (InSplits) {
            came_.clear();
            return run_trial<Form::split, false>(items, make_, plan, &came_);
        } else return run_plan<false>(items, make_, plan);
    }
    static bool has(const Plan& plan, Incident::Kind kind) {
        return std::any_of(plan.incidents.begin(), plan.incidents.end(), [kind](const Incident& i) { return i.kind == kind; });
    }
    /// Nothing, or what is wrong with the run.
    std::string wrong(const Items<E>& items, const Plan& plan) {
        try {
            const auto trial = run(items, plan);
            steps_ = trial.steps;
            calls_ = trial.calls;
            if (plan.fault_at != Fault::never) return wrong_after_fault(trial, plan, options_.laws);
            if (std::string text = wrong_counts(trial.report); not text.empty()) return text;
            if (has(plan, Incident::Kind::stop)) return {};
            const bool drained = has(plan, Incident::Kind::drain);
            if (not drained && not InSplits) return compare<order_of<E, Make>>(run_truth<false>(items, make_), trial, plan, options_.laws, items.size());
            if (drained && options_.laws.other_sources) return {};
            if (InSplits) return compare<order_of<E, Make>>(run_truth<false>(came_, make_), trial, plan, options_.laws, came_.size());
            const Items<E> read(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(trial.read));
            return compare<order_of<E, Make>>(run_truth<false>(read, make_), trial, plan, options_.laws, read.size());
        } catch (const SimulationStuck& stuck) {
            return stuck.what();
        }
    }
    void check(const Plan& plan, std::uint64_t seed) {
        const std::string first = wrong(items_, plan);
        if (first.empty()) return;
        const auto differs = [&] {
            throw LawBroken(fmt::format("simulation: the pipeline does not do the same in each run: state outside of it, the time of day, or a random number? "
                                        "Once, run {}, it was wrong: {}", describe_all(plan), first));
        };
        if (wrong(items_, plan) != first) differs();
        const auto fails = [this](const Items<E>& items, const Plan& p) { return not wrong(items, p).empty(); };
        Plan least = plan;
        Items<E> input = items_;
        for (int round = 0; round < 2; ++round) { // with less input less may be needed to happen
            least.incidents = shrink(least.incidents, [&](const std::vector<Incident>& incidents) {
                Plan fewer = least;
                fewer.incidents = incidents;
                return fails(input, fewer);
            });
            simplify(least, input, fails);
            input = shrink(input, [&](const Items<E>& items) {
                for (std::uint64_t other = 0; other < 4; ++other) { // with less input other steps, and earlier calls, are those that show it
                    Plan p = least;
                    p.seed += other;
                    if (other != 0 && p.fault_at != Fault::never) p.fault_at = std::max<std::uint64_t>(1, other == 3 ? 1 : p.fault_at >> other);
                    if (fails(items, p)) return least = std::move(p), true;
                }
                return false;
            });
        }
        const std::string last = wrong(input, least);
        if (last.empty()) differs();
        throw LawBroken(fmt::format("simulation: WEIR_SEED={} shows it again. In the least run found, {}, the pipeline is wrong: {}\n  smallest input found, {} of {}: {}",
                                    seed, describe_all(least), last, input.size(), items_.size(), describe_items(input)));
    }

    /// Less of what happens, and earlier, as long as it fails.
    template <typename Fails>
    static void simplify(Plan& plan, const Items<E>& input, const Fails& fails) {
        const auto attempt = [&](auto change) {
            Plan simpler = plan;
            change(simpler);
            if (fails(input, simpler)) plan = std::move(simpler);
        };
        if (plan.full) attempt([](Plan& p) { p.full = false; });
        if (plan.form != Form::plain && not InSplits) attempt([](Plan& p) { p.form = Form::plain; });
        if (plan.fault_at != Fault::never) attempt([](Plan& p) { p.fault_at = Fault::never; });
        if (plan.fault_at != Fault::never) attempt([](Plan& p) { p.fault_at = (p.fault_at + 1) / 2; });
        for (std::size_t i = 0; i < plan.incidents.size(); ++i) {
            attempt([i](Plan& p) { p.incidents[i].at = 0; });
            attempt([i](Plan& p) { p.incidents[i].at /= 2; });
            attempt([i](Plan& p) { p.incidents[i].steps = std::min<std::uint64_t>(p.incidents[i].steps, 1); });
        }
    }

    Items<E> items_;
    Items<E> came_; // the events of the last run, in their order
    Make& make_;
    const SimulateOptions& options_;
    std::uint64_t steps_ = 0; // of the last run
    std::uint64_t calls_ = 0;
};

template <bool InSplits, typename E, typename Make>
void simulate_seeds(Items<E> items, Make& make, const SimulateOptions& options) {
    Judge<E, Make, InSplits> judge(std::move(items), make, options);
    if (const char* const seed = std::getenv("WEIR_SEED")) return judge.try_seed(std::strtoull(seed, nullptr, 10));
    for (std::uint64_t i = 0; i < options.seeds; ++i) judge.try_seed(options.seed + i);
}

} // namespace detail

/// Runs a pipeline of yours in steps that are drawn from a seed, seed by seed, while things happen to it: tasks stall, queues have room for
/// one, sources pause, the clock steps on, the job is stopped or drained, a call of a function fails. Throws LawBroken where the results, their
/// marks or the counts are not those of the run event by event, where an error does not come out, or where no task can go on, with the
/// seed, which shows the same again, and with the least input and the fewest things that must happen to it.
///     input: a range of events, or a TestStream. make(source, sink) or make(source, sink, fault), called for each run, returns
///     source | operators ... | sink; fault() belongs into those of your functions that may fail
///     one thread; a run that finds nothing takes some three runs of the pipeline. Example: examples/simulated.cpp
template <typename Input, typename Make>
void simulate(const Input& input, Make make, const SimulateOptions& options = {}) {
    if constexpr (detail::makes_job<detail::Form::plain, decltype(detail::items_of(input)), Make>)
        detail::simulate_seeds<false>(detail::items_of(input), make, options);
}

/// The same where the events come from splits that come and go while the job runs (see from_splits), dealt to them at random: each run has an
/// order of its own, and gives what a run event by event gives of the events in that order. For values; their event_time(...) is part of what
/// make returns.
template <typename Range, typename Make>
void simulate_splits(const Range& input, Make make, const SimulateOptions& options = {}) {
    if constexpr (detail::makes_job<detail::Form::split, decltype(detail::items_of(input)), Make>)
        detail::simulate_seeds<true>(detail::items_of(input), make, options);
}

} // namespace weir
