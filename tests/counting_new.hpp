// SPDX-License-Identifier: BSL-1.0
// Counts what is allocated. Replaces operator new, so it is included by one file of a program only. Not under the thread
// sanitizer, which has an operator new of its own: it is there for races. g++ must not inline it: it
// would see malloc freed by delete and warn; clang must be able to, or it leaves out what nobody looks at.
#pragma once
#include "allocations.hpp"
#include "sanitized.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__GNUC__) && not defined(__clang__)
#define WEIR_TEST_NOINLINE [[gnu::noinline]]
#else
#define WEIR_TEST_NOINLINE
#endif

#ifndef WEIR_TEST_THREAD_SANITIZER

WEIR_TEST_NOINLINE void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++allocations;
    allocated_bytes += size;
    return std::malloc(size != 0 ? size : 1);
}
WEIR_TEST_NOINLINE void* operator new(std::size_t size) {
    if (void* memory = operator new(size, std::nothrow)) return memory;
    throw std::bad_alloc();
}
WEIR_TEST_NOINLINE void operator delete(void* memory) noexcept { std::free(memory); }
WEIR_TEST_NOINLINE void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
WEIR_TEST_NOINLINE void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
#endif
