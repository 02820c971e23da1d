// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/histogram.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace weir::detail {

/// A latency marker, as Flink has them: it goes through tasks and channels in order with the events, and operators do not see it.
struct LatencyMarker {
    std::uint32_t from = 0; // the task of the source that has sent it
    Timestamp begun{};      // when that began with the events that went before it
    Timestamp sent{};       // when it was put into the channel that it comes from
};

/// What can be seen of a task's queue by any thread.
struct QueueFigures {
    std::size_t capacity = 0;
    std::size_t fill = 0;
    std::size_t most = 0;
    Timestamp watermark = min_time;
};

/// Where the time of a task goes. One thread writes, any thread reads: all that belongs together, or it reads again (a sequence lock).
///     A pause is ended by the look at the clock with which the next step begins anyway. Where it begins is looked at too where it may be
///     long: where the step before was long in coming. Else who comes again at once looks at the clock each 16th time: a look costs about as
///     much as some events. The other times are divided between work and waiting as those are; of one much longer than those, all but the mean wait
///     is work.
template <typename Atomic = std::atomic<std::int64_t>> // a template, so that it costs only those who make tasks
class TaskTimes {
public:
    enum class Wait : unsigned char { input, output };
    struct Sums {
        Duration busy{}, turn{}, input{}, output{};
    };

    void begin(Timestamp now) {
        const std::int64_t t = now.time_since_epoch().count();
        slow_ = begun_ != nowhere && t - begun_ > slow;
        begun_ = t;
        const Writing writing(*this);
        move_to(now);
        put(state_, at_work);
    }
    /// soon: it will be asked again at once, or after some looks around, or waits in its input, nobody knows how long
    void pause(Wait wait, bool soon, const Clock& clock) {
        const bool looks = not soon || slow_ || pauses_++ % 16 == 0;
        const std::int64_t k = wait == Wait::output ? 1 : 0;
        const Writing writing(*this);
        const bool worked_before = get(state_) == at_work;
        if (looks || not worked_before) {
            const std::int64_t passed = move_to(clock.now());
            if (looks && soon && worked_before) {
                if (not is_long(k, passed)) add(cells_[static_cast<std::size_t>(worked + k)], passed);
                ++samples_[static_cast<std::size_t>(k)];
            }
        }
        put(state_, not looks ? mixed + k : soon ? sampled + k : waits + k);
    }
    /// The step has ended, and the next one comes when it is this task's turn again.
    void rest(Timestamp now) {
        const Writing writing(*this);
        move_to(now);
        put(state_, in_line);
    }
    void end(Timestamp now) {
        const Writing writing(*this);
        move_to(now);
        put(state_, ended);
    }

    [[nodiscard]] Sums sums(Timestamp now) const {
        std::array<std::int64_t, cells> seen{};
        for (;;) {
            const std::int64_t version = version_.load(std::memory_order_acquire);
            for (std::size_t i = 0; i < cells; ++i) seen[i] = get(cells_[i]);
            const std::int64_t state = get(state_), at = get(at_);
            if (version % 2 == 0 && version_.load(std::memory_order_relaxed) == version) {
                if (state < mixed && at != nowhere) seen[static_cast<std::size_t>(state)] += std::max<std::int64_t>(now.time_since_epoch().count() - at, 0);
                break;
            }
            std::this_thread::yield();
        }
        return {Duration(seen[at_work]), Duration(seen[in_line]), Duration(seen[waits] + seen[sampled]), Duration(seen[waits + 1] + seen[sampled + 1])};
    }

private:
    // States, and the sums of time in them; for pairs the second is that of output. `worked`: of at_work, what came before sampled pauses.
    // What was mixed is divided when it is over.
    static constexpr std::int64_t at_work = 0, in_line = 1, waits = 2, sampled = 4, worked = 6, mixed = 8, ended = 10;
    static constexpr std::size_t cells = 8;
    static constexpr std::int64_t nowhere = min_time.time_since_epoch().count();

    static std::int64_t get(const Atomic& cell) noexcept { return cell.load(std::memory_order_acquire); }
    static void put(Atomic& cell, std::int64_t value) noexcept { cell.store(value, std::memory_order_release); }
    static void add(Atomic& cell, std::int64_t more) noexcept { put(cell, cell.load(std::memory_order_relaxed) + more); }

