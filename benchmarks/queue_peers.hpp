// SPDX-License-Identifier: BSL-1.0
// The queues that benchmarks/queues_*.cpp compare, behind one face:
//     try_put(item), try_get(item)       never wait
//     put_n(items, n), get_n(items, n)   as many as go at once, never wait      (only where the peer has them)
//     put(item), get(item)               wait in the queue's own way            (only where the peer has them)
//     flush()                            shows what was put so far to the other side (only where that is not done by put)
// A peer whose header is not installed is not there; for the ideas of those that no package brings stand rings written here.
#pragma once
#include <weir/queue.hpp>

#include <algorithm>
#include <atomic>
#include <bit>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <vector>

#if defined(__GNUC__) && not defined(__clang__)
#pragma GCC diagnostic ignored "-Wstringop-overflow" // g++ 12 is mistaken about moodycamel's bulk operations
#endif

#if __has_include(<boost/lockfree/spsc_queue.hpp>)
#include <boost/lockfree/queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>
#define PEER_BOOST 1
#endif
#if __has_include(<readerwriterqueue/readerwriterqueue.h>)
#include <readerwriterqueue/readerwritercircularbuffer.h>
#include <readerwriterqueue/readerwriterqueue.h>
#define PEER_RWQ 1
#endif
#if __has_include(<concurrentqueue/concurrentqueue.h>)
#include <concurrentqueue/concurrentqueue.h>
#define PEER_CQ 1
#endif
#if __has_include(<tbb/concurrent_queue.h>)
#include <tbb/concurrent_queue.h>
#define PEER_TBB 1
#endif
#if __has_include(<rigtorp/SPSCQueue.h>)
#include <rigtorp/SPSCQueue.h>
#define PEER_RIGTORP 1
#endif
#if __has_include(<rigtorp/MPMCQueue.h>)
#include <rigtorp/MPMCQueue.h>
#define PEER_RIGTORP_MPMC 1
#endif
#if __has_include(<ff/buffer.hpp>)
#include <ff/buffer.hpp>
#define PEER_FASTFLOW 1
#endif

namespace peers {

/// Any of weir's queues; put and get are the shipped, waiting push and pop.
template <typename Queue>
class Weir {
    using T = typename Queue::event_type;

public:
    explicit Weir(std::size_t capacity) : queue(capacity) {}
    bool try_put(T& item) { return queue.try_push(item); }
    bool try_get(T& item) {
        if (auto event = queue.try_pop()) return item = *event, true;
        return false;
    }
    void put(T&& item) { queue.push(std::move(item)); }
    void get(T& item) { item = *queue.pop(); }
    std::size_t wait_put_n(T* items, std::size_t n) { return queue.push_batch({items, n}); }
    std::size_t wait_get_n(T* items, std::size_t n) { return queue.pop_batch({items, n}); }

    Queue queue;
};

/// The SPSC ring that is usually written by hand: two indices, each side caches the other's, no closing and no sleeping.
/// Stands in for rigtorp's SPSCQueue where that is not installed.
template <typename T>
class CachedIndexRing {
public:
    explicit CachedIndexRing(std::size_t capacity) : slots_(capacity) {}

    bool try_put(const T& item) {
        const std::size_t at = write_.load(std::memory_order_relaxed);
        const std::size_t after = at + 1 == slots_.size() ? 0 : at + 1;
        if (after == read_seen_ && after == (read_seen_ = read_.load(std::memory_order_acquire))) return false;
        slots_[at] = item;
        write_.store(after, std::memory_order_release);
        return true;
    }
    bool try_get(T& item) {
        const std::size_t at = read_.load(std::memory_order_relaxed);
        if (at == write_seen_ && at == (write_seen_ = write_.load(std::memory_order_acquire))) return false;
        item = slots_[at];
        read_.store(at + 1 == slots_.size() ? 0 : at + 1, std::memory_order_release);
        return true;
    }

private:
    std::vector<T> slots_;
    alignas(64) std::atomic<std::size_t> write_{0};
    alignas(64) std::size_t read_seen_ = 0;
    alignas(64) std::atomic<std::size_t> read_{0};
    alignas(64) std::size_t write_seen_ = 0;
};

/// The same, moved in spans that lie in it: what a hand-over can cost at least.
template <typename T>
class SpanRing {
public:
    explicit SpanRing(std::size_t capacity) : slots_(capacity) {}

