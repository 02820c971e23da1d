// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/passes.hpp>
#include <weir/core/spans.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

// The loop that takes each event of a span through the whole chain before the next one. What its user would have written has nothing in
// it but his functions, and where compilers see that these do nothing else they make it without a branch, of many events at a time. They
// do so with ours as long as it counts each thing at one place of it, in a variable of its own.

namespace weir::detail {

/// What the loop has seen at a link, which it is told of each time: who holds a pointer to a link makes g++ keep that in memory.
/// This is behind the maps and filters at the head of a chain: the first link of another kind, or whatever the chain ends in.
template <typename L, bool BehindFilter>
struct FusedLink {
    static constexpr bool filters = false;
    std::uint64_t stopped = 0; // 1: by an error here or behind

    template <typename E>
    WEIR_INLINE constexpr void on_event(L& link, E&& event) {
        try {
            if constexpr (requires { link.on_counted(std::forward<E>(event)); }) link.on_counted(std::forward<E>(event));
            else link.on_event(std::forward<E>(event));
        } catch (...) {
            stopped = 1;
            throw;
        }
    }
    /// At the end: so many events have come here.
    WEIR_INLINE constexpr void settle(L& link, std::uint64_t arrived) const noexcept {
        if constexpr (requires { link.count(arrived); }) link.count(arrived);
    }
};

/// A map or a filter. The first filter counts what it drops, so that what is kept costs nothing; the last one behind it what it keeps, which
/// goes under the same mask as what follows.
template <typename L, bool BehindFilter>
    requires(KeepsInPass<typename L::op_type> || MapsInPass<typename L::op_type>)
struct FusedLink<L, BehindFilter> {
    static constexpr bool is_filter = KeepsInPass<typename L::op_type>;
    using Next = FusedLink<typename L::next_type, BehindFilter || is_filter>;
    static constexpr bool filters = is_filter || Next::filters;
    static constexpr bool counts_kept = is_filter && BehindFilter && not Next::filters;
    Next next; // no braces: with them clang 19 takes twice as long for each operator more, and minutes for 30
    std::uint64_t counted = 0;
    std::uint64_t stopped = 0;

    template <typename E>
    WEIR_INLINE constexpr void on_event(L& link, E&& event) {
        try {
            if constexpr (not is_filter) {
                next.on_event(link.next(), link.op().mapped(std::forward<E>(event)));
            } else if (link.op().keeps(event)) {
                if constexpr (counts_kept) ++counted;
                next.on_event(link.next(), std::forward<E>(event));
            } else {
                if constexpr (not counts_kept) ++counted;
            }
        } catch (...) {
            stopped = 1;
            throw;
        }
    }
    WEIR_INLINE constexpr void settle(L& link, std::uint64_t arrived) const noexcept {
        link.count(arrived);
        link.interrupt(stopped);
        next.settle(link.next(), counts_kept ? counted : arrived - counted - (stopped - next.stopped));
    }
};

/// A chain during a loop, and how far that came, also when it throws.
template <typename L, typename E>
struct FusedSpan {
    std::size_t& begun;
    E* first;
    E* event;
    LocalCopy<L> held;
    FusedLink<L, false> seen;

    WEIR_INLINE constexpr FusedSpan(L& link, std::span<E> events, std::size_t& from) noexcept
        : begun(from), first(events.data() + from), event(first), held(link) {}
    FusedSpan(const FusedSpan&) = delete;
    FusedSpan& operator=(const FusedSpan&) = delete;
    WEIR_INLINE constexpr ~FusedSpan() {
        const std::size_t n = static_cast<std::size_t>(event - first) + seen.stopped; // the one that threw has been begun, too
        begun += n;
        seen.settle(held.get(), n);
    }
};

/// n events of a span, from the one at `begun` on, which are counted here. Whoever calls it has the same loop.
template <typename L, typename E>
[[gnu::noinline]] constexpr void fused_loop(L& link, std::span<E> events, std::size_t& begun, std::size_t n) {
    FusedSpan<L, E> at(link, events, begun);
    E* const last = at.event + n;
    for (; at.event != last; ++at.event) at.seen.on_event(at.held.get(), pass(*at.event));
}

} // namespace weir::detail
