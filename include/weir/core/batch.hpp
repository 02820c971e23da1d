// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/buffer.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/core/owned.hpp>

#include <cstddef>
#include <iterator>
#include <memory>
#include <mutex>
#include <span>
#include <type_traits>
#include <utility>

namespace weir {

/// A place inside a batch where the watermark rose to `time`: before the event with the index `before`.
struct BatchMark {
    std::size_t before = 0;
    Timestamp time{};
    bool own = false; ///< behind merge: not the watermark, but that of the input alone which the events from here on come from

    template <typename Self = BatchMark> // a template, so that it costs only those who save one
    static constexpr auto fields() { return weir::fields("before", &Self::before, "time", &Self::time, "own", &Self::own); }
    friend bool operator==(const BatchMark&, const BatchMark&) = default;
};

template <typename T>
class OwnedBatch;

namespace detail {

template <typename T>
struct BatchBuffer {
    Buffer<T> values;
    Buffer<Timestamp> times;
    Buffer<BatchMark> marks;

    void clear() noexcept {
        values.clear();
        times.clear();
        marks.clear();
    }
    void swap(BatchBuffer& other) noexcept {
        values.swap(other.values);
        times.swap(other.times);
        marks.swap(other.marks);
    }
};

/// Buffers of owned batches on their way between stages, given back by whoever is done with one, on any thread.
template <typename T>
class BatchPool {
public:
    BatchPool() {
        if (source_) free_.reserve(1); // a source lives as long as something is taken from it; buffers of loaded state may not be
    }
    [[nodiscard]] BatchBuffer<T> take() {
        const std::scoped_lock lock(mutex_);
        return free_.empty() ? fresh() : last();
    }
    /// The same, where an empty one is.
    void take_into(BatchBuffer<T>& empty) {
        const std::scoped_lock lock(mutex_);
        if (free_.empty()) {
            empty = fresh();
        } else {
            empty.swap(free_.back());
            free_.pop_back();
        }
    }
    void give_back(BatchBuffer<T>&& buffer) noexcept {
        buffer.clear(); // the events' destructors run before the lock is taken
        try {
            const std::scoped_lock lock(mutex_);
            free_.push_back(std::move(buffer));
        } catch (...) { // no memory to remember it: it is freed instead
        }
    }

private:
    [[nodiscard]] BatchBuffer<T> fresh() const noexcept {
        const MemoryScope scope(source_);
        return {};
    }
    [[nodiscard]] BatchBuffer<T> last() noexcept {
        BatchBuffer<T> buffer = std::move(free_.back());
        free_.pop_back();
        return buffer;
    }
    std::mutex mutex_;
    MemorySource* const source_ = memory_source; // of who cuts the batches
    JobVector<BatchBuffer<T>> free_;
};

/// Where a batch is lent from: who wants to keep all of it takes the buffers and leaves empty ones of the pool.
template <typename T>
struct BatchHome {
    BatchBuffer<T>& buffer;
    const std::shared_ptr<BatchPool<T>>& pool;
};

} // namespace detail

/// A batch as a value: contiguous events that belong together, lent until the function that was given it returns.
/// It is a view, cheap to copy, and becomes a std::span<T> by itself. Kept (behind a stage) it becomes an OwnedBatch<T>.
///     times(): the events' own times, one for each, where the stream has event time; else empty
///     marks(): where the watermark rose inside, in order, and behind merge which input's events follow
template <typename T>
class Batch {
public:
    using value_type = std::remove_const_t<T>;

    constexpr Batch() = default;
    constexpr Batch(std::span<T> values, std::span<const Timestamp> times = {}, std::span<const BatchMark> marks = {},
                    detail::BatchHome<value_type>* home = nullptr) noexcept
        : values_(values), times_(times), marks_(marks), home_(home) {}

    [[nodiscard]] constexpr T* data() const noexcept { return values_.data(); }
    [[nodiscard]] constexpr T* begin() const noexcept { return values_.data(); }
    [[nodiscard]] constexpr T* end() const noexcept { return values_.data() + values_.size(); }
    [[nodiscard]] constexpr std::size_t size() const noexcept { return values_.size(); }
    [[nodiscard]] constexpr bool empty() const noexcept { return values_.empty(); }
    [[nodiscard]] constexpr T& operator[](std::size_t i) const noexcept { return values_[i]; }
    [[nodiscard]] constexpr std::span<T> values() const noexcept { return values_; }
    [[nodiscard]] constexpr std::span<const Timestamp> times() const noexcept { return times_; }
    [[nodiscard]] constexpr std::span<const BatchMark> marks() const noexcept { return marks_; }

private:
    template <typename U>
    friend class OwnedBatch;
    std::span<T> values_;
    std::span<const Timestamp> times_;
    std::span<const BatchMark> marks_;
    detail::BatchHome<value_type>* home_ = nullptr;
};

} // namespace weir

/// A Batch is a view: its events outlive it.
template <typename T>
inline constexpr bool std::ranges::enable_borrowed_range<weir::Batch<T>> = true;
