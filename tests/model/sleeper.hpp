// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "model/atomics.hpp"

#include <atomic>
#include <mutex>

namespace model {

/// A task with a thread of its own.
struct Sleeper {
    model::Atomic<bool> woken{false};
    model::Mutex mutex;
    model::ConditionVariable condition;

    void wake() {
        const std::lock_guard lock(mutex);
        woken.store(true, std::memory_order_release);
        condition.notify_one();
    }
    void sleep() {
        std::unique_lock lock(mutex);
        while (not woken.load(std::memory_order_acquire)) condition.wait(lock);
        woken.store(false, std::memory_order_relaxed);
    }
};

} // namespace model
