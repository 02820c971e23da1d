// SPDX-License-Identifier: BSL-1.0
// Question: how late does an event come that goes from one stage to another, at 1 thousand to 1 million events a second?
//     goal, at 1 million: at most twice the bare loops' at each percentile
// (Options: rounds.hpp.) Two stages with 100 ns of work each. An event is due at a fixed time, and its latency counts from there to the
// end of its work in the second stage: a sender that is behind is no excuse. ns. Needs two processors that nobody else uses. "spins": on a
// full or empty queue one pause and again.
// A system stops each thread some hundred times a second: its timer for 10 to 40 us, a host now and then for milliseconds. What is late is
// late by that, in the bare loops, too; at 1 million events a second it is one event in a hundred, so that p99 is now before and now behind
// that cliff. Hence:
//     - slots of 25 ms (1,250 events at least), in which the variants take turns, each time in another order: in one and the same each would
//       meet the timers always at the same places
//     - compared is a percentile of each slot: shown are its median and quartiles over the slots, and those of its ratio to the bare loops' in
//       the same turn. Where fewer than ten events of a slot exceed a percentile it is that of as many slots together as it takes
//     - the bare loops run twice: as far as the second ratio is from 1, so far can the others be
//     - a slot's first fifth, in which threads start, is left out
// So nothing that runs here can be 5 times below tbb::flow at p99.9: the bare loops are 0.9 to 1.0 of it, at p50 a half, at p90 0.4.
// Who ends a slot a tenth of its length late is named: it was stopped, or cannot keep up.
#include "queue_peers.hpp"
#include "rounds.hpp"
#include "work.hpp"

#include <weir/weir.hpp>

#if __has_include(<tbb/flow_graph.h>)
#include <tbb/flow_graph.h>
#endif

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t capacity = 4096; // as a stage has

struct Percentile {
    const char* name;
    double share;
};
constexpr std::array<Percentile, 5> percentiles{{{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}}};

std::int64_t now_ns() { return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

struct Due {
    std::int64_t at;
    work::Event value;
};

struct Paced {
    using event_type = Due;
    std::size_t n;
    std::int64_t apart; // ns
    int steps;
    std::int64_t start = 0;
    std::size_t sent = 0;
    std::optional<Due> next() {
        if (sent == n) return std::nullopt;
        if (sent == 0) start = now_ns() + 1'000'000;
        const std::int64_t at = start + static_cast<std::int64_t>(sent++) * apart;
        while (now_ns() < at) weir::StdAtomics::pause();
        return Due{at, work::of(static_cast<work::Event>(at), steps)};
    }
};

/// Writes down how late each event is, into memory that has been touched: a page that the system must give first is late, too.
struct Late {
    std::int64_t* ns;
    int steps;
    std::size_t n = 0;
    void operator()(const Due& event) {
        volatile work::Event result = work::of(event.value, steps);
        (void)result;
        ns[n++] = now_ns() - event.at;
    }
};

struct Way {
    std::string name;
    std::function<void(Paced, Late&)> run;
};

void by_a_ring(Paced paced, Late& late) {
    const auto held = std::make_unique<peers::CachedIndexRing<Due>>(capacity);
    peers::CachedIndexRing<Due>& ring = *held;
    work::beside(
        [paced, &ring]() mutable {
            while (const auto due = paced.next())
                while (not ring.try_put(*due)) weir::StdAtomics::pause();
        },
        [n = paced.n, &ring, &late] {
            Due due{};
            for (std::size_t i = 0; i < n; ++i) {
                while (not ring.try_get(due)) weir::StdAtomics::pause();
                late(due);
            }
            return std::uint64_t{0};
        });
}

std::vector<Way> ways() {
    const auto staged = [](weir::Wait wait) {
        return [wait](Paced paced, Late& late) {
            weir::run(weir::from(paced) | weir::stage({.capacity = capacity, .wait = wait}) | weir::for_each(std::ref(late)));
        };
    };
    std::vector<Way> all{{"bare loops and a ring, spins", by_a_ring},
                         {"from | stage | for_each, spins", staged(weir::Wait::spin)},
                         {"from | stage | for_each", staged(weir::Wait::sleep)},
                         {"bare loops and a ring, again", by_a_ring}};
#if __has_include(<tbb/flow_graph.h>)
    all.push_back({"tbb::flow, one node behind the sender", [](Paced paced, Late& late) {
                       tbb::flow::graph graph;
                       tbb::flow::function_node<Due> node(graph, tbb::flow::serial, [&late](const Due& due) { late(due); });
                       while (const auto due = paced.next()) node.try_put(*due);
                       graph.wait_for_all();
                   }});
#endif
    return all;
}

double percentile(std::vector<std::int64_t> of, double share) {
    const auto at = of.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(of.size() - 1));
    std::nth_element(of.begin(), at, of.end());
    return static_cast<double>(*at);
}

