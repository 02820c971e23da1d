// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/histogram.hpp>
#include <weir/core/time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// Why an input of an operator gave nothing.
enum class Drop : unsigned char { filtered, late, overflow, error, unmatched, expired, evicted, duplicate, ahead };

inline constexpr std::size_t drop_reasons = 9;

[[nodiscard]] constexpr std::string_view to_string(Drop reason) noexcept {
    constexpr std::array<std::string_view, drop_reasons> names{"filtered", "late",    "overflow",  "error", "unmatched",
                                                               "expired",  "evicted", "duplicate", "ahead"};
    return names[static_cast<std::size_t>(reason)];
}

/// The counts of one operator. Law 2: in == passed + dropped() + held.
struct OperatorReport {
    std::string name;                                   ///< its identity: the name given, or kind#ordinal on its path
    std::uint64_t in = 0;                               ///< inputs it received
    std::uint64_t out = 0;                              ///< outputs it gave (0 for a sink)
    std::uint64_t passed = 0;                           ///< inputs that gave, or added to, an output, or reached the sink
    std::uint64_t held = 0;                             ///< inputs it still keeps, or was interrupted in
    std::array<std::uint64_t, drop_reasons> drops{};    ///< inputs that gave nothing, by reason
    std::uint64_t late_in_some = 0;                     ///< inputs too late for some of their windows, not for all
    std::uint64_t evicted_keys = 0;                     ///< keys whose state was given up at max_keys for that of others
    std::uint64_t spilled = 0;                          ///< bytes it wrote to temporary files, beyond the memory of the job
    std::string plan{};                                 ///< of parallel: how the events are divided; else empty
    Duration time{};                                    ///< at work in it, of profiled(job): what a sample of its calls took for all; else zero

    [[nodiscard]] std::uint64_t dropped(Drop reason) const noexcept { return drops[static_cast<std::size_t>(reason)]; }
    std::uint64_t& dropped(Drop reason) noexcept { return drops[static_cast<std::size_t>(reason)]; }
    [[nodiscard]] std::uint64_t dropped() const noexcept {
        std::uint64_t sum = 0;
        for (const std::uint64_t n : drops) sum += n;
        return sum;
    }
    friend bool operator==(const OperatorReport&, const OperatorReport&) = default;
};

/// How long it took from when the task of a source began with an event, and those read together with it, until this task had handled
/// them: a sample of moments (RunOptions::figures), not of events, so that a time in which many events came counts as any other. It is
/// taken by markers that go from task to task in order with the events, as Flink's do. What it has in it: the time in queues, held up by
/// those behind, at work, and in calls of async_map. What not: the time before the source was read, and that in which operators keep
/// events or what they make of them for later (windows, batches, joins).
struct LatencyReport {
    std::string from; ///< the name of the source's task
    Histogram time{};

    friend bool operator==(const LatencyReport&, const LatencyReport&) = default;
};

/// A queue through which one of several inputs of a task comes.
struct QueueReport {
    std::string from{};             ///< the input: "merge/1", "join/left", "copy#1" of parallel
    std::size_t capacity = 0;       ///< in events
    std::size_t fill = 0;           ///< events that are in it, with those at work
    std::size_t most = 0;           ///< that were in it at once, at least: as its reader knew when it read
    Timestamp watermark = min_time; ///< that has come through it

    friend bool operator==(const QueueReport&, const QueueReport&) = default;
};

