// SPDX-License-Identifier: BSL-1.0
// Every way through a small program of threads: all orders of their steps, and all values that their loads may return.
#pragma once
#include "model/atomics.hpp"
#include "model/run.hpp"
#include "model/search.hpp"
#include "model/stop.hpp"

#include <cstddef>
#include <stdexcept>
#include <string>

namespace model {

/// What was found.
struct Found {
    std::string failure; // of the first way that failed, with its steps
    std::size_t preemptions = 0; // it took
    std::size_t ways = 0;
};

/// Runs make(run), which gives the run its threads, and the threads, in every way within the bounds, until one fails.
///     without a bound on pre-emptions ways that differ only in the order of steps that do not matter to each other are run once
///     after: Godefroid, "Partial-order methods for the verification of concurrent systems", 1996 (sleep sets)
template <typename Make>
Found explore(Make make, const Bounds& bounds = {}) {
    Search search;
    Run run(search, bounds);
    Found found;
    do {
        if (++found.ways > bounds.ways) throw std::length_error("model: more ways than the bound");
        run.begin_again();
        make(run);
        run.go();
        if (not run.failure().empty()) {
            found.failure = run.failure() + run.story();
            return found;
        }
    } while (search.next());
    return found;
}

/// The failure that needs the fewest pre-emptions: those who look for its cause have the least to read.
///     after: Musuvathi and Qadeer, "Iterative context bounding for systematic testing of multithreaded programs", PLDI 2007
template <typename Make>
Found least(Make make, std::size_t preemptions = 3, Bounds bounds = {}) {
    Found found;
    for (bounds.preemptions = 0; bounds.preemptions <= preemptions; ++bounds.preemptions) {
        found = explore(make, bounds);
        found.preemptions = bounds.preemptions;
        if (not found.failure.empty()) break;
    }
    return found;
}

} // namespace model
