// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/queue/atomics.hpp>
#include <weir/run/executors.hpp>
#include <weir/run/own_thread.hpp>
#include <weir/run/task_line.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace weir {

/// A fixed number of threads for any number of tasks: a task that waits holds no thread.
///     Each task is stepped by one thread at a time, in turn, `budget` at a time. A source that can neither be polled nor listened
///     to is asked every millisecond; one with only a blocking next() keeps its thread while it blocks.
///     One run at a time; the threads live during the run. Example: tests/runtime/pool.cpp
template <typename Atomics = StdAtomics>
class BasicPool final : public Executor {
public:
    explicit BasicPool(std::size_t threads, Budget budget = {}) : threads_(threads), budget_(budget) {
        budget_.polls = false; // threads look around for tasks, and not for what a task waits for
        if (threads == 0) throw std::invalid_argument("Pool: needs at least one thread");
    }

    void run(Graph& graph) override {
        std::shared_ptr<Shared> shared;
        try {
            shared = std::make_shared<Shared>(graph, budget_, threads_);
            graph.keep(shared); // others may still be about to wake a task that has just ended
        } catch (...) { // no memory
            return detail::give_up(graph, std::current_exception());
        }
        {
            const std::scoped_lock lock(mutex_);
            running_ = shared;
        }
        graph.each([&shared](Task& task) { shared->adopt(task); });
        detail::StartedThreads<Atomics> others;
        const auto start_another = [&] {
            return others.start_if_possible("pool", [&shared, &graph](std::size_t n) {
                if (graph.pins()) detail::pin_thread(n);
                shared->work();
            });
        };
        for (std::size_t i = 1; i < threads_ && start_another();) ++i; // where the system gives no more, these do it all
        shared->work();
        others.join();
        const std::scoped_lock lock(mutex_);
        running_.reset();
    }
    void added(Graph&, Task& task) override {
        const std::scoped_lock lock(mutex_);
        if (running_) running_->adopt(task);
    }

private:
    using Shared = detail::TaskLine<Atomics>;

    std::size_t threads_;
    Budget budget_;
    typename Atomics::mutex mutex_;
    std::shared_ptr<Shared> running_;
};

using Pool = BasicPool<>;

} // namespace weir
