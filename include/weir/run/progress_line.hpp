// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/progress.hpp>

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
template <typename Text = std::string> // templates, so that they cost only those who show it; and so is text made by hand here
Text in_thousands(double n, std::string_view unit) {
    constexpr std::array<std::string_view, 6> names{"", "k", "M", "G", "T", "P"};
    std::size_t i = 0;
    for (; n >= 999.5 && i + 1 < names.size(); ++i) n /= 1000;
    const unsigned parts = i == 0 ? 1 : n < 9.995 ? 100 : n < 99.95 ? 10 : 1; // three digits
    const auto all = static_cast<std::uint64_t>(n * parts + 0.5);
    Text text = std::to_string(all / parts);
    if (parts != 1) text += std::to_string(parts + all % parts).replace(0, 1, ".");
    if (i != 0 || unit.front() != ' ') text += ' ';
    return (text += names[i]) += unit;
}
template <typename Text = std::string>
Text in_clock(Duration d) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(d).count();
    const auto two = [](auto n) { return std::to_string(100 + n).replace(0, 1, ":"); };
    if (seconds < 3600) return std::to_string(seconds / 60) + two(seconds % 60);
    return std::to_string(seconds / 3600) + two(seconds / 60 % 60) + two(seconds % 60);
}

} // namespace detail

/// "12.3 M events, 1.20 GB of 4.80 GB (25 %), 350 MB/s, 0:10 left": what is known of it.
template <typename Text = std::string>
[[nodiscard]] Text to_string(const RunProgress& progress) {
    const auto bytes = static_cast<double>(progress.bytes), events = static_cast<double>(progress.events);
    const double seconds = std::chrono::duration<double>(progress.elapsed).count();
    Text text = detail::in_thousands<Text>(events, " events");
    if (progress.total != 0)
        text += ", " + detail::in_thousands<Text>(bytes, "B") + " of " + detail::in_thousands<Text>(static_cast<double>(progress.total), "B") + " (" +
                std::to_string(static_cast<int>(progress.share() * 100 + 0.5)) + " %)";
    else if (progress.bytes != 0) text += ", " + detail::in_thousands<Text>(bytes, "B");
    if (seconds > 0) text += ", " + (progress.bytes != 0 ? detail::in_thousands<Text>(bytes / seconds, "B/s") : detail::in_thousands<Text>(events / seconds, " events/s"));
    if (progress.ended) text += ", " + detail::in_clock<Text>(progress.elapsed);
    else if (progress.total != 0 && progress.bytes != 0) text += ", " + detail::in_clock<Text>(progress.left()) + " left";
    return text;
}

/// For RunOptions::progress: a line on `out` that is written over as the job goes on, where that is a terminal; elsewhere nothing.
///     run(job, {.progress = weir::progress_line()}). example: tests/runtime/progress_line.cpp
template <typename File = std::FILE>
[[nodiscard]] auto progress_line(File* out = stderr) {
    return [out, shown = ::isatty(::fileno(out)) == 1](const RunProgress& progress) {
        if (not shown) return;
        std::fprintf(out, "\r%s\x1b[K%s", to_string(progress).c_str(), progress.ended ? "\n" : "");
        std::fflush(out);
    };
}

} // namespace weir
