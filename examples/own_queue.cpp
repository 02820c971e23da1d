// SPDX-License-Identifier: BSL-1.0
// My program has a queue of its own. Can a pipeline read it, and another one fill it? Yes: these members are the least.
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

template <typename T>
class MyQueue {
public:
    using event_type = T;

    bool push(T event) { // waits for room; false: closed
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return closed_ || events_.size() < capacity(); });
        return put(std::move(event));
    }
    bool try_push(T event) { // does not wait
        const std::unique_lock lock(mutex_);
        return events_.size() < capacity() && put(std::move(event));
    }
    std::optional<T> pop() { // waits for an event; nullopt: closed and drained
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return closed_ || not events_.empty(); });
        return take();
    }
    std::optional<T> try_pop() { const std::unique_lock lock(mutex_); return take(); }
    std::size_t pop_batch(std::span<T> into) { // waits for at least one; 0: closed and drained
        const auto event = pop();
        return event ? (into[0] = *event, 1) : 0;
    }
    void close() {
        const std::unique_lock lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }
    std::size_t size() const { const std::unique_lock lock(mutex_); return events_.size(); }
    static constexpr std::size_t capacity() { return 2; }

private:
    bool put(T event) {
        if (not closed_) events_.push_back(std::move(event));
        changed_.notify_all();
        return not closed_;
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
    bool closed_ = false;
};

int main() {
    static_assert(weir::EventQueue<MyQueue<int>>);
    MyQueue<int> queue;
    weir::Job reader = weir::start(weir::from(queue) | weir::for_each([](int event) { fmt::print("{}\n", event); }));
    weir::run(weir::from(std::vector{1, 2, 3}) | weir::to_queue(queue, {.close_at_end = true}));
    reader.wait();
}

// Output:
// 1
// 2
// 3
