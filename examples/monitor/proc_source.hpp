// SPDX-License-Identifier: BSL-1.0
// An unbounded event source: looks at every process of this machine, again and again.
#pragma once
#include "stat.hpp"

#include <weir/core.hpp>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace monitor {

/// The lines of /proc/stat and of every /proc/PID/stat, once in each period; all lines of one round carry the same time.
/// poll() never blocks: between two rounds it says when to ask again, so that a stop or a drain is noticed at once.
class ProcSource {
public:
    using event_type = StatLine;

    ProcSource(std::filesystem::path proc, weir::Duration period) : proc_(std::move(proc)), period_(period) {
        if (not std::filesystem::exists(proc_ / "stat"))
            throw std::runtime_error("there is no " + (proc_ / "stat").string() + ": this example needs Linux");
    }

    weir::Polled<StatLine> poll(weir::Timestamp now) {
        if (files_.empty() && now >= next_round_) begin_round(now);
        while (not files_.empty()) {
            std::ifstream file(std::exchange(files_.back(), {}));
            files_.pop_back();
            StatLine line{round_, {}};
            if (std::getline(file, line.text)) return line;
            // else the process has ended since we saw its directory
        }
        return weir::Polled<StatLine>::nothing(next_round_ - now);
    }

    /// The same for those who would rather wait.
    std::optional<StatLine> next() {
        const weir::SystemClock clock;
        for (;;) {
            auto polled = poll(clock.now());
            if (polled) return *std::move(polled);
            std::this_thread::sleep_for(polled.retry_in());
        }
    }

private:
    void begin_round(weir::Timestamp now) {
        round_ = now;
        next_round_ = now + period_;
        std::error_code error; // a directory that cannot be read has no processes in it
        for (std::filesystem::directory_iterator it(proc_, error), end; not error && it != end; it.increment(error)) {
            const std::string name = it->path().filename().string();
            if (std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; }))
                files_.push_back(it->path() / "stat");
        }
        files_.push_back(proc_ / "stat"); // taken first
    }

    std::filesystem::path proc_;
    weir::Duration period_;
    weir::Timestamp round_ = weir::min_time;
    weir::Timestamp next_round_ = weir::min_time;
    std::vector<std::filesystem::path> files_; // of this round, still to be read
};

static_assert(weir::EventSource<ProcSource> && weir::PollingSource<ProcSource>);

} // namespace monitor