    std::span<T> room(std::size_t most) {
        const std::size_t at = write_.load(std::memory_order_relaxed);
        if (at + most - read_seen_ > slots_.size()) read_seen_ = read_.load(std::memory_order_acquire);
        const std::size_t place = at % slots_.size();
        return std::span(slots_).subspan(place, std::min({most, slots_.size() - place, slots_.size() - (at - read_seen_)}));
    }
    void publish(std::size_t n) { write_.store(write_.load(std::memory_order_relaxed) + n, std::memory_order_release); }
    std::span<const T> events() {
        const std::size_t at = read_.load(std::memory_order_relaxed);
        const std::size_t place = at % slots_.size();
        return std::span(slots_).subspan(place, std::min(slots_.size() - place, write_.load(std::memory_order_acquire) - at));
    }
    void release(std::size_t n) { read_.store(read_.load(std::memory_order_relaxed) + n, std::memory_order_release); }

private:
    std::vector<T> slots_;
    alignas(64) std::atomic<std::size_t> write_{0};
    alignas(64) std::size_t read_seen_ = 0;
    alignas(64) std::atomic<std::size_t> read_{0};
};

/// What most programs start with.
template <typename T>
class MutexDeque {
public:
    explicit MutexDeque(std::size_t capacity) : capacity_(capacity) {}

    bool try_put(const T& item) { return put_n(&item, 1) == 1; }
    bool try_get(T& item) { return get_n(&item, 1) == 1; }
    void put(const T& item) {
        {
            std::unique_lock lock(mutex_);
            room_.wait(lock, [this] { return items_.size() < capacity_; });
            items_.push_back(item);
        }
        filled_.notify_one();
    }
    void get(T& item) {
        {
            std::unique_lock lock(mutex_);
            filled_.wait(lock, [this] { return not items_.empty(); });
            item = items_.front();
            items_.pop_front();
        }
        room_.notify_one();
    }
    std::size_t put_n(const T* items, std::size_t n) {
        const std::lock_guard lock(mutex_);
        n = std::min(n, capacity_ - items_.size());
        items_.insert(items_.end(), items, items + n);
        return n;
    }
    std::size_t get_n(T* items, std::size_t n) {
        const std::lock_guard lock(mutex_);
        n = std::min(n, items_.size());
        std::copy_n(items_.begin(), n, items);
        items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(n));
        return n;
    }

private:
    const std::size_t capacity_;
    std::mutex mutex_;
    std::condition_variable room_, filled_;
    std::deque<T> items_;
};

/// Lamport's: two indices, and each side looks at the other's every time.
template <typename T>
class NaiveRing {
public:
    explicit NaiveRing(std::size_t capacity) : slots_(capacity) {}

    bool try_put(const T& item) {
        const std::size_t at = write_.load(std::memory_order_relaxed);
        if (at - read_.load(std::memory_order_acquire) == slots_.size()) return false;
        slots_[at % slots_.size()] = item;
        write_.store(at + 1, std::memory_order_release);
        return true;
    }
    bool try_get(T& item) {
        const std::size_t at = read_.load(std::memory_order_relaxed);
        if (at == write_.load(std::memory_order_acquire)) return false;
        item = slots_[at % slots_.size()];
        read_.store(at + 1, std::memory_order_release);
        return true;
    }

private:
    std::vector<T> slots_;
    alignas(64) std::atomic<std::size_t> write_{0};
    alignas(64) std::atomic<std::size_t> read_{0};
};

/// Shows its index only every 256 items, or when told to. What a queue could do that may keep an item back for ever.
template <typename T>
class LazyRing {
public:
    explicit LazyRing(std::size_t capacity) : mask_(capacity - 1), slots_(capacity) {}

    bool try_put(const T& item) {
        if (at_write_ - read_seen_ > mask_ && at_write_ - (read_seen_ = read_.load(std::memory_order_acquire)) > mask_) return false;
        slots_[at_write_++ & mask_] = item;
        if (at_write_ % 256 == 0) flush();
        return true;
    }
    bool try_get(T& item) {
        if (at_read_ == write_seen_ && at_read_ == (write_seen_ = write_.load(std::memory_order_acquire))) return false;
        item = slots_[at_read_++ & mask_];
        if (at_read_ % 256 == 0) read_.store(at_read_, std::memory_order_release);
        return true;
    }
    void flush() { write_.store(at_write_, std::memory_order_release); }

private:
    const std::size_t mask_; // of a power of two
    std::vector<T> slots_;
    alignas(64) std::atomic<std::size_t> write_{0};
    alignas(64) std::size_t at_write_ = 0;
    std::size_t read_seen_ = 0;
    alignas(64) std::atomic<std::size_t> read_{0};
    alignas(64) std::size_t at_read_ = 0;
    std::size_t write_seen_ = 0;
};

