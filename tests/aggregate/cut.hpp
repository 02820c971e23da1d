// SPDX-License-Identifier: BSL-1.0
// What the tests of this folder share: an aggregate over values, also cut into partials at any places.
#pragma once
#include <weir/core/aggregate.hpp>

#include <cstddef>
#include <random>
#include <vector>

namespace aggregate_test {

template <typename T, typename A>
weir::aggregate_state_t<A, T> state_of(const A& aggregate, const std::vector<T>& values) {
    weir::aggregate_state_t<A, T> state{};
    for (const T& value : values) aggregate.add(state, value);
    return state;
}

template <typename T, typename A>
auto result_of(const A& aggregate, const std::vector<T>& values) {
    return aggregate.finish(state_of<T>(aggregate, values));
}

/// The result of the values cut into partials of random sizes (empty ones too), which are merged in order.
template <typename T, typename A>
auto cut_result_of(const A& aggregate, const std::vector<T>& values, unsigned seed) {
    std::mt19937 random(seed);
    weir::aggregate_state_t<A, T> all{};
    std::size_t at = 0;
    while (at < values.size()) {
        const std::size_t n = std::min<std::size_t>(random() % 9, values.size() - at);
        const auto first = values.begin() + static_cast<std::ptrdiff_t>(at);
        aggregate.merge(all, state_of<T>(aggregate, std::vector<T>(first, first + static_cast<std::ptrdiff_t>(n))));
        at += n;
    }
    return aggregate.finish(all);
}

} // namespace aggregate_test
