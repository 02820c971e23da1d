// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/executors.hpp>
#include <weir/run/own_thread.hpp>
#include <weir/run/task_line.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

namespace weir::detail {

/// The executor of a job with copies, where it has more tasks than there are processors: these share as many threads as there are
/// processors, so that none sleeps while there is something to do, and none is woken for what another can do at once. (Measured beside a
/// thread for each task: benchmarks/windows.cpp.) Else, and where threads are to spin, yield or stay where they are, a thread for each.
///     A task whose source is slept on has a thread of its own; one that sleeps in a call of the user's costs none of the others its
///     thread for long: see TaskLine. Threads that it starts are named weir/shared.
template <typename Atomics = StdAtomics>
class BasicSharedThreads final : public Executor {
public:
    void run(Graph& graph) override {
        const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
        if (not can_share(graph, processors)) return own_.run(graph);
        watched_ = false;
        std::shared_ptr<Line> line;
        try {
            line = std::make_shared<Line>(graph, Budget{}, processors);
            graph.keep(line); // others may still be about to wake a task that has just ended
        } catch (...) { // no memory
            return give_up(graph, std::current_exception());
        }
        {
            const std::scoped_lock lock(mutex_);
            line_ = line;
        }
        Task* first = nullptr; // on the caller's thread
        std::size_t shared = 0;
        graph.each([&](Task& task) {
            if (not first && task.waits_outside()) first = &task;
            else shared += take_in(graph, task, line) ? 1 : 0;
        });
        const std::size_t wanted = first ? processors : processors - 1;
        std::size_t workers = 0;
        while (workers < wanted && start_worker(*line)) ++workers;
        if (shared > processors) watch(line);
        if (first && workers == 0) line->adopt(*first); // the system gives no more threads
        else if (first) live(graph, *first, *line);
        line->work();
        threads_.join();
        const std::scoped_lock lock(mutex_);
        line_.reset();
    }
    void added(Graph& graph, Task& task) override {
        {
            const std::scoped_lock lock(mutex_);
            if (line_) {
                if (take_in(graph, task, line_)) watch(line_);
                return;
            }
        }
        own_.added(graph, task);
    }

private:
    using Line = TaskLine<Atomics>;

    [[nodiscard]] static bool can_share(Graph& graph, std::size_t processors) {
        if (graph.pins() || graph.wait() != Wait::sleep) return false;
        std::size_t tasks = 0;
        bool all_sleep = true;
        graph.each([&](Task& task) {
            ++tasks;
            all_sleep &= std::max(task.wait_strategy(Step::State::waiting_input), task.wait_strategy(Step::State::waiting_output)) == Wait::sleep;
        });
        return all_sleep && tasks > processors;
    }
    /// A thread of its own where its source is slept on, if there is one to be had. True: it shares those that there are.
    bool take_in(Graph& graph, Task& task, const std::shared_ptr<Line>& line) {
        if (task.waits_outside() && threads_.start_if_possible(task.name(), [&graph, &task, line](std::size_t) { live(graph, task, *line); })) return false;
        line->adopt(task);
        return true;
    }
    /// There may be more to step than there are threads: one that looks whether these sleep in calls.
    void watch(const std::shared_ptr<Line>& line) {
        if (not watched_.exchange(true)) threads_.start_if_possible("watch", [this, line](std::size_t) { line->watch([this, &line] { start_worker(*line); }); });
    }
    static void live(Graph& graph, Task& task, Line& line) {
        BasicThreadPerTask<Atomics>::live(graph, task);
        if (graph.ended()) line.finish();
    }
    bool start_worker(Line& line) {
        return threads_.start_if_possible("shared", [&line](std::size_t) { line.work(); });
    }

    BasicThreadPerTask<Atomics> own_;
    typename Atomics::mutex mutex_;
    StartedThreads<Atomics> threads_;
    std::shared_ptr<Line> line_; // while it runs
    std::atomic<bool> watched_{false};
};

/// Says that a job has tasks that had better share threads.
template <typename Executor = BasicSharedThreads<>>
void share_threads(Graph& graph) {
    if (not graph.executor()) graph.suggest(std::make_shared<Executor>());
}

} // namespace weir::detail
