// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/memory_bound.hpp>
#include <weir/core/resource_pointer.hpp>
#include <weir/run/progress.hpp>
#include <weir/run/wait.hpp>

#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>

namespace weir {

class Executor;

/// How a job is run.
///     resource: what queues between tasks, batches, whole sets, and the states of keys and windows are taken from, of every operator, with what the
///     aggregates of the library and joins keep in these; it is asked when the job is made, and when they grow. One caller at a time: what is not
///     synchronised may serve a job, whichever threads this has, but not two jobs. It must outlive the job, and batches that are kept for longer.
///     Where it has no more, the job ends with a ResourceExhausted that names the operator, and says how much has been taken. From the free store
///     as ever: the tasks and the Report, what events, results and user's functions and aggregates own, what sources and sinks read and write,
///     scratch of a fixed size, temporary files, and calls of async_map with their answers: a Completion may be kept for longer than the job, and
///     come from any thread. Places of calls that are over serve those that come next.
///     example: tests/runtime/memory_resource.cpp, tests/runtime/memory_resource_sets.cpp, tests/runtime/memory_resource_states.cpp
struct RunOptions { // each of its fields stands in checked_options.hpp, too
    std::stop_token stop{};       ///< a requested stop ends the job as Job::stop does
    std::size_t workers = 1;      ///< for a bounded source that can be split, if it is the only one of the job (not a part of merge or of a join); at most 4096
    std::size_t memory = 0;       ///< bytes for operators that keep a whole set, all together; 0: half of what the machine has free
    /// Refuse a job that may keep more than `memory`, or of which nobody knows how much: see require_memory. What has its share of `memory` and
    /// leaves the rest to files, as sort_by, hash_join and aggregate without a window, is not refused; such files have no bound.
    bool bounded = false;
    const Clock* clock = nullptr; ///< processing time; without one the system's. It must outlive the job.
    Executor* executor = nullptr; ///< who steps the tasks; without one a thread for each (parallel's may share). It must outlive the job.
    std::string scratch{};        ///< directory of temporary files, for what is more than `memory`; empty: TMPDIR, else /tmp
    const Files* files = nullptr; ///< who makes them; without one the system. It must outlive the job.
    std::function<void(const RunProgress&)> progress{}; ///< called four times a second, and at the end: weir::progress_line()
    Wait wait = Wait::sleep; ///< what a thread per task does that has nothing to do, on sources and full queues too
    Duration figures{}; ///< Report::tasks has rows, and latency is sampled so often at most; zero: there are none, at no cost
    ResourcePointer resource{}; ///< buffers are taken from it; without one from the free store
    MemoryBoundOptions at_most{}; ///< what `bounded` cannot see of types: what events own, how many windows are open
    bool pin = false; ///< each thread that the job starts stays on one processor, in turn over those the process may use (Linux)
    std::function<void(const Failure&)> failed{}; ///< called once, before what ended the job comes out of run (of start: by the job's thread), with where it was thrown; what it throws itself is lost
};

} // namespace weir
