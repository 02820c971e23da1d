// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/link.hpp>
#include <weir/core/operator.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace weir::detail {

/// Of each byte its set bits, by their places from the lowest on, in the bytes of a word as they lie in memory, and how many they are. Behind
/// those: zeros.
struct BitsOfBytes {
    static constexpr unsigned width = 8;
    std::uint64_t places[256]{};
    unsigned char numbers[256]{};

    constexpr BitsOfBytes() {
        for (unsigned byte = 1; byte < 256; ++byte) { // one place before those of the other bits
            const unsigned rest = byte & (byte - 1);
            const auto lowest = static_cast<std::uint64_t>(std::countr_zero(byte));
            if constexpr (std::endian::native == std::endian::little) places[byte] = places[rest] << 8U | lowest;
            else places[byte] = places[rest] >> 8U | lowest << 56U;
            numbers[byte] = static_cast<unsigned char>(numbers[rest] + 1);
        }
    }
};
inline constexpr BitsOfBytes bits_of_bytes;

/// Which of some events go on, found out before they are written one behind the other. To do both at once is no less work, but where an event
/// is written would hang on all before it, and a processor that lets no load overtake a store to a place that it does not know yet waits for each:
/// measured, twice the time (AMD Zen 4; benchmarks/windows.cpp). Which they are is read from a table by the byte (Lemire, Iterating over set bits
/// quickly, SIMD edition, 2018): from bit to bit the end could not be foretold.
class PickedBits {
public:
    static constexpr std::size_t most = 64;
    static constexpr std::size_t behind = BitsOfBytes::width; ///< so many places behind all may be written, too
    WEIR_INLINE void add(std::size_t i, bool picked) noexcept { bits_ |= std::uint64_t{picked} << i; }
    /// Writes the places of those that were picked, counted from `first` on, behind the k that are there; gives how many there are then.
    [[nodiscard]] WEIR_INLINE std::size_t write(unsigned char* places, std::size_t k, std::size_t first) const noexcept {
        for (std::size_t i = 0; i < most; i += BitsOfBytes::width) {
            const std::size_t byte = bits_ >> i & 255U;
            const std::uint64_t all = bits_of_bytes.places[byte] + (first + i) * 0x0101010101010101U; // to each
            std::memcpy(places + k, &all, sizeof all);
            k += bits_of_bytes.numbers[byte];
        }
        return k;
    }

private:
    std::uint64_t bits_ = 0;
};

/// Of `all` events those that an operator has picked, with their times and marks as in a TimedSpan: the k-th of them was number at[k].
template <typename V>
struct PickedSpan {
    TimedSpan<V> events;
    const unsigned char* at;
    std::size_t all;
    static_assert(TimedSpan<V>::most <= 256);
};

/// An operator that takes some events and drops the others, which it tells by their values alone, plain ones: picks(value). It has
/// on_picked_span(PickedSpan<V>, next) for those who ask it before they give an event more than that.
template <typename Chain>
concept PicksFirst = IsLink<Chain> && requires { requires Chain::op_type::picks_by_value; };

/// Gives how many of all events were taken; the others come again.
template <PicksFirst Chain, typename V>
std::size_t hand_picked(Chain& chain, const PickedSpan<V>& span) {
    try {
        const std::size_t n = chain.op().on_picked_span(span, chain.next());
        chain.count(n);
        return n;
    } catch (...) {
        chain.count(span.all);
        chain.interrupt(chain.op().unfinished());
        throw;
    }
}

} // namespace weir::detail
