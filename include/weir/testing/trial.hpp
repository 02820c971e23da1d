// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/testing/capture.hpp>
#include <weir/testing/script.hpp>
#include <weir/testing/script_splits.hpp>
#include <weir/testing/simulation.hpp>
#include <weir/testing/taps.hpp>
#include <weir/testing/test_stream.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

template <typename E>
using Items = std::vector<ScriptItem<E>>;

template <typename T>
const Items<Event<T>>& items_of(const TestStream<T>& script) { return script.items(); }

template <typename R>
auto items_of(const R& range) {
    using E = std::remove_cvref_t<decltype(*std::begin(range))>;
    Items<E> items;
    for (const auto& event : range) items.push_back({.event = E(event)});
    return items;
}

template <typename E>
bool has_pauses(const Items<E>& items) {
    return std::any_of(items.begin(), items.end(), [](const auto& item) { return item.kind == ScriptItem<E>::Kind::advance; });
}

enum class Form : unsigned char {
    plain,
    lent,   ///< the source's events are const
    staged, ///< a stage behind the source and one before the sink
    tapped, ///< counted between the operators
    split   ///< the events come from splits that come and go; a stage behind them
};
enum class Runner : unsigned char { per_event, simulated, threads, pool, stepper };

/// One way to run a job.
struct Plan {
    Form form = Form::plain;
    Runner runner = Runner::per_event;
    std::uint64_t seed = 0;
    std::uint64_t fault_at = Fault::never;
    std::optional<std::uint64_t> tell_at{}; // before this step of the simulation the sources get `message`
    Control message{Control::Kind::drain};
    std::vector<Incident> incidents{}; // of a simulation
    bool full = false;                 // the stages of its form have room for one

    [[nodiscard]] std::string describe() const {
        constexpr const char* forms[] = {"", ", events lent", ", with stages", ", with taps", ", from splits"};
        constexpr const char* runners[] = {"event by event", "in random spans and steps", "thread per task", "pool of threads", "stepper"};
        return fmt::format("{}{} (seed {})", runners[static_cast<std::size_t>(runner)], forms[static_cast<std::size_t>(form)], seed);
    }
    /// Of memory, for operators that keep whole sets: the run that defines the others has enough, most of the others have not.
    [[nodiscard]] std::size_t memory() const {
        constexpr std::size_t enough = std::size_t{1} << 30U;
        constexpr std::size_t sizes[] = {enough, 20'000, 2000, 300, 1};
        return runner == Runner::per_event ? enough : sizes[Random(seed ^ 0xbad9e7).below(std::size(sizes))];
    }
    /// Each second run has figures, with markers as often as its clock goes on: they change nothing.
    [[nodiscard]] Duration figures() const noexcept { return Duration(seed % 2); }
    [[nodiscard]] bool simulated() const noexcept { return runner == Runner::per_event || runner == Runner::simulated; }
};

/// What came of it.
template <typename Out>
struct Trial {
    std::shared_ptr<Captured<Out>> captured;
    Report report;
    std::vector<std::uint64_t> taps;
    std::exception_ptr error;
    std::size_t read = 0; // items of the script that were handed on
    std::uint64_t steps = 0;
    std::uint64_t calls = 0; // of functions with a Fault in them
    long copies = 0;         // of the Fault, when the job is gone
};

/// A job before it runs, and where its traces will be found.
template <typename E, typename Make>
struct TrialJob {
    const Items<E>& items;
    Make& make;
    Plan plan;
    CaptureHome home{};
    Fault fault{plan.fault_at};
    TapCounts taps{};
    Items<E>* recorded = nullptr; // of splits: the events in the order in which they came
    std::shared_ptr<std::size_t> read = std::make_shared<std::size_t>(0);

