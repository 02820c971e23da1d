// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/time.hpp>
#include <weir/queue/atomics.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace weir {

/// No deadline, for the waits of queues and channels.
inline constexpr std::chrono::steady_clock::time_point no_deadline = std::chrono::steady_clock::time_point::max();

/// The moment `timeout` from now; a timeout too long for the clock is no deadline.
template <typename Atomics, typename Rep, typename Period>
[[nodiscard]] std::chrono::steady_clock::time_point deadline_after(std::chrono::duration<Rep, Period> timeout) noexcept {
    using Steady = std::chrono::steady_clock;
    const auto now = Atomics::now();
    const auto left = std::chrono::duration_cast<Steady::duration>(saturating_duration(timeout));
    return left > no_deadline - now ? no_deadline : now + left;
}

/// Where threads sleep until a condition about other atomics holds ("event count"). The notifier makes the condition true
/// and calls notify(): one relaxed load while nobody sleeps. The sleeper announces itself and looks once more before it
/// sleeps; a fence on each side (see StdAtomics) makes sure that one of the two sees the other, so no wake-up is lost.
/// Each sleeper has a condition variable of its own, so one notify wakes one thread, the longest asleep.
///
/// Instead of a thread, a listener may wait: a function that is called once, for executors whose tasks must not block.
/// Nothing is allocated; all members may be called from any thread.
template <typename Atomics = StdAtomics>
class alignas(64) EventCount {
public:
    using Deadline = std::chrono::steady_clock::time_point;
    using StopToken = typename Atomics::stop_token;

    /// `asymmetric`: Atomics::has_heavy_fence(), asked once by the owner.
    explicit EventCount(bool asymmetric) noexcept : asymmetric_(asymmetric), waiting_(asymmetric ? 0 : look_closer) {}
    EventCount(const EventCount&) = delete;
    EventCount& operator=(const EventCount&) = delete;

    /// To be called after the condition was made true for `count` waiters.
    [[gnu::always_inline]] void notify(std::size_t count = 1) {
        Atomics::light_fence();
        if (waiting_.load(std::memory_order_relaxed) != 0) [[unlikely]] look_and_wake(count);
    }

    /// Wakes everybody, whatever they wait for: closing, not events. Takes the lock.
    void notify_all() { wake(SIZE_MAX); }

    /// For a caller that has just looked in vain. Sleeps until ready(), a requested stop or the deadline; returns what
    /// ready() said last, so ready wins over the other two.
    /// `stop` may be null. ready() is called on this thread, also with the lock held: it must only look. It may say how much
    /// there is (0: nothing): where it is much, the next wait begins with more patience.
    template <typename Ready>
    [[gnu::noinline]] bool wait(const Ready& ready, const StopToken* stop, Deadline deadline) {
        return look_around(ready) || park(ready, stop, deadline);
    }

    /// The first part of wait alone: for some microseconds, without the lock, so that ready() may also take what it finds.
    /// To sleep and be woken costs some ten microseconds, so a few are worth trying before.
    template <typename Ready>
    bool look_around(const Ready& ready) {
        // Each look takes a cache line away from the other side. If it is only just ahead, looking at once finds one event and
        // stops it for the next; a moment's patience finds many. So patience grows, up to a microsecond or so, as long as there
        // is an event for two pauses at the end of it, and more than one: where one comes once another has gone back, there is none.
        const unsigned patience = patience_.load(std::memory_order_relaxed);
        pause(patience);
        const std::size_t found = ready();
        const bool grows = found > 1 && 2 * found >= patience;
        patience_.store(grows ? std::min(2 * patience + 1, 64U) : patience / 2, std::memory_order_relaxed);
        if (found != 0) return true;
        // Nobody was ahead. What comes now is seen an eighth later than it could be, at most.
        for (unsigned paused = 0; paused < 128;) {
            const unsigned pauses = 1 + paused / 8;
            pause(pauses);
            paused += pauses;
            if (ready()) return true;
        }
        for (unsigned yields = 0; yields < 16; ++yields) { // perhaps the other side needs this processor
            Atomics::yield();
            if (ready()) return true;
        }
        return false;
    }

    /// The other part: sleeps.
    template <typename Ready>
    [[gnu::noinline]] bool park(const Ready& ready, const StopToken* stop, Deadline deadline) {
        const StopToken never;
        const StopToken& token = stop != nullptr ? *stop : never;
        if (token.stop_requested() || is_over(deadline)) return false;
        return sleep(ready, token, deadline);
    }

