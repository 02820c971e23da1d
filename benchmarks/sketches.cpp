// SPDX-License-Identifier: BSL-1.0
// Question: what does a sketch cost beside the exact answer, in time and in memory? (Options: rounds.hpp.)
// One state over 4 million values (times scale), of few and of many different ones, then one result, which must be within the error that
// the sketch states. Titles say how large the states are when saved.
#include "rounds.hpp"

#include <weir/sketches.hpp>
#include <weir/weir.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using Values = std::vector<std::uint64_t>;

/// Skewed, as one over a random number: the less frequent, the more of them.
std::shared_ptr<const Values> skewed(std::size_t n, std::uint64_t different) {
    auto all = std::make_shared<Values>(n);
    for (std::size_t i = 0; i < n; ++i) {
        const auto part = static_cast<double>(weir::stable_hash(i) >> 11U) * 0x1p-53;
        (*all)[i] = static_cast<std::uint64_t>(std::pow(static_cast<double>(different), part));
    }
    return all;
}
std::shared_ptr<const Values> uniform(std::size_t n, std::uint64_t different) {
    auto all = std::make_shared<Values>(n);
    for (std::size_t i = 0; i < n; ++i) (*all)[i] = 1 + weir::stable_hash(i) % different;
    return all;
}

template <typename A>
auto state_of(const A& aggregate, const Values& values) {
    weir::aggregate_state_t<A, std::uint64_t> state{};
    for (const std::uint64_t value : values) aggregate.add(state, value);
    return state;
}
template <typename A>
std::string kilobytes(const A& aggregate, const Values& values) {
    weir::StateWriter to;
    to.put(state_of(aggregate, values));
    return std::to_string((to.size() + 1023) / 1024) + " KB";
}
/// is_good(result): 1, or another number where it is not what was asked for.
template <typename A, typename IsGood>
rounds::Variant variant(const std::string& name, const A& aggregate, const std::shared_ptr<const Values>& values, IsGood is_good) {
    return {name + ", " + kilobytes(aggregate, *values), [=] { return std::uint64_t{is_good(aggregate.finish(state_of(aggregate, *values))) ? 1U : 0U}; }};
}

rounds::Group distinct(std::uint64_t different) {
    return {"how many of " + std::to_string(different) + " different values", [different](std::size_t n) {
                const auto values = uniform(n, different);
                const auto count = static_cast<double>(weir::distinct_count().finish(state_of(weir::distinct_count(), *values)));
                const auto is_good = [count](std::uint64_t result) { return std::abs(static_cast<double>(result) - count) <= 4 * 0.0163 * count; };
                return std::vector{variant("distinct_count", weir::distinct_count(), values, is_good),
                                   variant("approx_distinct_count", weir::approx_distinct_count(), values, is_good)};
            }};
}
rounds::Group percentile(std::uint64_t different) {
    return {"99th percentile of values up to " + std::to_string(different), [different](std::size_t n) {
                const auto values = skewed(n, different);
                const auto exact = weir::quantile(0.99);
                const double wanted = exact.finish(state_of(exact, *values));
                const auto is_good = [wanted](double result) { return std::abs(result - wanted) <= 0.011 * wanted; };
                return std::vector{variant("quantile", exact, values, is_good), variant("approx_quantile", weir::approx_quantile(0.99), values, is_good)};
            }};
}
rounds::Group frequent(std::uint64_t different) {
    return {"the 10 most frequent of " + std::to_string(different) + ", skewed", [different](std::size_t n) {
                const auto values = skewed(n, different);
                const auto is_good = [](const auto& items) { return items.size() == 10 && items[0].item == 1; };
                const auto all = weir::frequent_items(10, {.capacity = different + 1}); // a counter for each: exact
                const auto few = weir::frequent_items(10, {.capacity = 1000});
                return std::vector{variant("a counter for each", all, values, is_good), variant("frequent_items, 1000 counters", few, values, is_good),
                                   variant("count_min", weir::count_min(), values, [](const auto& counts) { return counts.count(1) > counts.count(1000); })};
            }};
}

} // namespace

int main(int argc, char** argv) {
    return rounds::main(argc, argv, {distinct(1'000), distinct(1'000'000), percentile(10'000), frequent(1'000), frequent(1'000'000)}, 4e6);
}
