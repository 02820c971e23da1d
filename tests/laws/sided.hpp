// SPDX-License-Identifier: BSL-1.0
// One random stream as both sides of a join, and what its tests make of a pair.
#pragma once
#include "laws/agreement.hpp"

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace laws {

using Sided = weir::Sided<In, In>;

/// Every other value is of the left side.
inline bool is_left(const In& in) { return in.value % 2 == 0; }
inline constexpr auto to_sided = [](const In& in) { return is_left(in) ? Sided(std::true_type(), in) : Sided(std::false_type(), in); };

constexpr Time nobody = -1'000'000;
inline Row pair_of(const In* left, const In* right) {
    const auto time = [](const In* in) { return in != nullptr ? in->time : nobody; };
    return {left != nullptr ? left->key : right->key, time(left), time(right), 0, 0, {left != nullptr ? left->value : 0, right != nullptr ? right->value : 0}};
}
struct PairOf {
    template <typename L, typename R>
    Row operator()(const L& left, const R& right) const { return pair_of(pointer(left), pointer(right)); }
    static const In* pointer(const In& in) { return &in; }
    static const In* pointer(const In* in) { return in; }
};

/// In how many of 40 random streams the join differs from the oracle.
template <typename Make>
int differing(const Oracle& oracle, Make make) {
    int n = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const Steps steps = streams::random_steps(seed);
        n += not wrong(steps, oracle(steps), make, {}, "").empty();
    }
    return n;
}

} // namespace laws
