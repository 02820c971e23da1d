// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/queue/atomics.hpp>
#include <weir/run/task.hpp>

#include <atomic>

namespace weir::detail {

/// One end of a channel waits for the other: it says so, looks once more, and is woken by the other's next move. A fence on each
/// side makes sure that one of the two sees the other. (No fence of all threads, as the queues of users have it: where the other
/// thread is running it costs the one that waits fifteen microseconds on a virtual machine.)
template <typename Atomics = StdAtomics, typename Task = weir::Task>
class alignas(64) BasicPeerWait {
public:
    void attach(Task& task) noexcept { task_.store(&task, std::memory_order_release); }
    void announce() noexcept {
        waiting_.store(true, std::memory_order_relaxed);
        Atomics::full_fence();
    }
    void cancel() noexcept { waiting_.store(false, std::memory_order_relaxed); }
    /// After a change that the waiting end may have been waiting for.
    void notify() noexcept {
        Atomics::full_fence();
        notify_if_seen();
    }
    /// The same, if notify() follows soon: it may miss one that has only just said that it waits. True: it has been told, and need not be again.
    bool notify_if_seen() noexcept {
        if (waiting_.load(std::memory_order_relaxed)) [[unlikely]] return wake();
        return false;
    }

    /// Whether it has said that it waits, as far as can be seen from here.
    [[nodiscard]] bool is_seen() const noexcept { return waiting_.load(std::memory_order_relaxed); }

    /// After a change that concerns it though it may wait for something else.
    void wake_anyway() noexcept {
        if (Task* task = task_.load(std::memory_order_acquire)) task->wake();
    }

private:
    [[gnu::noinline]] bool wake() noexcept {
        const bool waited = waiting_.exchange(false, std::memory_order_seq_cst);
        if (waited)
            if (Task* task = task_.load(std::memory_order_acquire)) task->wake();
        return waited;
    }

    typename Atomics::template atomic<bool> waiting_{false};
    typename Atomics::template atomic<Task*> task_{nullptr};
};

using PeerWait = BasicPeerWait<>;

} // namespace weir::detail
