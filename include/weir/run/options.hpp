// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/memory_bound.hpp>
#include <weir/run/progress.hpp>
#include <weir/run/wait.hpp>

#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>

namespace weir {

class Executor;

/// How a job is run.
struct RunOptions {
    std::stop_token stop{};       ///< a requested stop ends the job as Job::stop does
    std::size_t workers = 1;      ///< for bounded sources that can be split
    std::size_t memory = 0;       ///< bytes for operators that keep a whole set, all together; 0: half of what the machine has free
    bool bounded = false;         ///< refuse a job that may keep more than `memory`, or of which nobody knows how much: see require_memory
    const Clock* clock = nullptr; ///< processing time; without one the system's. It must outlive the job.
    Executor* executor = nullptr; ///< who steps the tasks; without one a thread for each. It must outlive the job.
    std::string scratch{};        ///< directory of temporary files, for what is more than `memory`; empty: TMPDIR, else /tmp
    const Files* files = nullptr; ///< who makes them; without one the system. It must outlive the job.
    std::function<void(const RunProgress&)> progress{}; ///< called four times a second, and at the end: weir::progress_line()
    Wait wait = Wait::sleep; ///< what a thread per task does that has nothing to do, on sources and full queues too
    Duration figures{}; ///< Report::tasks has rows, and latency is sampled so often at most; zero: there are none, at no cost
    MemoryBoundOptions at_most{}; ///< what `bounded` cannot see of types: what events own, how many windows are open
    bool pin = false; ///< each thread that the job starts stays on one processor, in turn over those the process may use (Linux)
};

} // namespace weir
