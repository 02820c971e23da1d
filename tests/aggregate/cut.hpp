// SPDX-License-Identifier: BSL-1.0
// What the tests of this folder share: an aggregate over values, also cut into partials at any places.
#pragma once
#include <weir/core/aggregate.hpp>
#include <weir/core/state.hpp>

#include <algorithm>
#include <cstddef>
#include <random>
#include <stdexcept>
#include <utility>
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

/// What is left of a state after it was saved and loaded.
template <typename State>
State reloaded(const State& state) {
    weir::StateWriter to;
    to.put(state);
    weir::StateReader from(to.data());
    auto loaded = from.get<State>();
    if (from.left() != 0) throw std::logic_error("a state does not load all that it saved");
    return loaded;
}

/// As cut_result_of, as an engine does it: all partials in one state, cleared and used again, and each of them and their sum
/// saved and loaded.
template <typename T, typename A>
auto reused_result_of(const A& aggregate, const std::vector<T>& values, unsigned seed) {
    using State = weir::aggregate_state_t<A, T>;
    static_assert(weir::Savable<State>);
    std::mt19937 random(seed);
    State all{};
    State part{};
    for (std::size_t i = 0; i < values.size(); ++i) {
        aggregate.add(part, values[i]);
        if (i + 1 < values.size() && random() % 5 != 0) continue;
        all = reloaded(all);
        aggregate.merge(all, reloaded(part));
        if constexpr (requires { part.clear(); }) part.clear();
        else part = State{};
    }
    return aggregate.finish(all);
}

/// The result of the values cut into partials of random sizes, of which any two are merged, in any order, until there is one.
template <typename T, typename A>
auto tree_result_of(const A& aggregate, const std::vector<T>& values, unsigned seed, std::size_t longest = 64) {
    using State = weir::aggregate_state_t<A, T>;
    std::mt19937 random(seed);
    std::vector<State> parts(1);
    std::size_t left = 0;
    for (const T& value : values) {
        if (left == 0) {
            left = 1 + random() % longest;
            parts.emplace_back();
        }
        --left;
        aggregate.add(parts.back(), value);
    }
    while (parts.size() > 1) {
        std::swap(parts[random() % parts.size()], parts.back());
        const State taken = std::move(parts.back());
        parts.pop_back();
        aggregate.merge(parts[random() % parts.size()], taken);
    }
    return aggregate.finish(parts[0]);
}

} // namespace aggregate_test
