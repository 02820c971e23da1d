// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/queue/atomics.hpp>
#include <weir/run/task.hpp>

#include <atomic>
#include <utility>

namespace weir::detail {

/// One end of a channel waits for the other: it says so, looks once more, and is woken by the other's next move. A fence on each
/// side makes sure that one of the two sees the other. That of who moves waits until the other processor has given up the cache line that
/// was written last: 60 to 300 ns, where events come one by one more than all else together. So who has told `enough` times and nobody
/// waited leaves it out, until somebody does: who waits then asks for a fence of all threads. (Not each time: where the other is running it
/// takes the one that waits twelve microseconds on a virtual machine, and the other seven.)
///     Only one end notifies, and only the other announces and cancels.
template <typename Atomics = StdAtomics, typename Task = weir::Task, unsigned enough = 256>
class alignas(64) BasicPeerWait {
public:
    void attach(Task& task) noexcept { task_.store(&task, std::memory_order_release); }
    void announce() noexcept {
        // Said before, and nobody has seen it since: who does is as sure to as then. (It may just be seen: then we are about to be woken.)
        if (waiting_.load(std::memory_order_relaxed)) return;
        waiting_.store(true, std::memory_order_relaxed);
        Atomics::full_fence();
        // Not seen although it is so: then that is said behind this fence, and who says it sees that we wait. Seen although it is over:
        // a fence too much. Seen that it is over: then all that was done without a fence, too.
        if (left_out_.load(std::memory_order_acquire)) [[unlikely]] Atomics::heavy_fence();
    }
    void cancel() noexcept { waiting_.store(false, std::memory_order_relaxed); }
    /// After a change that the waiting end may have been waiting for.
    void notify() noexcept {
        if (fences_) Atomics::full_fence();
        else Atomics::light_fence();
        if (waiting_.load(std::memory_order_relaxed)) [[unlikely]] wake();
        else if (fences_ && ++in_vain_ == enough) leave_out();
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
    [[gnu::noinline]] void leave_out() noexcept {
        if (not Atomics::has_heavy_fence()) return;
        fences_ = false;
        left_out_.store(true, std::memory_order_relaxed);
        Atomics::full_fence();
    }
    [[gnu::noinline]] bool wake() noexcept {
        in_vain_ = 0;
        if (not std::exchange(fences_, true)) left_out_.store(false, std::memory_order_release);
        const bool waited = waiting_.exchange(false, std::memory_order_seq_cst);
        if (waited)
            if (Task* task = task_.load(std::memory_order_acquire)) task->wake();
        return waited;
    }

    typename Atomics::template atomic<bool> waiting_{false};
    typename Atomics::template atomic<Task*> task_{nullptr};
    typename Atomics::template atomic<bool> left_out_{false}; // the fences of who notifies
    bool fences_ = true;                                      // ... as he knows it himself,
    unsigned in_vain_ = 0;                                    // and how often he has told since somebody waited
};

using PeerWait = BasicPeerWait<>;

} // namespace weir::detail
