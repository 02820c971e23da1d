// SPDX-License-Identifier: BSL-1.0
// Work of a known length, and two threads that share it.
#pragma once
#include "rounds.hpp"

#include <algorithm>
#include <cstdint>
#include <thread>
#include <utility>

namespace work {

using Event = std::uint64_t;

/// Some ns that no compiler can shorten: each multiplication waits for the one before.
inline Event of(Event x, int steps) {
    for (int i = 0; i < steps; ++i) x = x * 6364136223846793005U + 1442695040888963407U;
    return x;
}
/// Steps that take `ns`, by a look at the clock.
inline int steps_of(double ns) {
    constexpr int many = 2'000'000;
    double best = 1e9;
    for (int round = 0; round < 5; ++round) {
        const double start = rounds::seconds();
        volatile Event result = of(static_cast<Event>(round), many);
        (void)result;
        best = std::min(best, (rounds::seconds() - start) * 1e9 / many);
    }
    return static_cast<int>(ns / best);
}

/// Two threads and what is between them. What they refer to should not stand in the producer's frame, which it writes: neither does what
/// consume itself has.
template <typename Produce, typename Consume>
std::uint64_t beside(Produce produce, Consume consume) {
    std::uint64_t sum = 0;
    std::thread consumer([&sum, consume = std::move(consume)]() mutable { sum = consume(); });
    produce();
    consumer.join();
    return sum;
}

} // namespace work
