// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fifo.hpp>
#include <weir/run/executors.hpp>
#include <weir/run/own_thread.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace weir {

/// A fixed number of threads for any number of tasks: a task that waits holds no thread.
///     Each task is stepped by one thread at a time, in turn, `budget` at a time. A source that can neither be polled nor listened
///     to is asked every millisecond; one with only a blocking next() keeps its thread while it blocks.
///     One run at a time; the threads live during the run. Example: tests/runtime/pool.cpp
template <typename Atomics = StdAtomics>
class BasicPool final : public Executor {
public:
    explicit BasicPool(std::size_t threads, Budget budget = {}) : threads_(threads), budget_(budget) {
        budget_.polls = false; // nobody looks around here
        if (threads == 0) throw std::invalid_argument("Pool: needs at least one thread");
    }

    void run(Graph& graph) override {
        const auto shared = std::make_shared<Shared>(graph, budget_);
        graph.keep(shared); // others may still be about to wake a task that has just ended
        {
            const std::scoped_lock lock(mutex_);
            running_ = shared;
        }
        graph.each([&shared](Task& task) { shared->adopt(task); });
        std::vector<std::thread> threads;
        for (std::size_t i = 1; i < threads_; ++i) threads.emplace_back([&shared, &graph, i] {
            detail::name_thread("pool");
            if (graph.pins()) detail::pin_thread(i);
            shared->work();
        });
        shared->work();
        for (std::thread& thread : threads) thread.join();
        const std::scoped_lock lock(mutex_);
        running_.reset();
    }
    void added(Graph&, Task& task) override {
        const std::scoped_lock lock(mutex_);
        if (running_) running_->adopt(task);
    }

private:
    using Steady = std::chrono::steady_clock;

    /// What the threads share during a run. A task is idle, in the line, being stepped, or being stepped and woken meanwhile.
    class Shared final : public Waker {
    public:
        Shared(Graph& graph, Budget budget) : graph_(graph), budget_(budget) {}

        void adopt(Task& task) {
            {
                const std::scoped_lock lock(mutex_);
                task.executor_slot = places_.size();
                places_.push_back({&task, State::in_line, Steady::time_point::max()});
                line_.push_back(&task);
            }
            task.set_waker(this);
            work_.notify_one();
        }

        void wake(Task& task) noexcept override {
            {
                const std::scoped_lock lock(mutex_);
                State& state = places_[task.executor_slot].state;
                if (state == State::stepped) state = State::woken;
                if (state != State::idle) return;
                state = State::in_line;
                line_.push_back(&task);
            }
            work_.notify_one();
        }

        void work() {
            std::unique_lock lock(mutex_);
            while (not finished_) {
                wake_due(Steady::now());
                if (line_.empty()) {
                    const auto next = next_due();
                    if (next == Steady::time_point::max()) work_.wait(lock);
                    else work_.wait_until(lock, next);
                    continue;
                }
                Task& task = *line_.front();
                line_.pop_front();
                places_[task.executor_slot].state = State::stepped;
                lock.unlock();
                const Step step = detail::step_safely(graph_, task, budget_);
                const bool last = step.state == Step::State::ended && (step.port == 0 ? graph_.task_ended(task) : graph_.ended());
                // A wake-up that comes from here on finds the task being stepped, and puts it in the line again.
                const auto news = step.state == Step::State::waiting_input ? task.listen() : Task::Listening::listening;
                lock.lock();
                settle(task, step, news);
                if (last) {
                    finished_ = true;
                    work_.notify_all();
                } else if (not line_.empty()) {
                    work_.notify_one();
                }
            }
        }

    private:
        enum class State : unsigned char { idle, in_line, stepped, woken, ended };
        struct Place {
            Task* task;
            State state;
            Steady::time_point alarm;
        };

        void settle(Task& task, const Step& step, Task::Listening news) {
            auto& [which, state, alarm] = places_[task.executor_slot];
            alarm = Steady::time_point::max();
            if (step.state == Step::State::ended) {
                state = State::ended;
            } else if (step.state == Step::State::ran || news == Task::Listening::ready || state == State::woken) {
                state = State::in_line;
                line_.push_back(&task);
            } else {
                state = State::idle;
                alarm = detail::wake_time(graph_.clock(), step.until);
                if (news == Task::Listening::unsupported) alarm = std::min(alarm, Steady::now() + std::chrono::milliseconds(1));
            }
        }
        void wake_due(Steady::time_point now) {
            for (auto& [task, state, alarm] : places_) {
                if (alarm > now) continue;
                alarm = Steady::time_point::max();
                if (state != State::idle) continue;
                state = State::in_line;
                line_.push_back(task);
            }
        }
        [[nodiscard]] Steady::time_point next_due() const {
            auto next = Steady::time_point::max();
            for (const Place& place : places_) next = std::min(next, place.alarm);
            return next;
        }

        Graph& graph_;
        Budget budget_;
        typename Atomics::mutex mutex_;
        typename Atomics::condition_variable work_;
        detail::Fifo<Task*> line_;
        std::vector<Place> places_; // by executor_slot
        bool finished_ = false;
    };

    std::size_t threads_;
    Budget budget_;
    typename Atomics::mutex mutex_;
    std::shared_ptr<Shared> running_;
};

using Pool = BasicPool<>;

} // namespace weir
