// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/event.hpp>
#include <weir/core/pack.hpp>

#include <type_traits>

namespace weir {

/// What is promised about the sequence of events: total (the source's own), per_key, or none (after merge and the like).
enum class Order : unsigned char { total, per_key, none };

/// The rules of a stream that its type knows besides its events.
struct Traits {
    bool lent = false;    ///< events are `const T&`, somebody else's (lvalue ranges, topics, broadcast); else `T&&`, ours
    bool bounded = false; ///< it ends by itself
    Order order = Order::total;
    bool waits = true; ///< whoever drives it can wake at a deadline with no event arriving
    bool clocked = false; ///< its event times are those of the job's clock, which therefore also is its watermark
    bool merged = false;  ///< of several inputs with event time: what is late is told by an event's own input

    friend bool operator==(const Traits&, const Traits&) = default;
};

/// The description of a stream at one place of a chain: what an operator is checked against, and bound to.
/// It carries by value the clauses (key_by, window) that the next keyed operator or aggregate will take.
template <typename E, Traits Is = Traits{}, typename... Clauses>
struct Stream {
    using event = E;
    using value = value_t<E>;
    static constexpr bool timed = is_timed<E>;
    static constexpr Traits traits = Is;
    static constexpr bool has_clauses = sizeof...(Clauses) != 0;

    detail::Pack<Clauses...> clauses{};
};

/// What comes behind a sink: no events, so nothing may follow.
struct Ended {
    static constexpr bool has_clauses = false;
};

template <typename>
inline constexpr bool is_stream = false;
template <typename E, Traits Is, typename... Clauses>
inline constexpr bool is_stream<Stream<E, Is, Clauses...>> = true;

/// An event as an operator receives it: const E& from a lent stream, E&& from an owned one.
template <typename S>
using passed_t = std::conditional_t<S::traits.lent, const typename S::event&, typename S::event&&>;

/// Its value as a user's function receives it: const T& or T&&.
template <typename S>
using given_t = std::conditional_t<S::traits.lent, const typename S::value&, typename S::value&&>;

/// Its value as a predicate receives it, which may look but not take.
template <typename S>
using shown_t = const typename S::value&;

/// What a function that is given the stream's events returns.
template <typename Fn, typename S>
using result_t = call_result_t<Fn, passed_t<S>>;

namespace detail {

template <typename S, typename U>
struct WithValue;
template <typename E, Traits Is, typename... Clauses, typename U>
struct WithValue<Stream<E, Is, Clauses...>, U> {
    static constexpr Traits owned{false, Is.bounded, Is.order, Is.waits, Is.clocked, Is.merged};
    using type = Stream<std::conditional_t<is_timed<E>, Event<U>, U>, owned, Clauses...>;
};

template <typename S, typename E>
struct WithEvent;
template <typename Old, Traits Is, typename... Clauses, typename E>
struct WithEvent<Stream<Old, Is, Clauses...>, E> {
    using type = Stream<E, Is, Clauses...>;
};

template <typename S, typename C>
struct WithClause;
template <typename E, Traits Is, typename... Clauses, typename C>
struct WithClause<Stream<E, Is, Clauses...>, C> {
    using type = Stream<E, Is, Clauses..., C>;
};

template <typename S>
struct WithoutClauses;
template <typename E, Traits Is, typename... Clauses>
struct WithoutClauses<Stream<E, Is, Clauses...>> {
    using type = Stream<E, Is>;
};

template <typename S, Traits Now>
struct WithTraits;
template <typename E, Traits Is, typename... Clauses, Traits Now>
struct WithTraits<Stream<E, Is, Clauses...>, Now> {
    using type = Stream<E, Now, Clauses...>;
};

} // namespace detail

/// The stream with values of another type, which are ours; event time, bounds and order kept.
template <typename S, typename U>
using with_event_t = typename detail::WithValue<S, std::remove_cvref_t<U>>::type;

/// The stream with events E (an Event<T> gives it event time), under the same rules.
template <typename S, typename E>
using with_whole_event_t = typename detail::WithEvent<S, E>::type;

/// The same events under other rules.
template <typename S, Traits Now>
using with_traits_t = typename detail::WithTraits<S, Now>::type;

/// The stream with one clause more, and the stream whose clauses have been taken.
template <typename S, typename C>
using with_clause_t = typename detail::WithClause<S, C>::type;
template <typename S>
using without_clauses_t = typename detail::WithoutClauses<S>::type;

namespace detail {

consteval Traits bounded(Traits t) { return {t.lent, true, t.order, t.waits, t.clocked, t.merged}; }
consteval Traits owned(Traits t) { return {false, t.bounded, t.order, t.waits, t.clocked, t.merged}; }
consteval Traits lent(Traits t) { return {true, t.bounded, t.order, t.waits, t.clocked, t.merged}; }
consteval Traits unordered(Traits t) { return {t.lent, t.bounded, Order::none, t.waits, t.clocked, t.merged}; }
consteval Traits ordered_as(Traits t, Order order) { return {t.lent, t.bounded, order, t.waits, t.clocked, t.merged}; }
consteval Traits merged(Traits t, bool yes) { return {t.lent, t.bounded, t.order, t.waits, t.clocked, yes}; }
consteval Traits waiting(Traits t) { return {t.lent, t.bounded, t.order, true, t.clocked, t.merged}; }
consteval Traits clocked(Traits t, bool yes) { return {t.lent, t.bounded, t.order, t.waits, yes, t.merged}; }

} // namespace detail
} // namespace weir