/// What the slots of a variant have shown.
struct Seen {
    std::vector<std::int64_t> all{}; // one slot behind the other
    std::size_t behind = 0;          // slots that ended later than the last event was due by a tenth of their length
};

/// A group for each percentile that so many slots can tell.
std::vector<rounds::Group> at_rate(std::int64_t rate, std::size_t n, int n_slots) {
    const int steps = work::steps_of(100);
    const std::vector<Way> all = ways();
    const std::size_t counted = n - n / 5;
    std::vector<Seen> seen(all.size());
    std::vector<std::int64_t> ns(n);
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::mt19937 random;
    for (int slot = 0; slot < n_slots; ++slot) {
        std::shuffle(order.begin(), order.end(), random);
        for (const std::size_t way : order) {
            Late late{ns.data(), steps};
            all[way].run({.n = n, .apart = 1'000'000'000 / rate, .steps = steps}, late);
            if (late.n != n) std::exit(1);
            if (ns.back() > static_cast<std::int64_t>(n) * 100'000'000 / rate) ++seen[way].behind;
            seen[way].all.insert(seen[way].all.end(), ns.end() - static_cast<std::ptrdiff_t>(counted), ns.end());
        }
    }
    std::string note;
    for (std::size_t way = 0; way < all.size(); ++way)
        if (seen[way].behind != 0)
            note += (note.empty() ? "" : "; ") + all[way].name + ": behind at the end of " + std::to_string(seen[way].behind) + " of " + std::to_string(n_slots) + " slots";
    std::vector<rounds::Group> groups;
    for (const Percentile& p : percentiles) {
        const auto together = static_cast<std::size_t>(std::ceil(9.99 / (static_cast<double>(counted) * (1 - p.share)))); // slots
        if (static_cast<std::size_t>(n_slots) < 3 * together) continue; // fewer say nothing
        rounds::Group group{.title = std::string("latency, ") + p.name + ", events a second = " + std::to_string(rate), .make = {}};
        group.events = counted * together;
        group.note = note;
        group.quartiles = true;
        for (std::size_t way = 0; way < all.size(); ++way) {
            rounds::Variant variant{all[way].name, {}};
            for (auto at = seen[way].all.begin(); seen[way].all.end() - at >= static_cast<std::ptrdiff_t>(group.events); at += static_cast<std::ptrdiff_t>(group.events))
                variant.ns.push_back(percentile({at, at + static_cast<std::ptrdiff_t>(group.events)}, p.share));
            group.variants.push_back(std::move(variant));
        }
        groups.push_back(std::move(group));
    }
    return groups;
}

} // namespace

int main(int argc, char** argv) {
    const rounds::Options given = rounds::options(argc, argv);
    std::vector<rounds::Group> all;
    for (const std::int64_t rate : {1'000, 10'000, 100'000, 1'000'000}) {
        if (not given.wants("latency, events a second = " + std::to_string(rate))) continue;
        const double seconds = std::max(0.025, 1250 / static_cast<double>(rate)); // of a slot
        const int n_slots = given.rounds * static_cast<int>(std::max(1.0, 0.6 / seconds));
        for (rounds::Group& group : at_rate(rate, given.scaled(seconds * static_cast<double>(rate)), n_slots)) {
            if (not given.json) rounds::print(group);
            all.push_back(std::move(group));
        }
    }
    if (given.json) rounds::print_json(all);
}
