// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/memory_source.hpp>

#include <cstddef>
#include <utility>

namespace weir::detail {

/// First in, first out: a ring that grows by doubling and then allocates no more, unlike std::deque, which allocates and frees
/// blocks for as long as it moves. T: default constructible and movable.
template <typename T>
class Fifo {
public:
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] T& front() noexcept { return ring_[first_]; }
    [[nodiscard]] const T& front() const noexcept { return ring_[first_]; }
    /// The n-th behind the first.
    [[nodiscard]] const T& at(std::size_t n) const noexcept { return ring_[place(n)]; }
    [[nodiscard]] T& at(std::size_t n) noexcept { return ring_[place(n)]; }
    /// The n-th before the last.
    [[nodiscard]] T& back(std::size_t n = 0) noexcept { return ring_[place(size_ - 1 - n)]; }

    void push_back(T value) { push_back() = std::move(value); }
    /// To be written where it lies: it has some earlier value.
    [[nodiscard]] WEIR_INLINE T& push_back() {
        if (size_ == capacity_) [[unlikely]] grow();
        return ring_[place(size_++)];
    }
    /// So that the next n are put without asking for memory.
    void make_room(std::size_t n) {
        while (capacity_ - size_ < n) grow();
    }
    /// The value stays in its place until that is used again.
    void pop_front(std::size_t n = 1) noexcept {
        first_ = place(n);
        size_ -= n;
    }

private:
    std::size_t place(std::size_t n) const noexcept { return (first_ + n) & (capacity_ - 1); }
    [[gnu::noinline]] void grow() {
        JobVector<T> larger(ring_.empty() ? 8 : ring_.size() * 2, ring_.get_allocator());
        for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move(ring_[place(i)]);
        ring_.swap(larger);
        capacity_ = ring_.size();
        first_ = 0;
    }

    JobVector<T> ring_; // a power of two in size
    std::size_t capacity_ = 0;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

} // namespace weir::detail