    template <typename Source, typename Sink>
    auto call_make(Source source, Sink sink) {
        if constexpr (std::invocable<Make&, Source, Sink, const Fault&>) return make(std::move(source), std::move(sink), std::as_const(fault));
        else if constexpr (is_chain<Make> || Operator<Make>) {
            static_assert(never<Make>, "check_laws(input, make), and the like: make is a function that makes the pipeline: [](auto source, "
                                       "auto sink) { return "
                                       "std::move(source) | map(fn) | std::move(sink); }.");
            return Refused{};
        } else return make(std::move(source), std::move(sink));
    }
    template <Form F>
    auto job()
        requires(F == Form::split)
    {
        const std::size_t room = plan.full ? 1 : static_cast<std::size_t>(Random(plan.seed ^ 0x5eed).between(1, 8));
        return call_make(from_splits(ScriptSplits<E>(items, plan.seed, fault)) | RecordOp<E>{recorded} | named("law/front", stage({.capacity = room})), CaptureOp{&home, fault});
    }
    template <Form F>
    auto job() {
        using Input = ScriptInput<E, F == Form::lent>;
        Random random(plan.seed ^ 0x5eed);
        constexpr std::size_t longest[] = {1, 2, 5, 64, 1024};
        const std::size_t cut = plan.runner == Runner::per_event ? 1 : longest[random.below(std::size(longest))];
        Pipeline<Input, typename Input::stream> source{Input(items, plan.seed, cut, read, fault), {}};
        const CaptureOp sink{&home, fault};
        if constexpr (F == Form::staged) {
            const auto small = [&] { return StageOptions{.capacity = plan.full ? 1 : static_cast<std::size_t>(random.between(1, 8))}; };
            return call_make(std::move(source) | named("law/front", stage(small())), named("law/back", stage(small())) | sink);
        } else if constexpr (F == Form::tapped) {
            return with_taps(call_make(std::move(source), sink), taps);
        } else {
            return call_make(std::move(source), sink);
        }
    }
    template <Form F, typename Self = TrialJob> // a parameter, as the class is not complete here
    using stream_t = captured_stream_t<decltype(std::declval<Self&>().template job<F>())>;
    template <Form F, typename Self = TrialJob>
    using out_t = owned_t<typename stream_t<F, Self>::event>;
};

template <typename E>
std::type_identity<E> event_of(const Items<E>&);
/// Whether what `make` returns is a job. If it is refused, that has been said by the operator that did so, and nothing more should be.
template <Form F, typename SomeItems, typename Make>
inline constexpr bool makes_job =
    not std::is_same_v<decltype(std::declval<TrialJob<typename decltype(event_of(std::declval<SomeItems>()))::type, Make>&>().template job<F>()), Refused>;

/// What is promised about the order of the pipeline's results.
template <typename E, typename Make>
inline constexpr Order order_of = TrialJob<E, Make>::template stream_t<Form::plain>::traits.order;

/// A simulation that takes a job for hung after very many steps.
inline Simulation simulation_for(const Plan& plan) {
    return Simulation(plan.seed, {.events = plan.runner == Runner::per_event ? std::size_t{1} : std::size_t{0}, .max_steps = 20'000'000});
}

template <typename Job, typename Out>
void run_in_stepper(Job job, const Plan& plan, Trial<Out>& result) {
    ManualClock clock;
    Stepper stepper = weir::stepper(std::move(job), {.memory = plan.memory(), .clock = &clock, .figures = plan.figures()});
    Random random(plan.seed);
    try {
        while (stepper.step(static_cast<std::size_t>(random.between(1, 20))) != Progress::ended) ++result.steps;
    } catch (...) {
        result.error = std::current_exception();
    }
    result.report = stepper.report();
}

template <Form F, bool Durable, typename E, typename Make>
auto run_trial(const Items<E>& items, Make& make, const Plan& plan, Items<E>* recorded = nullptr) {
    TrialJob<E, Make> trial{items, make, plan};
    trial.recorded = recorded;
    using Out = typename TrialJob<E, Make>::template out_t<F>;
    Trial<Out> result;
    if (plan.runner == Runner::stepper) {
        if constexpr (not Durable) run_in_stepper(trial.template job<F>(), plan, result);
    } else {
        auto simulation = simulation_for(plan);
        if (plan.tell_at) simulation.inject(*plan.tell_at, plan.message);
        for (const Incident& incident : plan.incidents) simulation.add(incident);
        Graph graph(RunOptions{.memory = plan.memory(), .clock = plan.simulated() ? &simulation.clock() : nullptr, .figures = plan.figures()});
        build<Durable>(graph, trial.template job<F>());
        if (plan.simulated()) simulation.run(graph);
        else if (plan.runner == Runner::pool) weir::Pool(2).run(graph);
        else ThreadPerTask().run(graph);
        result.steps = simulation.steps();
        result.report = graph.report_now();
        try {
            graph.rethrow();
        } catch (...) {
            result.error = std::current_exception();
        }
    }
    result.captured = std::static_pointer_cast<Captured<Out>>(trial.home.captured);
    if (not result.captured) result.captured = std::make_shared<Captured<Out>>();
    for (const auto& count : trial.taps) result.taps.push_back(*count);
    result.read = *trial.read;
    result.calls = trial.fault.calls();
    result.copies = trial.fault.copies();
    return result;
}

/// The event that defines the others: an input that is handed on one by one, a step at a time.
template <bool Durable, typename E, typename Make>
auto run_truth(const Items<E>& items, Make& make) { return run_trial<Form::plain, Durable>(items, make, Plan{}); }

inline std::string what_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "something that is no std::exception";
    }
}

} // namespace weir::detail