    /// Calls fn(arg) once, on the thread that notifies, as soon as ready() may hold; no lock is held then, and fn must not
    /// throw. False: ready() holds already, and fn will not be called. There is one listener: a second replaces the first.
    template <typename Ready>
    bool listen(const Ready& ready, void (*fn)(void*), void* arg) {
        const std::lock_guard lock(mutex_);
        if (listener_ == nullptr) waiting_.fetch_add(1, std::memory_order_acq_rel);
        listener_ = fn;
        listener_arg_ = arg;
        if (asymmetric_) Atomics::heavy_fence();
        if (not ready()) return true;
        take_listener();
        return false;
    }

    /// After it returns, the listener is not called and not running. Not to be called from within the listener.
    void unlisten() {
        std::unique_lock lock(mutex_);
        take_listener();
        while (calls_ != 0) called_.wait(lock);
    }

private:
    using Lock = std::unique_lock<typename Atomics::mutex>;

    struct Sleeper {
        Sleeper* previous = nullptr;
        Sleeper* next = nullptr;
        bool asleep = false;
        typename Atomics::condition_variable wake{};
    };

    [[gnu::noinline]] void look_and_wake(std::size_t count) {
        // Without a heavy fence: a read-modify-write sees the sleeper's, or the sleeper's sees all that was done before it.
        if (asymmetric_ || waiting_.fetch_add(0, std::memory_order_acq_rel) != look_closer) wake(count);
    }

    static void pause(unsigned times) noexcept {
        for (; times != 0; --times) Atomics::pause();
    }

    static bool is_over(Deadline deadline) { return deadline != no_deadline && Atomics::now() >= deadline; }

    template <typename Ready>
    bool sleep(const Ready& ready, const StopToken& stop, Deadline deadline) {
        Sleeper self;
        auto wake_self = [this, &self] {
            const std::lock_guard lock(mutex_);
            self.wake.notify_one();
        };
        const typename Atomics::template stop_callback<decltype(wake_self)> on_stop(stop, wake_self); // made and destroyed without the lock: it may run, and be waited for

        Lock lock(mutex_);
        for (bool over = false;;) {
            enlist(self);
            if (asymmetric_) Atomics::heavy_fence();
            if (not ready())
                while (self.asleep && not over && not stop.stop_requested()) over = doze(self, lock, deadline);
            if (self.asleep) delist(self);
            if (ready()) return true;
            if (over || stop.stop_requested()) return false;
        }
    }

    /// True at the deadline.
    static bool doze(Sleeper& self, Lock& lock, Deadline deadline) {
        if (deadline == no_deadline) return self.wake.wait(lock), false;
        self.wake.wait_until(lock, deadline);
        return is_over(deadline);
    }

    void wake(std::size_t count) {
        Lock lock(mutex_);
        for (; count != 0 && first_ != nullptr; --count) {
            Sleeper& sleeper = *first_;
            delist(sleeper);
            sleeper.wake.notify_one(); // under the lock: the sleeper's frame ends as soon as it gets it
        }
        void* const arg = listener_arg_;
        if (const auto fn = take_listener()) {
            ++calls_;
            lock.unlock();
            fn(arg);
            lock.lock();
            if (--calls_ == 0) called_.notify_all();
        }
    }

    auto take_listener() noexcept -> void (*)(void*) {
        const auto fn = listener_;
        listener_ = nullptr;
        if (fn != nullptr) waiting_.fetch_sub(1, std::memory_order_acq_rel);
        return fn;
    }

    void enlist(Sleeper& sleeper) noexcept {
        sleeper.asleep = true;
        sleeper.next = nullptr;
        sleeper.previous = last_;
        (last_ != nullptr ? last_->next : first_) = &sleeper;
        last_ = &sleeper;
        waiting_.fetch_add(1, std::memory_order_acq_rel);
    }

    void delist(Sleeper& sleeper) noexcept {
        sleeper.asleep = false;
        (sleeper.previous != nullptr ? sleeper.previous->next : first_) = sleeper.next;
        (sleeper.next != nullptr ? sleeper.next->previous : last_) = sleeper.previous;
        waiting_.fetch_sub(1, std::memory_order_acq_rel);
    }

    static constexpr std::uint32_t look_closer = 1U << 31; // in waiting_, where there is no heavy fence

    const bool asymmetric_;
    typename Atomics::template atomic<std::uint32_t> waiting_; // sleepers and listener; changed under the lock
    typename Atomics::mutex mutex_;
    Sleeper* first_ = nullptr;
    Sleeper* last_ = nullptr;
    void (*listener_)(void*) = nullptr;
    void* listener_arg_ = nullptr;
    unsigned calls_ = 0; // of listeners, running now
    typename Atomics::condition_variable called_;
    alignas(64) typename Atomics::template atomic<unsigned> patience_{1}; // of those who wait; notifiers do not touch its line
};

} // namespace weir
