// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/build.hpp>
#include <weir/run/checked_options.hpp>
#include <weir/run/executors.hpp>
#include <weir/run/memory_bound.hpp>
#include <weir/run/options.hpp>
#include <weir/run/own_thread.hpp>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename Default = ThreadPerTask> // a template, so that the default executor costs only those who run a job
void run_graph(Graph& graph, const RunOptions& options) {
    const std::stop_callback on_stop(options.stop, [&graph] { graph.tell_sources({Control::Kind::stop}); });
    if (Executor* const executor = options.executor ? options.executor : graph.executor()) executor->run(graph);
    else Default().run(graph);
    try {
        static_cast<void>(graph.report_now()); // a task's last counts may be newer than what it published: others emptied its queue since
    } catch (...) { // no memory for them: what was thrown before is what matters
        graph.failed(std::current_exception());
    }
    graph.finish();
}

inline constexpr std::size_t most_workers = 4096;

/// Makes the job's tasks, unless it may need more memory than it is given.
template <typename J>
void build_within_memory(Graph& graph, J&& job, const RunOptions& options) {
    if (options.workers > most_workers)
        throw std::invalid_argument("RunOptions::workers: " + std::to_string(options.workers) + " are asked for, and at most " + std::to_string(most_workers) + " can be");
    if (options.bounded) require_memory(job, options);
    detail::build<false>(graph, std::forward<J>(job));
    graph.prepare_report();
}

/// What the handle of a job points to. Job and Stepper share it: a unique_ptr more costs every includer.
struct RunningJob {
    explicit RunningJob(const RunOptions& o) : options(o), graph(o) {}
    RunOptions options;
    Graph graph;
    std::thread thread; // of a Job
    std::mutex joining; // several may wait
    void join() {
        const std::scoped_lock lock(joining);
        if (thread.joinable()) thread.join();
    }
};

} // namespace detail

class Job;
class Stepper;

// A program's own run(job) must not meet ours only because the job is of a type of ours: what comes by a using-directive is found
// as weir::run, and not by the types of arguments.
namespace by_name {

/// Runs a job to its end on the caller's thread (stages and parallel copies on others) and returns its counts.
///     Ends when the source has ended, the chain needs no more (take), or a stop is requested.
///     An lvalue job's source is used in place and left spent; operator state is new in each run.
///     Throws what a user function or the source threw; then nothing has been flushed. RunOptions::failed is told where.
///     Example: tests/runtime/run.cpp
template <typename J>
Report run(J&& job, const RunOptions& options = {}) {
    if constexpr (detail::is_job<J>()) {
        Graph graph(options);
        detail::build_within_memory(graph, std::forward<J>(job), options);
        detail::run_graph(graph, options);
        return graph.report();
    } else {
        return {};
    }
}

template <typename J>
[[nodiscard]] Job start(J&& job, const RunOptions& options = {});
template <typename J>
[[nodiscard]] Stepper stepper(J&& job, const RunOptions& options = {});

// Options of a wrong type come here, and are told which they are.
Report run(detail::AnyJob, const detail::CheckedRunOptions&);
Job start(detail::AnyJob, const detail::CheckedRunOptions&);
Stepper stepper(detail::AnyJob, const detail::CheckedRunOptions&);
template <typename J, typename... Wrong>
    requires(sizeof...(Wrong) > 0 && not(std::convertible_to<const Wrong&, const RunOptions&> && ...))
constexpr Refused run(const J&, const Wrong&...) {
    static_assert(detail::said_before<Wrong...>, "run(job, options): options are named, in braces: run(job, {.workers = 4}). What the job is "
                                                 "made of is joined by | before: run(from(x) | map(fn) | for_each(fn)).");
    return {};
}
template <typename J, typename... Wrong>
    requires(sizeof...(Wrong) > 0 && not(std::convertible_to<const Wrong&, const RunOptions&> && ...))
constexpr Refused start(const J& job, const Wrong&... wrong) {
    return run(job, wrong...);
}

} // namespace by_name
using namespace by_name;

/// A running job. Movable; the destructor stops it and waits for it. One that was moved from does not run; all else throws std::logic_error.
class Job {
public:
    Job(Job&&) noexcept = default;
    Job& operator=(Job&& other) noexcept {
        if (this != &other) {
            finish();
            state_ = std::move(other.state_);
        }
        return *this;
    }
    ~Job() { finish(); }

