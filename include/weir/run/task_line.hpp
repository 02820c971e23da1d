// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fifo.hpp>
#include <weir/core/thread_time.hpp>
#include <weir/queue/atomics.hpp>
#include <weir/run/executors.hpp>
#include <weir/run/own_thread.hpp>
#include <weir/run/wait.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

namespace weir::detail {

/// Tasks in a line before each of the threads that share them: one thread at a time steps a task, `budget` at a time, and a task that
/// waits holds no thread. A source that can neither be polled nor listened to is asked every millisecond.
///     A thread that finds nothing looks around for some microseconds, where that has been worth it, before it sleeps; one that does so takes
/// what comes, rather than that another is woken.
///     A task comes back to the thread in whose caches its state lies, unless that is busy and another has nothing to do (measured:
///     benchmarks/windows.cpp). Every few milliseconds tasks are divided anew if the busiest thread would then have clearly less to do:
///     the largest first, each to who has least (Graham, 1969), but where it was if that is as good.
template <typename Atomics = StdAtomics>
class TaskLine final : public Waker {
    using Steady = std::chrono::steady_clock;
    using Time = Steady::time_point;
    using Bed = typename Atomics::condition_variable;

public:
    /// threads: that step tasks at a time
    TaskLine(Graph& graph, Budget budget, std::size_t threads) : graph_(graph), budget_(budget), threads_(threads), limit_(threads), workers_(threads), loads_(threads) {}

    /// Steps the task from now on; where there is no memory for it, the job has failed.
    void adopt(Task& task) {
        try {
            take_in(task);
        } catch (...) {
            if (give_up(graph_, task, std::current_exception())) finish();
        }
    }
    void wake(Task& task) noexcept override {
        Bed* bed = nullptr;
        {
            const std::scoped_lock lock(mutex_);
            Place& place = places_[task.executor_slot];
            if (place.state == State::stepped) place.state = State::woken;
            if (place.state != State::idle) return;
            bed = put_in_line(place);
        }
        if (bed) bed->notify_one();
    }

    /// What each of the threads does until all tasks have ended.
    void work() {
        std::unique_lock lock(mutex_);
        if (working_ == workers_.size()) { // one more than there were to be
            try {
                workers_.emplace_back();
            } catch (...) { // no memory: those that there are do it all
                return;
            }
        }
        Worker& own = workers_[working_++];
        own.time = ThreadTime::of_this_thread();
        for (Time now = Atomics::now(); not finished_;) {
            wake_due(now);
            divide(now);
            Place* const place = stepping_ < limit_ ? next_for(own) : nullptr;
            if (not place) {
                const Time until = next_due();
                own.free_since = now;
                if (stepping_ >= limit_ || not look_around(own, lock, until)) {
                    own.sleeps = true;
                    if (until == Time::max()) own.bed.wait(lock);
                    else own.bed.wait_until(lock, until);
                    own.sleeps = false;
                }
                now = Atomics::now();
                free_ += now - std::exchange(own.free_since, Time::max());
                continue;
            }
            Task& task = *place->task;
            place->state = State::stepped;
            if (++stepping_ >= limit_ && (in_line() != 0 || has_alarm())) begin_watch();
            lock.unlock();
            Step step = step_safely(graph_, task, budget_);
            bool last = step.state == Step::State::ended && (step.port == 0 ? graph_.task_ended(task) : graph_.ended());
            // A wake-up that comes from here on finds the task being stepped, and puts it in the line again.
            auto news = Task::Listening::listening;
            try {
                if (step.state == Step::State::waiting_input) news = task.listen();
            } catch (...) { // its source's own
                last = give_up(graph_, task, std::current_exception());
                step.state = Step::State::ended;
            }
            const Time then = std::exchange(now, Atomics::now());
            lock.lock();
            --stepping_;
            places_[task.executor_slot].spent += now - then;
            settle(places_[task.executor_slot], step, news, now);
            if (last) end();
        }
    }
    /// All tasks have ended, and another thread has stepped the last one.
    void finish() {
        const std::scoped_lock lock(mutex_);
        end();
    }

