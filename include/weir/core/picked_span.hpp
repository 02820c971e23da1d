// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/link.hpp>
#include <weir/core/operator.hpp>

#include <cstddef>
#include <span>

namespace weir::detail {

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
