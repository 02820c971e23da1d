// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/job_memory.hpp>
#include <weir/run/figures.hpp>
#include <weir/run/options.hpp>
#include <weir/run/task.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir {

class Executor;

/// A job as its executor sees it: its tasks, their clock, what they report, and how it ends.
class Graph {
public:
    explicit Graph(const Clock* clock) : clock_(clock ? clock : &own_clock_) {}
    explicit Graph(const RunOptions& options)
        : clock_(options.clock ? options.clock : &own_clock_), job_memory_(options.resource ? std::make_unique<detail::JobMemory>(*options.resource) : nullptr), memory_(options.memory, options.files, options.scratch, job_memory_.get()), workers_(options.workers), progress_(options.progress), figures_(options.figures), wait_(options.wait), pins_(options.pin), failed_(options.failed) {}
    Graph(const Graph&) = delete;
    Graph& operator=(const Graph&) = delete;
    ~Graph() {
        while (Task* task = first_) {
            first_ = task->next_in_graph;
            delete task;
        }
    }

    [[nodiscard]] const Clock& clock() const noexcept { return *clock_; }
    [[nodiscard]] detail::MemoryBudget& memory() noexcept { return memory_; }
    [[nodiscard]] detail::Identities& names() noexcept { return names_; }

    /// Adds a task. While the job runs, the executor must be told by Executor::added; operators are named then only if it does not report.
    template <typename T> // a unique_ptr<Task> more costs every includer
    T& add(std::unique_ptr<T> task) {
        const std::scoped_lock lock(mutex_);
        (first_ ? last_->next_in_graph : first_) = task.get();
        last_ = task.get();
        ++live_;
        return *task.release();
    }
    /// Calls fn(task) with each task that there is now, in the order in which they were added; without the lock.
    template <typename Fn>
    void each(Fn&& fn) const {
        std::unique_lock lock(mutex_);
        Task* const last = last_;
        for (Task* task = first_; task;) {
            lock.unlock();
            fn(*task);
            lock.lock();
            task = task == last ? nullptr : task->next_in_graph;
        }
    }
    template <typename T = Task> // a template, so that it costs only those who ask
    [[nodiscard]] std::vector<T*> tasks() const {
        std::vector<T*> all;
        each([&all](Task& task) { all.push_back(&task); });
        return all;
    }

    /// A task has ended; true when it was the last.
    bool task_ended(Task& task) {
        try {
            publish(task);
        } catch (...) { // no memory for its counts
            fail(task, std::current_exception());
        }
        bool last = false;
        {
            const std::scoped_lock lock(mutex_);
            task.has_ended = true;
            last = --live_ == 0;
        }
        if (last) figures_.finish(*clock_);
        try {
            if (checkpoints_) checkpoints_->task_ended();
        } catch (...) {
            fail(task, std::current_exception());
        }
        return last;
    }
    /// A task has thrown: the first error is kept, the other tasks end at once.
    bool task_failed(Task& task, std::exception_ptr error) {
        fail(task, std::move(error));
        return task_ended(task);
    }
    /// The same, where the task is yet to end, as the others.
    void fail(Task& task, std::exception_ptr error) {
        bool is_first = false;
        {
            const std::scoped_lock lock(mutex_);
            is_first = not error_;
            if (is_first) error_ = error;
        }
        if (is_first) find_failure(task, error);
        tell_all({Control::Kind::abandon});
    }
    /// What runs it has thrown: the first error is kept, and nobody will step its tasks any more.
    void failed(std::exception_ptr error) {
        const std::scoped_lock lock(mutex_);
        if (not error_) error_ = std::move(error);
        left_ = true;
    }
    [[nodiscard]] bool ended() const {
        const std::scoped_lock lock(mutex_);
        return live_ == 0 || left_;
    }
    /// All tasks have ended: who wants to know is told, and what was thrown is rethrown.
    void finish() {
        if (progress_) progress_.finish(clock_->now());
        try {
            if (failed_ && failure_) failed_(*failure_);
        } catch (...) { // what ended the job is what matters
        }
        rethrow();
    }
    void rethrow() const {
        std::exception_ptr error;
        {
            const std::scoped_lock lock(mutex_);
            error = error_;
        }
        if (error) std::rethrow_exception(error);
    }

    /// Keeps something alive until the graph goes.
    template <typename T>
    void keep(std::shared_ptr<T> thing) {
        using Kept = std::pair<std::shared_ptr<T>, std::shared_ptr<void>>; // and what was kept before
        const std::scoped_lock lock(mutex_);
        kept_ = std::make_shared<Kept>(std::move(thing), std::move(kept_));
    }

    void tell_all(Control message) {
        each([&message](Task& task) { task.post(message); });
    }
    /// stop and drain begin at the sources; what they have read flows through the others.
    void tell_sources(Control message) {
        each([&message](Task& task) {
            if (task.is_source()) task.post(message);
        });
    }

    /// Who should run it, unless the user says who: none, a thread for each task.
    [[nodiscard]] Executor* executor() const noexcept { return executor_; }
    template <typename E>
    void suggest(std::shared_ptr<E> executor) {
        executor_ = executor.get();
        keep(std::move(executor));
    }
    void reports(bool yes) noexcept { reports_ = yes; }
    /// Who is told how far the job has come, if anybody is.
    [[nodiscard]] detail::ProgressTeller<Task>& progress() noexcept { return progress_; }
    /// Between how many tasks a source that can be split is divided.
    [[nodiscard]] std::size_t workers() const noexcept { return workers_; }
    [[nodiscard]] Wait wait() const noexcept { return wait_; }
    [[nodiscard]] detail::Figures& figures() noexcept { return figures_; }
    /// Whether its threads stay each on one processor.
    [[nodiscard]] bool pins() const noexcept { return pins_; }