/// The figures of a task: an input and the chain behind it, up to a sink or a stage. Its times are on the job's clock, since its first step.
/// The workers of a source that was split (RunOptions::workers) have rows "worker/1" and so on, in front of that of the task behind them,
/// "input/workers", with no latency: what goes before that task is in nobody's.
struct TaskReport {
    std::string name{};                    ///< "input/map#1", by its first operator, or "behind/stage#1"; the second "x" is "x#2"
    std::uint64_t events = 0;              ///< that it has read
    Duration busy{};                       ///< at work, the time of the user's functions with it;
    Duration waiting_turn{};               ///< while tasks were at work that share its thread;
    Duration waiting_input{};              ///< with nothing to read;
    Duration waiting_output{};             ///< held up by what follows: back-pressure
    Timestamp watermark = min_time;        ///< that has come to it, or else that an operator of it has made; min_time: none
    std::size_t queue_capacity = 0;        ///< of the queue in front of it, in events; 0: there is none. Of a merge, join or what collects: of all of them
    std::size_t queue_fill = 0;            ///< events that are in it, with those at work
    std::size_t queue_most = 0;            ///< that were in it at once, at least: as its reader knew when it read; the sum of all
    std::vector<QueueReport> queues{};     ///< of a merge or join, or behind the copies of parallel, each by itself
    Histogram queued{};                    ///< how long it takes through that queue, of the same sample as latency
    std::vector<LatencyReport> latency{};  ///< for each source that has come here

    friend bool operator==(const TaskReport&, const TaskReport&) = default;
};

/// What a Stopwatch has found out about a function.
struct FunctionReport {
    std::string name{};
    std::uint64_t calls = 0; ///< but for at most 95 of each copy that is still there
    Duration time{};         ///< of all of them, as those that were timed took
    Histogram sampled{};     ///< of these

    friend bool operator==(const FunctionReport&, const FunctionReport&) = default;
};

/// Where what ended a job was thrown, and what it says. Numbers of events begin at 1, and are those of an operator's inputs, of a copy in
/// parallel its own.
struct Failure {
    std::string where{};     ///< the operator, as in OperatorReport; of a source, its task, as in TaskReport
    std::uint64_t first = 0; ///< the event that was being handled; 0: several that had come (windows add some together), or none, as at a timer or the end
    std::uint64_t last = 0;  ///< the same, or the last of a batch that was handled as a whole; where `first` is 0, the last that had come
    std::string what{};

    friend bool operator==(const Failure&, const Failure&) = default;
};

/// "map#1: event 3: not a number"; "process#1: events 101 to 200: ..."; "sort_by#1: behind event 200: ...".
[[nodiscard]] inline std::string to_string(const Failure& failure) {
    if (failure.what.starts_with(failure.where + ':')) return failure.what; // it says so itself
    std::string text = failure.where;
    if (failure.first != 0 && failure.first != failure.last) text += ": events " + std::to_string(failure.first) + " to " + std::to_string(failure.last);
    else if (failure.last != 0) text += (failure.first != 0 ? ": event " : ": behind event ") + std::to_string(failure.last);
    return text + ": " + failure.what;
}

/// What a job did: a row for each operator, in the order of the pipeline, side chains behind the operator they belong to; and, where
/// RunOptions::figures asks for them, a row for each task.
struct Report {
    std::vector<OperatorReport> operators;
    std::vector<TaskReport> tasks{};
    std::vector<FunctionReport> functions{}; ///< what the program puts there, from Stopwatch::report()
    Timestamp time = min_time; ///< of the figures, on the job's clock
    std::optional<Failure> failure{}; ///< of a job that an error has ended

    /// The row with this identity; nullptr when there is none.
    [[nodiscard]] const OperatorReport* find(std::string_view name) const noexcept {
        for (const OperatorReport& row : operators)
            if (row.name == name) return &row;
        return nullptr;
    }
    /// As find, but throws std::out_of_range, with the names that there are, for one that no operator has.
    [[nodiscard]] const OperatorReport& at(std::string_view name) const {
        if (const OperatorReport* row = find(name)) return *row;
        std::string what = "no operator " + std::string(name) + " in this report; there are: ";
        for (const OperatorReport& row : operators) (what += &row == operators.data() ? "" : ", ") += row.name;
        throw std::out_of_range(operators.empty() ? what + "none" : what);
    }
    friend bool operator==(const Report&, const Report&) = default;
};

} // namespace weir
