// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/operator.hpp>
#include <weir/core/pack.hpp>

#include <type_traits>

namespace weir::detail {

template <typename Op>
concept PassesClauses = requires { requires Op::passes_clauses; };
template <typename Op>
concept TakesClauses = requires { requires Op::takes_clauses; };
template <typename Op, typename S>
concept Explains = requires { Op::template explain<S>(); };

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
