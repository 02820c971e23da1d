// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>

#include <cstddef>
#include <cstring>
#include <memory>
#include <type_traits>

// What all loops over the events of a span are made of.

namespace weir::detail {

/// An element of a span as the chain receives it: what we may change is ours to move from.
template <typename E>
WEIR_INLINE constexpr E&& pass(E& event) noexcept { return static_cast<E&&>(event); }
template <typename E>
WEIR_INLINE constexpr const E& pass(const E& event) noexcept { return event; }

/// Copies n plain items, a cache line after the other. glibc's memcpy reads the end of a block first: who reads ahead of the program then
/// does not see that block follows on block, and each that comes from memory costs two waits for it (1.3 ns an event of 8 bytes, not 0.5).
template <typename E>
WEIR_INLINE void copy_in_order(const E* from, std::size_t n, E* to) noexcept {
    const auto* const source = reinterpret_cast<const unsigned char*>(from);
    auto* const target = reinterpret_cast<unsigned char*>(to);
    const std::size_t bytes = n * sizeof(E);
    std::size_t at = 0;
#if defined(__GNUC__)
    for (; at + 64 <= bytes; at += 64) {
        std::memcpy(target + at, source + at, 64);
        asm volatile("" : : : "memory"); // or the loop becomes a call of memcpy
    }
#endif
    if (at != bytes) std::memcpy(target + at, source + at, bytes - at);
}

/// Says how far a loop over a span came, also when it throws.
template <typename E>
struct Begun {
    std::size_t& to;
    E* first;
    E* event;
    constexpr ~Begun() { to = static_cast<std::size_t>(event - first); }
};

/// Small plain chains, which a compiler can keep in registers, and of whose loop it may make instructions for many events at once. The others
/// take so long for an event that to fetch what comes costs little beside it.
template <typename Chain>
inline constexpr bool is_plain_chain = std::is_trivially_copyable_v<Chain> && std::is_copy_constructible_v<Chain> && sizeof(Chain) <= 512;

/// A copy of a small plain chain for the time of a loop, which is stored back at its end, also when the loop throws; of others the chain.
/// Why: state reached through a pointer might be what the events are made of, so the compiler would reload it for each of them. (Where the
/// loop is in a function of its own that gets the copy, clang optimises it before it knows that, and does not come back.)
template <typename Chain>
class LocalCopy {
public:
    WEIR_INLINE explicit constexpr LocalCopy(Chain& chain) noexcept : chain_(chain) {}
    LocalCopy(const LocalCopy&) = delete;
    LocalCopy& operator=(const LocalCopy&) = delete;
    [[nodiscard]] WEIR_INLINE constexpr Chain& get() noexcept { return chain_; }

private:
    Chain& chain_;
};
template <typename Chain>
    requires is_plain_chain<Chain>
class LocalCopy<Chain> {
public:
    WEIR_INLINE explicit constexpr LocalCopy(Chain& chain) noexcept : home_(chain), local_(chain) {}
    LocalCopy(const LocalCopy&) = delete;
    LocalCopy& operator=(const LocalCopy&) = delete;
    WEIR_INLINE constexpr ~LocalCopy() { std::construct_at(&home_, local_); }
    [[nodiscard]] WEIR_INLINE constexpr Chain& get() noexcept { return local_; }

private:
    Chain& home_;
    Chain local_;
};

/// Runs `loop` on such a copy.
template <typename Chain, typename Loop>
constexpr void on_local_copy(Chain& chain, Loop&& loop) {
    LocalCopy<Chain> held(chain);
    loop(held.get());
}

} // namespace weir::detail
