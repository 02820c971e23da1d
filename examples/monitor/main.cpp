// SPDX-License-Identifier: BSL-1.0
// How do the parts work together in a real program? Watches the processes of this machine with one pipeline:
//
//     /proc -> queue -> cleaned -> micro-batches -> SQLite
//                           +----> summary               compared, row by row, with the same chain over the stored rows
//                           +----> rule -> topic -> alarm
//                           +----> the busiest of each second
//
// Read watch.hpp for the live part and check.hpp for the stored part; the other headers hold one idea each.
#include "check.hpp"
#include "watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>

namespace {

constexpr std::string_view usage_text =
    "usage: monitor [--seconds N] [--database FILE] [--alarm PERCENT]   watch, store and compare\n"
    "       monitor --check --database FILE                            compare again what is stored in FILE\n";

struct Options {
    double seconds = isatty(STDOUT_FILENO) == 1 ? 20 : 5;
    bool only_check = false;
    monitor::WatchOptions watch;
};

double number(std::string_view option, const std::string& text) {
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || not(value >= 0 && value < 1e6)) throw std::invalid_argument(fmt::format("{} {}: not a number in range", option, text));
    return value;
}

/// A file that is not there yet, so that a run never mixes with the one before.
std::string new_database() {
    for (int n = 1;; ++n) {
        std::string path = std::filesystem::temp_directory_path() / fmt::format("weir-monitor-{}.db", n);
        if (not std::filesystem::exists(path)) return path;
    }
}

Options options_of(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view option = argv[i];
        const auto value = [&]() -> std::string {
            if (i + 1 == argc) throw std::invalid_argument(std::string(option) + " needs a value");
            return argv[++i];
        };
        if (option == "--seconds") options.seconds = number(option, value());
        else if (option == "--database") options.watch.database = value();
        else if (option == "--alarm") options.watch.alarm_percent = number(option, value());
        else if (option == "--check") options.only_check = true;
        else throw std::invalid_argument("there is no option " + std::string(option));
    }
    return options;
}

/// Ctrl-C is not handled but waited for, so that it needs no signal handler and no global variable.
class Interrupt {
public:
    /// To be made before any thread, which then do not receive it either.
    Interrupt() {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGINT);
        sigaddset(&signals_, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    }
    /// True: it came. False: the time is over.
    bool wait(std::chrono::nanoseconds time) const {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
        const timespec timeout{seconds.count(), (time - seconds).count()};
        return sigtimedwait(&signals_, nullptr, &timeout) > 0;
    }

private:
    sigset_t signals_;
};

void print(const weir::Report& report) {
    fmt::print("{:<44} {:>8} {:>8} {:>8} {:>6}\n", "operator", "in", "passed", "dropped", "held");
    for (const weir::OperatorReport& row : report.operators)
        fmt::print("{:<44} {:>8} {:>8} {:>8} {:>6}\n", row.name, row.in, row.passed, row.dropped(), row.held);
}

int compare(const std::string& database) {
    const monitor::Check check = monitor::check(database);
    for (const std::string& difference : check.differences) fmt::print("MISMATCH: {}\n", difference);
    fmt::print("{} stored readings give {} summary of the {} processes as they gave live.\n", check.readings,
               check.differences.empty() ? "the same" : "another", check.processes);
    return check.differences.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

int run(Options options) {
    std::string& database = options.watch.database;
    if (options.only_check) {
        if (database.empty()) throw std::invalid_argument("--check needs --database FILE");
        return compare(database);
    }
    if (database.empty()) database = new_database();
    if (std::filesystem::exists(database)) throw std::invalid_argument(database + " is there already; name a new file");

    const Interrupt interrupt;
    monitor::Screen screen;
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.seconds));
    const Clock::duration redraw = screen.is_terminal() ? std::chrono::milliseconds(500) : std::chrono::seconds(1);
    const auto pause = [&] {
        const Clock::duration left = end - Clock::now();
        return left.count() <= 0 || interrupt.wait(std::min(left, redraw));
    };
    fmt::print("watching the processes of this machine for {:.0f} s; Ctrl-C ends it earlier\n", options.seconds);
    const monitor::Watched watched = monitor::watch(options.watch, screen, pause);

    fmt::print("\n");
    print(watched.report);
    fmt::print("\nstored in {}\n", database);
    return compare(database);
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(options_of(argc, argv));
    } catch (const std::invalid_argument& error) {
        fmt::print(stderr, "monitor: {}\n{}", error.what(), usage_text);
    } catch (const std::exception& error) {
        fmt::print(stderr, "monitor: {}\n", error.what());
    }
    return 2;
}
