// SPDX-License-Identifier: BSL-1.0
// Question: what does state for each key cost beside the loop over a hash map that its user would have written?
//     A running sum for each key over 8M events of 16 bytes, uniform over 1,000 or 1,000,000 keys, from an empty map on; each new sum
//     goes into a checksum. Variants take turns (random interleaving). Options are Google Benchmark's; ns/event is CPU time.
//     Debian packages of the peers: libboost1.81-dev or later for unordered_flat_map.
#include <weir/weir.hpp>

#include <benchmark/benchmark.h>

#if __has_include(<boost/unordered/unordered_flat_map.hpp>)
#include <boost/unordered/unordered_flat_map.hpp>
#define WEIR_PEER_BOOST 1
#endif

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

struct Payment {
    std::uint64_t user;
    std::int64_t amount;
};
using Payments = std::vector<Payment>;

const Payments& payments(std::uint64_t users) {
    static std::unordered_map<std::uint64_t, Payments> made;
    Payments& all = made[users];
    if (not all.empty()) return all;
    all.resize(8'000'000);
    std::uint64_t state = 88172645463325252U; // xorshift64 (Marsaglia 2003)
    for (Payment& payment : all) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        payment = {(state >> 20) % users * 0x9e3779b97f4a7c15u, static_cast<std::int64_t>(state & 0xff)};
    }
    return all;
}

constexpr auto add = [](std::int64_t sum, const Payment& p) { return sum + p.amount; };
constexpr auto mixed = [](std::uint64_t checksum, std::int64_t sum) { return checksum * 31 + static_cast<std::uint64_t>(sum); };

template <typename Map>
std::uint64_t by_hand(const Payments& all) {
    Map sums;
    std::uint64_t checksum = 0;
    for (const Payment& p : all) checksum = mixed(checksum, sums[p.user] += p.amount);
    return checksum;
}

/// By hand with weir's own table and hash.
std::uint64_t by_table(const Payments& all) {
    weir::detail::Table<std::uint64_t, std::int64_t> sums;
    std::uint64_t checksum = 0;
    for (const Payment& p : all) checksum = mixed(checksum, sums[sums.find_or_insert(p.user, weir::stable_hash(p.user)).first].value += p.amount);
    return checksum;
}

template <typename Chain>
std::uint64_t through(const Payments& all, const Chain& chain) {
    std::uint64_t checksum = 0;
    weir::run(weir::from(all) | weir::key_by(&Payment::user) | chain | weir::fold_into(checksum, mixed));
    return checksum;
}

constexpr weir::KeyedOptions least_recent{.max_keys = 2'000'000, .at_max = weir::AtMaxKeys::evict}; // ordered, though nothing has to go
constexpr weir::KeyedOptions ageing{.ttl = std::chrono::hours(1), .ttl_clock = weir::TtlClock::processing_time};
constexpr auto own = [](const Payment& p, std::int64_t& sum, auto& context) { context.emit(sum += p.amount); };

struct Variant {
    const char* name;
    std::uint64_t (*run)(const Payments&);
};
constexpr Variant variants[] = {
    {"by hand, std::unordered_map", by_hand<std::unordered_map<std::uint64_t, std::int64_t>>},
#if WEIR_PEER_BOOST
    {"by hand, boost::unordered_flat_map", by_hand<boost::unordered_flat_map<std::uint64_t, std::int64_t>>},
#endif
    {"by hand, weir's table", by_table},
    {"scan", [](const Payments& all) { return through(all, weir::scan(std::int64_t{0}, add)); }},
    {"scan, .at_max = evict", [](const Payments& all) { return through(all, weir::scan(std::int64_t{0}, add, least_recent)); }},
    {"scan, .ttl", [](const Payments& all) { return through(all, weir::scan(std::int64_t{0}, add, ageing)); }},
    {"process_keyed", [](const Payments& all) { return through(all, weir::process_keyed<std::int64_t, std::int64_t>(own)); }},
};

} // namespace

int main(int argc, char** argv) {
    for (const std::uint64_t users : {std::uint64_t{1'000}, std::uint64_t{1'000'000}}) {
        const Payments& all = payments(users);
        const std::uint64_t expected = variants[0].run(all);
        for (const Variant& variant : variants) {
            if (variant.run(all) != expected) std::abort();
            benchmark::RegisterBenchmark((std::string(variant.name) + ", keys:" + std::to_string(users)).c_str(), [&variant, &all](benchmark::State& state) {
                for (auto _ : state) {
                    std::uint64_t checksum = variant.run(all);
                    benchmark::DoNotOptimize(checksum);
                }
                state.counters["ns/event"] = benchmark::Counter(static_cast<double>(all.size()) * 1e-9,
                                                                benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
            })->Unit(benchmark::kMillisecond)->Repetitions(7)->MinTime(0.01)->ReportAggregatesOnly(true);
        }
    }
    std::string interleave = "--benchmark_enable_random_interleaving=true";
    std::vector<char*> arguments(argv, argv + argc);
    arguments.insert(arguments.begin() + 1, interleave.data()); // first, so that the caller's own word wins
    int count = static_cast<int>(arguments.size());
    benchmark::Initialize(&count, arguments.data());
    benchmark::RunSpecifiedBenchmarks();
}
