// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/memory_source.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <memory>
#include <new>

namespace weir::detail {

/// Uninitialised memory for a ring of T, on cache lines of its own. A power of two of places, so that a position becomes a
/// place by a mask. Constructs and destroys nothing.
template <typename T>
class Slots {
public:
    /// source: none is the free store.
    explicit Slots(std::size_t at_least, MemorySource* source = nullptr)
        : mask_(std::bit_ceil(at_least) - 1), source_(source),
          memory_(static_cast<T*>(source ? source->allocate(bytes(), alignment) : ::operator new(bytes(), std::align_val_t{alignment}))) {}
    Slots(const Slots&) = delete;
    Slots& operator=(const Slots&) = delete;
    ~Slots() {
        if (source_) source_->deallocate(memory_, bytes(), alignment);
        else ::operator delete(memory_, std::align_val_t{alignment});
    }

    T& operator[](std::size_t position) const noexcept { return memory_[position & mask_]; }
    T* at(std::size_t position) const noexcept { return memory_ + (position & mask_); }

    /// How many of `n` positions from `position` on lie in a row, before the ring starts again.
    std::size_t in_a_row(std::size_t position, std::size_t n) const noexcept {
        return std::min(n, mask_ + 1 - (position & mask_));
    }

private:
    static constexpr std::size_t alignment = alignof(T) > 64 ? alignof(T) : 64;

    [[nodiscard]] std::size_t bytes() const noexcept { return (mask_ + 1) * sizeof(T); }

    const std::size_t mask_;
    MemorySource* const source_;
    T* const memory_;
};

/// Calls leave(count) at the end of the scope, whether it ends well or with an exception.
template <typename Leave>
class Counted {
public:
    Counted(std::size_t initial, Leave leave) noexcept : count(initial), leave_(leave) {}
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { leave_(count); }

    std::size_t count;

private:
    Leave leave_;
};

} // namespace weir::detail
