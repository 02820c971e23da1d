// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run.hpp>
#include <weir/testing/manual_clock.hpp>
#include <weir/testing/random.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace weir {

/// No task of a simulated job can go on and no time is due, but the job has not ended; or it takes steps without end.
class SimulationStuck : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Something that happens to a simulated job before the step with the number `at`.
struct Incident {
    enum class Kind : unsigned char {
        stop,     ///< the sources are told to read no more
        drain,    ///< to end as if there were no more
        pause,    ///< to read nothing for `steps` steps
        stall,    ///< the task with the number `task` is not stepped for `steps` steps, as long as any other has something to do
        later,    ///< the clock goes on by `by`
        lost_wake ///< none that happens to a right executor: from then on it forgets the next time that the task `task` is woken
    };
    Kind kind = Kind::stop;
    std::uint64_t at = 0;
    std::uint64_t steps = 0;
    std::size_t task = 0; // of those there are, counted round
    Duration by{};
};

/// An executor for tests: one thread steps the tasks in an order drawn from the seed, each with a budget drawn from it.
///     Simulation simulation(seed);
///     run(job, simulation.options());
/// The same seed gives the same run. Its clock jumps to the earliest deadline when all tasks wait. A task is stepped only after
/// somebody woke it or its time came (half of the seeds also step waiting tasks, as an executor may), so that a forgotten wake-up
/// shows: run throws SimulationStuck with the state of each task. One run at a time. Example: tests/testing/simulation.cpp
class Simulation final : public Executor, private Waker {
public:
    struct Options {
        std::size_t events = 0;      ///< budget of each step; 0: random
        std::uint64_t max_steps = 0; ///< more steps than this are taken for a livelock; 0: no limit
    };

    explicit Simulation(std::uint64_t seed) : Simulation(seed, Options{}) {}
    Simulation(std::uint64_t seed, Options options) : random_(seed), options_(options) {
        steps_waiting_ = random_.one_in(2);
        constexpr std::size_t longest[] = {1, 3, 16, 200, 4096};
        longest_ = longest[random_.below(std::size(longest))];
    }

    [[nodiscard]] ManualClock& clock() noexcept { return clock_; }
    [[nodiscard]] RunOptions options() noexcept { return {.clock = &clock_, .executor = this}; }

    /// The sources get this message (stop, drain, barrier, pause ...) before the step with that number.
    void inject(std::uint64_t step, Control message) { injections_.push_back({step, message}); }
    void add(const Incident& incident) {
        using Kind = Incident::Kind;
        if (incident.kind == Kind::stop) return inject(incident.at, {Control::Kind::stop});
        if (incident.kind == Kind::drain) return inject(incident.at, {Control::Kind::drain});
        if (incident.kind != Kind::pause) return incidents_.push_back(incident);
        inject(incident.at, {Control::Kind::pause});
        inject(incident.at + incident.steps, {Control::Kind::resume});
    }
    /// Asked after each step; when it says true the simulation leaves the job as it is, as a crash would.
    void crash_when(std::function<bool()> crashed) { crashed_ = std::move(crashed); }

    [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }

    void run(Graph& graph) override {
        actors_.clear();
        steps_ = 0;
        for (Task* task : graph.tasks()) add(*task);
        const Detach detach{*this};
        while (not graph.ended()) {
            adopt();
            tell(graph);
            happen();
            Actor* const actor = pick();
            if (not actor) {
                if (not wait()) throw SimulationStuck("simulation: no task can go on and nothing is due:" + states());
                continue;
            }
            step(graph, *actor);
            if (crashed_ && crashed_()) return;
            if (options_.max_steps != 0 && steps_ > options_.max_steps)
                throw SimulationStuck(fmt::format("simulation: {} steps and no end:{}", steps_, states()));
        }
    }
    void added(Graph&, Task& task) override {
        const std::scoped_lock lock(mutex_);
        new_tasks_.push_back(&task);
    }

private:
    struct Actor {
        Task* task = nullptr;
        Step last{};
        std::atomic<bool> woken{true};
        std::atomic<bool> deaf{false}; // to the next wake-up
        std::uint64_t stalled_until = 0;
        bool ended = false;
    };
    struct Injection {
        std::uint64_t step;
        Control message;
    };
    struct Detach { // the actors go before the tasks do
        Simulation& simulation;
        ~Detach() {
            for (Actor& actor : simulation.actors_) actor.task->set_waker(nullptr);
        }
    };

    void wake(Task& task) noexcept override {
        Actor& actor = actors_[task.executor_slot];
        if (not actor.deaf.exchange(false, std::memory_order_acq_rel)) actor.woken.store(true, std::memory_order_release);
    }

