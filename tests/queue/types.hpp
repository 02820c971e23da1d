// SPDX-License-Identifier: BSL-1.0
// Event types and atomics with which the tests of the queues look for trouble.
#pragma once
#include <weir/queue.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <thread>
#include <utility>

namespace test {

/// Counts its living objects, can be told to throw from the n-th move or copy, and cannot be made without a value.
struct Tracked {
    static inline int living = 0;
    static inline int throws_in = 0; // moves and copies from now; 0: never

    static void tick() {
        if (throws_in != 0 && --throws_in == 0) throw std::runtime_error("a move or copy that failed");
    }

    explicit Tracked(int v) : value(v) { ++living; }
    Tracked(Tracked&& other) : value((tick(), std::exchange(other.value, -1))) { ++living; }
    Tracked(const Tracked& other) : value((tick(), other.value)) { ++living; }
    Tracked& operator=(Tracked&& other) {
        tick();
        value = std::exchange(other.value, -1);
        return *this;
    }
    Tracked& operator=(const Tracked&) = delete;
    ~Tracked() { --living; }

    int value;
};

/// Does something while it is being moved from, which in a push is while its slot is claimed and not yet filled.
struct Hooked {
    explicit Hooked(int v) : value(v) {}
    Hooked(Hooked&& other) noexcept : value(other.value) {
        if (auto hook = std::exchange(other.while_moved, nullptr)) hook();
    }
    Hooked& operator=(Hooked&&) = delete;

    int value;
    std::function<void()> while_moved;
};

/// 4 KiB, on 128-byte boundaries.
struct alignas(128) Large {
    explicit Large(int v = 0) {
        for (int& word : words) word = v;
    }
    bool is(int v) const {
        bool same = reinterpret_cast<std::uintptr_t>(this) % 128 == 0;
        for (const int word : words) same = same && word == v;
        return same;
    }
    int words[1024];
};

/// The machine without membarrier: every push and pop pays for its fence.
struct NoHeavyFence : weir::StdAtomics {
    static bool has_heavy_fence() noexcept { return false; }
    static void heavy_fence() noexcept { std::terminate(); }
};

/// Gives its processor away at one in eight of the operations on an atomic, so that threads meet in unlikely places.
inline void shake() noexcept {
    thread_local std::uint32_t state = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(&state) >> 4) | 1;
    state ^= state << 13, state ^= state >> 17, state ^= state << 5;
    if (state % 8 == 0) std::this_thread::yield();
}

template <typename T>
struct ShakenAtomic {
    ShakenAtomic(T value = {}) noexcept : atomic(value) {}
    T load(std::memory_order order) const noexcept { return shake(), atomic.load(order); }
    void store(T value, std::memory_order order) noexcept {
        shake();
        atomic.store(value, order);
        shake();
    }
    T fetch_add(T value, std::memory_order order) noexcept { return shake(), atomic.fetch_add(value, order); }
    T fetch_sub(T value, std::memory_order order) noexcept { return shake(), atomic.fetch_sub(value, order); }
    T fetch_or(T value, std::memory_order order) noexcept { return shake(), atomic.fetch_or(value, order); }
    bool compare_exchange_weak(T& expected, T value, std::memory_order order) noexcept {
        return shake(), atomic.compare_exchange_weak(expected, value, order);
    }
    bool compare_exchange_strong(T& expected, T value, std::memory_order order) noexcept {
        return shake(), atomic.compare_exchange_strong(expected, value, order);
    }
    std::atomic<T> atomic;
};

struct Shaken : weir::StdAtomics {
    template <typename T>
    using atomic = ShakenAtomic<T>;
};

/// Counts how often a lock is taken.
struct CountingMutex : std::mutex {
    static inline std::atomic<int> locks{0};
    void lock() {
        ++locks;
        std::mutex::lock();
    }
};
struct CountingLocks : weir::StdAtomics {
    using mutex = CountingMutex;
    using condition_variable = std::condition_variable_any;
};

} // namespace test
