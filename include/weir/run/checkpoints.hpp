// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/graph.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace weir::detail {

/// Collects what the tasks of a durable job save when a barrier passes them, and gives a checkpoint on when it is complete.
/// A task that has ended before it could pass is part of it as it ended. It listens to the graph, which must not run any more once this has gone.
class Checkpoints final : public Graph::CheckpointListener {
public:
    using OnComplete = std::function<void(std::uint64_t epoch, const StateWriter& state)>;

    Checkpoints(Graph& graph, OnComplete on_complete) : graph_(graph), on_complete_(std::move(on_complete)) { graph_.listen(this); }
    Checkpoints(const Checkpoints&) = delete;
    Checkpoints& operator=(const Checkpoints&) = delete;

    void passed(const Task& task, std::uint64_t epoch) override {
        {
            const std::scoped_lock lock(mutex_);
            Checkpoint& checkpoint = of(epoch);
            SaveWalk walk(graph_.names(), checkpoint.state);
            task.save(walk);
            checkpoint.passed.push_back(&task);
        }
        complete();
    }
    void task_ended() override { complete(); } // those that only waited for it

private:
    struct Checkpoint {
        std::uint64_t epoch;
        StateWriter state;
        std::vector<const Task*> passed;
    };

    Checkpoint& of(std::uint64_t epoch) {
        for (Checkpoint& checkpoint : open_)
            if (checkpoint.epoch == epoch) return checkpoint;
        return open_.emplace_back(Checkpoint{epoch, {}, {}});
    }

    void complete() {
        std::vector<Checkpoint> complete;
        {
            const std::scoped_lock lock(mutex_);
            for (std::size_t i = 0; i < open_.size();) {
                if (not completes(open_[i])) {
                    ++i;
                    continue;
                }
                complete.push_back(std::move(open_[i]));
                open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i));
            }
        }
        for (const Checkpoint& checkpoint : complete) on_complete_(checkpoint.epoch, checkpoint.state);
    }

    bool completes(Checkpoint& checkpoint) {
        const auto has = [&](const Task& task) {
            return std::find(checkpoint.passed.begin(), checkpoint.passed.end(), &task) != checkpoint.passed.end();
        };
        bool all = true;
        if (not graph_.each_unless_failed([&](const Task& task, bool ended) { all &= ended || has(task); }) || not all) return false;
        SaveWalk walk(graph_.names(), checkpoint.state);
        return graph_.each_unless_failed([&](const Task& task, bool) {
            if (not has(task)) task.save(walk);
        });
    }

    Graph& graph_;
    OnComplete on_complete_;
    std::mutex mutex_;
    std::vector<Checkpoint> open_; // in the order of their first barrier
};

} // namespace weir::detail