/// Vyukov's bounded queue: a number in each slot says whose turn it is, so the two sides meet in the slots alone. With one thread on each
/// side the positions need no exchange.
template <typename T, bool one_each>
class SequenceRing {
public:
    explicit SequenceRing(std::size_t capacity) : mask_(capacity - 1), slots_(capacity) {
        for (std::size_t i = 0; i < capacity; ++i) slots_[i].turn.store(i, std::memory_order_relaxed);
    }
    bool try_put(const T& item) {
        Slot* const slot = claim(write_, 0);
        if (slot == nullptr) return false;
        slot->item = item;
        slot->turn.store(slot->turn.load(std::memory_order_relaxed) + 1, std::memory_order_release);
        return true;
    }
    bool try_get(T& item) {
        Slot* const slot = claim(read_, 1);
        if (slot == nullptr) return false;
        item = slot->item;
        slot->turn.store(slot->turn.load(std::memory_order_relaxed) + mask_, std::memory_order_release);
        return true;
    }

private:
    struct Slot {
        std::atomic<std::size_t> turn{0};
        T item{};
    };

    Slot* claim(std::atomic<std::size_t>& position, std::size_t ahead) {
        std::size_t at = position.load(std::memory_order_relaxed);
        for (;;) {
            Slot& slot = slots_[at & mask_];
            const std::size_t turn = slot.turn.load(std::memory_order_acquire);
            if (turn == at + ahead) {
                if (one_each) return position.store(at + 1, std::memory_order_relaxed), &slot;
                if (position.compare_exchange_weak(at, at + 1, std::memory_order_relaxed)) return &slot;
            } else if (static_cast<std::ptrdiff_t>(turn - (at + ahead)) < 0) {
                return nullptr;
            } else {
                at = position.load(std::memory_order_relaxed);
            }
        }
    }

    const std::size_t mask_; // of a power of two
    std::vector<Slot> slots_;
    alignas(64) std::atomic<std::size_t> write_{0};
    alignas(64) std::atomic<std::size_t> read_{0};
};

/// FastFlow's idea, for pointers: a slot is free if it holds null, so there is no shared index at all.
template <typename T>
class NullRing {
    static_assert(sizeof(T) == sizeof(std::uintptr_t));

public:
    explicit NullRing(std::size_t capacity) : mask_(capacity - 1), slots_(capacity) {}

    bool try_put(const T& item) {
        std::atomic<std::uintptr_t>& slot = slots_[write_ & mask_];
        if (slot.load(std::memory_order_acquire) != 0) return false;
        slot.store(std::bit_cast<std::uintptr_t>(item) + 1, std::memory_order_release); // never null
        ++write_;
        return true;
    }
    bool try_get(T& item) {
        std::atomic<std::uintptr_t>& slot = slots_[read_ & mask_];
        const std::uintptr_t got = slot.load(std::memory_order_acquire);
        if (got == 0) return false;
        slot.store(0, std::memory_order_release);
        item = std::bit_cast<T>(got - 1);
        ++read_;
        return true;
    }

private:
    const std::size_t mask_; // of a power of two
    std::vector<std::atomic<std::uintptr_t>> slots_;
    alignas(64) std::size_t write_ = 0;
    alignas(64) std::size_t read_ = 0;
};

#ifdef PEER_FASTFLOW
/// The real one.
template <typename T>
struct FastFlow {
    explicit FastFlow(std::size_t capacity) : queue(capacity) { queue.init(); }
    bool try_put(const T& item) { return queue.push(std::bit_cast<void*>(std::bit_cast<std::uintptr_t>(item) + 1)); }
    bool try_get(T& item) {
        void* got = nullptr;
        if (not queue.pop(&got)) return false;
        item = std::bit_cast<T>(std::bit_cast<std::uintptr_t>(got) - 1);
        return true;
    }
    ff::SWSR_Ptr_Buffer queue;
};
#endif

