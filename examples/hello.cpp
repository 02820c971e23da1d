// SPDX-License-Identifier: BSL-1.0
// How does a weir program look? A source, operators, a sink, joined by `|`, and run.
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <vector>

int main() {
    const std::vector<double> celsius{21.5, -999.0, 22.0, 19.5};

    // A chain is a value: no source yet, so it can be used for a stored list now and for a live queue later.
    const auto cleaned = weir::filter([](double c) { return c > -273.15; }) |
                         weir::map([](double c) { return c * 1.8 + 32; });

    const weir::Report report = weir::run(weir::from(celsius) | cleaned |
                                          weir::for_each([](double f) { fmt::print("{:.1f} F\n", f); }));

    // Every run tells what became of the events.
    for (const weir::OperatorReport& row : report.operators)
        fmt::print("{:<12} {} in, {} passed, {} dropped\n", row.name, row.in, row.passed, row.dropped());
}

// Output:
// 70.7 F
// 71.6 F
// 67.1 F
// filter#1     4 in, 3 passed, 1 dropped
// map#1        3 in, 3 passed, 0 dropped
// for_each#1   3 in, 3 passed, 0 dropped
