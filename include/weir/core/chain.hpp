// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/attach.hpp>
#include <weir/core/pack.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {

/// Operators joined by `|`, with no source yet: a plain value to store, copy and reuse.
template <typename... Ops>
struct Chain {
    detail::Pack<Ops...> ops;
};

/// Operators behind a source. Complete when its last operator is a sink; then it is a job for run, start and stepper.
///     S: the stream behind the last operator, as a type.
template <typename Source, typename S, typename... Ops>
struct Pipeline {
    using source_type = Source;
    using stream = S;
    Source source;
    detail::Pack<Ops...> ops;
};

namespace detail {

template <typename T>
inline constexpr bool is_chain = false;
template <typename... Ops>
inline constexpr bool is_chain<Chain<Ops...>> = true;
template <typename T>
inline constexpr bool is_pipeline = false;
template <typename Source, typename S, typename... Ops>
inline constexpr bool is_pipeline<Pipeline<Source, S, Ops...>> = true;

template <typename T>
concept ChainLike = is_chain<std::remove_cvref_t<T>> || Operator<std::remove_cvref_t<T>>;
template <typename T>
concept PipelineLike = is_pipeline<std::remove_cvref_t<T>>;
template <typename T>
concept Left = ChainLike<T> || PipelineLike<T> || std::is_same_v<std::remove_cvref_t<T>, Refused>;

/// The operators of a chain, or the one operator.
template <typename C>
constexpr auto ops_of(C&& chain) {
    if constexpr (is_chain<std::remove_cvref_t<C>>) return std::forward<C>(chain).ops;
    else return detail::pack(std::forward<C>(chain));
}

template <typename C>
using ops_t = decltype(ops_of(std::declval<C>()));

template <typename In, typename S, typename Ops>
struct AttachPack;
template <typename In, typename S, typename... Ops>
struct AttachPack<In, S, Pack<Ops...>> {
    using type = typename AttachAll<In, S, Ops...>::type;
};

/// The stream behind a chain (or one operator) that stands behind S, inside an operator In if that is given.
template <typename S, typename C, typename In = void>
using behind_t = typename AttachPack<In, S, ops_t<C>>::type;

template <typename Out, typename Source, typename... Ops>
constexpr auto make_pipeline(Source&& source, Pack<Ops...> ops) {
    if constexpr (std::is_same_v<Out, Refused>) return Refused{};
    else return Pipeline<std::remove_cvref_t<Source>, Out, Ops...>{std::forward<Source>(source), std::move(ops)};
}
template <typename... Ops>
constexpr Chain<Ops...> make_chain(Pack<Ops...> ops) { return {std::move(ops)}; }

/// An operator that reads the source in a way of its own (as_batches), directly behind it: it becomes the source.
template <typename Op, typename Source>
concept ReplacesSource = requires(const Op& op, Source source) { op.replace_source(std::move(source)); };

/// Whether the first operator that is no marker of a name is one.
template <typename Source, typename Ops>
inline constexpr bool begins_with_source = false;
template <typename Source, typename Op, typename... Ops>
inline constexpr bool begins_with_source<Source, Pack<Op, Ops...>> = ReplacesSource<Op, Source>;
template <typename Source, typename Op, typename... Ops>
    requires requires { requires Op::marker; }
inline constexpr bool begins_with_source<Source, Pack<Op, Ops...>> = begins_with_source<Source, Pack<Ops...>>;

/// The pipeline in which that operator has become the source. `before`: the markers in front of it.
template <typename Source, typename... Before, typename Op, typename... Ops>
constexpr auto with_replaced_source(Source source, Pack<Before...> before, Op op, Ops... ops) {
    if constexpr (ReplacesSource<Op, Source>) {
        auto replaced = op.replace_source(std::move(source));
        using Out = attach_t<typename decltype(replaced)::stream, Before..., Ops...>;
        return make_pipeline<Out>(std::move(replaced), detail::join_packs(std::move(before), detail::pack(std::move(ops)...)));
    } else {
        return with_replaced_source(std::move(source), detail::join_packs(std::move(before), detail::pack(std::move(op))), std::move(ops)...);
    }
}

/// Whether an operand is kept as it is, so that the result would need a copy.
template <typename T>
inline constexpr bool lacks_copy = std::is_lvalue_reference_v<T> && not std::is_copy_constructible_v<std::remove_cvref_t<T>>;

template <typename L, typename R>
constexpr auto join(L&& left, R&& right) {
    if constexpr (std::is_same_v<std::remove_cvref_t<L>, Refused>) {
        return Refused{};
    } else if constexpr (PipelineLike<R>) {
        static_assert(never<L>, "a pipeline cannot stand right of |: it has a source already. Use merge(pipeline, pipeline) to join two.");
        return Refused{};
    } else if constexpr (std::is_same_v<std::remove_cvref_t<R>, Refused>) {
        return Refused{};
    } else if constexpr (not ChainLike<R>) {
        if constexpr (std::is_function_v<std::remove_pointer_t<std::remove_cvref_t<R>>>)
            static_assert(never<L>, "| takes an operator, and this is a function. An operator without arguments needs its parentheses, "
                                    "as in | unbatch(); a function of yours needs map(fn), filter(fn), tap(fn) or for_each(fn).");
        else
            static_assert(never<L>, "| takes an operator, and this is not one. A function needs map(fn), filter(fn), tap(fn) or "
                                    "for_each(fn); an operator of your own needs `using kind = weir::OperatorKind;`.");
        return Refused{};
    } else if constexpr (lacks_copy<L> || lacks_copy<R>) {
        static_assert(never<L>, "| copies a chain that has a name, so that it can be used again, and this one cannot be copied: something in "
                                "it cannot, as a function that owns a std::unique_ptr. Give it away, std::move(chain), or let it own a "
                                "std::shared_ptr.");
        return Refused{};
    } else if constexpr (PipelineLike<L>) {
        using Source = typename std::remove_cvref_t<L>::source_type;
        if constexpr (decltype(left.ops)::size == 0 && begins_with_source<Source, ops_t<R>>) {
            return detail::unpack([&](auto&&... ops) { return with_replaced_source(std::forward<L>(left).source, Pack<>(), std::move(ops)...); },
                          ops_of(std::forward<R>(right)));
        } else {
            using Out = behind_t<typename std::remove_cvref_t<L>::stream, R>;
            return make_pipeline<Out>(std::forward<L>(left).source, detail::join_packs(std::forward<L>(left).ops, ops_of(std::forward<R>(right))));
        }
    } else {
        return make_chain(detail::join_packs(ops_of(std::forward<L>(left)), ops_of(std::forward<R>(right))));
    }
}

/// Marks where the name of a part of a chain begins and ends. They vanish when the chain is bound.
struct NameBegin {
    using kind = OperatorKind;
    static constexpr bool marker = true;
    static constexpr bool passes_clauses = true;
    template <typename S>
    using out = S;
    std::string name;
    bool one_operator;
};

struct NameEnd {
    using kind = OperatorKind;
    static constexpr bool marker = true;
    static constexpr bool passes_clauses = true;
    template <typename S>
    using out = S;
};

} // namespace detail

