// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/chain.hpp>
#include <weir/core/link.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/core/pack.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace weir::detail {

template <typename Op>
concept Marker = requires { requires Op::marker; };
template <typename Op>
concept NameMarker = std::is_same_v<Op, NameBegin>;

/// A clause (key_by, window): it is part of the stream's description and has no running form.
template <typename Op>
concept Clause = requires { requires Op::clause; };

/// An operator that ends its task and begins another (stage): op.cut(stream, binding, id, bind_rest) returns the outlet. Where it says
/// counts_behind, what follows counts what it is given: it is not the first of the new task.
template <typename Op>
concept Cuts = requires { requires Op::cuts; };

/// Whether events of this stream may have another mark than it has.
template <typename S, typename Binding>
constexpr bool is_merged([[maybe_unused]] const Binding& binding) {
    if constexpr (requires { binding.merged(); }) return S::traits.merged || binding.merged();
    else return S::traits.merged;
}

/// The running form of an operator: what bind gives, else the operator itself.
template <typename Op, typename S, typename Binding>
constexpr auto bind_op(Op&& op, [[maybe_unused]] const S& stream, [[maybe_unused]] Binding& binding, [[maybe_unused]] std::uint32_t id) {
    if constexpr (requires { std::move(op).bind(stream, binding, id); }) return std::move(op).bind(stream, binding, id);
    else if constexpr (requires { std::move(op).bind(stream); }) return std::move(op).bind(stream);
    else return Op(std::move(op));
}

template <typename Op, typename S>
constexpr auto stream_behind(const Op& op, const S& stream) {
    using Out = typename Op::template out<S>;
    if constexpr (requires { op.behind(stream); }) return op.behind(stream);
    else if constexpr (std::is_same_v<Out, S>) return stream;
    else if constexpr (std::is_same_v<Out, Ended>) return Ended{};
    else if constexpr (std::is_same_v<decltype(Out::clauses), decltype(S::clauses)>) return Out{stream.clauses};
    else return Out{};
}

/// A sink in copies that run side by side, also one in a chain inside an operator, must say that several may use it at once.
template <typename Op, typename Binding, typename Behind>
consteval void check_sink() {
    if constexpr (requires { requires Binding::in_copies; } && std::is_same_v<Behind, Ended>)
        static_assert(requires { requires Op::shareable; }, "parallel(n, chain): a sink in it (late_to, dead_letter, a branch) would be called from several threads at "
                                                           "once. Use one that says that it may: for_each(shareable(fn)), to_queue(an MpscQueue or MpmcQueue).");
    if constexpr (requires { requires Binding::for_each_split; } && std::is_same_v<Behind, Ended>)
        static_assert(requires { requires Op::shareable; }, "from_splits(source, chain): a sink in it (late_to, dead_letter, a branch) would be made for each split. Use one "
                                                           "that says that several may use it: for_each(shareable(fn)), to_queue(an MpscQueue or MpmcQueue).");
}

/// The one by which copies were divided is not bound: what finds another would see some of the events of each key.
template <typename Op, typename Binding>
consteval void check_key() {
    if constexpr (requires { requires Binding::in_copies; } && requires { requires Op::gives_key; })
        static_assert(never<Op>, "parallel(n, chain): a key_by in a chain inside an operator (broadcast, route), but the events are divided before it. Put "
                                 "key_by(...) directly before parallel or first in its chain.");
}

template <std::size_t I, bool Counts, typename S, typename... Ops, typename Binding, typename Last>
constexpr auto bind_from(const S& stream, Pack<Ops...>& ops, Binding& binding, Last last) {
    if constexpr (I == sizeof...(Ops)) {
        return last;
    } else {
        auto& op = detail::nth<I>(ops);
        using Op = std::remove_reference_t<decltype(op)>;
        if constexpr (Marker<Op>) {
            if constexpr (NameMarker<Op>) binding.names().enter_named(op.name, op.one_operator);
            else binding.names().leave();
            return bind_from<I + 1, Counts>(stream, ops, binding, std::move(last));
        } else if constexpr (Clause<Op>) {
            check_key<Op, Binding>();
            return bind_from<I + 1, Counts>(stream_behind(op, stream), ops, binding, std::move(last));
        } else {
            const std::uint32_t id = binding.names().add(kind_name<Op>());
            auto behind = stream_behind(op, stream);
            check_sink<Op, Binding, decltype(behind)>();
            [[maybe_unused]] const MemoryScope scope = memory_scope(binding, id);
            if constexpr (Cuts<Op>) {
                constexpr bool counts = Binding::counts && requires { requires Op::counts_behind; };
                return std::move(op).cut(stream, binding, id, [&] { return bind_from<I + 1, counts>(behind, ops, binding, std::move(last)); });
            } else {
                auto running = bind_op(std::move(op), stream, binding, id);
                using Running = decltype(running);
                auto next = bind_from<I + 1, Binding::counts && not OneToOne<Running>>(behind, ops, binding, std::move(last));
                return Link<Running, decltype(next), Counts>(std::move(running), std::move(next), id);
            }
        }
    }
}

/// The running form of a chain behind `stream`, ending in `last`.
///     Counts: whether its first link counts what arrives; a task knows that itself.
///     The operators are moved from; their identities are added to the binding's names in the order of the chain.
template <bool Counts, typename S, typename... Ops, typename Binding, typename Last = End>
constexpr auto bind_chain(const S& stream, Pack<Ops...> ops, Binding& binding, Last last = {}) {
    return bind_from<0, Counts && Binding::counts>(stream, ops, binding, std::move(last));
}

} // namespace weir::detail
