// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#endif

// What a job does to threads that it has started itself, and sees of them; elsewhere than on Linux nothing.

namespace weir::detail {

/// What fits into the 15 characters of a thread's name: weir/ and the operator with which the task begins, "weir/stage#1" for
/// "behind/stage#1"; of a longer path the last part, "weir/copy#2" for "parallel#1/copy#2".
[[nodiscard]] inline std::array<char, 16> thread_name(std::string_view task) {
    for (const std::string_view before : {"input/", "behind/"})
        if (task.starts_with(before)) task.remove_prefix(before.size());
    std::array<char, 16> name{'w', 'e', 'i', 'r', '/'};
    constexpr std::size_t room = name.size() - 1 - 5;
    if (task.size() > room) task.remove_prefix(task.rfind('/') + 1); // npos + 1 is 0
    task.substr(0, room).copy(name.data() + 5, room);
    return name;
}

/// Names the calling thread so: what top -H, htop and debuggers show, and /proc/self/task/*/comm.
inline void name_thread([[maybe_unused]] std::string_view task) noexcept {
#if defined(__linux__)
    pthread_setname_np(pthread_self(), thread_name(task).data());
#endif
}

/// Keeps the calling thread on one of the processors that the process may use, the nth in turn.
inline void pin_thread([[maybe_unused]] std::size_t n) noexcept {
#if defined(__linux__)
    cpu_set_t may;
    if (sched_getaffinity(0, sizeof may, &may) != 0 || CPU_COUNT(&may) == 0) return;
    n %= static_cast<std::size_t>(CPU_COUNT(&may));
    for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (not CPU_ISSET(cpu, &may) || n-- != 0) continue;
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        pthread_setaffinity_np(pthread_self(), sizeof one, &one); // where it may not, it stays as it is
        return;
    }
#endif
}

} // namespace weir::detail
