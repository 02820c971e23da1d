// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/queue/atomics.hpp>
#include <weir/run/graph.hpp>
#include <weir/run/own_thread.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace weir {
namespace detail {

/// The moment on the thread's own clock when the job's clock will show `until`. A clock that does not run by itself is looked
/// at every millisecond.
inline std::chrono::steady_clock::time_point wake_time(const Clock& clock, Timestamp until) {
    using Steady = std::chrono::steady_clock;
    if (until == max_time && clock.runs()) return Steady::time_point::max();
    const auto now = Steady::now();
    if (not clock.runs()) return now + std::chrono::milliseconds(1);
    const Duration left = std::max(until - clock.now(), Duration::zero());
    return left > Steady::time_point::max() - now ? Steady::time_point::max() : now + left;
}

/// One step; an exception of the user's ends the task and, through the graph, the job.
inline Step step_safely(Graph& graph, Task& task, Budget budget) {
    try {
        return task.step(budget);
    } catch (...) {
        graph.task_failed(task, std::current_exception());
        return {Step::State::ended, 1, max_time};
    }
}

/// Nobody can step the task any more: the job ends, and the task with it, at once, so that whoever writes to what it reads need not wait.
///     True: it was the last.
inline bool give_up(Graph& graph, Task& task, std::exception_ptr error) {
    graph.fail(task, error);
    const Step step = step_safely(graph, task, Budget{});
    if (step.state != Step::State::ended) return graph.task_failed(task, std::move(error));
    return step.port == 0 ? graph.task_ended(task) : graph.ended();
}

/// The same for all of them, where not even that has begun.
inline void give_up(Graph& graph, const std::exception_ptr& error) {
    graph.each([&](Task& task) { give_up(graph, task, error); });
}

/// A thread; the error of a system that gives no more says what it was for.
template <typename Fn>
std::thread start_thread(std::string_view name, Fn fn) {
    try {
        return std::thread(std::move(fn));
    } catch (const std::system_error& error) {
        throw std::system_error(error.code(), "no thread could be started for " + std::string(name));
    }
}

/// The threads of an executor, which may start more while it waits for them.
template <typename Atomics>
class StartedThreads {
public:
    /// fn(number): on a thread of that name; numbers from 1
    template <typename Fn>
    void start(std::string_view name, Fn fn) {
        const std::scoped_lock lock(mutex_);
        threads_.reserve(threads_.size() + 1); // before there is a thread that nobody would join
        threads_.push_back(start_thread(name, [name, fn = std::move(fn), n = ++started_] {
            name_thread(name);
            fn(n);
        }));
    }
    /// False: the system gives no more, or no memory for it.
    template <typename Fn>
    bool start_if_possible(std::string_view name, Fn fn) {
        try {
            start(name, std::move(fn));
            return true;
        } catch (...) {
            return false;
        }
    }
    void join() {
        for (;;) {
            std::thread next;
            {
                const std::scoped_lock lock(mutex_);
                if (threads_.empty()) return;
                next = std::move(threads_.back());
                threads_.pop_back();
            }
            next.join();
        }
    }

private:
    typename Atomics::mutex mutex_;
    std::vector<std::thread> threads_;
    std::size_t started_ = 0;
};

} // namespace detail

/// A thread for each task, the first on the caller's: a job without stages starts none. The default, but for jobs with copies (parallel),
/// whose tasks share threads where there are more of them than processors, unless these are to spin, yield or stay on one processor.
///     Threads that it starts are named weir/ and the operator with which the task begins: weir/stage#1, weir/copy#2.
template <typename Atomics = StdAtomics>
class BasicThreadPerTask final : public Executor {
public:
    void run(Graph& graph) override {
        std::shared_ptr<Threads> threads; // of this graph alone: others may be run at the same time, also by its tasks
        try {
            threads = std::make_shared<Threads>();
            const std::scoped_lock lock(mutex_);
            running_.emplace_back(&graph, threads);
        } catch (...) { // no memory
            return detail::give_up(graph, std::current_exception());
        }
        Task* first = nullptr;
        graph.each([&](Task& task) {
            if (not first) {
                first = &task;
                return;
            }
            try {
                start(*threads, graph, task);
            } catch (...) { // the system gives no more threads
                detail::give_up(graph, task, std::current_exception());
            }
        });
        if (first) live(graph, *first);
        threads->join();
        const std::scoped_lock lock(mutex_);
        std::erase_if(running_, [&graph](const auto& run) { return run.first == &graph; });
    }
    void added(Graph& graph, Task& task) override {
        const std::scoped_lock lock(mutex_);
        for (const auto& [one, threads] : running_)
            if (one == &graph) start(*threads, graph, task);
    }