    /// What one more thread does: sees that as many threads step tasks as keep the processors busy. A step may be long in a call that
    /// sleeps: where tasks wait in the line though the processors have time, there are more threads, and fewer once these have none.
    ///     start(): one more thread that works
    template <typename Start>
    void watch(const Start& start) {
        constexpr std::size_t enough = 20;
        std::size_t in_vain = 0; // looks in a row at which nobody waited, or was about to while no thread is free to see to it
        std::size_t started = threads_;
        enum class Seen : unsigned char { neither, asleep, busy } seen = Seen::neither; // of steps, at the last look
        std::unique_lock lock(mutex_);
        Time before = Atomics::now();
        Duration free_before = free(before);
        for (Duration used_before = used();;) {
            if (in_vain == enough) {
                limit_ = threads_;
                is_watched_ = false;
                watch_.wait(lock, [this] { return finished_ || is_watched_; });
                in_vain = 0;
                before = Atomics::now();
                free_before = free(before);
                used_before = used();
            }
            if (watch_.wait_for(lock, std::chrono::milliseconds(5), [this] { return finished_; })) return; // their threads may have gone
            const Time now = Atomics::now();
            const Duration had = (now - before) * static_cast<std::int64_t>(threads_), has_used = used() - used_before, was_free = free(now) - free_before;
            const Duration stepped = (now - before) * static_cast<std::int64_t>(working_) - was_free; // by all together, asleep or not
            before = now;
            used_before += has_used;
            free_before += was_free;
            wake_due(now);
            const std::size_t waiting = in_line();
            const Duration could = std::min(had, stepped);
            // Who runs the machine may have taken the processors for some milliseconds, which looks as if a step slept: once is not enough.
            const Seen sees = waiting != 0 && stepping_ >= limit_ && has_used < could / 4 * 3 ? Seen::asleep : limit_ > threads_ && has_used > could / 8 * 7 ? Seen::busy : Seen::neither;
            const bool again = std::exchange(seen, sees) == sees;
            if (sees == Seen::asleep && (has_used < could / 4 || again)) {
                limit_ = std::min(places_.size(), limit_ + (has_used < could / 4 ? waiting : 1));
                for (; started < limit_; ++started) start();
                news_.fetch_add(1, std::memory_order_relaxed); // for who looks around
                for (Worker& worker : workers_) worker.bed.notify_one();
            } else if (sees == Seen::busy && again) {
                --limit_;
            }
            const bool may_rest = stepping_ < limit_ ? limit_ == threads_ || stepping_ == 0 : limit_ == threads_ && not has_alarm();
            in_vain = waiting == 0 && may_rest ? in_vain + 1 : 0;
        }
    }

private:
    /// Idle, in the line, being stepped, or being stepped and woken meanwhile.
    enum class State : unsigned char { idle, in_line, stepped, woken, ended };
    struct Place {
        Task* task;
        State state;
        Time alarm;
        std::size_t home; // whose it is
        Duration spent;   // on its steps since the tasks were divided last
    };
    struct Worker {
        Bed bed;
        Fifo<std::size_t> line; // of places
        ThreadTime time;
        LookAround<Atomics> around{true};
        Time free_since = Time::max(); // it has nothing to step; max: it has
        bool looks = false;  // around, and nothing was put in a line for it yet
        bool sleeps = false; // and nobody has woken it yet
    };

    void take_in(Task& task) {
        Bed* bed = nullptr;
        {
            const std::scoped_lock lock(mutex_);
            task.executor_slot = places_.size();
            // From here on no task needs memory to be in a line, whosever: to wake one cannot fail.
            for (std::size_t i = 0; i < threads_; ++i) workers_[i].line.make_room(places_.size() + 1 - workers_[i].line.size());
            by_load_.resize(places_.size() + 1);
            places_.push_back({&task, State::idle, Time::max(), places_.size() % threads_, {}});
            task.set_waker(this); // before its first step: who is told there that it waits can wake it
            bed = put_in_line(places_.back());
        }
        if (bed) bed->notify_one();
    }
    /// Of what is put in the lines, without the lock. False, with it, if there was nothing in all that time: it may sleep.
    bool look_around(Worker& own, std::unique_lock<typename Atomics::mutex>& lock, Time until) {
        const std::uint64_t seen = news_.load(std::memory_order_relaxed);
        const bool others_step = stepping_ != 0; // who is about to have something for us, it may be
        own.looks = true;
        lock.unlock();
        own.around.some(Wait::sleep, until, [&] { return news_.load(std::memory_order_relaxed) != seen; }, others_step);
        const Time now = Atomics::now();
        lock.lock();
        looked_ += now - own.free_since;
        own.looks = false;
        return news_.load(std::memory_order_relaxed) != seen;
    }

