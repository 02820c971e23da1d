// SPDX-License-Identifier: BSL-1.0
// Question: what does a fused chain cost beside the loop its user would have written?
//     filter | map | filter | map | sum over 16M int64 loaded at run time, of which the filters keep about a half each,
//     unpredictably. All variants take turns (random interleaving); the table at the end gives medians and their ratios to the
//     faster of the two hand-written loops. `--events=N` changes the size; the other options are Google Benchmark's.
//     `--once=NAME` runs one variant once and prints its sum, for instruction counts: valgrind --tool=callgrind fused --once=...
#include <weir/weir.hpp>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#if __has_include(<range/v3/all.hpp>)
#include <range/v3/numeric/accumulate.hpp>
#include <range/v3/view/filter.hpp>
#include <range/v3/view/transform.hpp>
#define WEIR_PEER_RANGES 1
#endif

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Numbers = std::vector<std::int64_t>;

constexpr auto even = [](std::int64_t x) { return (x & 1) == 0; };
constexpr auto triple = [](std::int64_t x) { return 3 * x + 1; };
constexpr auto low = [](std::int64_t x) { return (x & 2) == 0; };
constexpr auto mix = [](std::int64_t x) { return x ^ (x >> 7); };

[[gnu::noinline]] std::int64_t branchy(const Numbers& numbers) {
    std::int64_t sum = 0;
    for (std::int64_t x : numbers) {
        if (not even(x)) continue;
        x = triple(x);
        if (not low(x)) continue;
        sum += mix(x);
    }
    return sum;
}

[[gnu::noinline]] std::int64_t branch_free(const Numbers& numbers) {
    std::int64_t sum = 0;
    for (std::int64_t x : numbers) {
        std::int64_t keep = -static_cast<std::int64_t>(even(x));
        x = triple(x);
        keep &= -static_cast<std::int64_t>(low(x));
        sum += mix(x) & keep;
    }
    return sum;
}

const auto chain = weir::filter(even) | weir::map(triple) | weir::filter(low) | weir::map(mix);

[[gnu::noinline]] std::int64_t weir_counted(const Numbers& numbers) {
    std::int64_t sum = 0;
    weir::run(weir::from(numbers) | chain | weir::fold_into(sum));
    return sum;
}

[[gnu::noinline]] std::int64_t weir_uncounted(const Numbers& numbers) {
    std::int64_t sum = 0;
    weir::run(weir::uncounted(weir::from(numbers) | chain | weir::fold_into(sum)));
    return sum;
}

[[gnu::noinline]] std::int64_t weir_for_each(const Numbers& numbers) {
    std::int64_t sum = 0;
    weir::run(weir::from(numbers) | chain | weir::for_each([&sum](std::int64_t x) { sum += x; }));
    return sum;
}

[[gnu::noinline]] std::int64_t weir_any_chain(const Numbers& numbers) {
    std::int64_t sum = 0;
    const weir::AnyChain<std::int64_t, std::int64_t> erased = chain;
    weir::run(weir::from(numbers) | erased | weir::fold_into(sum));
    return sum;
}

/// One std::function per operator, called per event: what a run-time list of steps costs.
[[gnu::noinline]] std::int64_t functions(const Numbers& numbers) {
    std::int64_t sum = 0;
    using Sink = std::function<void(std::int64_t)>;
    const Sink add = [&sum](std::int64_t x) { sum += x; };
    const Sink mixed = [&add](std::int64_t x) { add(mix(x)); };
    const Sink lowest = [&mixed](std::int64_t x) { if (low(x)) mixed(x); };
    const Sink tripled = [&lowest](std::int64_t x) { lowest(triple(x)); };
    const Sink evens = [&tripled](std::int64_t x) { if (even(x)) tripled(x); };
    for (const std::int64_t x : numbers) evens(x);
    return sum;
}

#if WEIR_PEER_RANGES
[[gnu::noinline]] std::int64_t range_v3(const Numbers& numbers) {
    namespace views = ranges::views;
    return ranges::accumulate(numbers | views::filter(even) | views::transform(triple) | views::filter(low) | views::transform(mix),
                              std::int64_t{0});
}
#endif

