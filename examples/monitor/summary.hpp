// SPDX-License-Identifier: BSL-1.0
// The result: a row for each process. The same chain makes it from live events and from stored rows, so both must agree.
#pragma once
#include "usage.hpp"

#include <weir/weir.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace monitor {

/// A row of the table "summary".
struct Total {
    std::int64_t pid = 0;
    std::int64_t started = 0;
    std::string name; ///< the last that it had
    std::int64_t readings = 0;
    std::int64_t cpu_ms = 0; ///< used while we looked
    std::int64_t peak_memory_kib = 0;

    static constexpr auto fields() {
        return weir::fields("pid", &Total::pid, "started", &Total::started, "name", &Total::name, "readings", &Total::readings,
                            "cpu_ms", &Total::cpu_ms, "peak_memory_kib", &Total::peak_memory_kib);
    }
    std::pair<std::int64_t, std::int64_t> process() const { return {pid, started}; }
};

/// An event handler that adds up.
class Summary {
public:
    void on_event(const Usage& usage) {
        const Reading& reading = usage.reading;
        Total& total = totals_[{reading.pid, reading.started}];
        total.pid = reading.pid;
        total.started = reading.started;
        total.name = reading.name;
        total.readings += 1;
        total.cpu_ms += usage.cpu_ms;
        total.peak_memory_kib = std::max(total.peak_memory_kib, reading.memory_kib);
    }

    /// In the order of pid and start.
    std::vector<Total> rows() const {
        std::vector<Total> rows;
        for (const auto& [process, total] : totals_) rows.push_back(total);
        return rows;
    }

private:
    std::map<std::pair<std::int64_t, std::int64_t>, Total> totals_;
};

/// Reading -> sink: the chain that runs live, and again on what was stored.
inline auto summarise(Summary& into) { return usage() | weir::for_each(std::ref(into)); }

/// Each difference between two summaries in a sentence that names the row and the field; none: they agree.
inline std::vector<std::string> differences(const std::vector<Total>& live, const std::vector<Total>& stored) {
    std::vector<std::string> found;
    const auto name = [](const Total& row) { return fmt::format("process {} ({}), started at {}", row.pid, row.name, row.started); };
    const auto compare = [&](const Total& row, const char* field, const auto& one, const auto& other) {
        if (one != other) found.push_back(fmt::format("{}: {} was {} live and is {} from the stored rows", name(row), field, one, other));
    };
    auto a = live.begin();
    auto b = stored.begin();
    while (a != live.end() || b != stored.end()) {
        if (b == stored.end() || (a != live.end() && a->process() < b->process())) {
            found.push_back(name(*a++) + ": seen live, but not in the stored rows");
        } else if (a == live.end() || b->process() < a->process()) {
            found.push_back(name(*b++) + ": in the stored rows, but not seen live");
        } else {
            compare(*a, "name", a->name, b->name);
            compare(*a, "readings", a->readings, b->readings);
            compare(*a, "cpu_ms", a->cpu_ms, b->cpu_ms);
            compare(*a, "peak_memory_kib", a->peak_memory_kib, b->peak_memory_kib);
            ++a, ++b;
        }
    }
    return found;
}

} // namespace monitor
