// SPDX-License-Identifier: BSL-1.0
// Question: what does it cost to count events per key in weir's table of keyed state, beside other hash maps?
//     table [--rounds=5] [--scale=1] [--only=words of a group's title] [--json]
// Each run counts 20 million events (times scale) from an empty table on, growth included. Keys are sparse 64-bit numbers: ranks
// multiplied by an odd number; uniform, or by Zipf's law with exponent 1. All variants of a group take turns within a round; the
// figures are medians over the rounds, the ratios medians of each round's ratio to the group's first line (above 1: that line is
// faster). Peers hash as they were shipped (std::hash is the number itself, and of these keys the low bits are all different: a
// best case for robin_map), or, "same hash", by weir::stable_hash. Debian packages: libboost1.81-dev or later for
// unordered_flat_map, libabsl-dev (linked, so it needs WEIR_PEER_ABSL also), robin-map-dev.
#include <weir/core/hash.hpp>
#include <weir/keyed/table.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#if __has_include(<boost/unordered/unordered_flat_map.hpp>)
#include <boost/unordered/unordered_flat_map.hpp>
#define PEER_BOOST
#endif
#if defined(WEIR_PEER_ABSL) && __has_include(<absl/container/flat_hash_map.h>)
#include <absl/container/flat_hash_map.h>
#define PEER_ABSL
#endif
#if __has_include(<tsl/robin_map.h>)
#include <tsl/robin_map.h>
#define PEER_TSL
#endif

namespace {

using Keys = std::vector<std::uint64_t>;
using Run = std::function<std::uint64_t(std::span<const std::uint64_t> events)>; // gives a checksum of all counts

std::uint64_t key_of(std::uint64_t rank) { return (rank + 1) * 0x9e3779b97f4a7c15u; }

/// A number in [0, 1) from one in all of 64 bits.
double fraction(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

Keys uniform(std::size_t events, std::size_t keys) {
    Keys drawn(events);
    for (std::size_t i = 0; i < events; ++i)
        drawn[i] = key_of(static_cast<std::uint64_t>(fraction(weir::stable_hash(i)) * static_cast<double>(keys)));
    return drawn;
}

Keys zipf(std::size_t events, std::size_t keys) {
    std::vector<double> up_to(keys);
    double sum = 0;
    for (std::size_t rank = 0; rank < keys; ++rank) up_to[rank] = sum += 1 / static_cast<double>(rank + 1);
    Keys drawn(events);
    for (std::size_t i = 0; i < events; ++i) {
        const auto at = std::upper_bound(up_to.begin(), up_to.end() - 1, fraction(weir::stable_hash(i)) * sum);
        drawn[i] = key_of(static_cast<std::uint64_t>(at - up_to.begin()));
    }
    return drawn;
}

struct Checksum {
    void add(std::uint64_t key, std::uint64_t count) { sum += weir::stable_hash(key) * count; } // in any order
    std::uint64_t sum = 0;
};

using Table = weir::detail::Table<std::uint64_t, std::uint64_t>;

std::uint64_t checksum(const Table& table) {
    Checksum all;
    for (const auto& [key, count] : table) all.add(key, count);
    return all.sum;
}

std::uint64_t one_by_one(std::span<const std::uint64_t> events) {
    Table table;
    for (const std::uint64_t key : events) ++table[table.find_or_insert(key, weir::stable_hash(key)).first].value;
    return checksum(table);
}

template <std::size_t length>
std::uint64_t in_spans(std::span<const std::uint64_t> events) {
    Table table;
    std::vector<std::uint64_t> hashes(length);
    std::vector<std::uint32_t> rows(length);
    while (not events.empty()) {
        const auto span = events.first(std::min(length, events.size()));
        events = events.subspan(span.size());
        for (std::size_t i = 0; i < span.size(); ++i) hashes[i] = weir::stable_hash(span[i]);
        table.find_or_insert(span, std::span<const std::uint64_t>(hashes).first(span.size()), rows.data());
        for (std::size_t i = 0; i < span.size(); ++i) ++table[rows[i]].value;
    }
    return checksum(table);
}

template <typename Map>
std::uint64_t in_map(std::span<const std::uint64_t> events) {
    Map map;
    for (const std::uint64_t key : events) ++map[key];
    Checksum all;
    for (const auto& [key, count] : map) all.add(key, count);
    return all.sum;
}

struct StableHash {
    using is_avalanching = void; // boost: good as it is
    std::size_t operator()(std::uint64_t key) const { return weir::stable_hash(key); }
};

struct Variant {
    const char* name;
    Run run;
    std::vector<double> ns{};
};

struct Group {
    std::string title;
    std::size_t keys;
    bool is_zipf;
    std::vector<Variant> variants{};
};

std::vector<Variant> all_variants() {
    using K = std::uint64_t;
    std::vector<Variant> v;
    v.push_back({"weir table, spans of 256", in_spans<256>});
    v.push_back({"weir table, one by one", one_by_one});
#ifdef PEER_BOOST
    v.push_back({"boost unordered_flat_map", in_map<boost::unordered_flat_map<K, K>>});
    v.push_back({"boost unordered_flat_map, same hash", in_map<boost::unordered_flat_map<K, K, StableHash>>});
#endif
#ifdef PEER_ABSL
    v.push_back({"absl flat_hash_map", in_map<absl::flat_hash_map<K, K>>});
    v.push_back({"absl flat_hash_map, same hash", in_map<absl::flat_hash_map<K, K, StableHash>>});
#endif
#ifdef PEER_TSL
    v.push_back({"tsl robin_map", in_map<tsl::robin_map<K, K>>});
    v.push_back({"tsl robin_map, same hash", in_map<tsl::robin_map<K, K, StableHash>>});
#endif
    v.push_back({"std unordered_map", in_map<std::unordered_map<K, K>>});
    return v;
}

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void measure(Group& group, std::size_t events, int rounds) {
    const Keys keys = group.is_zipf ? zipf(events, group.keys) : uniform(events, group.keys);
    group.variants = all_variants();
    const std::uint64_t expected = in_map<std::unordered_map<std::uint64_t, std::uint64_t>>(keys);
    for (int round = -1; round < rounds; ++round) // the first is the warm-up
        for (Variant& variant : group.variants) {
            const double start = seconds();
            const std::uint64_t sum = variant.run(keys);
            const double took = seconds() - start;
            if (sum != expected) {
                std::fprintf(stderr, "%s: wrong counts\n", variant.name);
                std::exit(1);
            }
            if (round >= 0) variant.ns.push_back(took * 1e9 / static_cast<double>(events));
        }
}

double median(std::vector<double> of) {
    std::sort(of.begin(), of.end());
    return of[of.size() / 2];
}

double ratio(const Variant& variant, const Variant& base) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < base.ns.size(); ++i) ratios.push_back(variant.ns[i] / base.ns[i]);
    return median(std::move(ratios));
}

