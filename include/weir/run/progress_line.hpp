// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/progress.hpp>

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include <unistd.h>

namespace weir {
namespace detail {

/// 1234567 "B" -> "1.23 MB", " events" -> "1.23 M events".
inline std::string in_thousands(double n, std::string_view unit) {
    constexpr std::array<std::string_view, 6> names{"", "k", "M", "G", "T", "P"};
    std::size_t i = 0;
    for (; n >= 999.5 && i + 1 < names.size(); ++i) n /= 1000;
    if (i == 0) return fmt::format("{:.0f}{}{}", n, unit.front() == ' ' ? "" : " ", unit);
    return fmt::format("{:.{}f} {}{}", n, n < 9.995 ? 2 : n < 99.95 ? 1 : 0, names[i], unit);
}
inline std::string in_clock(Duration d) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(d).count();
    if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
    return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

} // namespace detail

/// "12.3 M events, 1.20 GB of 4.80 GB (25 %), 350 MB/s, 0:10 left": what is known of it.
[[nodiscard]] inline std::string to_string(const RunProgress& progress) {
    const auto bytes = static_cast<double>(progress.bytes), events = static_cast<double>(progress.events);
    const double seconds = std::chrono::duration<double>(progress.elapsed).count();
    std::string text = detail::in_thousands(events, " events");
    if (progress.total != 0)
        text += fmt::format(", {} of {} ({:.0f} %)", detail::in_thousands(bytes, "B"), detail::in_thousands(static_cast<double>(progress.total), "B"), progress.share() * 100);
    else if (progress.bytes != 0) text += ", " + detail::in_thousands(bytes, "B");
    if (seconds > 0) text += ", " + (progress.bytes != 0 ? detail::in_thousands(bytes / seconds, "B/s") : detail::in_thousands(events / seconds, " events/s"));
    if (progress.ended) text += ", " + detail::in_clock(progress.elapsed);
    else if (progress.total != 0 && progress.bytes != 0) text += ", " + detail::in_clock(progress.left()) + " left";
    return text;
}

/// For RunOptions::progress: a line on `out` that is written over as the job goes on, where that is a terminal; elsewhere nothing.
///     run(job, {.progress = weir::progress_line()}). example: tests/runtime/progress_line.cpp
[[nodiscard]] inline auto progress_line(std::FILE* out = stderr) {
    return [out, shown = ::isatty(::fileno(out)) == 1](const RunProgress& progress) {
        if (shown) fmt::print(out, "\r{}\x1b[K{}", to_string(progress), progress.ended ? "\n" : "");
        if (shown) std::fflush(out);
    };
}

} // namespace weir
