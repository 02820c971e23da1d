// SPDX-License-Identifier: BSL-1.0
// The tasks of a job with figures, on a clock that a test moves.
#pragma once
#include "runtime/tasks.hpp"

#include <concepts>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

inline std::vector<int> numbers(int n, int first = 0) {
    std::vector<int> v(static_cast<std::size_t>(n));
    std::iota(v.begin(), v.end(), first);
    return v;
}

/// The tasks of a job with figures, on a clock that stands still unless the test says otherwise.
struct Measured {
    weir::ManualClock clock;
    Tasks<> tasks;

    template <typename Job>
    explicit Measured(Job&& job, weir::Duration interval = weir::Duration(1)) : tasks(std::forward<Job>(job), weir::RunOptions{.clock = &clock, .figures = interval}) {}
    template <typename Make>
        requires std::invocable<Make&, weir::ManualClock&>
    explicit Measured(Make&& make, weir::Duration interval = weir::Duration(1)) : tasks(make(clock), weir::RunOptions{.clock = &clock, .figures = interval}) {}

    [[nodiscard]] weir::Report report() { return tasks.graph.report_now(); }
    [[nodiscard]] weir::TaskReport task(const std::string& name) {
        for (const weir::TaskReport& task : report().tasks)
            if (task.name == name) return task;
        throw std::runtime_error("no task " + name);
    }
};

/// That long each event takes.
inline auto taking(weir::ManualClock& clock, weir::Duration each) {
    return weir::for_each([&clock, each](int) { clock.advance(each); });
}
inline weir::Duration all_of(const weir::TaskReport& task) { return task.busy + task.waiting_turn + task.waiting_input + task.waiting_output; }
