// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/report.hpp>
#include <weir/core/state.hpp>
#include <weir/core/stream.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {

/// The mark of an operator: `using kind = weir::OperatorKind;` lets a type stand right of `|`.
/// (An alias and not a base, so that empty operators take no room in a chain.)
struct OperatorKind;

/// The mark of an operator that has been refused; it swallows what follows so that one mistake gives one message.
struct Refused {};

namespace detail {
/// Whether one of these was refused, so that all has been said.
template <typename... Ts>
inline constexpr bool said_before = (std::is_same_v<Ts, Refused> || ...);
} // namespace detail

/// May stand right of `|`. The least there is; whether it fits a stream is OperatorOn's question.
///
///     struct Twice {
///         using kind = weir::OperatorKind;
///         template <typename Stream> using out = weir::with_event_t<Stream, typename Stream::value>;
///         template <typename E, typename Next> void on_event(E&& event, Next& next) { next.on_event(event); next.on_event(event); }
///     };
///
/// An operator may also have, and weir then uses:
///     static constexpr std::string_view name       its kind in the Report ("operator")
///     bind(stream), bind(stream, binding)          its running form, where that needs to know its events
///     on_span(std::span<E>, next)                  many events at once; must mean what on_event on each of them means
///     on_watermark(t, next), on_time(now, next), on_barrier(epoch, next), on_end(next)
///                                                  a signal; it must be sent on, at last, by next.on_...
///     on_idle(next)                                nobody need wait for this stream's watermark until its next event; to be sent on
///     on_own_mark(t, next)                         where several inputs meet: the watermark of the input that the next events come from;
///                                                  what is late is told by it, where it is ahead of the stream's; to be sent on
///     on_outcome(epoch, committed, next)           the checkpoint `epoch` is complete, or was given up; to be sent on
///     unfinished() -> size_t                       how many of a span's events it had not finished when it threw (else 1, and it may be any of them)
///     end_span(next)                               the events at hand are over: give what was only kept for speed
///     deadline() -> Timestamp                      on the job's clock, when it wants on_time
///     done() -> bool                               it will never again give anything
///     resume(next) -> bool                         go on where next.room() == 0 interrupted it; true: finished
///     resume_at() -> Timestamp                     on the job's clock, when it wants resume() though nothing made room
///     save(StateWriter&), load(StateReader&)       its state
///     report(OperatorReport&)                      held and drops, for one that keeps or drops events
///     static constexpr bool one_to_one             each input gives one output, at once: saves a counter
///     static constexpr Drop drops                  an input that gives nothing at once was dropped for this reason
///     static constexpr bool per_event              what it gives for an event depends on that alone: workers may each run a copy
template <typename Op>
concept Operator = requires { typename Op::kind; } && std::same_as<typename Op::kind, OperatorKind>;

/// Fits a stream of this description: `out<Stream>` exists, which is the description of what it gives.
template <typename Op, typename S>
concept OperatorOn = Operator<Op> && is_stream<S> && requires { typename Op::template out<S>; };

inline constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

namespace detail {

template <typename Op>
concept HasName = requires { { Op::name } -> std::convertible_to<std::string_view>; };
template <typename Op>
concept OneToOne = requires { requires Op::one_to_one; };
template <typename Op>
concept Drops = requires { { Op::drops } -> std::convertible_to<Drop>; };
template <typename Op>
concept Accounts = requires(const Op& op, OperatorReport& row) { op.report(row); };
template <typename Op>
concept HasDone = requires(const Op& op) { { op.done() } -> std::convertible_to<bool>; };
template <typename Op>
concept HasDeadline = requires(const Op& op) { { op.deadline() } -> std::convertible_to<Timestamp>; };
template <typename Op>
concept HasResumeAt = requires(const Op& op) { { op.resume_at() } -> std::convertible_to<Timestamp>; };
template <typename Op>
concept HasBoundedRoom = requires { requires Op::bounded_room; }; // one with chains inside that end in channels
template <typename Op>
concept HasSave = requires(const Op& op, Op& mut, StateWriter& w, StateReader& r) {
    op.save(w);
    mut.load(r);
};
template <typename Op, typename Next>
concept HasOnWatermark = requires(Op& op, Timestamp t, Next& next) { op.on_watermark(t, next); };
template <typename Op, typename Next>
concept HasOnTime = requires(Op& op, Timestamp t, Next& next) { op.on_time(t, next); };
template <typename Op, typename Next>
concept HasOnIdle = requires(Op& op, Next& next) { op.on_idle(next); };
template <typename Op, typename Next>
concept HasOnOwnMark = requires(Op& op, Timestamp t, Next& next) { op.on_own_mark(t, next); };
template <typename Op, typename Next>
concept HasOnBarrier = requires(Op& op, std::uint64_t n, Next& next) { op.on_barrier(n, next); };
template <typename Op, typename Next>
concept HasOnOutcome = requires(Op& op, Next& next) { op.on_outcome(std::uint64_t{}, true, next); };
template <typename Op, typename Next>
concept HasOnEnd = requires(Op& op, Next& next) { op.on_end(next); };
template <typename Op, typename Next>
concept HasEndSpan = requires(Op& op, Next& next) { op.end_span(next); };
template <typename Op, typename Next>
concept HasResume = requires(Op& op, Next& next) { { op.resume(next) } -> std::convertible_to<bool>; };
template <typename Op, typename Next, typename E>
concept HasOnSpan = requires(Op& op, std::span<E> events, Next& next) { op.on_span(events, next); };

/// Room for n values that are written before they are read.
template <typename T, std::size_t n>
    requires std::is_trivially_destructible_v<T>
union Room {
    T items[n];
    constexpr Room() noexcept {}
};
/// Events whose times and marks lie beside them: the values stay where they are. What it means is: for each i on_watermark(marks[i]),
/// where that has risen, and on_event(Event{values[i], times[i]}); and at last on_watermark(last). Who takes it says how many: fewer than
/// all, and then not `last`, where what follows has no room.
template <typename V>
struct TimedSpan {
    static constexpr std::size_t most = 128;
    std::span<V> values;
    const Timestamp* times;
    const Timestamp* marks;
    Timestamp last;
};
/// An event of one of several inputs, with that input's watermark as it stood before it.
template <typename E>
struct Marked {
    E event;
    Timestamp mark;

    template <typename Given>
    Marked(Given&& given, Timestamp m) : event(std::forward<Given>(given)), mark(m) {}
    /// Made where it lies: a copy of a value that was just written in parts waits for them (measured: longer than all else here).
    template <typename Make>
    Marked(std::in_place_t, const Make& make, Timestamp m) : event(make()), mark(m) {}
};
/// Events of one of several inputs. What it means is: for each of them on_own_mark(its mark), on_watermark(the lesser of that and of the
/// others'), each where it has risen, and on_event(it). Who takes it says how many: fewer than all where what follows has no room.
template <typename E>
struct MergedSpan {
    std::span<Marked<E>> events; // some; no mark is max_time
    Timestamp others;            // the least watermark of the other inputs
};
template <typename Op, typename Next>
concept TakesSpans = requires { requires Op::takes_span; } || requires { requires Op::template takes_span_before<Next>; };
template <typename Op>
concept HasTimedSpan = requires { requires Op::takes_timed_span; }; // it has on_timed_span(TimedSpan<V>, next)

template <typename Op>
concept HasMergedSpan = requires { requires Op::takes_merged_span; }; // it has on_merged_span(MergedSpan<E>, next)

template <typename Op>
consteval std::string_view kind_name() {
    if constexpr (HasName<Op>) return Op::name;
    else return "operator";
}

} // namespace detail
} // namespace weir
