// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/link.hpp>
#include <weir/core/operator.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace weir::detail {

/// Which of some events go on, found out before they are written one behind the other. To do both at once is no less work, but where an event
/// is written would hang on all before it, and a processor that lets no load overtake a store to a place that it does not know yet waits for each:
/// measured, twice the time (AMD Zen 4; benchmarks/windows.cpp).
class PickedBits {
public:
    static constexpr std::size_t most = 64;
    WEIR_INLINE void add(std::size_t i, bool picked) noexcept { bits_ |= std::uint64_t{picked} << i; }
    /// Calls fn(i) for those that were picked, in their order.
    template <typename Fn>
    WEIR_INLINE void each(Fn&& fn) const {
        for (std::uint64_t left = bits_; left != 0; left &= left - 1) fn(static_cast<std::size_t>(std::countr_zero(left)));
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
