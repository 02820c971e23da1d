// SPDX-License-Identifier: BSL-1.0
// Runs a query on stored input: on this thread, or, with two workers, with each of its inputs on a thread of its own.
#pragma once
#include "nexmark/input.hpp"
#include "nexmark/output.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

namespace nexmark {

struct Run {
    const Input& input;
    int workers = 1;
    Output& output;
    std::uint64_t events = 0; ///< of the inputs that the query reads
    double seconds = 0;
};

/// Each runs its queries; false: the number is of none of them.
bool run_bid_query(int number, Run& run);
bool run_group_query(int number, Run& run);
bool run_join_query(int number, Run& run);
/// What is written by hand for it; there is for three of them.
bool run_by_hand(int number, Run& run);

/// Runs the pipeline that query makes of pipelines of these events.
template <typename Query, typename... Events>
void run_on(Run& run, Query query, const std::vector<Events>&... events) {
    run.events = (events.size() + ...);
    const auto go = [&run](auto results) {
        using Row = typename decltype(results)::stream::value;
        run.output.begin<Row>();
        const auto begin = std::chrono::steady_clock::now();
        weir::run(std::move(results) | weir::for_each([&output = run.output](const Row& row) { output.add(row); }));
        run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        run.output.flush();
    };
    if (run.workers == 1) go(query(weir::from(events)...));
    else go(query((weir::from(events) | weir::stage({.capacity = 4096}))...));
}

} // namespace nexmark
