// SPDX-License-Identifier: BSL-1.0
// How does Prometheus see a job that runs? As a text, here in a file for node_exporter's textfile collector; a web server would do as well.
#include <weir/figures.hpp>
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

using namespace std::chrono_literals;

namespace {

/// Whole at any time: who reads the file meanwhile has the old text or the new one.
void write_whole(const std::filesystem::path& path, std::string_view text) {
    std::filesystem::path unfinished = path;
    unfinished += ".tmp";
    std::ofstream(unfinished, std::ios::binary) << text;
    std::filesystem::rename(unfinished, path);
}

/// The lines of a file that begin with `name`.
void show(const std::filesystem::path& path, std::string_view name) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(name)) fmt::print("{}\n", line);
}

} // namespace

int main() {
    weir::SpscQueue<int> orders{64};
    weir::Job job = weir::start(weir::from(orders)
                                    | weir::filter([](int amount) { return amount > 0; })
                                    | weir::stage(16)
                                    | weir::named("store", weir::for_each([](int) { std::this_thread::sleep_for(1ms); })),
                                {.figures = 10ms}); // latency is sampled a hundred times a second
    for (int amount = 0; amount < 50; ++amount) {
        orders.push(amount % 5);
        if (amount % 10 == 9) write_whole("weir.prom", weir::to_prometheus(job.report())); // every 15 s, if it were a service
    }
    orders.close();
    job.wait();
    write_whole("weir.prom", weir::to_prometheus(job.report()));

    show("weir.prom", "weir_operator_events_dropped_total{");
    show("weir.prom", "weir_task_events_total{");
    show("weir.prom", "weir_queue_capacity_events{");

    // A program may look at the same figures itself.
    const weir::Report report = job.report();
    for (const weir::TaskReport& task : report.tasks)
        for (const weir::LatencyReport& latency : task.latency)
            fmt::print("from {} until {} has done its work: {}\n", latency.from, task.name, latency.time.quantile(0.99) < 10s ? "less than 10 s" : "10 s or more");
}

// Output:
// weir_operator_events_dropped_total{operator="filter#1",reason="filtered"} 10
// weir_task_events_total{task="input/filter#1"} 50
// weir_task_events_total{task="behind/stage#1"} 40
// weir_queue_capacity_events{task="behind/stage#1"} 16
// from input/filter#1 until input/filter#1 has done its work: less than 10 s
// from input/filter#1 until behind/stage#1 has done its work: less than 10 s
