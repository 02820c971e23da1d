// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <vector>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WEIR_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WEIR_TEST_SANITIZED 1
#endif
#endif

/// Whether a sanitizer has an operator new of its own, which ends the program where there is too much asked for.
#ifdef WEIR_TEST_SANITIZED
inline constexpr bool has_own_new = true;
#else
inline constexpr bool has_own_new = false;
#endif

#if defined(__SANITIZE_THREAD__)
#define WEIR_TEST_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEIR_TEST_THREAD_SANITIZER 1
#endif
#endif

/// Whether the thread sanitizer looks on: it says nothing of a simulated run, which has one thread.
#ifdef WEIR_TEST_THREAD_SANITIZER
inline constexpr bool looks_at_threads = true;
#else
inline constexpr bool looks_at_threads = false;
#endif

/// Whether runs are simulated: both, but under the thread sanitizer only those on threads.
inline std::vector<bool> simulated_or_not() { return looks_at_threads ? std::vector{false} : std::vector{true, false}; }
