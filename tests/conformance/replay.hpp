// SPDX-License-Identifier: BSL-1.0
// Runs a case through a pipeline in three ways, and says how what came differs from what was expected.
#pragma once
#include "conformance/rows.hpp"

#include <weir/run/checkpoints.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace conformance {

/// What a pipeline gave, each output with the last step that the script could give by then.
struct Recorder {
    struct Output {
        Json entry;
        std::int64_t after;
    };
    std::shared_ptr<Gate> gate = std::make_shared<Gate>();
    std::vector<Output> outputs;
    std::vector<std::int64_t> late;
    bool late_unseen = false;    ///< the operator only counts them
    weir::Timestamp last_mark = weir::min_time;
    bool is_idle = false;
    std::map<std::int64_t, std::int64_t> windows{}; ///< where a case is about which there are

    void give(Json entry) { outputs.push_back({std::move(entry), static_cast<std::int64_t>(gate->open_until) - 1}); }
};
using Record = std::shared_ptr<Recorder>;

/// What is expected, or what came, as sorted lines.
using Lines = std::vector<std::string>;

inline Lines expected_lines(const Case& c) {
    Lines lines;
    for (Json entry : c.expected) {
        Json plain = Json::object();
        for (const std::string& name : entry.names())
            if (name != "after_input_index") plain.member(name) = entry[name];
        lines.push_back((c.eventual ? "" : fmt::format("after {}: ", entry["after_input_index"].text())) + plain.text());
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}
inline Lines given_lines(const Recorder& record, bool with_index) {
    Lines lines;
    for (const auto& output : record.outputs) lines.push_back((with_index ? fmt::format("after {}: ", output.after) : "") + output.entry.text());
    std::sort(lines.begin(), lines.end());
    return lines;
}
inline Lines without_index(Lines lines) {
    for (std::string& line : lines)
        if (line.starts_with("after ")) line = line.substr(line.find(": ") + 2);
    std::sort(lines.begin(), lines.end());
    return lines;
}

/// How the outputs differ; nothing where they do not. late_unseen: the operator does not say which events were late.
/// Of a case without a model other outputs may stand between.
inline std::string difference(const Case& c, const Lines& expected, const Lines& given, std::vector<std::int64_t> late, bool late_unseen) {
    Lines missing, extra;
    std::set_difference(expected.begin(), expected.end(), given.begin(), given.end(), std::back_inserter(missing));
    std::set_difference(given.begin(), given.end(), expected.begin(), expected.end(), std::back_inserter(extra));
    if (c.eventual && not c.model) extra.clear();
    std::string text;
    for (const std::string& line : missing) text += "\n      missing " + line;
    for (const std::string& line : extra) text += "\n      extra   " + line;
    std::sort(late.begin(), late.end());
    if (c.late && not late_unseen && late != *c.late)
        text += fmt::format("\n      late    {} instead of {}", fmt::join(late, " "), fmt::join(*c.late, " "));
    return text;
}

/// The job of a case without stages; one of several inputs makes its sources itself, one that looks at the clock wants one that waits.
template <typename Source, typename Make>
auto job_of(const Case& c, Unit unit, const Make& make, const Record& record) {
    if constexpr (requires { make.job(record); }) return make.job(record);
    else if constexpr (requires { requires Make::waits; }) return make.template job<false>(weir::from(WaitingScript(c, unit, record->gate)), record);
    else return make.template job<false>(weir::from(Source(c, unit, record->gate)), record);
}

/// Lets a job go on until all is quiet; a word that an input is idle is no progress, so it is asked twice.
inline void settle(weir::Stepper& stepper) {
    for (int turn = 0; turn < 2; ++turn)
        while (stepper.step() == weir::Progress::more) {}
}

/// What a step that must be refused did; `go` is the step.
template <typename Go>
std::string refused(std::size_t i, Go&& go) {
    try {
        go();
    } catch (const std::exception&) {
        return {};
    }
    return fmt::format("\n      step {} is no error", i);
}

/// One step of the case after the other, in a stepper. Checkpoints are passed over.
template <typename Make>
std::string replay_exactly(const Case& c, Unit unit, const Make& make) {
    const auto record = std::make_shared<Recorder>();
    weir::ManualClock clock;
    record->gate->ends = c.ends();
    weir::Stepper stepper = weir::stepper(job_of<Script>(c, unit, make, record), {.clock = &clock});
    for (std::size_t i = 0; i < c.input.size(); ++i) {
        if (c.input[i].has("proc_time")) clock.set(unit.at(c.input[i]["proc_time"].integer()));
        record->gate->open_until = i + 1;
        if (c.error_after == static_cast<std::int64_t>(i)) return refused(i, [&] { settle(stepper); });
        settle(stepper);
    }
    const std::size_t given = record->outputs.size();
    if (not c.ends()) stepper.stop();
    while (stepper.step() != weir::Progress::ended) {}
    std::string text = difference(c, expected_lines(c), given_lines(*record, not c.eventual), record->late, record->late_unseen);
    if (record->outputs.size() != given) text += "\n      something was given for a stop";
    const weir::Report report = stepper.report();
    if (const std::string wrong = weir::detail::wrong_counts(report); not wrong.empty()) text += "\n      counts: " + wrong;
    std::uint64_t late = 0;
    for (const weir::OperatorReport& row : report.operators) late += row.dropped(weir::Drop::late);
    if (c.late && late != c.late->size()) text += fmt::format("\n      {} counted as late instead of {}", late, c.late->size());
    return text;
}

/// A job that a test steps and can take a checkpoint of.
class DurableRun {
public:
    template <typename Job>
    DurableRun(const weir::Clock& clock, Job&& job)
        : graph_(&clock), checkpoints_(graph_, [this](std::uint64_t, const weir::StateWriter& state) { saved_ = state; }) {
        weir::detail::build<true>(graph_, std::forward<Job>(job));
    }
    void load(const weir::StateWriter& state) { weir::detail::load_graph(graph_, state); }
    /// Steps all tasks until none of them can go on.
    void pump() {
        pump_once();
        pump_once(); // a word that an input is idle is no progress
    }
    void pump_once() {
        for (bool moved = true; moved && not graph_.ended();) {
            moved = false;
            for (weir::Task* task : graph_.tasks()) {
                if (task->has_ended) continue;
                const weir::Step step = weir::detail::step_safely(graph_, *task, weir::Budget{});
                if (step.state == weir::Step::State::ended && step.port == 0) graph_.task_ended(*task);
                moved |= step.state == weir::Step::State::ended || step.state == weir::Step::State::ran;
            }
        }
        graph_.rethrow();
    }
    [[nodiscard]] bool ended() const { return graph_.ended(); }
    /// Nothing where the job has ended.
    std::optional<weir::StateWriter> checkpoint() {
        saved_.reset();
        graph_.tell_sources({weir::Control::Kind::barrier, 1});
        pump();
        return std::exchange(saved_, std::nullopt);
    }

private:
    weir::Graph graph_;
    std::optional<weir::StateWriter> saved_;
    weir::detail::Checkpoints checkpoints_;
};

/// The same, but the job is saved, destroyed and made anew at each checkpoint of the case, or behind every step.
template <typename Make>
std::string replay_recovering(const Case& c, Unit unit, const Make& make, bool everywhere) {
    const auto record = std::make_shared<Recorder>();
    weir::ManualClock clock;
    record->gate->ends = c.ends();
    const auto made = [&] { return std::make_unique<DurableRun>(clock, job_of<WaitingScript>(c, unit, make, record)); };
    auto run = made();
    for (std::size_t i = 0; i < c.input.size(); ++i) {
        if (c.input[i].has("proc_time")) clock.set(unit.at(c.input[i]["proc_time"].integer()));
        record->gate->open_until = i + 1;
        if (c.error_after == static_cast<std::int64_t>(i)) return refused(i, [&] { run->pump(); });
        run->pump();
        if (not everywhere && not c.input[i]["checkpoint"].is_true()) continue;
        if (run->ended()) break;
        const auto state = run->checkpoint();
        if (not state) return fmt::format("\n      no checkpoint was complete behind step {}", i);
        run = made();
        run->load(*state);
    }
    return difference(c, expected_lines(c), given_lines(*record, not c.eventual), record->late, record->late_unseen);
}

/// In micro-batches, through small stages, in an order drawn from the seed: when outputs come is free, what comes is not.
template <typename Make>
std::string replay_simulated(const Case& c, Unit unit, const Make& make, std::uint64_t seed) {
    const auto record = std::make_shared<Recorder>();
    record->gate->ends = c.ends();
    record->gate->open_until = c.input.size();
    weir::Random random(seed);
    const auto small = [&random] { return weir::StageOptions{.capacity = static_cast<std::size_t>(random.between(1, 4))}; };
    constexpr std::uint64_t when_all_is_quiet = 1'000'000; // steps; it goes there at once
    weir::Simulation simulation(seed, {.max_steps = 2 * when_all_is_quiet});
    if (not c.ends()) simulation.inject(when_all_is_quiet, {weir::Control::Kind::stop});
    weir::run(make.template job<true>(weir::from(Script(c, unit, record->gate)) | weir::named("in", weir::stage(small())) |
                                          weir::micro_batch(static_cast<std::size_t>(random.between(1, 5))) | weir::unbatch(),
                                      record, small()),
              simulation.options());
    return difference(c, without_index(expected_lines(c)), given_lines(*record, false), record->late, record->late_unseen);
}

/// All of it, with milliseconds of these lengths. Nothing where all is as expected.
template <typename MakeFor>
std::string replay(const Case& c, std::vector<Unit> units, const MakeFor& make_for) {
    using Make = decltype(make_for(Unit{}));
    std::string text;
    const auto add = [&text](const std::string& how, const std::string& what) {
        if (not what.empty()) text += "\n    " + how + ":" + what;
    };
    bool ran = false;
    for (const Unit unit : units) {
        if (not unit.fits(c)) continue;
        ran = true;
        const std::string scale = unit.ns == 1 ? " (1 ms = 1 ns)" : "";
        try {
            const auto make = make_for(unit);
            add("step by step" + scale, replay_exactly(c, unit, make));
            add("with its checkpoints" + scale, replay_recovering(c, unit, make, false));
            add("with a checkpoint behind each step" + scale, replay_recovering(c, unit, make, true));
            if constexpr (Make::in_any_order) // a case whose outputs do not depend on when they are looked at
                for (std::uint64_t seed = 1; seed <= 8; ++seed)
                    add(fmt::format("simulated, seed {}{}", seed, scale), replay_simulated(c, unit, make, seed));
        } catch (const std::exception& e) {
            add("throws" + scale, std::string("\n      ") + e.what());
        }
    }
    return ran ? text : "\n    its times do not fit";
}

} // namespace conformance
