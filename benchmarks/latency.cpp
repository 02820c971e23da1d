// SPDX-License-Identifier: BSL-1.0
// Question: how late does an event come that goes from one stage to another, at 1 thousand to 1 million events a second?
// (Options: rounds.hpp.) Two stages with 100 ns of work each. An event is due at a fixed time, and its latency counts from there to the
// end of its work in the second stage: a sender that is behind is no excuse. Each variant runs for 0.3 s a round; the figures are ns,
// percentiles of a round. Needs two processors that nobody else uses: elsewhere look at the least figures. "spins": on a full or empty
// queue one pause and again.
#include "queue_peers.hpp"
#include "rounds.hpp"
#include "work.hpp"

#include <weir/weir.hpp>

#if __has_include(<tbb/flow_graph.h>)
#include <tbb/flow_graph.h>
#endif

#include <algorithm>
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

constexpr std::size_t slots = 4096; // as a stage has

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

struct Late {
    std::vector<std::int64_t> ns{};
    int steps;
    void operator()(const Due& event) {
        volatile work::Event result = work::of(event.value, steps);
        (void)result;
        ns.push_back(now_ns() - event.at);
    }
};

struct Way {
    std::string name;
    std::function<void(Paced, Late&)> run;
};

void by_a_ring(Paced paced, Late& late) {
    const auto held = std::make_unique<peers::CachedIndexRing<Due>>(slots);
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
            weir::run(weir::from(paced) | weir::stage({.capacity = slots, .wait = wait}) | weir::for_each(std::ref(late)));
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

/// A group for each percentile that n events can tell.
std::vector<rounds::Group> at_rate(std::int64_t rate, std::size_t n, int n_rounds) {
    const int steps = work::steps_of(100);
    const std::vector<Way> all = ways();
    std::vector<rounds::Group> groups;
    const std::vector<std::pair<std::string, double>> percentiles{{"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}};
    for (const auto& [name, share] : percentiles) {
        if (static_cast<double>(n) * (1 - share) < 1) continue;
        rounds::Group group{.title = "latency, " + name + ", events a second = " + std::to_string(rate), .make = {}};
        group.events = n;
        for (const Way& way : all) group.variants.push_back({way.name, {}});
        groups.push_back(std::move(group));
    }
    for (int round = 0; round < n_rounds; ++round)
        for (std::size_t way = 0; way < all.size(); ++way) {
            Late late{{}, steps};
            late.ns.reserve(n);
            all[way].run({.n = n, .apart = 1'000'000'000 / rate, .steps = steps}, late);
            if (late.ns.size() != n) std::exit(1);
            std::sort(late.ns.begin(), late.ns.end());
            for (std::size_t p = 0; p < groups.size(); ++p)
                groups[p].variants[way].ns.push_back(static_cast<double>(late.ns[static_cast<std::size_t>(percentiles[p].second * static_cast<double>(n - 1))]));
        }
    return groups;
}

} // namespace

int main(int argc, char** argv) {
    const rounds::Options given = rounds::options(argc, argv);
    std::vector<rounds::Group> all;
    for (const std::int64_t rate : {1'000, 10'000, 100'000, 1'000'000}) {
        if (not given.wants("latency, events a second = " + std::to_string(rate))) continue;
        for (rounds::Group& group : at_rate(rate, given.scaled(0.3 * static_cast<double>(rate)), given.rounds)) {
            if (not given.json) rounds::print(group);
            all.push_back(std::move(group));
        }
    }
    if (given.json) rounds::print_json(all);
}