    /// Waits for the end; rethrows the error that ended it; returns the counts. May be called again, by several threads too: the same answer.
    Report wait() {
        state().join();
        state().graph.rethrow();
        return state().graph.report();
    }
    /// Asks the sources to read no further: what was read flows through, held batches flush, open windows do not fire. Returns at once.
    void stop() { state().graph.tell_sources({Control::Kind::stop}); }
    /// Asks the job to end as if its sources had ended. Returns at once.
    void drain() { state().graph.tell_sources({Control::Kind::drain}); }
    /// Reading pauses, what has been read flows on; resume() goes on. Both return at once.
    void pause() { state().graph.tell_sources({Control::Kind::pause}); }
    void resume() { state().graph.tell_sources({Control::Kind::resume}); }
    [[nodiscard]] bool running() const { return state_ && not state_->graph.ended(); }
    /// Counts while it runs: each task's as of its latest pause, or as they were at most 100 ms ago; figures as they are now.
    [[nodiscard]] Report report() const { return state().graph.report(); }

private:
    template <typename J>
    friend Job by_name::start(J&& job, const RunOptions& options);

    explicit Job(std::unique_ptr<detail::RunningJob> state) : state_(std::move(state)) {}
    [[nodiscard]] detail::RunningJob& state() const {
        if (not state_) throw std::logic_error("weir::Job: it was moved from");
        return *state_;
    }
    void finish() noexcept {
        if (not state_) return;
        stop();
        state_->join();
    }
    std::unique_ptr<detail::RunningJob> state_;
};

/// As run, beside the caller: returns at once with the handle of the running job.
///     What the job refers to (lvalue sources, collect_into targets, std::ref) must live until wait() or the handle's destructor.
///     Example: tests/runtime/start.cpp
template <typename J>
Job by_name::start(J&& job, const RunOptions& options) {
    auto state = std::make_unique<detail::RunningJob>(options);
    if constexpr (detail::is_job<J>()) detail::build_within_memory(state->graph, std::forward<J>(job), options);
    static_cast<void>(state->graph.report_now()); // who asks before the first span gets all rows, with zeros
    state->thread = detail::start_thread("the job", [state = state.get()] {
        detail::name_thread("job");
        if (state->options.pin) detail::pin_thread(0);
        try {
            detail::run_graph(state->graph, state->options);
        } catch (...) { // for wait
            state->graph.failed(std::current_exception());
        }
    });
    return Job(std::move(state));
}

/// What a stepper's step found.
enum class Progress : unsigned char {
    more,  ///< it did something: there may be more
    idle,  ///< nothing to do just now: no events at hand
    ended
};

/// A job driven by the caller, inside a loop of their own: no thread is started, nothing sleeps.
class Stepper {
public:
    explicit Stepper(const RunOptions& options) : state_(std::make_unique<detail::RunningJob>(options)) {}

    /// Hands on at most about `events` events per task. Throws what a user function threw; the job has then ended.
    Progress step(std::size_t events = 256) {
        if (state_->options.stop.stop_requested() && not stopped_) stop();
        Progress progress = Progress::ended;
        if (ended_) return progress;
        bool moved = false;
        // From the last task to the first, so that each finds room in front of it.
        state_->graph.each([&](Task& task) {
            if (task.has_ended) return;
            const Step step = detail::step_safely(state_->graph, task, Budget{events, Duration::max()});
            if (step.state == Step::State::ended) {
                if (step.port == 0) state_->graph.task_ended(task);
                moved = true;
            } else {
                moved |= step.state == Step::State::ran;
            }
        });
        ended_ = state_->graph.ended();
        if (ended_) {
            state_->graph.finish();
            return Progress::ended;
        }
        return moved ? Progress::more : Progress::idle;
    }
    /// Reads no further and reports what is held: what was read flows through with the next steps, until `ended`.
    void stop() {
        stopped_ = true;
        state_->graph.tell_sources({Control::Kind::stop});
    }
    /// The next steps end the job as if its sources had ended.
    void drain() { state_->graph.tell_sources({Control::Kind::drain}); }
    [[nodiscard]] Report report() { return state_->graph.report_now(); }

private:
    template <typename J>
    friend Stepper by_name::stepper(J&& job, const RunOptions& options);
    std::unique_ptr<detail::RunningJob> state_;
    bool stopped_ = false;
    bool ended_ = false;
};

/// Embeds a job in a loop of yours: step() until it says ended. Example: tests/runtime/stepper.cpp, examples/foreign_loop.cpp
template <typename J>
Stepper by_name::stepper(J&& job, const RunOptions& options) {
    Stepper stepper(options);
    if constexpr (detail::is_job<J>()) detail::build_within_memory(stepper.state_->graph, std::forward<J>(job), options);
    return stepper;
}

} // namespace weir