/// Joins what stands left, a pipeline or a chain, with the operator or chain that stands right. Any grouping gives the same.
/// The right side may be anything here so that a wrong one gets a sentence and not a list of candidates.
template <typename L, typename R>
    requires detail::Left<L>
[[nodiscard]] constexpr auto operator|(L&& left, R&& right) {
    detail::may_be_used_later(left);
    detail::may_be_used_later(right);
    return detail::join(std::forward<L>(left), std::forward<R>(right));
}
/// An operator without its parentheses: this chooses the overload of it that says what it takes.
template <typename L>
    requires detail::Left<L>
constexpr Refused operator|(L&&, Refused (*)()) {
    return {};
}

namespace detail {
using weir::operator|; // found by argument-dependent lookup: our operators live here
}

/// A chain, or one operator, under a name of its own: its stable identity for state, Report and figures.
///     E -> as the chain; one operator is called `name`, the operators of a chain `name/kind#ordinal`.
template <typename C>
    requires detail::ChainLike<C>
[[nodiscard]] constexpr auto named(std::string_view name, C&& chain) {
    using Ops = detail::ops_t<C>;
    return detail::NameBegin{std::string(name), Ops::size == 1} | std::forward<C>(chain) | detail::NameEnd{};
}
template <typename Name, typename C>
    requires(not(std::is_convertible_v<const Name&, std::string_view> && detail::ChainLike<C>))
constexpr Refused named(const Name&, const C&) {
    static_assert(detail::said_before<C>, "named(name, chain): it takes a name and then a chain or an operator. A function needs map(fn), "
                                          "filter(fn), tap(fn) or for_each(fn).");
    return {};
}

} // namespace weir