#ifdef PEER_BOOST
template <typename T>
struct BoostSpsc {
    explicit BoostSpsc(std::size_t capacity) : queue(capacity) {}
    bool try_put(const T& item) { return queue.push(item); }
    bool try_get(T& item) { return queue.pop(item); }
    std::size_t put_n(const T* items, std::size_t n) { return queue.push(items, n); }
    std::size_t get_n(T* items, std::size_t n) { return queue.pop(items, n); }
    boost::lockfree::spsc_queue<T> queue;
};

template <typename T>
struct BoostMpmc {
    explicit BoostMpmc(std::size_t capacity) : queue(std::min<std::size_t>(capacity, 65'534)) {}
    bool try_put(const T& item) { return queue.bounded_push(item); }
    bool try_get(T& item) { return queue.pop(item); }
    boost::lockfree::queue<T, boost::lockfree::fixed_sized<true>> queue;
};
#endif

#ifdef PEER_RWQ
template <typename T>
struct ReaderWriter {
    explicit ReaderWriter(std::size_t capacity) : queue(capacity) {}
    bool try_put(const T& item) { return queue.try_enqueue(item); }
    bool try_get(T& item) { return queue.try_dequeue(item); }
    moodycamel::ReaderWriterQueue<T> queue;
};

template <typename T>
struct BlockingReaderWriter {
    explicit BlockingReaderWriter(std::size_t capacity) : queue(capacity) {}
    void put(const T& item) { queue.wait_enqueue(item); }
    void get(T& item) { queue.wait_dequeue(item); }
    moodycamel::BlockingReaderWriterCircularBuffer<T> queue;
};
#endif

#ifdef PEER_CQ
/// With tokens, its fast way; for one thread on each side. It bounds its memory, not its length.
template <typename T>
struct Concurrent {
    explicit Concurrent(std::size_t capacity) : queue(capacity), producer(queue), consumer(queue) {}
    bool try_put(const T& item) { return queue.try_enqueue(producer, item); }
    bool try_get(T& item) { return queue.try_dequeue(consumer, item); }
    std::size_t put_n(const T* items, std::size_t n) { return queue.try_enqueue_bulk(producer, items, n) ? n : 0; }
    std::size_t get_n(T* items, std::size_t n) { return queue.try_dequeue_bulk(consumer, items, n); }
    moodycamel::ConcurrentQueue<T> queue;
    moodycamel::ProducerToken producer;
    moodycamel::ConsumerToken consumer;
};

template <typename T>
struct ConcurrentWithoutTokens {
    explicit ConcurrentWithoutTokens(std::size_t capacity) : queue(capacity, 0, 4) {}
    bool try_put(const T& item) { return queue.try_enqueue(item); }
    bool try_get(T& item) { return queue.try_dequeue(item); }
    moodycamel::ConcurrentQueue<T> queue;
};
#endif

#ifdef PEER_TBB
template <typename T>
struct TbbBounded {
    explicit TbbBounded(std::size_t capacity) { queue.set_capacity(static_cast<std::ptrdiff_t>(capacity)); }
    bool try_put(const T& item) { return queue.try_push(item); }
    bool try_get(T& item) { return queue.try_pop(item); }
    void put(T&& item) { queue.push(std::move(item)); }
    void get(T& item) { queue.pop(item); }
    tbb::concurrent_bounded_queue<T> queue;
};
#endif

#ifdef PEER_RIGTORP
template <typename T>
struct Rigtorp {
    explicit Rigtorp(std::size_t capacity) : queue(capacity) {}
    bool try_put(const T& item) { return queue.try_push(item); }
    bool try_get(T& item) {
        const T* const front = queue.front();
        if (front == nullptr) return false;
        item = *front;
        queue.pop();
        return true;
    }
    rigtorp::SPSCQueue<T> queue;
};
#endif

#ifdef PEER_RIGTORP_MPMC
template <typename T>
struct RigtorpMpmc {
    explicit RigtorpMpmc(std::size_t capacity) : queue(capacity) {}
    bool try_put(const T& item) { return queue.try_push(item); }
    bool try_get(T& item) { return queue.try_pop(item); }
    void put(T&& item) { queue.push(std::move(item)); }
    void get(T& item) { queue.pop(item); }
    rigtorp::MPMCQueue<T> queue;
};
#endif

} // namespace peers
