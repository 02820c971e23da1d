// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/event.hpp>
#include <weir/core/polled.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <vector>

// What a user's own types need so that a pipeline can use them. Each asks for the least; what more a type can do is asked for by
// the concepts below it, and used where it is there. The smallest model of each: examples/own_types.cpp.

namespace weir {

/// Where events come from, one at a time: next() gives the next event, nullopt when there will never be another.
/// next() may block; then stop and deadlines are seen only when it returns, unless the source is a WaitingSource or PollingSource.
///     static constexpr bool bounded   whether it ends by itself (without it: false)
template <typename S>
concept EventSource = requires(S& source) {
    typename S::event_type;
    { source.next() } -> std::same_as<std::optional<typename S::event_type>>;
};

/// A source that can be asked without blocking; it may answer "nothing yet, ask again in 10 ms". See Polled.
/// poll(now) gets the job's clock.
template <typename S>
concept PollingSource = requires(S& source) {
    typename S::event_type;
    { source.poll() } -> std::same_as<Polled<typename S::event_type>>;
} || requires(S& source, Timestamp now) {
    typename S::event_type;
    { source.poll(now) } -> std::same_as<Polled<typename S::event_type>>;
};

/// A source that can wait until there is an event, a stop is requested or a deadline has come (then: Polled::nothing).
template <typename S>
concept WaitingSource = requires(S& source, std::stop_token stop, std::chrono::steady_clock::time_point deadline) {
    typename S::event_type;
    { source.next(stop, deadline) } -> std::same_as<Polled<typename S::event_type>>;
};

/// A source that says when asking it may give something again: an event, a watermark, that it is idle, its end. Nobody asks it in vain meanwhile.
///     notify_readable(fn, arg) -> bool   has fn(arg) called once as soon as it does, by any thread; false: it does now, and fn is not called.
///                                        fn does not throw and is short; it must not be called under a lock that these two take, too
///     cancel_notify_readable()           when it has returned, fn is neither called nor running
/// As queues have them. Used by from_splits.
template <typename S>
concept NotifyingSource = requires(S& source, void (*fn)(void*), void* arg) {
    { source.notify_readable(fn, arg) } -> std::convertible_to<bool>;
    source.cancel_notify_readable();
};

/// A source that knows the position before its next event and can go back to it: needed to recover.
///     position() -> a Savable value; seek(position): the next event is the one that followed when position() gave that value
template <typename S>
concept PositionedSource = requires(S& source, const S& fixed) {
    { fixed.position() } -> std::copyable;
    source.seek(fixed.position());
};

/// A bounded source that can be cut into about n consecutive parts, in order, which together give what it would have given.
template <typename S>
concept SplittableSource = requires(S source, std::size_t n) {
    { std::move(source).split(n) } -> std::same_as<std::vector<S>>;
};

/// Bytes of a source; total 0: not known.
struct SourceBytes {
    std::uint64_t read = 0;
    std::uint64_t total = 0;
};

/// A source that knows how much of it has been read, for those who watch: RunOptions::progress.
template <typename S>
concept MeasuredSource = requires(S& source) {
    { source.measure() } -> std::same_as<SourceBytes>;
};

/// A bounded source that hands its events out in parts to readers, which are sources of their own: what has to be done in order is done
/// by next_part, one call at a time, the rest by the readers beside each other.
///     reader() -> a source that has nothing; next_part(reader) -> whether that has more now, once it has given what it had
///     reader.begin_part(), where it has that   soon after that, beside others: it may wait for those whose parts come before
template <typename S>
concept PartedSource = requires(S& source, S& reader) {
    { source.reader() } -> std::same_as<S>;
    { source.next_part(reader) } -> std::same_as<bool>;
};

/// A source made of splits that come and go while it runs (partitions, files of a directory).
///     split_type                  a source with an id(), by which it is known: copyable and comparable, and Savable in a durable job
///     changes() -> SplitChanges   what has changed since it was asked last; asked often, by the thread that reads the splits: it must not wait
///     revoked(split_type&&)       optional: a split that it has taken away, behind the last event of it that was handed on; after a stop there
///                                 are none
///     notify_readable, cancel_notify_readable   optional, as of a NotifyingSource: that changes() has something to say, or, where the splits
///                                 do not have them, that one of these has something to give
///     wait(stop, deadline)        optional, for sources and splits without notices: sleeps until one of both may be, a stop is requested or the
///                                 deadline (a steady_clock's) has come
/// A split that comes is read from where it stands, or from where a job stopped that now goes on. See from_splits.
template <typename S>
concept DynamicSource = requires(S& source) {
    typename S::split_type;
    requires EventSource<typename S::split_type> || PollingSource<typename S::split_type>;
    requires requires(const typename S::split_type& split) { { split.id() == split.id() } -> std::convertible_to<bool>; };
    requires std::same_as<std::remove_cvref_t<decltype(source.changes().added)>, std::vector<typename S::split_type>>;
    source.changes().removed;
};

/// What a DynamicSource says has changed since it was asked last.
template <typename Split, typename Id>
struct SplitChanges {
    std::vector<Split> added{}; ///< assigned to this reader
    std::vector<Id> removed{};  ///< revoked: others may read them from now on
    bool ended = false;         ///< no more splits will come
    Duration retry_in{};        ///< ask again then, on the job's clock, unless told earlier; 0: as soon as you like
};

/// Bounded hand-over between threads.
///     push(e)       waits for room; false: not taken (closed, or dropped by its policy)
///     try_push(e)   does not wait
///     pop()         waits; nullopt: closed and drained
///     try_pop()     does not wait; nullopt: nothing there now
///     pop_batch(s)  waits for at least one event, moves events into s, returns how many; 0: closed and drained
///     close()       no more pushes; what is in can still be popped
template <typename Q>
concept EventQueue = requires(Q& queue, const Q& fixed, typename Q::event_type event, std::span<typename Q::event_type> into) {
    typename Q::event_type;
    { queue.push(std::move(event)) } -> std::convertible_to<bool>;
    { queue.try_push(std::move(event)) } -> std::convertible_to<bool>;
    { queue.pop() } -> std::same_as<std::optional<typename Q::event_type>>;
    { queue.try_pop() } -> std::same_as<std::optional<typename Q::event_type>>;
    { queue.pop_batch(into) } -> std::convertible_to<std::size_t>;
    queue.close();
    { fixed.size() } -> std::convertible_to<std::size_t>;
    { fixed.capacity() } -> std::convertible_to<std::size_t>;
};

/// A queue that can be waited for with a stop token and a deadline.
template <typename Q>
concept WaitingQueue = EventQueue<Q> && requires(Q& queue, std::stop_token stop, std::chrono::steady_clock::time_point deadline) {
    { queue.pop_until(stop, deadline) } -> std::same_as<Polled<typename Q::event_type>>;
};

namespace detail {

template <typename T>
struct Unwrapped {
    using type = T;
};
template <typename T>
struct Unwrapped<std::reference_wrapper<T>> {
    using type = T;
};

} // namespace detail

/// T, of T and of std::reference_wrapper<T>: std::ref(handler) means the user's own, anything else a copy.
template <typename T>
using unwrapped_t = typename detail::Unwrapped<std::remove_cvref_t<T>>::type;

template <typename T>
[[nodiscard]] constexpr unwrapped_t<T>& unwrap(T& maybe_ref) noexcept {
    if constexpr (std::is_same_v<unwrapped_t<T>, std::remove_cvref_t<T>>) return maybe_ref;
    else return maybe_ref.get();
}

/// What is called with each event: has on_event(E), or is a function of E.
template <typename H, typename E>
concept EventHandler = requires(unwrapped_t<H>& handler, E&& event) { handler.on_event(std::forward<E>(event)); } ||
                       std::invocable<unwrapped_t<H>&, E>;

/// Events that come in batches: next_batch() lends a span until the next call; an empty one: there will never be another.
/// The events of a span of non-const may be moved from. Bounded unless `static constexpr bool bounded = false`.
template <typename S>
concept BatchSource = requires(S& source) {
    typename S::event_type;
    requires std::same_as<decltype(source.next_batch()), std::span<typename S::event_type>> ||
                 std::same_as<decltype(source.next_batch()), std::span<const typename S::event_type>>;
};

/// Takes batches: has process(std::span<E>), or is a function of std::span<E>. What it may return: see process().
template <typename P, typename E>
concept BatchProcessor = requires(unwrapped_t<P>& processor, std::span<E> batch) { processor.process(batch); } ||
                         std::invocable<unwrapped_t<P>&, std::span<E>>;

} // namespace weir
