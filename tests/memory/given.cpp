// SPDX-License-Identifier: BSL-1.0
#include "memory/given.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#ifndef WEIR_TEST_THREAD_SANITIZER

#if defined(__GNUC__) && not defined(__clang__)
#define WEIR_TEST_NOINLINE [[gnu::noinline]]
#else
#define WEIR_TEST_NOINLINE
#endif

namespace {

using memory_test::live;
using memory_test::peak;

/// Memory behind its size, at a distance that keeps the alignment.
void* take(std::size_t size, std::size_t alignment) noexcept {
    if (memory_test::NoMemory::fails()) return nullptr;
    auto* const memory = static_cast<char*>(std::aligned_alloc(alignment, (size + 2 * alignment - 1) / alignment * alignment));
    if (memory == nullptr) return nullptr;
    std::memcpy(memory, &size, sizeof size);
    std::size_t now = live += size, most = peak;
    while (most < now && not peak.compare_exchange_weak(most, now)) {}
    return memory + alignment;
}
void* take_or_throw(std::size_t size, std::size_t alignment) {
    if (void* const memory = take(size, alignment)) return memory;
    throw std::bad_alloc();
}
void give(void* memory, std::size_t alignment) noexcept {
    if (memory == nullptr) return;
    std::size_t size = 0;
    std::memcpy(&size, static_cast<char*>(memory) - alignment, sizeof size);
    live -= size;
    std::free(static_cast<char*>(memory) - alignment);
}
std::size_t bytes(std::align_val_t alignment) noexcept { return std::max<std::size_t>(16, static_cast<std::size_t>(alignment)); }

} // namespace

WEIR_TEST_NOINLINE void* operator new(std::size_t size) { return take_or_throw(size, 16); }
WEIR_TEST_NOINLINE void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return take(size, 16); }
WEIR_TEST_NOINLINE void* operator new(std::size_t size, std::align_val_t alignment) { return take_or_throw(size, bytes(alignment)); }
WEIR_TEST_NOINLINE void operator delete(void* memory) noexcept { give(memory, 16); }
WEIR_TEST_NOINLINE void operator delete(void* memory, std::size_t) noexcept { give(memory, 16); }
WEIR_TEST_NOINLINE void operator delete(void* memory, const std::nothrow_t&) noexcept { give(memory, 16); }
WEIR_TEST_NOINLINE void operator delete(void* memory, std::align_val_t alignment) noexcept { give(memory, bytes(alignment)); }
WEIR_TEST_NOINLINE void operator delete(void* memory, std::size_t, std::align_val_t alignment) noexcept { give(memory, bytes(alignment)); }

#endif
