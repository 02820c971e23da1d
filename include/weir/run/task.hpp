// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/run/wait.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

/// How much one step may do. A step ends earlier where there is nothing to do.
struct Budget {
    std::size_t events = 4096;                     ///< where time is limited, too: four times as many of a chain whose functions are all marked pure
    Duration time = std::chrono::milliseconds(10); ///< looked at between spans
    bool polls = false; ///< if it waits for what news() can see it will be asked again before anybody sleeps: it need not be woken
};

/// What a step found.
struct Step {
    enum class State : unsigned char {
        ran,            ///< it did something; there may be more
        idle_until,     ///< nothing to do before `until`, or a message
        waiting_input,  ///< nothing to read from input `port`; `until` is the chain's own deadline, if any
        waiting_output, ///< output `port` is full; an unfinished operator goes on from there
        ended
    };
    State state = State::ran;
    std::size_t port = 0;
    Timestamp until = max_time;
};

/// What a task can be told between two spans.
struct Control {
    enum class Kind : unsigned char {
        barrier,   ///< (sources) save what is held and send the barrier of `epoch` down the chain
        committed, ///< the checkpoint `epoch` is complete
        aborted,   ///< the checkpoint `epoch` was given up
        pause,     ///< read nothing until resume; what has been read flows on
        resume,
        stop,    ///< read no more; what was read flows through, held batches flush, open windows do not fire
        drain,   ///< end as if the source had ended
        release, ///< give the input up at once: nothing flushes, what is held stays held
        abandon  ///< another task has failed: end at once
    };
    Kind kind;
    std::uint64_t epoch = 0;
};

class Task;

/// Who is told that a task may have something to do again: its executor.
class Waker {
public:
    virtual void wake(Task& task) noexcept = 0; ///< any thread; cheap; may be called when there is nothing to do

protected:
    ~Waker() = default;
};

/// A part of a job that runs as one loop: an input, and the fused chain behind it. One thread at a time steps it.
class Task {
public:
    Task() {
        mail_.reserve(2 * own_places);
        reading_.reserve(2 * own_places);
    }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    virtual ~Task() = default;

    /// Does at most `budget` and never sleeps. A user's exception comes out of it; the task must not be stepped again then.
    virtual Step step(Budget budget) = 0;

    /// Whether its input is a source of the user's that can be slept on with wait(); else wake() tells of new input.
    [[nodiscard]] virtual bool waits_outside() const noexcept { return false; }
    /// Sleeps until the source may have something, a message came, or the deadline; for a thread that is the task's own.
    virtual void wait(std::chrono::steady_clock::time_point) {}

    /// For a thread that looks again and again before it sleeps: whether a task that waits has something to do now.
    enum class News : unsigned char { none, some, unknown /**< it cannot be seen from outside */ };
    [[nodiscard]] virtual News news(Step::State) noexcept { return News::unknown; }
    /// How the stage wants it to wait that it waits for.
    [[nodiscard]] virtual Wait wait_strategy(Step::State) noexcept { return Wait::sleep; }

    /// For executors that cannot sleep on it: whether the source will call wake() once when it has something (listening), has
    /// something already (ready), or must be asked again and again (unsupported).
    enum class Listening : unsigned char { listening, ready, unsupported };
    [[nodiscard]] virtual Listening listen() { return Listening::unsupported; }

    /// Counts of its operators into the job's rows.
    virtual void report(detail::ReportWalk& walk) const = 0;
    /// State of its operators and position of its source; only for durable jobs.
    virtual void save(detail::SaveWalk& walk) const = 0;
    virtual void load(detail::LoadWalk& walk) = 0;
    /// For people: what it begins with.
    [[nodiscard]] virtual std::string_view name() const noexcept { return "task"; }
    /// Whether it reads from a source, so that barriers begin in it.
    [[nodiscard]] virtual bool is_source() const noexcept = 0;

    /// Leaves a message for the next step. Any thread. Those that tell no epoch come where there is no memory, too.
    void post(Control message) {
        std::stop_source interrupted(std::nostopstate);
        {
            const std::scoped_lock lock(mutex_);
            put(message);
            has_mail_.store(true, std::memory_order_release);
            interrupted = interrupt_;
        }
        interrupted.request_stop(); // without the lock: it calls what the user's source wants to be told by
        wake();
    }

    /// Something may have changed for this task. Any thread.
    void wake() noexcept {
        if (Waker* waker = waker_.load(std::memory_order_acquire)) waker->wake(*this);
    }
    void set_waker(Waker* waker) noexcept { waker_.store(waker, std::memory_order_release); }

    /// For its executor: whatever it needs to remember about the task.
    std::size_t executor_slot = 0;
    /// For its graph, under the graph's lock: whether it was told of the end, and the task that was added behind this one.
    bool has_ended = false;
    Task* next_in_graph = nullptr;

protected:
    [[nodiscard]] bool has_mail() const noexcept { return has_mail_.load(std::memory_order_acquire); }

    /// Calls fn with each message, in order.
    template <typename Fn>
    void read_mail(Fn&& fn) {
        {
            const std::scoped_lock lock(mutex_);
            if (mail_.empty()) return;
            interrupt_ = std::stop_source(); // the old one is requested for this, or is about to be
            reading_.swap(mail_);
            has_mail_.store(false, std::memory_order_release);
        }
        for (const Control& message : reading_) fn(message);
        reading_.clear();
    }

    /// Requested as soon as there is a message: what a source is given to sleep with.
    [[nodiscard]] std::stop_token interrupt() {
        const std::scoped_lock lock(mutex_);
        return interrupt_.get_token();
    }

private:
    static constexpr std::size_t own_places = 5; // pause or resume, stop, drain, release, abandon: each is there once at most

    void put(const Control& message) {
        using Kind = Control::Kind;
        const auto is_rest = [](const Control& other) { return other.kind == Kind::pause || other.kind == Kind::resume; };
        if (message.kind <= Kind::aborted) {
            if (mail_.capacity() - mail_.size() <= own_places) mail_.reserve(2 * mail_.capacity());
        } else {
            if (is_rest(message) || message.kind == Kind::stop || message.kind == Kind::drain) std::erase_if(mail_, is_rest); // it ends a pause
            for (const Control& other : mail_)
                if (other.kind == message.kind) return; // again, it says no more
        }
        mail_.push_back(message);
    }

    std::mutex mutex_;
    std::vector<Control> mail_; // has room for all those
    std::vector<Control> reading_;
    std::stop_source interrupt_;
    std::atomic<bool> has_mail_{false};
    std::atomic<Waker*> waker_{nullptr};
};

} // namespace weir
