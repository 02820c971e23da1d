// SPDX-License-Identifier: BSL-1.0
// Pipelines put together at run time from a seed: six random operators, two stages of random capacity between them.
#pragma once
#include "laws/laws.hpp"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace laws {

using Part = weir::AnyChain<int, int, weir::AnyRules{.durable = true}>;

inline Part random_part(weir::Random& random, const weir::Fault& fault) {
    const int k = static_cast<int>(random.between(1, 9));
    switch (random.below(12)) {
    case 0: return weir::map(failing(fault, [k](int x) { return x + k; }));
    case 1: return weir::filter(failing(fault, [k](int x) { return x % (k + 1) != 0; }));
    case 2: return weir::flat_map(failing(fault, [k](int x) { return std::vector<int>(static_cast<std::size_t>((x & 3) + k % 2), x); }));
    case 3: return weir::scan(0, failing(fault, [](int sum, int x) { return (sum + x) % 1000; })) | weir::map([](int x) { return x; });
    case 4: return weir::distinct();
    case 5: return weir::distinct(failing(fault, [](int x) { return x % 16; }), static_cast<std::size_t>(k));
    case 6: return weir::skip(static_cast<std::uint64_t>(k));
    case 7: return weir::micro_batch(static_cast<std::size_t>(k)) | weir::unbatch();
    case 8: return weir::rule([k](int x) { return x % k == 0; }, failing(fault, [](int x) { return -x; }));
    case 9: return weir::enumerate() | weir::map([](const auto& e) { return e.value + static_cast<int>(e.index % 3); });
    case 10: return weir::take(static_cast<std::uint64_t>(k) * 8);
    default: return weir::tap(failing(fault, [](int) {}));
    }
}

inline constexpr unsigned all_parts = 0x3f;

/// make(source, sink, fault) of the pipeline that belongs to the seed; the same whenever it is called. Those of its parts that are not
/// among `kept`, a bit for each, pass on what they get.
inline auto random_pipeline(std::uint64_t seed, unsigned kept = all_parts) {
    return [seed, kept](auto source, auto sink, const weir::Fault& fault) {
        weir::Random random(seed);
        std::array<Part, 6> parts{random_part(random, fault), random_part(random, fault), random_part(random, fault),
                                  random_part(random, fault), random_part(random, fault), random_part(random, fault)};
        for (std::size_t i = 0; i < parts.size(); ++i)
            if ((kept >> i & 1U) == 0) parts[i] = weir::map([](int x) { return x; });
        const auto capacity = [&random] { return weir::StageOptions{.capacity = static_cast<std::size_t>(random.between(1, 6))}; };
        const auto first = weir::stage(capacity());
        const auto second = weir::stage(capacity());
        return std::move(source) | parts[0] | parts[1] | first | parts[2] | parts[3] | second | parts[4] | parts[5] | std::move(sink);
    };
}

/// Nothing, if check(make, seed) holds for the pipelines of `n` seeds; else what is wrong with the first of which it does not, with as few of
/// its parts as show it.
template <typename Check>
std::string wrong_pipeline(std::uint64_t first, std::uint64_t n, Check check) {
    for (std::uint64_t seed = first; seed < first + n; ++seed) {
        std::string text;
        const auto fails = [&](unsigned parts) {
            try {
                return check(random_pipeline(seed, parts), seed), false;
            } catch (const weir::LawBroken& broken) {
                return text = broken.what(), true;
            }
        };
        unsigned parts = all_parts;
        if (not fails(parts)) continue;
        for (unsigned part = 1; part < all_parts; part <<= 1U)
            if (fails(parts & ~part)) parts &= ~part;
        return fmt::format("pipeline of seed {}, parts {:06b} of it, the last first: {}", seed, parts, text);
    }
    return {};
}

/// All laws on the pipelines of `n` seeds, each in a few simulated runs.
inline void hold_for_random_pipelines(std::uint64_t first, std::uint64_t n, bool threads) {
    const std::string wrong = wrong_pipeline(first, n, [threads](auto make, std::uint64_t seed) {
        weir::check_laws(numbers(40 + seed % 30, seed), make, {.seed = seed, .runs = 3, .threads = threads, .counts = false});
    });
    REQUIRE(wrong == "");
}

/// What `n` of them give is the same when they are stopped, saved and go on.
inline std::string stop_random_pipelines(std::uint64_t first, std::uint64_t n) {
    return wrong_pipeline(first, n, [](auto make, std::uint64_t seed) {
        weir::check_stopping(numbers(40 + seed % 30, seed), make, {.seed = seed, .runs = 2, .counts = false});
    });
}

/// The same pipelines while things happen to them.
inline std::string simulate_random_pipelines(std::uint64_t first, std::uint64_t n, weir::SimulateOptions options = {}) {
    return wrong_pipeline(first, n, [options](auto make, std::uint64_t seed) mutable {
        options.seed = seed;
        options.seeds = options.each_step ? 1 : 3;
        weir::simulate(numbers(options.each_step ? 12 : 40 + seed % 30, seed), make, options);
    });
}

/// The same of splits that come and go.
inline std::string simulate_random_pipelines_in_splits(std::uint64_t first, std::uint64_t n) {
    return wrong_pipeline(first, n, [](auto make, std::uint64_t seed) { weir::simulate_splits(numbers(40 + seed % 30, seed), make, {.seed = seed, .seeds = 3}); });
}

} // namespace laws
