// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>

#if defined(__linux__)
#include <pthread.h>
#include <time.h>
#endif

namespace weir::detail {

/// The processors' time that a thread has used, as others can see it while it lives; elsewhere than on Linux none.
class ThreadTime {
public:
    [[nodiscard]] static ThreadTime of_this_thread() noexcept {
        ThreadTime time;
#if defined(__linux__)
        time.is_known_ = pthread_getcpuclockid(pthread_self(), &time.clock_) == 0;
#endif
        return time;
    }
    [[nodiscard]] std::chrono::nanoseconds now() const noexcept {
#if defined(__linux__)
        timespec used{};
        if (is_known_ && clock_gettime(clock_, &used) == 0) return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
#endif
        return {};
    }

private:
#if defined(__linux__)
    clockid_t clock_{};
    bool is_known_ = false;
#endif
};

} // namespace weir::detail