    void add(Task& task) {
        task.executor_slot = actors_.size();
        actors_.emplace_back().task = &task;
        task.set_waker(this);
    }
    void adopt() {
        std::vector<Task*> tasks;
        {
            const std::scoped_lock lock(mutex_);
            tasks.swap(new_tasks_);
        }
        for (Task* task : tasks) add(*task);
    }
    void tell(Graph& graph) {
        for (const Injection& injection : injections_)
            if (injection.step == steps_) graph.tell_sources(injection.message);
        std::erase_if(injections_, [this](const Injection& injection) { return injection.step <= steps_; });
    }
    void happen() {
        for (const Incident& incident : incidents_) {
            if (incident.at > steps_) continue;
            Actor& actor = actors_[incident.task % actors_.size()];
            if (incident.kind == Incident::Kind::stall) actor.stalled_until = incident.at + incident.steps;
            else if (incident.kind == Incident::Kind::lost_wake) actor.deaf.store(true, std::memory_order_release);
            else clock_.advance(incident.by);
        }
        std::erase_if(incidents_, [this](const Incident& incident) { return incident.at <= steps_; });
    }
    [[nodiscard]] bool ready(const Actor& actor) const {
        return not actor.ended && (actor.last.state == Step::State::ran || actor.woken.load(std::memory_order_acquire) ||
                                   actor.last.until <= clock_.now());
    }
    Actor* pick() {
        candidates_.clear();
        for (Actor& actor : actors_)
            if (ready(actor)) candidates_.push_back(&actor);
        if (candidates_.empty()) return nullptr;
        if (steps_waiting_ && random_.one_in(8)) {
            candidates_.clear();
            for (Actor& actor : actors_)
                if (not actor.ended) candidates_.push_back(&actor);
        }
        const auto stalled = [this](const Actor* actor) { return actor->stalled_until > steps_; };
        if (not std::all_of(candidates_.begin(), candidates_.end(), stalled)) std::erase_if(candidates_, stalled);
        return candidates_[static_cast<std::size_t>(random_.below(candidates_.size()))];
    }
    void step(Graph& graph, Actor& actor) {
        ++steps_;
        actor.woken.store(false, std::memory_order_release);
        const std::size_t events = options_.events != 0 ? options_.events : static_cast<std::size_t>(random_.between(1, longest_));
        actor.last = detail::step_safely(graph, *actor.task, Budget{events, Duration::max()});
        // As executors do that cannot sleep on the source; where one can, wait() does.
        if (actor.last.state == Step::State::waiting_input && not actor.task->waits_outside() && actor.task->listen() == Task::Listening::ready)
            actor.woken.store(true, std::memory_order_release);
        if (actor.last.state != Step::State::ended) return;
        actor.ended = true;
        if (actor.last.port == 0) graph.task_ended(*actor.task);
    }
    /// All tasks wait: to the earliest deadline, else for what comes from outside. False: there is nothing to wait for.
    bool wait() {
        Timestamp next = max_time;
        Actor* outside = nullptr;
        for (Actor& actor : actors_) {
            if (actor.ended) continue;
            next = std::min(next, actor.last.until);
            if (actor.last.state == Step::State::waiting_input && actor.task->waits_outside()) outside = &actor;
        }
        if (next != max_time) {
            clock_.set(next);
            return true;
        }
        if (not outside) return not injections_.empty() && skip_to_injection();
        outside->task->wait(std::chrono::steady_clock::now() + std::chrono::milliseconds(1));
        for (Actor& actor : actors_) actor.woken.store(true, std::memory_order_release);
        return true;
    }
    /// Nothing happens before the next message.
    bool skip_to_injection() {
        const auto first = std::min_element(injections_.begin(), injections_.end(),
                                            [](const Injection& a, const Injection& b) { return a.step < b.step; });
        steps_ = std::max(steps_, first->step);
        return true;
    }
    [[nodiscard]] std::string states() const {
        std::string text;
        for (const Actor& actor : actors_) {
            constexpr const char* names[] = {"ran", "idle until", "waiting for input", "waiting for output", "ended"};
            text += fmt::format("\n  {}: {}", actor.task->name(), actor.ended ? "ended" : names[static_cast<std::size_t>(actor.last.state)]);
            if (not actor.ended && actor.last.until != max_time) text += fmt::format(" (until {} ns)", actor.last.until.time_since_epoch().count());
        }
        return text;
    }

    Random random_;
    Options options_;
    ManualClock clock_;
    std::deque<Actor> actors_; // they stay where they are
    std::vector<Actor*> candidates_;
    std::vector<Injection> injections_;
    std::vector<Incident> incidents_;
    std::function<bool()> crashed_;
    std::mutex mutex_;
    std::vector<Task*> new_tasks_;
    std::uint64_t steps_ = 0;
    std::size_t longest_ = 1;
    bool steps_waiting_ = false;
};

} // namespace weir
