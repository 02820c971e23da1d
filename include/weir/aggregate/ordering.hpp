// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <concepts>

namespace weir::detail {

template <typename V>
concept Comparable = std::copyable<V> && requires(const V& a, const V& b) { { a < b } -> std::convertible_to<bool>; };

template <typename V>
[[nodiscard]] constexpr bool is_nan(const V& value) {
    if constexpr (std::floating_point<V>) return value != value; // <cmath> is left out: every includer would pay for it
    else return false;
}

/// Whether `a` goes before `b`, the greatest first or the least first. NaN goes behind everything else, so that this is an order.
template <bool Greatest, typename A, typename B>
[[nodiscard]] constexpr bool goes_before(const A& a, const B& b) {
    if (is_nan(b)) return not is_nan(a);
    if constexpr (Greatest) return b < a;
    else return a < b;
}

} // namespace weir::detail
