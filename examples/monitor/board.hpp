// SPDX-License-Identifier: BSL-1.0
// What the pipeline's thread tells, and the screen's thread shows.
#pragma once
#include "usage.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace monitor {

/// A process that used more of a core than was allowed.
struct Alarm {
    std::int64_t pid = 0;
    std::string name;
    double percent = 0;
};

/// A process and what it used of late. The machine is pid 0.
struct Busy {
    std::int64_t pid = 0;
    std::string name;
    double percent = 0;
    std::int64_t memory_kib = 0;
};

struct Shown {
    std::size_t batches = 0;
    std::size_t last_batch = 0;
    std::vector<Busy> busiest; ///< most busy first
    Busy machine;
    std::size_t alarms = 0;
    Alarm last_alarm;
};

class Board {
public:
    void stored(std::size_t batch) {
        const std::scoped_lock lock(mutex_);
        ++shown_.batches;
        shown_.last_batch = batch;
    }

    void raised(const Alarm& alarm) {
        const std::scoped_lock lock(mutex_);
        ++shown_.alarms;
        shown_.last_alarm = alarm;
    }

    /// A batch processor: ranks the processes by what they used in the time that the batch covers.
    void rank(std::span<const Usage> batch) {
        std::map<std::int64_t, Usage> sums;
        for (const Usage& usage : batch) {
            Usage& sum = sums[usage.reading.pid];
            sum.reading = usage.reading;
            sum.cpu_ms += usage.cpu_ms;
            sum.during += usage.during;
        }
        std::vector<Busy> all;
        Busy machine;
        for (const auto& [pid, sum] : sums) {
            Busy busy{pid, sum.reading.name, sum.percent(), sum.reading.memory_kib};
            if (pid == 0) machine = std::move(busy);
            else all.push_back(std::move(busy));
        }
        std::sort(all.begin(), all.end(), [](const Busy& a, const Busy& b) {
            return std::pair(-a.percent, a.pid) < std::pair(-b.percent, b.pid);
        });
        const std::scoped_lock lock(mutex_);
        shown_.busiest = std::move(all);
        shown_.machine = std::move(machine);
    }

    Shown shown() const {
        const std::scoped_lock lock(mutex_);
        return shown_;
    }

private:
    mutable std::mutex mutex_;
    Shown shown_;
};

} // namespace monitor