    /// A task's counts as they are now; by its own thread, or after the job.
    void publish(const Task& task) {
        if (not reports_) return;
        const std::scoped_lock lock(report_mutex_);
        name_rows();
        detail::ReportWalk walk(rows_);
        task.report(walk);
    }
    /// Rows for what there is by now, so that a job that runs need not allocate them.
    void prepare_report() {
        if (not reports_) return;
        const std::scoped_lock lock(report_mutex_);
        name_rows();
    }
    /// The counts that the tasks published last: each at its latest pause or 100 ms ago, all of them complete once the job has ended;
    /// and the figures as they are now.
    [[nodiscard]] Report report() const {
        Report report;
        {
            const std::scoped_lock lock(report_mutex_);
            report.operators = rows_;
            report.failure = failure_;
        }
        figures_.report(report, *clock_);
        return report;
    }
    /// All counts as they are now; only while no other thread steps a task.
    [[nodiscard]] Report report_now() {
        each([this](Task& task) { publish(task); });
        return report();
    }

    /// Who collects the checkpoints of a durable job; told when a barrier has passed a task, and when a task has ended.
    class CheckpointListener {
    public:
        virtual void passed(const Task& task, std::uint64_t epoch) = 0;
        virtual void task_ended() = 0;

    protected:
        ~CheckpointListener() = default;
    };
    void listen(CheckpointListener* listener) noexcept { checkpoints_ = listener; }
    void barrier_passed(const Task& task, std::uint64_t epoch) {
        if (checkpoints_) checkpoints_->passed(task, epoch);
    }
    /// Calls fn(task, whether it has ended) for each task, unless one has failed, which is the answer; under the graph's lock.
    template <typename Fn>
    bool each_unless_failed(Fn&& fn) const {
        const std::scoped_lock lock(mutex_);
        if (error_) return false;
        for (const Task* task = first_; task; task = task->next_in_graph) fn(*task, task->has_ended);
        return true;
    }

private:
    /// Where a task has thrown.
    void find_failure(const Task& task, const std::exception_ptr& error) {
        try {
            const std::scoped_lock lock(report_mutex_);
            std::vector<OperatorReport> unseen(reports_ ? 0 : names_.size());
            if (reports_) name_rows();
            detail::ReportWalk walk(reports_ ? rows_ : unseen);
            task.report(walk);
            const auto [id, first, last] = walk.thrown;
            failure_ = Failure{id < names_.size() ? names_[id] : std::string(task.name()), first, last, detail::text_of(error)};
        } catch (...) { // no memory: what was thrown is what matters
        }
    }
    void name_rows() {
        for (auto id = static_cast<std::uint32_t>(rows_.size()); id < names_.size(); ++id) rows_.emplace_back().name = names_[id];
    }

    SystemClock own_clock_;
    const Clock* clock_;
    std::unique_ptr<detail::JobMemory> job_memory_; // where there is a RunOptions::resource
    detail::MemoryBudget memory_;
    detail::Identities names_;
    mutable std::mutex mutex_;
    std::shared_ptr<void> kept_;
    Task* first_ = nullptr; // the graph owns them
    Task* last_ = nullptr;
    std::size_t live_ = 0;
    std::exception_ptr error_;
    bool left_ = false; // by its executor
    bool reports_ = true;
    std::size_t workers_ = 1;
    detail::ProgressTeller<Task> progress_{nullptr};
    detail::Figures figures_{Duration()};
    Wait wait_ = Wait::sleep;
    bool pins_ = false;
    Executor* executor_ = nullptr;
    mutable std::mutex report_mutex_;
    std::vector<OperatorReport> rows_;
    std::optional<Failure> failure_;
    std::function<void(const Failure&)> failed_;
    CheckpointListener* checkpoints_ = nullptr;
};

/// Steps the tasks of a job until all have ended. Injected through RunOptions::executor.
class Executor {
public:
    virtual ~Executor() = default;
    /// Returns when all tasks of the graph have ended; a task's exception goes to Graph::task_failed.
    virtual void run(Graph& graph) = 0;
    /// A task was added to a graph that this executor is running.
    virtual void added(Graph& graph, Task& task) = 0;
};

namespace detail {

/// What operators see of the job while they are bound to it.
template <bool Durable, bool Counts = true, bool Profiles = false>
class Binding {
public:
    static constexpr bool durable = Durable; // state can be saved and loaded
    static constexpr bool counts = Counts;   // operators count their events for the Report
    static constexpr bool profiles = Profiles; // and their time is sampled
    explicit Binding(Graph& graph) noexcept : graph_(graph) {}
    [[nodiscard]] Identities& names() noexcept { return graph_.names(); }
    [[nodiscard]] const Clock& clock() const noexcept { return graph_.clock(); }
    /// For an operator that keeps a whole set: it asks once for its share.
    [[nodiscard]] MemoryBudget& memory() noexcept { return graph_.memory(); }
    [[nodiscard]] Graph& graph() noexcept { return graph_; }

private:
    Graph& graph_;
};

} // namespace detail
} // namespace weir
