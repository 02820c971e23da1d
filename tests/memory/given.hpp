// SPDX-License-Identifier: BSL-1.0
// All memory that this program is given by operator new: how much that is, and an end of it at a chosen allocation. (Not under the thread
// sanitizer, which has an operator new of its own.)
#pragma once
#include "sanitized.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace memory_test {

inline std::atomic<std::size_t> live{0}, peak{0}; // bytes
inline constexpr bool counts = not looks_at_threads;

/// While one of these lives, allocations fail from the one behind `n` of them on, or that one alone, whichever threads they are on.
class NoMemory {
public:
    NoMemory(std::int64_t n, bool for_good) {
        left_ = n;
        last_ = for_good ? INT64_MIN : 0;
        is_on_ = true;
    }
    ~NoMemory() { is_on_ = false; }
    NoMemory(const NoMemory&) = delete;
    NoMemory& operator=(const NoMemory&) = delete;
    [[nodiscard]] static bool has_failed() { return left_ < 0; }
    [[nodiscard]] static bool fails() {
        if (not is_on_.load(std::memory_order_relaxed)) return false;
        const std::int64_t left = left_--;
        return left <= 0 && left >= last_;
    }

private:
    static inline std::atomic<bool> is_on_{false};
    static inline std::atomic<std::int64_t> left_{0}, last_{0};
};

} // namespace memory_test
