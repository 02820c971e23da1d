// SPDX-License-Identifier: BSL-1.0
// Sparse 64-bit keys: ranks multiplied by an odd number; uniform, or by Zipf's law with exponent 1. The same on every machine.
#pragma once
#include <weir/core/hash.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace keys {

using Keys = std::vector<std::uint64_t>;

inline std::uint64_t key_of(std::uint64_t rank) { return (rank + 1) * 0x9e3779b97f4a7c15u; }

/// A number in [0, 1) from one in all of 64 bits.
inline double fraction(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

inline Keys uniform(std::size_t events, std::size_t n) {
    Keys drawn(events);
    for (std::size_t i = 0; i < events; ++i)
        drawn[i] = key_of(static_cast<std::uint64_t>(fraction(weir::stable_hash(i)) * static_cast<double>(n)));
    return drawn;
}

inline Keys zipf(std::size_t events, std::size_t n) {
    std::vector<double> up_to(n);
    double sum = 0;
    for (std::size_t rank = 0; rank < n; ++rank) up_to[rank] = sum += 1 / static_cast<double>(rank + 1);
    Keys drawn(events);
    for (std::size_t i = 0; i < events; ++i) {
        const auto at = std::upper_bound(up_to.begin(), up_to.end() - 1, fraction(weir::stable_hash(i)) * sum);
        drawn[i] = key_of(static_cast<std::uint64_t>(at - up_to.begin()));
    }
    return drawn;
}

} // namespace keys