struct Variant {
    const char* name;
    std::int64_t (*run)(const Numbers&);
};

constexpr Variant variants[] = {
    {"hand_branchy", branchy},
    {"hand_branch_free", branch_free},
    {"weir_counted", weir_counted},
    {"weir_uncounted", weir_uncounted},
    {"weir_for_each", weir_for_each},
    {"weir_any_chain", weir_any_chain},
    {"std_function", functions},
#if WEIR_PEER_RANGES
    {"range_v3", range_v3},
#endif
};

Numbers random_numbers(std::size_t n) {
    Numbers numbers(n);
    std::uint64_t state = 88172645463325252U; // xorshift64 (Marsaglia 2003)
    for (std::int64_t& number : numbers) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        number = static_cast<std::int64_t>(state >> 8);
    }
    return numbers;
}

/// Prints as Google Benchmark does, and keeps the medians for the table.
class Table final : public benchmark::ConsoleReporter {
public:
    void ReportRuns(const std::vector<Run>& runs) override {
        for (const Run& run : runs)
            if (run.run_type == Run::RT_Aggregate && run.aggregate_name == "median") medians_[run.run_name.function_name] = run.GetAdjustedCPUTime();
        ConsoleReporter::ReportRuns(runs);
    }
    void print(std::size_t events) const {
        if (medians_.empty()) return;
        const auto of = [this](const char* name) {
            const auto found = medians_.find(name);
            return found == medians_.end() ? 0.0 : found->second;
        };
        const double best = std::min(of("hand_branchy"), of("hand_branch_free"));
        fmt::print("\n{:<20} {:>10} {:>24}\n", "median of 9", "ns/event", "time / best hand loop");
        for (const Variant& variant : variants)
            fmt::print("{:<20} {:>10.3f} {:>24.2f}\n", variant.name, of(variant.name) * 1e6 / static_cast<double>(events),
                       best > 0 ? of(variant.name) / best : 0.0);
    }

private:
    std::map<std::string, double> medians_; // milliseconds
};

} // namespace

int main(int argc, char** argv) {
    std::size_t events = 16'000'000;
    std::string_view once;
    std::vector<char*> rest;
    for (int i = 0; i < argc; ++i) {
        const std::string_view argument(argv[i]);
        if (argument.starts_with("--events=")) events = std::strtoull(argv[i] + std::strlen("--events="), nullptr, 10);
        else if (argument.starts_with("--once=")) once = argument.substr(std::strlen("--once="));
        else rest.push_back(argv[i]);
    }
    const Numbers numbers = random_numbers(events);
    if (not once.empty()) { // "none" makes the numbers only: what is to be taken off
        for (const Variant& variant : variants)
            if (once == variant.name) fmt::print("{}\n", variant.run(numbers));
        return 0;
    }
    const std::int64_t expected = branchy(numbers);
    for (const Variant& variant : variants)
        if (variant.run(numbers) != expected) {
            fmt::print(stderr, "{} gives another sum than the hand-written loop\n", variant.name);
            return 1;
        }
    for (const Variant& variant : variants)
        benchmark::RegisterBenchmark(variant.name, [&variant, &numbers](benchmark::State& state) {
            for (auto _ : state) {
                std::int64_t sum = variant.run(numbers);
                benchmark::DoNotOptimize(sum);
            }
        })->Unit(benchmark::kMillisecond)->Repetitions(9)->MinTime(0.01)->ReportAggregatesOnly(true);

    std::string interleave = "--benchmark_enable_random_interleaving=true";
    rest.insert(rest.begin() + 1, interleave.data()); // first, so that the caller's own word wins
    int count = static_cast<int>(rest.size());
    benchmark::Initialize(&count, rest.data());
    Table table;
    const bool plain = std::none_of(rest.begin(), rest.end(), [](const char* a) { return std::string_view(a).find("_format") != std::string_view::npos; });
    if (plain) {
        benchmark::RunSpecifiedBenchmarks(&table);
        table.print(events);
    } else {
        benchmark::RunSpecifiedBenchmarks();
    }
}
