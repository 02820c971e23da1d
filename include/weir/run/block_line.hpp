// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fifo.hpp>
#include <weir/core/memory_source.hpp>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <utility>

namespace weir::detail {

/// Blocks on their way between two tasks, beside a channel, whose signals say where among its events each stands. They are few: one is
/// worth many events.
template <typename Block>
class BlockLine {
public:
    /// The one that is being made. Only for the writer.
    [[nodiscard]] Block& next() noexcept { return next_; }
    void put() {
        const std::scoped_lock lock(mutex_);
        const MemoryScope scope(source_); // what is made here is used again
        std::swap(line_.push_back(), next_);
        size_.fetch_add(1, std::memory_order_relaxed);
    }
    /// Those that were put, and not taken.
    [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
    /// The first of those; it is the reader's until it takes another.
    [[nodiscard]] Block& take() noexcept {
        const std::scoped_lock lock(mutex_);
        std::swap(line_.front(), taken_);
        line_.pop_front();
        size_.fetch_sub(1, std::memory_order_relaxed);
        return taken_;
    }

private:
    MemorySource* source_ = memory_source;
    Block next_{};
    Block taken_{};
    std::mutex mutex_;
    Fifo<Block> line_; // its places keep the memory of earlier ones
    std::atomic<std::size_t> size_{0};
};

} // namespace weir::detail
