// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/branch.hpp>
#include <weir/source/source.hpp>

#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// What one split of a DynamicSource gives.
template <typename Source>
using split_stream_t = Stream<typename Source::split_type::event_type,
                              Traits{.lent = false, .waits = PollingSource<typename Source::split_type> || WaitingSource<typename Source::split_type>}>;

struct InsideSplits; // for the compilers' notes, where it shows

/// A source of splits, and the chain that each of them runs through by itself. The job makes its running form (run/splits_input.hpp).
///     S is T& for the user's source, T for one that we own; Ops is a Pack.
template <typename S, typename Ops>
struct SplitsOf {
    using Source = std::remove_reference_t<S>;
    using behind = typename AttachPack<InsideSplits, split_stream_t<Source>, Ops>::type;
    using stream = Stream<owned_t<typename behind::event>, Traits{.lent = false,
                                                                  .bounded = declared_bounded<Source>(false),
                                                                  .order = Order::none,
                                                                  .waits = behind::traits.waits,
                                                                  .merged = behind::timed}>;
    Held<S> source;
    Ops ops;

    template <typename Binding>
    auto bind(Binding& binding) & {
        return bind_splits(Held<Source&>(source.get()), Ops(ops), binding); // found where the job is run
    }
    template <typename Binding>
    auto bind(Binding& binding) && {
        return bind_splits(std::move(source), std::move(ops), binding);
    }
    template <typename Walk>
    void say_memory(Walk& walk) const {
        walk.is_at(walk.names().add("splits"));
        walk.unbounded("each split that comes has a chain of its own, and nothing says how many there are at once");
    }
};

template <typename Ops>
inline constexpr bool can_be_made_again = false;
template <typename... Ops>
inline constexpr bool can_be_made_again<Pack<Ops...>> = (std::is_copy_constructible_v<Ops> && ...);
/// Checks, with a sentence, what from_splits is given.
template <typename T, typename Ops>
consteval bool can_read_splits() {
    using Source = std::remove_reference_t<T>;
    if constexpr (DynamicSource<std::remove_cvref_t<T>> && not DynamicSource<Source>) {
        static_assert(never<T>, "from_splits(source, chain): source is const, and it changes when it is asked what has changed. Give one that is not.");
        return false;
    } else if constexpr (not DynamicSource<Source>) {
        static_assert(never<T>, "from_splits(source, chain): source has no splits that come and go. Accepted: a DynamicSource, which has a split_type, a source "
                                "with an id(), and changes(), which gives a weir::SplitChanges of them.");
        return false;
    } else {
        using Behind = typename AttachPack<InsideSplits, split_stream_t<Source>, Ops>::type;
        if constexpr (requires { &Source::revoked; } && not requires(Source& source, typename Source::split_type split) { source.revoked(std::move(split)); }) {
            static_assert(never<T>, "from_splits(source, chain): source has a revoked that does not take a split. Accepted: revoked(split_type&&), or none.");
            return false;
        } else if constexpr (std::is_same_v<Behind, Refused>) {
            return false;
        } else if constexpr (std::is_same_v<Behind, Ended>) {
            static_assert(never<T>, "from_splits(source, chain): chain ends in a sink, which each split would have for itself. Put the sink behind it.");
            return false;
        } else if constexpr (Behind::has_clauses) {
            static_assert(LeakedClause<void, Behind>::said == 0);
            return false;
        } else if constexpr (Behind::traits.clocked) {
            static_assert(never<T>, "from_splits(source, chain): the times in it are those of the job's clock, which gives no watermark that other splits "
                                    "could be compared with. Put processing_time() behind it.");
            return false;
        } else if constexpr (any_cuts<Ops>) {
            static_assert(never<T>, "from_splits(source, chain): a stage, parallel or async_map in it would begin tasks for each split that comes. Put it behind.");
            return false;
        } else if constexpr (not can_be_made_again<Ops>) {
            static_assert(never<T>, "from_splits(source, chain): chain cannot be copied, and each split that comes runs through one of its own.");
            return false;
        } else {
            return true;
        }
    }
}

template <typename T, typename Ops>
constexpr auto read_splits(T&& source, Ops ops) {
    if constexpr (not can_read_splits<T, Ops>()) return Refused{};
    else {
        using S = std::conditional_t<std::is_lvalue_reference_v<T>, T, std::remove_cvref_t<T>>;
        using Of = SplitsOf<S, Ops>;
        return Pipeline<Of, typename Of::stream>{Of{Held<S>(std::forward<T>(source)), std::move(ops)}, {}};
    }
}

} // namespace detail

/// Begins a pipeline with a source whose splits come and go while it runs: partitions of a topic, files of a directory.
///     DynamicSource -> what `chain` gives for each split, owned; each split in its own order, none between them is promised
///     chain: what each split runs through by itself, in state of its own, such as map(decode) | event_time(...): then each has a
///         watermark of its own. The stream's is the least of the splits that are open and not idle (strategy.idle_after(d)), and never
///         goes back: what a split that comes later has up to it is late. A split counts from when it comes; while there is none, those
///         that other inputs give do not wait for this one, but they do for the first. The split that is furthest behind is read first.
///         Made anew for each split that comes, which allocates; a sink inside (dead_letter, late_to) must be one that several may use.
///     A split that is taken away is read no further: what was read goes through, what its operators hold flushes, open windows of its own do not
///     fire; then the source gets it back, where it has revoked(split), to commit its position. One that has ended is kept, and
///     not read again, until it is taken away, and given back then. A source says with changes().ended that no more splits come, and the stream ends with those there are.
///     State: of each split its position, where it is a PositionedSource, its watermark and what its operators keep; a job that goes on
///     gives a split, when it comes, what was saved under its id. Until then the others wait for its watermark, unless it was idle, as if the job
///     had never stopped: nothing is late that would not have been. A source says so of one that will not come: in changes().removed, or by ended.
///     They share one task and are asked in turn; one that can only block (a plain next()) holds the others up while it does. Where none has
///     anything the task sleeps until one says so, or the source does (notify_readable, see DynamicSource), or it wakes on a thread of its own from the
///     wait(stop, deadline) of the source, or of a WaitingSource that is the only split. Those that have none of it are asked every millisecond, as
///     are several splits that can be waited for, each by itself: that takes about 2 % of a processor while nothing comes, and an event is seen
///     after half a millisecond (0.7 ms from event to result in the middle, where those that are told take 4 us). A thread for each split would cost
///     more where there are many; a notice, or one wait of the source for all of them, costs nothing while none comes.
///     example: examples/partitions.cpp, tests/source/splits.cpp
template <typename S, typename C>
[[nodiscard]] constexpr auto from_splits(S&& source, C&& chain) {
    if constexpr (std::is_same_v<std::remove_cvref_t<C>, Refused>) return Refused{};
    else if constexpr (not detail::ChainLike<C>) {
        static_assert(detail::never<C>, "from_splits(source, chain): chain is no chain of operators. Write from_splits(source, map(decode) | event_time(...)).");
        return Refused{};
    } else return detail::read_splits(std::forward<S>(source), detail::ops_of(std::forward<C>(chain)));
}
template <typename S>
[[nodiscard]] constexpr auto from_splits(S&& source) {
    return detail::read_splits(std::forward<S>(source), detail::Pack<>{});
}

} // namespace weir
