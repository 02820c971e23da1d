// SPDX-License-Identifier: BSL-1.0
// Question: what does it cost to count events per key in weir's table of keyed state, beside other hash maps? (Options: rounds.hpp.)
// Each run counts 20 million events (times scale) from an empty table on, growth included; keys as in keys.hpp.
// Peers hash as they were shipped (std::hash is the number itself, and of these keys the low bits are all different: a
// best case for robin_map), or, "same hash", by weir::stable_hash. Debian packages: libboost1.81-dev or later for
// unordered_flat_map, libabsl-dev (linked, so it needs WEIR_PEER_ABSL also), robin-map-dev.
#include "keys.hpp"
#include "rounds.hpp"

#include <weir/core/hash.hpp>
#include <weir/keyed/table.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
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

std::vector<rounds::Variant> variants(keys::Keys drawn) {
    using K = std::uint64_t;
    std::vector<rounds::Variant> v;
    const auto input = std::make_shared<const keys::Keys>(std::move(drawn));
    const auto add = [&v, input](const char* name, std::uint64_t (*count)(std::span<const std::uint64_t>)) {
        v.push_back({name, [input, count] { return count(*input); }});
    };
    add("weir table, spans of 256", in_spans<256>);
    add("weir table, one by one", one_by_one);
#ifdef PEER_BOOST
    add("boost unordered_flat_map", in_map<boost::unordered_flat_map<K, K>>);
    add("boost unordered_flat_map, same hash", in_map<boost::unordered_flat_map<K, K, StableHash>>);
#endif
#ifdef PEER_ABSL
    add("absl flat_hash_map", in_map<absl::flat_hash_map<K, K>>);
    add("absl flat_hash_map, same hash", in_map<absl::flat_hash_map<K, K, StableHash>>);
#endif
#ifdef PEER_TSL
    add("tsl robin_map", in_map<tsl::robin_map<K, K>>);
    add("tsl robin_map, same hash", in_map<tsl::robin_map<K, K, StableHash>>);
#endif
    add("std unordered_map", in_map<std::unordered_map<K, K>>);
    return v;
}

rounds::Group group(const std::string& title, std::size_t n, bool is_zipf) {
    return {title, [n, is_zipf](std::size_t events) { return variants(is_zipf ? keys::zipf(events, n) : keys::uniform(events, n)); }};
}

} // namespace

int main(int argc, char** argv) {
    std::vector<rounds::Group> groups;
    for (const auto& [name, n] : {std::pair("1k", 1'000), std::pair("100k", 100'000), std::pair("1M", 1'000'000)})
        for (const bool is_zipf : {false, true})
            groups.push_back(group(std::string(name) + " keys, " + (is_zipf ? "Zipf" : "uniform"), static_cast<std::size_t>(n), is_zipf));
    return rounds::main(argc, argv, std::move(groups), 20e6);
}
