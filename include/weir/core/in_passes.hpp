// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fused_loop.hpp>
#include <weir/core/passes.hpp>
#include <weir/core/spans.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>

// How a span goes through the links of a chain in passes: see passes.hpp. An error is what it is event by event: what stood before it has
// gone on, and what it has left unfinished counts as held where it stands.

namespace weir::detail {

template <typename L, typename Items>
constexpr std::size_t on_kept(L& link, const Items& items);

/// The links of a pass as its loop sees them, which counts in here: a count that is reached through a pointer might be what the events are
/// made of, or the functions.
template <typename Pass, typename L>
class Counting {
    struct Last {
        explicit constexpr Last(typename L::next_type&) noexcept {}
    };
    template <typename T>
    struct Later {
        using type = Counting<Pass, T>;
    };
    static constexpr bool is_last = std::is_same_v<std::conditional_t<Pass::folds, L, typename L::next_type>, typename Pass::End>;
    using Behind = typename std::conditional_t<is_last, std::type_identity<Last>, Later<typename L::next_type>>::type;

public:
    using op_type = typename L::op_type;
    using next_type = typename L::next_type;
    using Count = typename KeptInPass<Pass>::Count;

    explicit constexpr Counting(L& link) noexcept : link_(link), next_(link.next()) {}
    Counting(const Counting&) = delete;
    Counting& operator=(const Counting&) = delete;
    constexpr ~Counting() {
        if constexpr (Pass::by_lanes) // or clang gathers counts in a vector after all
            if (not std::is_constant_evaluated()) asm("" : "+r"(count_));
        link_.count(count_);
    }
    WEIR_INLINE constexpr void count(Count n) noexcept { count_ += n; }
    constexpr void interrupt(std::uint64_t n) noexcept { link_.interrupt(n); }
    constexpr op_type& op() noexcept { return link_.op(); }
    constexpr Behind& next() noexcept { return next_; }

private:
    L& link_;
    Count count_ = 0;
    WEIR_NO_UNIQUE_ADDRESS Behind next_;
};

/// An event of a pass that began at this link or before it, and has been counted here.
template <typename Pass, typename L, typename Given>
WEIR_INLINE constexpr void in_pass(L& link, Given&& event, std::size_t i, typename KeptInPass<Pass>::Mask mask, KeptInPass<Pass>& kept);

template <typename Pass, typename L, typename Given>
WEIR_INLINE constexpr void behind_in_pass(L& link, Given&& event, std::size_t i, typename KeptInPass<Pass>::Mask mask, KeptInPass<Pass>& kept) {
    if constexpr (std::is_same_v<typename L::next_type, typename Pass::End> && not Pass::folds) {
        kept.put(i, event, mask);
    } else {
        link.next().count(kept.counted(mask));
        detail::in_pass<Pass>(link.next(), std::forward<Given>(event), i, mask, kept);
    }
}

/// Calls a function of this link. An event that a filter has dropped was not interrupted here.
template <typename L, typename Mask, typename Call>
WEIR_INLINE constexpr decltype(auto) or_interrupt(L& link, Mask mask, const Call& call) {
    try {
        return call();
    } catch (...) {
        link.interrupt(static_cast<std::size_t>(mask & 1));
        throw;
    }
}

template <typename Pass, typename L, typename Given>
WEIR_INLINE constexpr void in_pass(L& link, Given&& event, std::size_t i, typename KeptInPass<Pass>::Mask mask, KeptInPass<Pass>& kept) {
    auto& op = link.op();
    if constexpr (std::is_same_v<L, Counting<Pass, typename Pass::End>>) {
        if constexpr (Pass::by_lanes) op.on_lane(kept.parts[i], std::forward<Given>(event), mask);
        else detail::or_interrupt(link, mask, [&] { op.on_masked(std::forward<Given>(event), mask); });
    } else if constexpr (KeepsInPass<typename L::op_type>) {
        mask = still(mask, detail::or_interrupt(link, mask, [&] { return op.keeps(event); }));
        detail::behind_in_pass<Pass>(link, std::forward<Given>(event), i, mask, kept);
    } else {
        detail::behind_in_pass<Pass>(link, detail::or_interrupt(link, mask, [&]() -> decltype(auto) { return op.mapped(std::forward<Given>(event)); }), i,
                                     mask, kept);
    }
}

/// What the links of a pass have not finished, once one has thrown: the first has not begun some, the last has not given some.
template <typename Pass, typename L>
constexpr void stop_pass(L& link, std::size_t not_begun, std::size_t not_given) {
    if constexpr (std::is_same_v<L, typename Pass::End>) {
        link.interrupt(not_begun);
    } else {
        constexpr bool last = std::is_same_v<typename L::next_type, typename Pass::End>;
        if constexpr (not last || Pass::folds) detail::stop_pass<Pass>(link.next(), 0, not_given);
        link.interrupt(not_begun + (last ? not_given : 0) + link.next().interrupted());
    }
}

template <typename Pass, typename L>
constexpr auto& end_of_pass(L& link) noexcept {
    if constexpr (std::is_same_v<typename L::next_type, typename Pass::End>) return link.next();
    else return detail::end_of_pass<Pass>(link.next());
}

/// What a pass kept of its first n items, to who stands at its end. Gives how often the filters changed between keeping and dropping.
template <typename Pass, typename L, typename Items>
constexpr std::size_t give_kept(L& link, const Items& all, std::size_t n, KeptInPass<Pass>& kept, std::size_t& not_given) {
    const auto items = kept.take(all, n);
    auto& end = detail::end_of_pass<Pass>(link);
    if constexpr (IsLink<typename Pass::End>) {
        return kept.changes + detail::on_kept(end, items);
    } else if constexpr (Pass::by_value && TakesBlocks<typename Pass::End, typename Pass::Event>) {
        not_given = items.size();
        end.on_span(items);
        not_given = 0;
        return kept.changes;
    } else {
        for (not_given = items.size(); not_given != 0;) end.on_event(pass(items[items.size() - not_given--]));
        return kept.changes;
    }
}

/// The pass that begins at this link, with items that have been counted, and those behind it with what it keeps.
template <typename Pass, typename L, typename Items>
constexpr std::size_t pass_over(L& link, const Items& items) {
    constexpr auto all = static_cast<typename KeptInPass<Pass>::Mask>(~std::uint64_t{});
    constexpr std::size_t counted_at_once = std::size_t{1} << 20;
    KeptInPass<Pass> kept;
    std::size_t begun = 0;
    [[maybe_unused]] std::size_t not_given = 0;
    try {
        try {
            while (begun != items.size()) {
                const std::size_t last = begun + std::min(items.size() - begun, counted_at_once);
                Counting<Pass, L> links(link);
                while (begun != last) {
                    const std::size_t i = begun++;
                    detail::in_pass<Pass>(links, pass(items[i]), i, all, kept);
                }
            }
        } catch (...) {
            if constexpr (not Pass::folds) detail::give_kept<Pass>(link, items, begun - 1, kept, not_given);
            throw;
        }
        if constexpr (not Pass::folds) return detail::give_kept<Pass>(link, items, begun, kept, not_given);
    } catch (...) {
        detail::stop_pass<Pass>(link, items.size() - begun, not_given);
        throw;
    }
    return 0;
}

/// One that goes by lanes. (Nothing is fetched ahead: in memory it would take clang's loop a fifth longer, and g++'s as long; benchmarks/fused.cpp.)
template <typename Pass, typename L, typename Items>
    requires Pass::by_lanes
constexpr std::size_t pass_over(L& link, const Items& items) {
    std::size_t begun = 0;
    try {
        KeptInPass<Pass> kept(detail::end_of_pass<Pass>(link).op());
        const std::size_t whole = items.size() - items.size() % std::size(kept.parts);
        while (begun != whole)
            for (std::size_t vector = 0; vector != kept.vectors; ++vector) {
                Counting<Pass, L> links(link);
#if defined(__clang__)
#pragma clang loop unroll(disable) // what is no loop any more is not made of vectors
#endif
                for (std::size_t lane = 0; lane != lanes; ++lane) {
                    const std::size_t i = begun++;
                    detail::in_pass<Pass>(links, pass(items[i]), vector * lanes + lane, true, kept);
                }
            }
        Counting<Pass, L> links(link);
        while (begun != items.size()) {
            const std::size_t i = begun++;
            detail::in_pass<Pass>(links, pass(items[i]), 0, true, kept);
        }
    } catch (...) {
        detail::stop_pass<Pass>(link, items.size() - begun, 0);
        throw;
    }
    return 0;
}

/// Events that a pass has kept, which stand before this link.
template <typename L, typename Items>
constexpr std::size_t on_kept(L& link, const Items& items) {
    using E = std::remove_reference_t<decltype(items[0])>;
    if constexpr (L::template in_later_pass<E>) {
        link.count(items.size());
        return detail::pass_over<pass_of_t<L, E>>(link, items);
    } else if constexpr (L::takes_span && requires { std::span<E>(items); }) {
        link.on_span(std::span<E>(items));
    } else {
        std::size_t begun = 0;
        try {
            on_local_copy(link, [&](auto& local) {
                while (begun != items.size()) local.on_event(pass(items[begun++]));
            });
        } catch (...) {
            link.count(items.size() - begun);
            link.interrupt(items.size() - begun);
            throw;
        }
    }
    return 0;
}

/// A block of a span, which is counted here. Gives how often the filters changed between keeping and dropping.
template <typename Pass, typename L, typename E>
constexpr std::size_t block_in_passes(L& link, std::span<E> events, std::size_t& begun, std::size_t most) {
    const auto block = events.subspan(begun, std::min(events.size() - begun, most));
    begun += block.size();
    link.count(block.size());
    return detail::pass_over<Pass>(link, block);
}

/// Goes both ways in turn, and on by the one that was faster. A rule that was not asked before draws when it will be.
template <typename Pass, typename L, typename E>
[[gnu::noinline]] void try_both_ways(L& link, std::span<E> events, std::size_t& begun) {
    using Clock = std::chrono::steady_clock;
    Clock::duration passes = Clock::duration::max();
    Clock::duration fused = Clock::duration::max();
    std::size_t n = PassRule::tried;
#if defined(__GNUC__)
    asm("" : "+r"(n)); // or what is tried is made for that number: at -O2 g++ makes vectors of such a loop alone
#endif
    const std::size_t rounds = link.rule().has_drawn() ? PassRule::rounds : 0;
    for (std::size_t round = 0; round != rounds && (round < 2 || fused / 2 < passes); ++round) {
        const auto first = Clock::now();
        static_cast<void>(detail::block_in_passes<Pass>(link, events, begun, n));
        const auto second = Clock::now();
        detail::fused_loop(link, events, begun, n);
        passes = std::min<Clock::duration>(passes, second - first);
        fused = std::min<Clock::duration>(fused, Clock::now() - second);
    }
    const auto drawn = static_cast<std::uint64_t>(Clock::now().time_since_epoch().count());
    link.rule().keep_faster(fused < passes ? PassRule::Way::fused : PassRule::Way::passes, drawn);
}

template <typename Pass, typename L, typename E>
constexpr void blocks_in_passes(L& link, std::span<E> events, std::size_t& begun) {
    while (link.rule().fused() == 0 && events.size() - begun >= fewest_pass_events) {
        if (link.rule().wants_trial() && events.size() - begun >= PassRule::trial) {
            detail::try_both_ways<Pass>(link, events, begun);
        } else {
            const std::size_t before = begun;
            const std::size_t changes = detail::block_in_passes<Pass>(link, events, begun, pass_events<E>);
            link.rule().saw(changes, begun - before);
        }
    }
}

template <typename L, typename E>
constexpr void in_fused_loop(L& link, std::span<E> events, std::size_t& begun) {
    std::size_t n = events.size() - begun;
    if (link.rule().fused() != 0) {
        n = std::min<std::size_t>(n, link.rule().fused());
        link.rule().went_fused(n);
    }
    detail::fused_loop(link, events, begun, n);
}

/// The events of a span, which are counted here.
template <typename L, typename E>
constexpr void span_in_passes(L& link, std::span<E> events) {
    using Pass = pass_of_t<L, E>;
    std::size_t begun = 0;
    try {
        if constexpr (Pass::folds) {
            link.count(events.size());
            begun = events.size();
            on_local_copy(link, [events](auto& local) { detail::pass_over<Pass>(local, events); });
        } else {
            while (begun != events.size()) {
                if (link.rule().fused() != 0 || events.size() - begun < fewest_pass_events || std::is_constant_evaluated())
                    detail::in_fused_loop(link, events, begun);
                else on_local_copy(link, [&](auto& local) { detail::blocks_in_passes<Pass>(local, events, begun); });
            }
        }
    } catch (...) {
        link.count(events.size() - begun);
        link.interrupt(events.size() - begun);
        throw;
    }
}

} // namespace weir::detail