    struct Writing {
        explicit Writing(TaskTimes& all) : times(all) { times.version_.store(times.version_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
        ~Writing() { add(times.version_, 1); }
        Writing(const Writing&) = delete;
        Writing& operator=(const Writing&) = delete;
        TaskTimes& times;
    };
    /// Counts the time since the last look to the state that it was in; how much.
    std::int64_t move_to(Timestamp now) noexcept {
        const std::int64_t state = get(state_), before = get(at_), t = now.time_since_epoch().count();
        if (state == ended) return 0;
        const std::int64_t passed = before == nowhere ? 0 : std::max<std::int64_t>(t - before, 0);
        if (state >= mixed) divide(state - mixed, passed);
        else add(cells_[static_cast<std::size_t>(state)], passed);
        put(at_, t);
        return passed;
    }
    [[nodiscard]] std::int64_t sampled_rest(std::int64_t k) const noexcept { return get(cells_[static_cast<std::size_t>(sampled + k)]); }
    /// Beside the mean wait, so that a few of them do not say what the many short steps are.
    [[nodiscard]] bool is_long(std::int64_t k, std::int64_t passed) const noexcept {
        const auto n = static_cast<std::int64_t>(samples_[static_cast<std::size_t>(k)]);
        return n != 0 && passed / 5 > sampled_rest(k) / n;
    }
    void divide(std::int64_t k, std::int64_t passed) noexcept {
        const std::int64_t rest = sampled_rest(k), all = get(cells_[static_cast<std::size_t>(worked + k)]) + rest;
        std::int64_t waited = passed;
        if (is_long(k, passed)) waited = rest / static_cast<std::int64_t>(samples_[static_cast<std::size_t>(k)]);
        else if (all > 0) waited = static_cast<std::int64_t>(static_cast<double>(passed) * (static_cast<double>(rest) / static_cast<double>(all)));
        add(cells_[static_cast<std::size_t>(waits + k)], waited);
        add(cells_[at_work], passed - waited);
    }

    Atomic version_{0}; // odd while it is written
    Atomic state_{0};
    Atomic at_{nowhere}; // the last look at the clock
    std::array<Atomic, cells> cells_{};
    static constexpr std::int64_t slow = 20'000; // ns from one step to the next: a look is nothing beside that
    std::int64_t begun_ = nowhere;
    bool slow_ = false;
    std::uint64_t pauses_ = 0;
    std::array<std::uint64_t, 2> samples_{}; // of sampled pauses
};

/// The figures of one task. What its own thread does with them is cheap; what is not is done once for each marker, or by who asks.
template <typename Times = TaskTimes<>>
class TaskFiguresOf {
public:
    TaskFiguresOf(std::uint32_t number, std::string name, const Clock& clock, Duration interval)
        : number_(number), name_(std::move(name)), clock_(clock), interval_(interval) {}

    // The thread that steps the task:
    void begin(Timestamp now, std::uint64_t events) {
        events_.store(events, std::memory_order_relaxed);
        times_.begin(now);
    }
    void pause(bool for_output, bool soon) { times_.pause(for_output ? Times::Wait::output : Times::Wait::input, soon, clock_); }
    void rest() { times_.rest(clock_.now()); }
    void end(std::uint64_t events) {
        events_.store(events, std::memory_order_relaxed);
        times_.end(clock_.now());
    }
    /// Of a source: whether a marker follows the events that have just been handled, of which the first came at `begun`.
    [[nodiscard]] bool due(Timestamp begun) noexcept {
        if (begun < next_) return false;
        next_ = saturating_add(begun, interval_);
        return true;
    }
    [[nodiscard]] LatencyMarker marker(Timestamp begun) const noexcept { return {number_, begun, begun}; }
    /// A marker has come through the queue in front.
    void arrived(const LatencyMarker& marker) {
        const Timestamp now = clock_.now();
        const std::scoped_lock lock(mutex_);
        queued_.record(now - marker.sent);
    }
    /// What came before a marker has been handled. Gives the marker for the next task.
    LatencyMarker passed(LatencyMarker marker) {
        marker.sent = clock_.now();
        const std::scoped_lock lock(mutex_);
        latency_from(marker.from).record(marker.sent - marker.begun);
        return marker;
    }
    void watermark(Timestamp t) noexcept {
        if (t != min_time) watermark_.store(t.time_since_epoch().count(), std::memory_order_relaxed);
    }
    /// What a queue in front of it looks like is to be asked of look(queue). input: of several inputs the one that comes through it.
    void queue(const void* queue, QueueFigures (*look)(const void*), std::string input) { queues_.push_back({queue, look, std::move(input)}); }

