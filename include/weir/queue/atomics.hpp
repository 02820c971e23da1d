// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#if defined(__linux__) && __has_include(<linux/membarrier.h>)
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#define WEIR_HAS_MEMBARRIER 1
#else
#define WEIR_HAS_MEMBARRIER 0
#endif

namespace weir {

/// What queues and parking ask of the machine, in one place, so that the shipped code also runs under a model checker or a
/// seeded scheduler: give a queue a type with these members instead of StdAtomics.
///
/// Asymmetric fences: a thread that is about to sleep must be certain that its notifier either sees it or has already shown
/// it the event. The usual way is a full fence on both sides, which costs every single push. Where the system can run a
/// fence on all threads of this process (Linux's membarrier), the sleeper asks for that, and push pays nothing.
/// The first queue of a process that already has several threads pays some milliseconds for it, once.
struct StdAtomics {
    template <typename T>
    using atomic = std::atomic<T>;
    using mutex = std::mutex;
    using condition_variable = std::condition_variable;
    using stop_token = std::stop_token;
    template <typename Fn>
    using stop_callback = std::stop_callback<Fn>;

    /// True if heavy_fence() fences all threads of the process; asked once by each queue.
    static bool has_heavy_fence() noexcept {
#if WEIR_HAS_MEMBARRIER
        return ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
#else
        return false;
#endif
    }

    /// Only where has_heavy_fence(): orders everything that any thread did before with everything it does after.
    static void heavy_fence() noexcept {
#if WEIR_HAS_MEMBARRIER
        ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
#endif
    }

    /// The counterpart of heavy_fence() on the hot side: keeps the compiler from reordering, costs no instruction.
    static void light_fence() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

    /// Orders everything this thread did before with everything it does after, for all who do the same.
    static void full_fence() noexcept {
#if defined(__x86_64__) && defined(__clang__) // which would write mfence: 18 ns on a Zen 5, and this, which g++ writes, 5
        asm volatile("lock orl $0, (%%rsp)" : : : "memory", "cc");
#else
        std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
    }

    static std::chrono::steady_clock::time_point now() noexcept { return std::chrono::steady_clock::now(); }

    /// Has the cache line on its way here that will be written soon. (Plain prefetches bring it for reading only, where the compiler may not
    /// take this instruction; processors without it take it for none.)
    static void fetch_for_write(const void* address) noexcept {
#if defined(__x86_64__)
        asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(address)));
#else
        __builtin_prefetch(address, 1);
#endif
    }

    /// For loops that wait some nanoseconds for another thread ...
    static void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        asm volatile("isb" ::: "memory");
#endif
    }

    /// ... and for those in which that thread may have lost its processor.
    static void yield() noexcept { std::this_thread::yield(); }
};

} // namespace weir

#undef WEIR_HAS_MEMBARRIER