    /// What this thread steps now: what waits before it, or before another.
    Place* next_for(Worker& own) {
        Worker* from = &own;
        for (Worker& worker : workers_)
            if (own.line.empty() && worker.line.size() > from->line.size()) from = &worker;
        if (from->line.empty()) return nullptr;
        Place& next = places_[from->line.front()];
        from->line.pop_front();
        return &next;
    }
    void settle(Place& place, const Step& step, Task::Listening news, Time now) {
        place.alarm = Time::max();
        if (step.state == Step::State::ended) {
            place.state = State::ended;
        } else if (step.state == Step::State::ran || news == Task::Listening::ready || place.state == State::woken) {
            // Where no other waits this thread takes it again: who was woken for it would find nothing, or take it away from its caches.
            if (Bed* const bed = put_in_line(place, in_line() == 0)) bed->notify_one();
        } else {
            place.state = State::idle;
            place.alarm = wake_time(graph_.clock(), step.until);
            if (news == Task::Listening::unsupported) place.alarm = std::min<Time>(place.alarm, now + std::chrono::milliseconds(1));
        }
    }
    /// Who has to be woken for it, if anybody. is_taken: by who puts it there, at once
    [[nodiscard]] Bed* put_in_line(Place& place, bool is_taken = false) {
        place.state = State::in_line;
        Worker& home = workers_[place.home];
        home.line.push_back(static_cast<std::size_t>(&place - places_.data()));
        if (stepping_ >= limit_) { // the next who comes back takes it
            begin_watch();
            return nullptr;
        }
        if (is_taken) return nullptr;
        news_.fetch_add(1, std::memory_order_relaxed);
        for (Worker& worker : workers_)
            if (std::exchange(worker.looks, false)) return nullptr;
        if (home.sleeps) return rouse(home);
        for (Worker& worker : workers_)
            if (worker.sleeps) return rouse(worker);
        return nullptr;
    }
    /// Each wakes somebody else, as who is woken takes one.
    static Bed* rouse(Worker& worker) noexcept {
        worker.sleeps = false;
        return &worker.bed;
    }
    void begin_watch() {
        if (not std::exchange(is_watched_, true)) watch_.notify_one();
    }
    void wake_due(Time now) {
        for (Place& place : places_) {
            if (place.alarm > now) continue;
            place.alarm = Time::max();
            if (place.state != State::idle) continue;
            if (Bed* const bed = put_in_line(place)) bed->notify_one();
        }
    }
    [[nodiscard]] Time next_due() const {
        Time next = Time::max();
        for (const Place& place : places_) next = std::min(next, place.alarm);
        return next;
    }

    [[nodiscard]] bool has_alarm() const { return next_due() != Time::max(); }

    void divide(Time now) {
        if (now < divide_at_) return;
        const Duration had = now - divided_;
        divided_ = now;
        divide_at_ = now + std::chrono::milliseconds(5);
        loads_.assign(threads_, {});
        by_load_.clear();
        for (std::size_t i = 0; i < places_.size(); ++i) {
            loads_[places_[i].home] += places_[i].spent;
            by_load_.push_back({i, 0});
        }
        const Duration most = *std::max_element(loads_.begin(), loads_.end());
        if (most > had / 4 * 3) {
            std::sort(by_load_.begin(), by_load_.end(), [this](const Move& a, const Move& b) { return places_[a.place].spent > places_[b.place].spent; });
            loads_.assign(threads_, {});
            for (auto& [place, to] : by_load_) {
                const std::size_t home = places_[place].home;
                to = static_cast<std::size_t>(std::min_element(loads_.begin(), loads_.end()) - loads_.begin());
                if (loads_[home] <= loads_[to] + had / 50) to = home;
                loads_[to] += places_[place].spent;
            }
            if (*std::max_element(loads_.begin(), loads_.end()) < most / 20 * 19)
                for (const auto& [place, to] : by_load_) places_[place].home = to;
        }
        for (Place& place : places_) place.spent = {};
    }

    [[nodiscard]] std::size_t in_line() const {
        std::size_t n = 0;
        for (const Worker& worker : workers_) n += worker.line.size();
        return n;
    }
    /// How long all together have had nothing to step, until now.
    [[nodiscard]] Duration free(Time now) const {
        Duration sum = free_;
        for (const Worker& worker : workers_)
            if (worker.free_since != Time::max()) sum += now - worker.free_since;
        return sum;
    }
    /// Of processors' time, by all threads that work here, in their steps.
    [[nodiscard]] Duration used() const {
        Duration sum = -looked_;
        for (const Worker& worker : workers_) sum += worker.time.now();
        return sum;
    }
    void end() {
        finished_ = true;
        news_.fetch_add(1, std::memory_order_relaxed);
        for (Worker& worker : workers_) worker.bed.notify_one();
        watch_.notify_one();
    }

    alignas(64) typename Atomics::template atomic<std::uint64_t> news_{0}; // changes when who looks around may find something in a line, or all is over
    alignas(64) Graph& graph_;
    Budget budget_;
    const std::size_t threads_;
    typename Atomics::mutex mutex_;
    Bed watch_;
    std::size_t working_ = 0;  // threads that have come
    std::size_t stepping_ = 0; // and are in a step
    std::size_t limit_;        // of these
    std::deque<Worker> workers_;
    std::vector<Place> places_; // by executor_slot
    struct Move {
        std::size_t place;
        std::size_t to;
    };
    std::vector<Duration> loads_; // of threads, while tasks are divided
    std::vector<Move> by_load_;
    Time divided_{};
    Time divide_at_{};
    Duration free_{};   // of all together, as far as it is over:
    Duration looked_{}; // that long they looked around
    bool is_watched_ = true;
    bool finished_ = false;
};

} // namespace weir::detail
