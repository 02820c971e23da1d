// SPDX-License-Identifier: BSL-1.0
// What a line of /proc/PID/stat says: the events of this program as they come, and after they have been understood.
#pragma once
#include <weir/core/time.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace monitor {

/// The first line of a file below /proc, as it was read, and when.
struct StatLine {
    weir::Timestamp at;
    std::string text;
};

/// A line understood, with the numbers as the kernel counts them. The machine as a whole is pid 0.
struct Stat {
    weir::Timestamp at;
    std::int64_t pid = 0;
    std::string name;
    char state = 'R';
    bool of_kernel = false;
    std::int64_t cpu_ticks = 0; ///< used so far, by user code and kernel
    std::int64_t started = 0;   ///< ticks after boot: tells two processes with the same pid apart
    std::int64_t pages = 0;     ///< of memory in use
};

namespace detail {

/// Takes the next word from the front of the text.
inline std::string_view word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const std::string_view found = text.substr(0, text.find(' '));
    text.remove_prefix(found.size());
    return found;
}

inline std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        throw std::runtime_error("'" + std::string(text) + "' is not a number");
    return value;
}

inline void skip(std::string_view& text, int words) {
    for (int i = 0; i < words; ++i) word(text);
}

/// "cpu  user nice system idle iowait irq softirq steal ...", of all processors together.
inline Stat parse_machine(const StatLine& line, std::string_view rest) {
    Stat stat{.at = line.at, .name = "(machine)"};
    for (int column = 0; column < 8; ++column) {
        const std::int64_t ticks = number(word(rest));
        const bool waiting = column == 3 || column == 4; // idle, iowait
        if (not waiting) stat.cpu_ticks += ticks;
    }
    return stat;
}

} // namespace detail

/// Understands a line, or throws. The format is told in proc(5). A process may choose its name, with blanks and parentheses in
/// it, so the name ends at the last parenthesis of the line.
inline Stat parse(const StatLine& line) {
    const std::string_view text = line.text;
    if (text.starts_with("cpu ")) return detail::parse_machine(line, text.substr(4));

    const auto open = text.find(" ("), close = text.rfind(") ");
    if (open == text.npos || close == text.npos || close < open) throw std::runtime_error("no (name): " + line.text);

    Stat stat{.at = line.at, .pid = detail::number(text.substr(0, open)), .name = std::string(text.substr(open + 2, close - open - 2))};
    std::string_view rest = text.substr(close + 2);
    const std::string_view state = detail::word(rest);
    if (state.size() != 1) throw std::runtime_error("no state: " + line.text);
    stat.state = state[0];
    detail::skip(rest, 5); // ppid pgrp session tty_nr tpgid
    stat.of_kernel = (detail::number(detail::word(rest)) & 0x0020'0000) != 0; // PF_KTHREAD
    detail::skip(rest, 4);                                                     // minflt cminflt majflt cmajflt
    stat.cpu_ticks = detail::number(detail::word(rest));                       // utime
    stat.cpu_ticks += detail::number(detail::word(rest));                      // stime
    detail::skip(rest, 6); // cutime cstime priority nice num_threads itrealvalue
    stat.started = detail::number(detail::word(rest));
    detail::skip(rest, 1); // vsize
    stat.pages = detail::number(detail::word(rest));
    return stat;
}

} // namespace monitor
