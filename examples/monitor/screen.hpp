// SPDX-License-Identifier: BSL-1.0
// A table that redraws itself in a terminal, a plain line of progress anywhere else.
#pragma once
#include "board.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>

namespace monitor {

/// How the queue between the two threads is doing.
struct QueueFigures {
    std::size_t passed = 0; ///< events since the beginning
    std::size_t waiting = 0;
    std::size_t capacity = 0;
    std::size_t dropped = 0;
};

/// A process may give itself any name, also one that would drive the terminal.
inline std::string printable(std::string_view name, std::size_t width) {
    std::string text(name.substr(0, width));
    std::replace_if(text.begin(), text.end(), [](unsigned char c) { return std::isprint(c) == 0; }, '?');
    return text;
}

class Screen {
public:
    explicit Screen(std::FILE* to = stdout) : to_(to), is_terminal_(isatty(fileno(to)) == 1) {}

    bool is_terminal() const { return is_terminal_; }

    /// Called about once a second, or more often in a terminal.
    void draw(double seconds, const QueueFigures& queue, const Shown& shown) {
        const double since = seconds - drawn_at_;
        const double rate = since <= 0 ? 0 : static_cast<double>(queue.passed - drawn_passed_) / since;
        drawn_at_ = seconds;
        drawn_passed_ = queue.passed;
        if (is_terminal_) table(seconds, rate, queue, shown);
        else line(seconds, rate, queue, shown);
        std::fflush(to_);
    }

private:
    void line(double seconds, double rate, const QueueFigures& queue, const Shown& shown) const {
        fmt::print(to_, "{:5.1f} s  {:6.0f} events/s  queue {}/{}  {} batches, the last of {}  {} alarms", seconds, rate, queue.waiting,
                   queue.capacity, shown.batches, shown.last_batch, shown.alarms);
        if (not shown.busiest.empty())
            fmt::print(to_, "  busiest: {} {:.0f} %", printable(shown.busiest[0].name, 16), shown.busiest[0].percent);
        fmt::print(to_, "\n");
    }

    void table(double seconds, double rate, const QueueFigures& queue, const Shown& shown) {
        if (drawn_lines_ != 0) fmt::print(to_, "\033[{}A\033[J", drawn_lines_); // up to where it began, and clear from there
        drawn_lines_ = 0;
        const auto row = [this](const std::string& text) {
            fmt::print(to_, "{}\n", text);
            ++drawn_lines_;
        };
        row(fmt::format("\033[1mweir monitor\033[0m  {:.0f} s   the machine: {:.0f} of {} %   Ctrl-C ends it", seconds, shown.machine.percent,
                        100 * std::thread::hardware_concurrency()));
        row(fmt::format("events   {:8.0f} /s   {} in all", rate, queue.passed));
        row(fmt::format("queue    {:8} of {}   {} dropped", queue.waiting, queue.capacity, queue.dropped));
        row(fmt::format("batches  {:8} stored, the last of {}", shown.batches, shown.last_batch));
        if (shown.alarms == 0) row(fmt::format("alarms   {:8}", 0));
        else
            row(fmt::format("alarms   {:8}   \033[31m{} ({}) used {:.0f} % of a core\033[0m", shown.alarms, printable(shown.last_alarm.name, 16),
                            shown.last_alarm.pid, shown.last_alarm.percent));
        row(fmt::format("\033[7m{:>10} {:<16} {:>7} {:>12} \033[0m", "pid", "process", "cpu %", "memory MiB"));
        for (std::size_t i = 0; i < std::min<std::size_t>(shown.busiest.size(), 10); ++i) {
            const Busy& busy = shown.busiest[i];
            row(fmt::format("{:>10} {:<16} {:>7.1f} {:>12.1f}", busy.pid, printable(busy.name, 16), busy.percent,
                            static_cast<double>(busy.memory_kib) / 1024));
        }
    }

    std::FILE* to_;
    bool is_terminal_;
    double drawn_at_ = 0;
    std::size_t drawn_passed_ = 0;
    std::size_t drawn_lines_ = 0;
};

} // namespace monitor
