// SPDX-License-Identifier: BSL-1.0
// The least that an EventQueue can be, as a user would write it.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

namespace source_test {

template <typename T>
class UserQueue {
public:
    using event_type = T;

    explicit UserQueue(std::size_t capacity) : capacity_(capacity) {}

    bool push(T event) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return closed_ || events_.size() < capacity_; });
        return put(std::move(event));
    }
    bool try_push(T event) {
        const std::lock_guard lock(mutex_);
        return events_.size() < capacity_ && put(std::move(event));
    }
    std::optional<T> pop() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return closed_ || not events_.empty(); });
        return take();
    }
    std::optional<T> try_pop() {
        const std::lock_guard lock(mutex_);
        return take();
    }
    std::size_t pop_batch(std::span<T> into) {
        std::size_t n = 0;
        if (auto first = into.empty() ? std::nullopt : pop()) into[n++] = *std::move(first);
        while (n != 0 && n < into.size()) {
            auto event = try_pop();
            if (not event) break;
            into[n++] = *std::move(event);
        }
        return n;
    }
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }
    std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return events_.size();
    }
    std::size_t capacity() const { return capacity_; }

private:
    bool put(T event) {
        if (closed_) return false;
        events_.push_back(std::move(event));
        changed_.notify_all();
        return true;
    }
    std::optional<T> take() {
        if (events_.empty()) return std::nullopt;
        std::optional<T> event(std::move(events_.front()));
        events_.pop_front();
        changed_.notify_all();
        return event;
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<T> events_;
    std::size_t capacity_;
    bool closed_ = false;
};

} // namespace source_test
