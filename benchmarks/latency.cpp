// SPDX-License-Identifier: BSL-1.0
// Question: how late does an event come that goes from one stage to another, at 1 thousand to 1 million events a second?
// (Options: rounds.hpp.) Two stages with 100 ns of work each. An event is due at a fixed time, and its latency counts from there to the
// end of its work in the second stage: a sender that is behind is no excuse. A virtual machine is stopped by its host now and then, for
// longer than anything that is asked here: so the variants take turns in short slots (25 ms, but 1,250 events at least), and "latency, p99.9"
// is the median, with quartiles, of each slot's own p99.9; "latency of all slots" is that of all events in one, stops and all. A slot's
// first fifth, in which threads start, is left out, and a percentile that fewer than ten events of a slot exceed. Who ends a slot a tenth of
// its length late is named: it was stopped, or cannot keep up. ns. Needs two processors that nobody else uses. "spins": on a full or empty
// queue one pause and again.
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
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t capacity = 4096; // as a stage has

struct Percentile {
    const char* name;
    double share;
};
constexpr std::array<Percentile, 4> percentiles{{{"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}}};

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
                         {"from | stage | for_each", staged(weir::Wait::sleep)}};
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

/// Of n sorted ones.
double percentile(const std::vector<std::int64_t>& sorted, double share) {
    return static_cast<double>(sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))]);
}

/// What the slots of a variant have shown.
struct Seen {
    std::vector<std::int64_t> all{};
    std::size_t behind = 0; // slots that ended later than the last event was due by a tenth of their length
};

/// Two groups for each percentile that n events can tell: of each slot, and of all slots' events in one.
std::vector<rounds::Group> at_rate(std::int64_t rate, std::size_t n, int n_slots) {
    const int steps = work::steps_of(100);
    const std::vector<Way> all = ways();
    std::vector<Seen> seen(all.size());
    std::vector<std::int64_t> ns(n);
    std::vector<std::vector<std::vector<double>>> of_slots(percentiles.size(), std::vector<std::vector<double>>(all.size()));
    for (int slot = 0; slot < n_slots; ++slot)
        for (std::size_t way = 0; way < all.size(); ++way) {
            Late late{ns.data(), steps};
            all[way].run({.n = n, .apart = 1'000'000'000 / rate, .steps = steps}, late);
            if (late.n != n) std::exit(1);
            if (ns.back() > static_cast<std::int64_t>(n) * 100'000'000 / rate) ++seen[way].behind;
            std::vector<std::int64_t> going(ns.begin() + static_cast<std::ptrdiff_t>(n / 5), ns.end());
            seen[way].all.insert(seen[way].all.end(), going.begin(), going.end());
            std::sort(going.begin(), going.end());
            for (std::size_t p = 0; p < percentiles.size(); ++p) of_slots[p][way].push_back(percentile(going, percentiles[p].share));
        }
    std::string note;
    for (std::size_t way = 0; way < all.size(); ++way)
        if (seen[way].behind != 0)
            note += (note.empty() ? "" : "; ") + all[way].name + ": behind at the end of " + std::to_string(seen[way].behind) + " of " + std::to_string(n_slots) + " slots";
    for (Seen& one : seen) std::sort(one.all.begin(), one.all.end());
    std::vector<rounds::Group> groups;
    const auto add = [&](const char* what, std::size_t p, std::size_t events, const auto& figures) {
        if (static_cast<double>(events) * (1 - percentiles[p].share) < 2.99) return; // fewer say nothing
        rounds::Group group{.title = std::string(what) + percentiles[p].name + ", events a second = " + std::to_string(rate), .make = {}};
        group.events = events;
        group.note = note;
        group.quartiles = true;
        for (std::size_t way = 0; way < all.size(); ++way) group.variants.push_back({all[way].name, {}, figures(way)});
        groups.push_back(std::move(group));
    };
    for (std::size_t p = 0; p < percentiles.size(); ++p) {
        add("latency, ", p, n - n / 5, [&](std::size_t way) { return of_slots[p][way]; });
        add("latency of all slots, ", p, seen.front().all.size(), [&](std::size_t way) { return std::vector<double>{percentile(seen[way].all, percentiles[p].share)}; });
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
        const int n_slots = given.rounds * static_cast<int>(std::max(1.0, 0.3 / seconds));
        for (rounds::Group& group : at_rate(rate, given.scaled(seconds * static_cast<double>(rate)), n_slots)) {
            if (not given.json) rounds::print(group);
            all.push_back(std::move(group));
        }
    }
    if (given.json) rounds::print_json(all);
}
