// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/page_allocator.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

namespace weir::detail {

/// Memory for the arrays of tables that grow alike, each too small for huge pages of its own: the first array of a size takes room for one of
/// each table, and the last of these that goes gives it back. Beyond `limit` bytes there is none. Measured: to group five million rows by
/// as many keys in 256 tables takes two thirds of the time that it takes in small pages, and half as much memory again: all of an array is
/// there as soon as it is written at all.
///     Its addresses are known to those who have arrays in it: it does not move.
class SharedPages {
    static constexpr std::size_t huge = PageAllocator<std::byte>::huge;
    static constexpr std::size_t line = 64; // of a cache

public:
    explicit SharedPages(std::size_t tables) noexcept : tables_(tables) {}
    SharedPages(const SharedPages&) = delete;
    SharedPages& operator=(const SharedPages&) = delete;
    ~SharedPages() {
        for (const Block& block : blocks_) release(block);
    }

    void set_limit(std::size_t bytes) noexcept { limit_ = bytes; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    /// At the start of a line of the cache; null: from elsewhere.
    [[nodiscard]] void* allocate(std::size_t bytes) {
        const std::size_t each = (bytes + line - 1) / line * line, all = each * tables_;
        if (bytes >= huge || all < huge) return nullptr;
        for (Block& block : blocks_) {
            if (block.each != each || block.begun == tables_) continue;
            ++block.taken;
            return block.memory + each * block.begun++;
        }
        if (bytes_ > limit_ || all > limit_ - bytes_) return nullptr;
        blocks_.reserve(blocks_.size() + 1);
        blocks_.push_back({PageAllocator<std::byte>().allocate(all), each, 1, 1});
        bytes_ += all;
        return blocks_.back().memory;
    }
    /// False: it is from elsewhere.
    [[nodiscard]] bool deallocate(const void* memory) noexcept {
        for (Block& block : blocks_) {
            if (reinterpret_cast<std::uintptr_t>(memory) - reinterpret_cast<std::uintptr_t>(block.memory) >= block.each * tables_) continue;
            if (--block.taken == 0) {
                release(block);
                bytes_ -= block.each * tables_;
                block = blocks_.back();
                blocks_.pop_back();
            }
            return true;
        }
        return false;
    }

private:
    struct Block {
        std::byte* memory;
        std::size_t each;
        std::size_t begun; // arrays: they are not given a second time
        std::size_t taken; // and not given back
    };
    void release(const Block& block) noexcept { PageAllocator<std::byte>().deallocate(block.memory, block.each * tables_); }

    std::size_t tables_;
    std::size_t limit_ = std::numeric_limits<std::size_t>::max();
    std::size_t bytes_ = 0;
    std::vector<Block> blocks_;
};

/// Arrays in shared pages, where these have room, else as PageAllocator has them. Goes with the arrays.
template <typename T>
struct SharedPageAllocator {
    using value_type = T;
    using propagate_on_container_copy_assignment = std::true_type;
    using propagate_on_container_move_assignment = std::true_type;
    using propagate_on_container_swap = std::true_type;
    SharedPages* pages = nullptr;

    SharedPageAllocator() noexcept = default;
    explicit SharedPageAllocator(SharedPages& of) noexcept : pages(&of) {}
    template <typename U>
    SharedPageAllocator(const SharedPageAllocator<U>& other) noexcept : pages(other.pages) {}

    [[nodiscard]] T* allocate(std::size_t n) {
        if constexpr (alignof(T) <= 64)
            if (pages && n < PageAllocator<T>::huge / sizeof(T))
                if (void* const memory = pages->allocate(n * sizeof(T))) return static_cast<T*>(memory);
        return PageAllocator<T>().allocate(n);
    }
    void deallocate(T* memory, std::size_t n) noexcept {
        if (not pages || not pages->deallocate(memory)) PageAllocator<T>().deallocate(memory, n);
    }
    friend bool operator==(const SharedPageAllocator&, const SharedPageAllocator&) noexcept = default;
};

} // namespace weir::detail
