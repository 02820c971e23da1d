// SPDX-License-Identifier: BSL-1.0
// Variants of one piece of work that take turns: within a round each runs once, the figures are medians over the rounds, the ratios
// medians of each round's ratio to the group's first line (above 1: that line is faster). A machine that slows down for a while
// slows all of them down.
//     PROGRAM [--rounds=5] [--scale=1] [--only=words of a group's title] [--json]
// A group whose title ends in ", WHAT = NUMBER" is a point of a curve: benchmarks/plot draws those with the same beginning.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rounds {

struct Variant {
    std::string name;
    std::function<std::uint64_t()> run; // gives a checksum, which must be that of the group's first variant
    std::vector<double> ns{};
};

struct Group {
    std::string title;
    std::function<std::vector<Variant>(std::size_t events)> make; // with the input of that many events
    double share = 1;                                              // of the events that others get
    std::vector<Variant> variants{};
    std::size_t events = 0;
    std::string note{};     // what else has been seen while it was measured
    bool quartiles = false; // print these in place of the least and the most, and those of the ratios
};

inline double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Of figures in any order, the one that so many quarters of them are below.
inline double quartile(std::vector<double> of, std::size_t quarters) {
    std::sort(of.begin(), of.end());
    return of[std::min(of.size() * quarters / 4, of.size() - 1)];
}
inline double median(std::vector<double> of) { return quartile(std::move(of), 2); }

/// Of each round.
inline std::vector<double> ratios(const Variant& variant, const Variant& base) {
    std::vector<double> all;
    for (std::size_t i = 0; i < base.ns.size(); ++i) all.push_back(variant.ns[i] / base.ns[i]);
    return all;
}
inline double ratio(const Variant& variant, const Variant& base) { return median(ratios(variant, base)); }

inline void measure(Group& group, std::size_t events, int n) {
    group.events = static_cast<std::size_t>(std::max(1.0, static_cast<double>(events) * group.share));
    group.variants = group.make(group.events);
    std::uint64_t expected = 0;
    for (int round = -1; round < n; ++round) // the first is the warm-up
        for (Variant& variant : group.variants) {
            const double start = seconds();
            const std::uint64_t sum = variant.run();
            const double took = seconds() - start;
            if (&variant == group.variants.data() && round < 0) expected = sum;
            if (sum != expected) {
                std::fprintf(stderr, "%s, %s: another result\n", group.title.c_str(), variant.name.c_str());
                std::exit(1);
            }
            if (round >= 0) variant.ns.push_back(took * 1e9 / static_cast<double>(group.events));
        }
    for (Variant& variant : group.variants) variant.run = nullptr; // and its input
}

inline void print(const Group& group) {
    std::printf("\n%s%s%s\n  %-44s %9s %19s %7s\n", group.title.c_str(), group.note.empty() ? "" : ": ", group.note.c_str(), "", "ns/event", group.quartiles ? "(quartiles)" : "(least .. most)", "ratio");
    for (const Variant& variant : group.variants) {
        const std::size_t low = group.quartiles ? 1 : 0;
        const std::vector<double> to_first = ratios(variant, group.variants.front());
        std::printf("  %-44s %9.2f %8.2f .. %7.2f %7.2f", variant.name.c_str(), median(variant.ns), quartile(variant.ns, low), quartile(variant.ns, 4 - low), median(to_first));
        if (group.quartiles) std::printf(" (%.2f .. %.2f)", quartile(to_first, 1), quartile(to_first, 3));
        std::printf("\n");
    }
    std::fflush(stdout);
}

inline void print_json(const std::vector<Group>& groups) {
    std::printf("[");
    for (const Group& group : groups) {
        std::printf("%s\n {\"group\": \"%s\", \"note\": \"%s\", \"events\": %zu, \"results\": [", &group == groups.data() ? "" : ",", group.title.c_str(),
                    group.note.c_str(), group.events);
        for (const Variant& variant : group.variants) {
            std::printf("%s\n  {\"name\": \"%s\", \"median_ns\": %.3f, \"least_ns\": %.3f, \"most_ns\": %.3f, \"ratio\": %.3f",
                        &variant == group.variants.data() ? "" : ",", variant.name.c_str(), median(variant.ns), quartile(variant.ns, 0), quartile(variant.ns, 4),
                        ratio(variant, group.variants.front()));
            if (group.quartiles) {
                const std::vector<double> to_first = ratios(variant, group.variants.front());
                std::printf(", \"quartiles_ns\": [%.3f, %.3f], \"quartiles_ratio\": [%.3f, %.3f]", quartile(variant.ns, 1), quartile(variant.ns, 3), quartile(to_first, 1), quartile(to_first, 3));
            }
            std::printf("}");
        }
        std::printf("]}");
    }
    std::printf("\n]\n");
}

struct Options {
    int rounds = 5;
    double scale = 1;
    std::string only{};
    bool json = false;
    bool wants(std::string_view title) const { return title.find(only) != title.npos; }
    std::size_t scaled(double events) const { return static_cast<std::size_t>(std::max(1.0, events * scale)); }
};

inline Options options(int argc, char** argv, int rounds = 5) {
    Options given{.rounds = rounds};
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument.starts_with("--rounds=")) given.rounds = std::max(1, std::atoi(argv[i] + 9));
        else if (argument.starts_with("--scale=")) given.scale = std::atof(argv[i] + 8);
        else if (argument.starts_with("--only=")) given.only = argument.substr(7);
        else if (argument == "--json") given.json = true;
        else {
            std::fprintf(stderr, "usage: %s [--rounds=%d] [--scale=1] [--only=part of a title] [--json]\n", argv[0], rounds);
            std::exit(2);
        }
    }
    return given;
}

/// The main of such a program. events: of a group with a share of 1, before --scale.
inline int main(int argc, char** argv, std::vector<Group> groups, double events) {
    const Options given = options(argc, argv);
    std::erase_if(groups, [&](const Group& group) { return not given.wants(group.title); });
    for (Group& group : groups) {
        measure(group, given.scaled(events), given.rounds);
        if (not given.json) print(group);
    }
    if (given.json) print_json(groups);
    return 0;
}

} // namespace rounds
