// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// What the copies of a timed function share. Each writes to it once for many calls.
template <typename Mutex = std::mutex> // a template, so that it costs only those who use it
class Timings {
public:
    Timings(std::string name, const Clock* clock) : clock_(clock ? clock : &own_clock_) {
        report_.name = std::move(name);
        for (int i = 0; i < 16; ++i) { // a look at the clock takes this long at least
            const Timestamp before = clock_->now();
            look_ = std::min(look_, clock_->now() - before);
        }
    }
    [[nodiscard]] Timestamp now() const { return clock_->now(); }
    /// A call that took so long and stands for `calls`; 0: it was not timed.
    void add(Duration took, std::uint64_t calls) {
        took = std::max(took - look_, Duration::zero());
        const std::scoped_lock lock(mutex_);
        report_.calls += calls;
        report_.time += took * static_cast<Duration::rep>(calls);
        report_.sampled.record(took);
    }
    void add_untimed(std::uint64_t calls) {
        if (calls == 0) return;
        const std::scoped_lock lock(mutex_);
        if (report_.calls != 0) report_.time += report_.time / static_cast<Duration::rep>(report_.calls) * static_cast<Duration::rep>(calls);
        report_.calls += calls;
    }
    [[nodiscard]] FunctionReport report() const {
        const std::scoped_lock lock(mutex_);
        return report_;
    }

private:
    SystemClock own_clock_;
    const Clock* clock_;
    Duration look_ = Duration::max();
    mutable Mutex mutex_;
    FunctionReport report_;
};

/// fn, of whose calls the first, the second, the fourth ... and then one in 64 is timed, at random distances, so that none falls in
/// step with what repeats itself in the stream.
template <typename Fn, typename Timings = detail::Timings<>>
class TimedFunction {
public:
    TimedFunction(Fn fn, std::shared_ptr<Timings> timings) : fn_(std::move(fn)), timings_(std::move(timings)) {}
    TimedFunction(const TimedFunction& other) : fn_(other.fn_), timings_(other.timings_) {} // which calls it was asked for is its own affair
    TimedFunction(TimedFunction&& other) noexcept(std::is_nothrow_move_constructible_v<Fn>)
        : fn_(std::move(other.fn_)), timings_(other.timings_), left_(std::exchange(other.left_, 1)), gap_(std::exchange(other.gap_, 1)), random_(other.random_) {}
    TimedFunction& operator=(const TimedFunction&) = delete;
    ~TimedFunction() { timings_->add_untimed(gap_ - left_); }

    template <typename... Args>
        requires std::is_invocable_v<Fn&, Args...>
    decltype(auto) operator()(Args&&... args) {
        if (--left_ != 0) [[likely]] return std::invoke(fn_, std::forward<Args>(args)...);
        const Call call{*this, timings_->now()};
        return std::invoke(fn_, std::forward<Args>(args)...);
    }

private:
    struct Call { // counts too where fn throws
        TimedFunction& of;
        Timestamp begun;
        ~Call() {
            of.timings_->add(of.timings_->now() - begun, of.gap_);
            of.random_ = of.random_ * 1664525U + 1013904223U;
            of.gap_ = of.left_ = of.gap_ < 32 ? 2 * of.gap_ : 32 + (of.random_ >> 26); // 32 to 95
        }
    };
    Fn fn_;
    std::shared_ptr<Timings> timings_;
    std::uint32_t left_ = 1; // until the next that is timed
    std::uint32_t gap_ = 1;  // from the one before to that
    std::uint32_t random_ = 1;
};

} // namespace detail

/// Times functions of yours inside of a job, each by itself and with a histogram: map(watch.timed(parse)). The time of each operator is
/// what profiled(job) tells. Its report can be asked for at any time and be put into Report::functions.
///     one call in 64 is timed, at about 1 ns a call in all; what takes less than some 30 ns is measured badly; pure(fn) is pure no more
///     what is slow only now and then is found only over thousands of calls; a copy in a job tells of its last calls, up to 95, when it is
///     gone: behind run(), or with the Job. A timed function changes itself, so it is none for key_by or pure
///     the timed functions share what they find and may outlive the watch; any thread. Without a clock the system's is used; it must outlive them.
///     example: tests/runtime/stopwatch.cpp
class Stopwatch {
public:
    explicit Stopwatch(std::string name, const Clock* clock = nullptr) : timings_(std::make_shared<detail::Timings<>>(std::move(name), clock)) {}

    /// A function that is as fn, and timed. Copies of it are timed, too.
    template <typename Fn>
    [[nodiscard]] auto timed(Fn fn) const {
        return detail::TimedFunction<Fn>(std::move(fn), timings_);
    }
    [[nodiscard]] FunctionReport report() const { return timings_->report(); }

private:
    std::shared_ptr<detail::Timings<>> timings_;
};

} // namespace weir