    /// Steps the task on the calling thread until it has ended.
    static void live(Graph& graph, Task& task) {
        std::shared_ptr<Bed> bed;
        try {
            bed = std::make_shared<Bed>();
            graph.keep(bed); // others may still be about to wake a task that has just ended
        } catch (...) { // no memory
            detail::give_up(graph, task, std::current_exception());
            return;
        }
        task.set_waker(bed.get());
        detail::LookAround<Atomics> looks;
        std::uint64_t asked_in_vain = 0;
        bool polls = true;
        for (;;) {
            const Step step = detail::step_safely(graph, task, Budget{.polls = polls});
            if (step.state == Step::State::ended) {
                if (step.port == 0) graph.task_ended(task);
                return;
            }
            if (step.state == Step::State::ran) {
                asked_in_vain = 0;
                polls = true;
                continue;
            }
            const auto deadline = detail::wake_time(graph.clock(), step.until);
            const Wait how = std::max(graph.wait(), task.wait_strategy(step.state));
            const bool can_see = task.news(step.state) != Task::News::unknown;
            const auto has_news = [&] { return task.news(step.state) == Task::News::some; };
            if (can_see && polls) {
                polls = looks.some(how, deadline, has_news);
                continue; // if there was none, it is asked once more, and says that it waits
            }
            polls = true;
            try {
                const bool for_input = step.state == Step::State::waiting_input || step.state == Step::State::idle_until;
                const bool outside = for_input && task.waits_outside();
                if (how != Wait::sleep && outside) {
                    looks.rest(how, ++asked_in_vain);
                } else if (how != Wait::sleep && (not for_input || task.listen() != Task::Listening::ready)) {
                    looks.on_and_on(how, deadline, [&] { return bed->woken() || has_news(); });
                    bed->forget();
                } else if (outside) {
                    task.wait(deadline);
                } else if (not for_input || task.listen() != Task::Listening::ready) {
                    bed->sleep_until(deadline);
                }
            } catch (...) {
                detail::give_up(graph, task, std::current_exception());
                return;
            }
        }
    }

private:
    /// Where the task's thread sleeps. It belongs to the thread; the task points to it while it lives.
    class Bed final : public Waker {
    public:
        void wake(Task&) noexcept override {
            {
                const std::scoped_lock lock(mutex_);
                woken_.store(true, std::memory_order_release);
            }
            condition_.notify_one();
        }
        [[nodiscard]] bool woken() const noexcept { return woken_.load(std::memory_order_acquire); }
        void sleep_until(std::chrono::steady_clock::time_point deadline) {
            std::unique_lock lock(mutex_);
            if (deadline == std::chrono::steady_clock::time_point::max()) condition_.wait(lock, [this] { return woken(); });
            else condition_.wait_until(lock, deadline, [this] { return woken(); });
            woken_.store(false, std::memory_order_relaxed);
        }
        void forget() noexcept { woken_.exchange(false, std::memory_order_acq_rel); }

    private:
        typename Atomics::mutex mutex_;
        typename Atomics::condition_variable condition_;
        std::atomic<bool> woken_{false};
    };

    using Threads = detail::StartedThreads<Atomics>;

    static void start(Threads& threads, Graph& graph, Task& task) {
        threads.start(task.name(), [&graph, &task](std::size_t n) {
            if (graph.pins()) detail::pin_thread(n);
            live(graph, task);
        });
    }

    typename Atomics::mutex mutex_;
    std::vector<std::pair<const Graph*, std::shared_ptr<Threads>>> running_;
};

using ThreadPerTask = BasicThreadPerTask<>;

} // namespace weir
