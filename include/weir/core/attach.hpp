// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/operator.hpp>
#include <weir/core/owned.hpp>
#include <weir/core/pack.hpp>

#include <type_traits>

namespace weir::detail {

template <typename Op>
concept PassesClauses = requires { requires Op::passes_clauses; };
template <typename Op>
concept TakesClauses = requires { requires Op::takes_clauses; };
template <typename Op, typename S>
concept Explains = requires { Op::template explain<S>(); };

/// Whether an operator keeps its events behind the call, so that it needs copies of those that are lent.
template <typename Op, typename S>
concept KeepsEvents = requires { requires Op::template keeps_events<S>; };
/// The events of S are lent, and no copy of one can be made.
template <typename S>
inline constexpr bool lacks_copies = S::traits.lent && not std::is_constructible_v<owned_t<typename S::value>, const typename S::value&>;
template <typename Op>
consteval void say_lacks_copies() {
    static_assert(never<Op>, "an operator that keeps its events (stage, parallel, merge, joins, micro_batch, sort_by, collect_into, to_queue and "
                             "others) needs copies of these, as they are lent (const T&, from a range that is not the pipeline's, or in a broadcast), "
                             "and they cannot be copied. Give the range away, from(std::move(range)), or make a value of your own of each with "
                             "map(fn) before it.");
}
/// Whether an operator puts values, assigned<S>, in the place of others, and these cannot be.
template <typename Op, typename S>
concept LacksAssignment = requires { typename Op::template assigned<S>; } && not std::is_move_assignable_v<typename Op::template assigned<S>>;

/// The clause that is still open in a stream says what it waits for; instantiated only to make it speak.
template <typename Op, typename S>
struct LeakedClause {
    using Clauses = decltype(S::clauses);
    using Last = nth_t<Clauses::size - 1, Clauses>;
    static constexpr int said = (Last::template unused<Op>(), 0);
};

/// What a stream becomes behind an operator; where it does not fit, the one place where the mistake is said.
///     In: the operator in whose chain this one stands, if any; for the compilers' notes, where it shows.
template <typename S, typename Op, typename In>
struct Attach {
    template <typename O>
    static consteval auto check() {
        if constexpr (std::is_same_v<S, Refused>) {
            return std::type_identity<Refused>{};
        } else if constexpr (requires { requires O::marker; }) { // a name is no operator: its end may stand behind a sink
            return std::type_identity<S>{};
        } else if constexpr (std::is_same_v<S, Ended>) {
            static_assert(never<O>, "nothing can follow a sink: the chain has ended. To go on behind a side effect use tap(fn); "
                                    "for several sinks use broadcast(chain, chain ...).");
            return std::type_identity<Refused>{};
        } else if constexpr (S::has_clauses && not PassesClauses<O> && not TakesClauses<O>) {
            static_assert(LeakedClause<O, S>::said == 0);
            return std::type_identity<Refused>{};
        } else if constexpr (lacks_copies<S> && KeepsEvents<O, S>) {
            say_lacks_copies<O>();
            return std::type_identity<Refused>{};
        } else if constexpr (LacksAssignment<O, S>) {
            static_assert(never<O>, "an operator that puts events or states in the place of earlier ones (scan, reduce, suppress, in_time_order, joins, "
                                    "to_queue and others) cannot do so with these: they cannot be assigned, as types with const members cannot. Make "
                                    "them into a type of yours that can with map(fn) before it.");
            return std::type_identity<Refused>{};
        } else if constexpr (OperatorOn<O, S>) {
            return std::type_identity<typename O::template out<S>>{};
        } else {
            if constexpr (Explains<O, S>) O::template explain<S>();
            else
                static_assert(never<O>, "this operator does not accept this pipeline's events: its out<Stream> does not exist for "
                                        "this stream. Stream::event says what they are.");
            return std::type_identity<Refused>{};
        }
    }
    using type = typename decltype(check<Op>())::type;
};

template <typename In, typename S, typename... Ops>
struct AttachAll {
    using type = S;
};
template <typename In, typename S, typename Op, typename... Rest>
struct AttachAll<In, S, Op, Rest...> {
    using type = typename AttachAll<In, typename Attach<S, Op, In>::type, Rest...>::type;
};

/// The stream behind all of Ops.
template <typename S, typename... Ops>
using attach_t = typename AttachAll<void, S, Ops...>::type;

} // namespace weir::detail
