// SPDX-License-Identifier: BSL-1.0
// The live part: two jobs on two threads and a queue between them.
#pragma once
#include "board.hpp"
#include "proc_source.hpp"
#include "reading.hpp"
#include "screen.hpp"
#include "summary.hpp"

#include <weir/connect/sqlite.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace monitor {

using namespace std::chrono_literals;

struct WatchOptions {
    std::string database;
    std::string proc = "/proc";
    weir::Duration period = 200ms;
    double alarm_percent = 50; ///< of one core
};

struct Watched {
    std::vector<Total> summary;
    weir::Report report;
    Shown shown;
};

/// Reads, cleans, stores and adds up until `pause` says that it is over; draws after each pause. Then nothing more is read, what
/// has been read goes all the way, and the summary is stored beside the readings.
inline Watched watch(const WatchOptions& options, Screen& screen, const std::function<bool()>& pause) {
    Board board;
    Summary summary;
    // A slow disk must not keep us from looking: then the newest lines are dropped, and counted.
    weir::SpscQueue<StatLine> lines{16'384, weir::Overflow::drop_newest};

    weir::Topic<Alarm> alarms;
    const auto alarm_handler = alarms.subscribe(weir::for_each([&board](const Alarm& alarm) { board.raised(alarm); }));
    const auto is_too_busy = [limit = options.alarm_percent](const Usage& usage) { return usage.reading.pid != 0 && usage.percent() > limit; };
    const auto alarm_of = [](const Usage& usage) { return Alarm{usage.reading.pid, usage.reading.name, usage.percent()}; };

    weir::Job handler = weir::start(
        weir::from(lines) | cleaned() |
        weir::broadcast(
            weir::micro_batch(256, 500ms) | weir::tap([&board](weir::Batch<Reading> batch) { board.stored(batch.size()); }) |
                weir::sqlite::insert_into(options.database, "reading"),
            summarise(summary),
            usage() | weir::rule(is_too_busy, alarm_of) | weir::distinct(&Alarm::pid, 1024) | weir::to_topic(alarms),
            usage() | weir::micro_batch(10'000, 1s) | weir::process([&board](std::span<Usage> second) { board.rank(second); })));

    weir::Job reader = weir::start(weir::from(ProcSource(options.proc, options.period)) | weir::to_queue(lines, {.close_at_end = true}));

    const auto began = std::chrono::steady_clock::now();
    while (handler.running() && reader.running() && not pause()) {
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
        screen.draw(passed.count(), {lines.pushed(), lines.size(), lines.capacity(), lines.dropped()}, board.shown());
    }

    reader.drain();
    reader.wait(); // closes the queue, which ends the handler behind the last line
    const weir::Report report = handler.wait();

    std::vector<Total> rows = summary.rows();
    weir::run(weir::from(rows) | weir::micro_batch(500) | weir::sqlite::insert_into(options.database, "summary"));
    return {std::move(rows), report, board.shown()};
}

} // namespace monitor
