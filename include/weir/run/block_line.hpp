// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fifo.hpp>
#include <weir/core/memory_source.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <utility>

namespace weir::detail {

/// How many blocks a line has at most where no more than two wait: these, the next, the one that is read, and spares.
inline constexpr std::size_t blocks_of_line = 8;

/// Blocks on their way between two tasks, beside a channel, whose signals say where among its events each stands. They are few: one is
/// worth many events. The memory of those that were read is used again, of a few; more gives back what the others had.
template <typename Block>
class BlockLine {
public:
    /// The one that is being made. Only for the writer.
    [[nodiscard]] Block& next() noexcept { return next_; }
    void put() {
        const std::scoped_lock lock(mutex_);
        const MemoryScope scope(source_);
        std::swap(line_.push_back(), next_); // there is none in that place
        if (spares_ != 0) std::swap(next_, spare_[--spares_]);
        size_.fetch_add(1, std::memory_order_relaxed);
    }
    /// Those that were put, and not taken.
    [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
    /// The first of those; it is the reader's until it takes another.
    [[nodiscard]] Block& take() noexcept {
        const MemoryScope scope(source_);
        Block old{}; // what is left of it goes without the lock
        const std::scoped_lock lock(mutex_);
        std::swap(old, taken_);
        std::swap(line_.front(), taken_);
        if (spares_ < spare_.size()) std::swap(spare_[spares_++], old);
        line_.pop_front();
        size_.fetch_sub(1, std::memory_order_relaxed);
        return taken_;
    }

private:
    MemorySource* source_ = memory_source;
    Block next_{};
    Block taken_{};
    std::array<Block, blocks_of_line - 4> spare_{};
    std::size_t spares_ = 0;
    std::mutex mutex_;
    Fifo<Block> line_;
    std::atomic<std::size_t> size_{0};
};

} // namespace weir::detail
