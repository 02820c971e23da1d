// SPDX-License-Identifier: BSL-1.0
// A cleaned event, and the chain that cleans: what is stored.
#pragma once
#include "stat.hpp"

#include <weir/weir.hpp>

#include <cstdint>
#include <string>
#include <unistd.h>

namespace monitor {

/// A row of the table "reading".
struct Reading {
    weir::Timestamp at;
    std::int64_t pid = 0;
    std::int64_t started = 0;
    std::string name;
    std::int64_t cpu_ms = 0; ///< used so far
    std::int64_t memory_kib = 0;

    static constexpr auto fields() {
        return weir::fields("at", &Reading::at, "pid", &Reading::pid, "started", &Reading::started, "name", &Reading::name,
                            "cpu_ms", &Reading::cpu_ms, "memory_kib", &Reading::memory_kib);
    }
};

inline bool is_of_interest(const Stat& stat) {
    return not stat.of_kernel && stat.state != 'Z' && stat.state != 'X'; // neither a zombie nor dead
}

inline Reading in_units(Stat&& stat) {
    return {.at = stat.at,
            .pid = stat.pid,
            .started = stat.started,
            .name = std::move(stat.name),
            .cpu_ms = stat.cpu_ticks * 1000 / sysconf(_SC_CLK_TCK),
            .memory_kib = stat.pages * (sysconf(_SC_PAGESIZE) / 1024)};
}

/// StatLine -> Reading. A line that cannot be understood is dropped, and counted.
inline auto cleaned() {
    return weir::try_map(parse, weir::drop()) | weir::filter(is_of_interest) | weir::map(in_units);
}

} // namespace monitor
