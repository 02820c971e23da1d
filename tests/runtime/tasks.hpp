// SPDX-License-Identifier: BSL-1.0
// A job whose tasks a test steps one by one.
#pragma once
#include <weir/run/checkpoints.hpp>
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <cstddef>
#include <utility>

/// The tasks of `job`, the source's first; nobody steps them but the test.
template <bool Durable = false>
class Tasks {
public:
    template <typename Job>
    explicit Tasks(Job&& job, const weir::Clock* clock = nullptr) : Tasks(std::forward<Job>(job), weir::RunOptions{.clock = clock}) {}
    template <typename Job>
    Tasks(Job&& job, const weir::RunOptions& options) : graph(options) {
        weir::detail::build<Durable>(graph, std::forward<Job>(job));
        tasks_ = graph.tasks();
        for (weir::Task*& task : tasks_)
            if (task->is_source()) std::swap(task, tasks_.front());
    }
    weir::Task& operator[](std::size_t i) { return *tasks_.at(i); }
    [[nodiscard]] std::size_t size() const { return tasks_.size(); }
    weir::Step step(std::size_t i, std::size_t events = 4096) {
        return tasks_.at(i)->step(weir::Budget{events, weir::Duration::max()});
    }
    /// Steps the task as long as it says that it did something; its first other answer.
    weir::Step settle(std::size_t i) {
        weir::Step last = step(i);
        while (last.state == weir::Step::State::ran) last = step(i);
        return last;
    }
    void run_to_end() {
        for (bool ended = false; not ended;) {
            ended = true;
            for (std::size_t i = 0; i < tasks_.size(); ++i) ended &= step(i).state == weir::Step::State::ended;
        }
    }
    weir::Graph graph;

private:
    std::vector<weir::Task*> tasks_;
};
