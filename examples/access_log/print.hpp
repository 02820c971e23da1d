// SPDX-License-Identifier: BSL-1.0
// The rows of the report, and how they look: a time in UTC, what the row is, so that grep can choose, and what it says.
#pragma once
#include "request.hpp"

#include <weir/weir.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace access_log {

struct Figures {
    std::uint64_t requests, failed;
    double p50_bytes, p99_bytes, p50_seconds, p99_seconds; // 50 and 99 of 100 are not greater; no number where none is logged
};
using PathCount = weir::Windowed<std::string, std::uint64_t>;
struct Visit {
    std::uint64_t requests;
    std::string entered;
};

namespace detail {

inline std::string to_text(weir::Timestamp t) {
    const auto day = std::chrono::floor<std::chrono::days>(t);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(t - day));
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

/// What strangers have sent does not drive our terminal.
inline std::string printable(std::string_view text) {
    std::string shown(text.substr(0, 56));
    for (char& c : shown)
        if (c < ' ' || c > '~') c = '?';
    return shown;
}

} // namespace detail

inline void print_figures(const weir::Windowed<weir::NoKey, Figures>& row) {
    const Figures& f = row.value;
    fmt::print("{}  requests  {}, {} failed; bytes p50 {:.0f} p99 {:.0f}", detail::to_text(row.window.start), f.requests, f.failed, f.p50_bytes, f.p99_bytes);
    if (not std::isnan(f.p50_seconds)) fmt::print("; seconds p50 {:.3f} p99 {:.3f}", f.p50_seconds, f.p99_seconds);
    fmt::print("\n");
}

inline void print_paths(const weir::Windowed<weir::NoKey, std::vector<PathCount>>& row) {
    std::string text;
    for (const PathCount& path : row.value) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", path.value, detail::printable(path.key));
    fmt::print("{}  paths     {}\n", detail::to_text(row.window.start), text);
}

inline void print_visit(const weir::Windowed<std::string, Visit>& row) {
    fmt::print("{}  visit     of {}: {} requests, the first for {}\n", detail::to_text(row.window.start), detail::printable(row.key),
               row.value.requests, detail::printable(row.value.entered));
}

inline void print_late(const Request& request) {
    fmt::print("{}  late      {} for {}\n", detail::to_text(request.time), detail::printable(request.host), detail::printable(request.path));
}

inline void print_bad(const weir::Rejected<std::string>& line) {
    fmt::print("line {:14}  bad       {}: {}\n", line.position.line, detail::printable(line.what()), detail::printable(line.event));
}

} // namespace access_log
