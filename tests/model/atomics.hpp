// SPDX-License-Identifier: BSL-1.0
// What weir's queues and parking ask of the machine, from a model of it.
#pragma once
#include "model/run.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

namespace model {

template <typename T>
class Atomic {
public:
    Atomic(T value = {}) : id_(Run::current().add_atomic(to_word(value))) {}
    Atomic(const Atomic&) = delete;
    Atomic& operator=(const Atomic&) = delete;

    T load(std::memory_order order) const { return from_word<T>(Run::current().load(id_, order)); }
    void store(T value, std::memory_order order) { Run::current().store(id_, to_word(value), order); }
    T exchange(T value, std::memory_order order) {
        return change([value](T) { return value; }, order);
    }
    T fetch_add(T n, std::memory_order order) {
        return change([n](T before) { return static_cast<T>(before + n); }, order);
    }
    T fetch_sub(T n, std::memory_order order) {
        return change([n](T before) { return static_cast<T>(before - n); }, order);
    }
    T fetch_or(T bits, std::memory_order order) {
        return change([bits](T before) { return static_cast<T>(before | bits); }, order);
    }
    bool compare_exchange_weak(T& expected, T value, std::memory_order order) { return compare_exchange_strong(expected, value, order); }
    bool compare_exchange_strong(T& expected, T value, std::memory_order order) {
        std::uint64_t word = to_word(expected);
        const bool exchanged = Run::current().compare_exchange(id_, word, to_word(value), order);
        expected = from_word<T>(word);
        return exchanged;
    }

private:
    template <typename Fn>
    T change(Fn fn, std::memory_order order) {
        return from_word<T>(Run::current().exchange(id_, [fn](std::uint64_t word) { return to_word(fn(from_word<T>(word))); }, order));
    }
    std::size_t id_;
};

class Mutex {
public:
    Mutex() : id_(Run::current().add_lock()) {}
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;
    void lock() { Run::current().lock(id_); }
    void unlock() { Run::current().unlock(id_); }

private:
    friend class ConditionVariable;
    std::size_t id_;
};

class ConditionVariable {
public:
    ConditionVariable() : id_(Run::current().add_sleepers()) {}
    ConditionVariable(const ConditionVariable&) = delete;
    ConditionVariable& operator=(const ConditionVariable&) = delete;
    void notify_one() { Run::current().notify(id_, false); }
    void notify_all() { Run::current().notify(id_, true); }
    void wait(std::unique_lock<Mutex>& lock) { Run::current().sleep(id_, lock.mutex()->id_, false); }
    void wait_until(std::unique_lock<Mutex>& lock, std::chrono::steady_clock::time_point deadline) {
        Run::current().sleep_until(deadline);
        Run::current().sleep(id_, lock.mutex()->id_, true);
    }

private:
    std::size_t id_;
};

class StopToken; // in model/stop.hpp
template <typename Fn, bool waits = true>
class StopCallback;

/// A machine with a fence of all threads.
struct Machine {
    template <typename T>
    using atomic = Atomic<T>;
    using mutex = Mutex;
    using condition_variable = ConditionVariable;
    using stop_token = StopToken;
    template <typename Fn>
    using stop_callback = StopCallback<Fn>;

    static bool has_heavy_fence() noexcept { return true; }
    static void heavy_fence() { Run::current().fence_of_all(); }
    static void light_fence() noexcept {} // the model's threads do what they do in the order of the program
    static void full_fence() { Run::current().fence(std::memory_order_seq_cst); }
    static std::chrono::steady_clock::time_point now() noexcept { return Run::current().now(); }
    static void fetch_for_write(const void*) noexcept {}
    static void pause() { Run::current().look(); }
    static void yield() { Run::current().look(); }
};

/// One without.
struct PlainMachine : Machine {
    static bool has_heavy_fence() noexcept { return false; }
    static void heavy_fence() { Run::current().fail("a fence of all threads, which there is not"); }
};

/// An event whose use by two threads at once is seen.
class Watched {
public:
    explicit Watched(int v = 0) : value_(v) { written(*this); }
    Watched(Watched&& other) noexcept : value_((written(other), std::exchange(other.value_, -1))) { written(*this); }
    Watched& operator=(Watched&& other) noexcept {
        written(other);
        written(*this);
        value_ = std::exchange(other.value_, -1);
        return *this;
    }
    ~Watched() { written(*this); }
    [[nodiscard]] int value() const {
        Run::current().touch(this, false);
        return value_;
    }

private:
    static void written(const Watched& which) { Run::current().touch(&which, true); }
    int value_;
};

} // namespace model