void print(const Group& group) {
    std::printf("\n%s\n  %-36s %9s %19s %7s\n", group.title.c_str(), "", "ns/event", "(least .. most)", "ratio");
    for (const Variant& variant : group.variants) {
        const auto [least, most] = std::minmax_element(variant.ns.begin(), variant.ns.end());
        std::printf("  %-36s %9.2f %8.2f .. %7.2f %7.2f\n", variant.name, median(variant.ns), *least, *most,
                    ratio(variant, group.variants.front()));
    }
    std::fflush(stdout);
}

void print_json(const std::vector<Group>& groups, std::size_t events) {
    std::printf("[");
    for (const Group& group : groups) {
        std::printf("%s\n {\"group\": \"%s\", \"events\": %zu, \"results\": [", &group == groups.data() ? "" : ",", group.title.c_str(), events);
        for (const Variant& variant : group.variants) {
            std::printf("%s\n  {\"name\": \"%s\", \"median_ns\": %.3f, \"ratio\": %.3f, \"ns\": [", &variant == group.variants.data() ? "" : ",",
                        variant.name, median(variant.ns), ratio(variant, group.variants.front()));
            for (const double& ns : variant.ns) std::printf("%s%.3f", &ns == variant.ns.data() ? "" : ", ", ns);
            std::printf("]}");
        }
        std::printf("]}");
    }
    std::printf("\n]\n");
}

} // namespace

int main(int argc, char** argv) {
    int rounds = 5;
    double scale = 1;
    std::string only;
    bool json = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument.starts_with("--rounds=")) rounds = std::max(1, std::atoi(argv[i] + 9));
        else if (argument.starts_with("--scale=")) scale = std::atof(argv[i] + 8);
        else if (argument.starts_with("--only=")) only = argument.substr(7);
        else if (argument == "--json") json = true;
        else return std::fprintf(stderr, "usage: %s [--rounds=5] [--scale=1] [--only=part of a title] [--json]\n", argv[0]), 2;
    }
    std::vector<Group> groups{{"1k keys, uniform", 1'000, false},     {"1k keys, Zipf", 1'000, true},
                              {"100k keys, uniform", 100'000, false}, {"100k keys, Zipf", 100'000, true},
                              {"1M keys, uniform", 1'000'000, false}, {"1M keys, Zipf", 1'000'000, true}};
    std::erase_if(groups, [&](const Group& group) { return group.title.find(only) == std::string::npos; });
    const auto events = static_cast<std::size_t>(std::max(1.0, 20e6 * scale));
    for (Group& group : groups) {
        measure(group, events, rounds);
        if (not json) print(group);
    }
    if (json) print_json(groups, events);
}
