// SPDX-License-Identifier: BSL-1.0
// Question: what does a chain of filters and maps cost beside the loop its user would have written?
//     filter | map | sum and filter | map | filter | map | sum over int64 loaded at run time: 1M that stay in the cache, gone
//     through 16 times, and 16M that do not. Ratios are to the loop without a branch. A half is kept at random; where none or all are
//     kept, branches are foretold.
//     --rounds=5 --scale=1 --only=words of a title --json: see rounds.hpp
#include <weir/weir.hpp>

#include "rounds.hpp"

#if __has_include(<range/v3/all.hpp>)
#include <range/v3/view/filter.hpp>
#include <range/v3/view/transform.hpp>
#define WEIR_PEER_RANGES 1
#endif

#include <cstdint>
#include <functional>
#include <memory>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

namespace {

using Numbers = std::vector<std::int64_t>;

/// So many of 256.
struct Below {
    std::int64_t limit;
    bool operator()(std::int64_t x) const { return (x & 255) < limit; }
};
constexpr auto triple = [](std::int64_t x) { return 3 * x + 1; };
constexpr auto low = [](std::int64_t x) { return (x & 2) == 0; };
constexpr auto mix = [](std::int64_t x) { return x ^ (x >> 7); };

template <int Stages>
[[gnu::noinline]] std::int64_t branch_free(const Numbers& numbers, Below keep) {
    std::int64_t sum = 0;
    for (std::int64_t x : numbers) {
        std::int64_t kept = -static_cast<std::int64_t>(keep(x));
        x = triple(x);
        if constexpr (Stages == 5) {
            kept &= -static_cast<std::int64_t>(low(x));
            x = mix(x);
        }
        sum += x & kept;
    }
    return sum;
}

template <int Stages>
[[gnu::noinline]] std::int64_t branchy(const Numbers& numbers, Below keep) {
    std::int64_t sum = 0;
    for (std::int64_t x : numbers) {
        if (not keep(x)) continue;
        x = triple(x);
        if constexpr (Stages == 5) {
            if (not low(x)) continue;
            x = mix(x);
        }
        sum += x;
    }
    return sum;
}

template <typename Range>
std::int64_t sum_of(Range&& range) {
    std::int64_t sum = 0;
    for (const std::int64_t x : range) sum += x;
    return sum;
}
template <int Stages>
[[gnu::noinline]] std::int64_t std_ranges(const Numbers& numbers, Below keep) {
    namespace views = std::views;
    if constexpr (Stages == 3) return sum_of(numbers | views::filter(keep) | views::transform(triple));
    else return sum_of(numbers | views::filter(keep) | views::transform(triple) | views::filter(low) | views::transform(mix));
}
#if WEIR_PEER_RANGES
template <int Stages>
[[gnu::noinline]] std::int64_t range_v3(const Numbers& numbers, Below keep) {
    namespace views = ranges::views;
    if constexpr (Stages == 3) return sum_of(numbers | views::filter(keep) | views::transform(triple));
    else return sum_of(numbers | views::filter(keep) | views::transform(triple) | views::filter(low) | views::transform(mix));
}
#endif

/// The chain with each of its functions as `mark` gives it.
template <int Stages, typename Mark>
auto chain_of(Below keep, Mark mark) {
    auto three = weir::filter(mark(keep)) | weir::map(mark(triple));
    if constexpr (Stages == 3) return three;
    else return three | weir::filter(mark(low)) | weir::map(mark(mix));
}
constexpr auto as_they_are = [](auto fn) { return fn; };
constexpr auto marked = [](auto fn) { return weir::pure(fn); };

template <typename Chain>
std::int64_t sum_behind(const Numbers& numbers, const Chain& chain) {
    std::int64_t sum = 0;
    weir::run(weir::from(numbers) | chain | weir::fold_into(sum));
    return sum;
}
template <int Stages>
[[gnu::noinline]] std::int64_t weir_plain(const Numbers& numbers, Below keep) {
    return sum_behind(numbers, chain_of<Stages>(keep, as_they_are));
}
template <int Stages>
[[gnu::noinline]] std::int64_t weir_pure(const Numbers& numbers, Below keep) {
    return sum_behind(numbers, chain_of<Stages>(keep, marked));
}
template <int Stages>
[[gnu::noinline]] std::int64_t weir_pure_uncounted(const Numbers& numbers, Below keep) {
    std::int64_t sum = 0;
    weir::run(weir::uncounted(weir::from(numbers) | chain_of<Stages>(keep, marked) | weir::fold_into(sum)));
    return sum;
}
template <int Stages>
[[gnu::noinline]] std::int64_t weir_any_chain(const Numbers& numbers, Below keep) {
    return sum_behind(numbers, weir::AnyChain<std::int64_t, std::int64_t>(chain_of<Stages>(keep, as_they_are)));
}

/// One std::function per operator, called per event: what a run-time list of steps costs.
template <int Stages>
[[gnu::noinline]] std::int64_t functions(const Numbers& numbers, Below keep) {
    std::int64_t sum = 0;
    using Step = std::function<void(std::int64_t)>;
    const Step add = [&sum](std::int64_t x) { sum += x; };
    const Step mixed = [&add](std::int64_t x) { add(mix(x)); };
    const Step lowest = [&mixed](std::int64_t x) { if (low(x)) mixed(x); };
    const Step tripled = [next = &(Stages == 3 ? add : lowest)](std::int64_t x) { (*next)(triple(x)); };
    const Step first = [&tripled, keep](std::int64_t x) { if (keep(x)) tripled(x); };
    for (const std::int64_t x : numbers) first(x);
    return sum;
}

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

template <int Stages>
rounds::Group group(std::string title, std::size_t passes, std::int64_t limit, bool all) {
    return {std::to_string(Stages) + " stages, " + title, [passes, limit, all](std::size_t n) {
                const auto numbers = std::make_shared<const Numbers>(random_numbers(n / passes));
                std::vector<rounds::Variant> variants;
                const auto add = [&](std::string name, std::int64_t (*run)(const Numbers&, Below)) {
                    variants.push_back({std::move(name), [numbers, run, passes, limit] {
                                            std::uint64_t sum = 0;
                                            for (std::size_t i = 0; i < passes; ++i) sum += static_cast<std::uint64_t>(run(*numbers, Below{limit}));
                                            return sum;
                                        }});
                };
                add("by hand, without a branch", branch_free<Stages>);
                add("by hand, if", branchy<Stages>);
                add("weir, pure functions", weir_pure<Stages>);
                add("weir, pure functions, uncounted", weir_pure_uncounted<Stages>);
                add("weir", weir_plain<Stages>);
                add("std::ranges", std_ranges<Stages>);
                if (not all) return variants;
                add("weir, AnyChain", weir_any_chain<Stages>);
#if WEIR_PEER_RANGES
                add("range-v3", range_v3<Stages>);
#endif
                add("std::function per operator", functions<Stages>);
                return variants;
            }};
}

} // namespace

int main(int argc, char** argv) {
    constexpr std::size_t cached = 16; // passes over a 16th of the events
    return rounds::main(argc, argv,
                        {group<3>("in the cache, half is kept", cached, 128, true), group<5>("in the cache, half is kept", cached, 128, true),
                         group<3>("in memory, half is kept", 1, 128, true), group<5>("in memory, half is kept", 1, 128, true),
                         group<3>("in the cache, none is kept", cached, 0, false), group<3>("in the cache, all is kept", cached, 256, false),
                         group<3>("in the cache, 1 of 10 is kept", cached, 26, false), group<3>("in the cache, 9 of 10 are kept", cached, 230, false)},
                        16e6);
}