    // Any thread:
    template <typename NameOf>
    [[nodiscard]] TaskReport report(Timestamp now, const NameOf& name_of) {
        TaskReport task;
        task.name = name_of(number_);
        task.events = events_.load(std::memory_order_relaxed);
        task.watermark = Timestamp(Duration(watermark_.load(std::memory_order_relaxed)));
        for (const Queue& one : queues_) {
            const QueueFigures queue = one.look(one.queue);
            const std::size_t most = std::max(queue.most, queue.fill);
            task.queue_capacity += queue.capacity;
            task.queue_fill += queue.fill;
            task.queue_most += most;
            if (one.input.empty()) task.watermark = std::max(task.watermark, queue.watermark);
            else task.queues.push_back({one.input, queue.capacity, queue.fill, most, queue.watermark});
        }
        const std::scoped_lock lock(mutex_);
        // What a step that goes on has taken counts as work, and may be found out to have been in part a wait: nothing goes back for that.
        const auto sums = times_.sums(now);
        task.busy = told_.busy = std::max(told_.busy, sums.busy);
        task.waiting_turn = told_.turn = std::max(told_.turn, sums.turn);
        task.waiting_input = told_.input = std::max(told_.input, sums.input);
        task.waiting_output = told_.output = std::max(told_.output, sums.output);
        task.queued = queued_;
        for (const auto& [from, time] : latency_) task.latency.push_back({name_of(from), time});
        return task;
    }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    TaskFiguresOf* next = nullptr; // of the job

private:
    Histogram& latency_from(std::uint32_t source) {
        for (auto& [from, time] : latency_)
            if (from == source) return time;
        return latency_.emplace_back(source, Histogram()).second;
    }

    const std::uint32_t number_;
    const std::string name_;
    const Clock& clock_;
    const Duration interval_;
    Timestamp next_ = min_time; // no marker before
    Times times_{};
    std::atomic<std::uint64_t> events_{0};
    std::atomic<std::int64_t> watermark_{min_time.time_since_epoch().count()};
    struct Queue {
        const void* queue;
        QueueFigures (*look)(const void*);
        std::string input;
    };
    std::vector<Queue> queues_; // known before the job runs
    std::mutex mutex_;
    typename Times::Sums told_{};
    Histogram queued_;
    std::vector<std::pair<std::uint32_t, Histogram>> latency_; // by the number of the source's task
};
using TaskFigures = TaskFiguresOf<>;

/// The figures of a job's tasks, which may come while it runs.
template <typename Of = TaskFigures>
class FiguresOf {
public:
    /// interval: between two markers of a source; zero: there are no figures
    explicit FiguresOf(Duration interval) noexcept : interval_(interval) {}
    FiguresOf(const FiguresOf&) = delete;
    FiguresOf& operator=(const FiguresOf&) = delete;
    ~FiguresOf() {
        while (Of* const one = first_) {
            first_ = one->next;
            delete one;
        }
    }

    /// For a task of this name; nullptr where there are none.
    Of* add(const std::string& name, const Clock& clock) {
        if (interval_ <= Duration::zero()) return nullptr;
        const std::scoped_lock lock(mutex_);
        Of* const before = first_;
        first_ = new Of(count_++, name, clock, interval_);
        first_->next = before;
        return first_;
    }
    /// The last task has ended: time goes no further.
    void finish(const Clock& clock) {
        if (interval_ <= Duration::zero()) return;
        const std::scoped_lock lock(mutex_);
        end_ = clock.now();
    }
    void report(Report& to, const Clock& clock) const {
        if (interval_ <= Duration::zero()) return;
        const std::scoped_lock lock(mutex_);
        to.time = std::min(clock.now(), end_);
        std::vector<std::string> names; // none of them twice: of merges in merges more than one is "input/merge/1"
        for (const Of* one = first_; one; one = one->next) {
            std::size_t same = 1;
            for (const Of* before = first_; before != one; before = before->next) same += before->name() == one->name();
            names.push_back(same == 1 ? one->name() : one->name() + "#" + std::to_string(same));
        }
        const auto name_of = [&names](std::uint32_t number) -> const std::string& { return names[names.size() - 1 - number]; };
        for (Of* one = first_; one; one = one->next) to.tasks.push_back(one->report(to.time, name_of));
    }

private:
    const Duration interval_;
    mutable std::mutex mutex_;
    Of* first_ = nullptr; // these are ours; the last made first, as a chain makes the tasks behind it before its own
    std::uint32_t count_ = 0;
    Timestamp end_ = max_time;
};
using Figures = FiguresOf<>;

} // namespace weir::detail
