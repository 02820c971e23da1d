// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/op/branches.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// Every branch gets every event.
template <typename E, typename... Bs>
class Fan : public BranchSet<E, Bs...> {
public:
    using BranchSet<E, Bs...>::BranchSet;

    template <typename Given>
    WEIR_INLINE constexpr void give(Given&& event) {
        this->branches_.for_each([&event](auto& branch) { branch.on_event(std::as_const(event)); });
    }
    void count(OperatorReport&) const noexcept {} // all pass: what becomes of them stands in the rows of the branches
};

struct InsideBroadcast {
    template <BranchMistake Mistake, typename S>
    static constexpr void say() {
        if constexpr (Mistake == BranchMistake::leaves_task)
            static_assert(never<S>, "broadcast(chains...): a branch with a stage inside must end in a sink, as it goes on in another task; "
                                    "or let the stage follow the broadcast.");
        else if constexpr (Mistake == BranchMistake::lends)
            static_assert(never<S>, "broadcast(chains...): a branch without a sink would have to copy its events, and they cannot be copied. "
                                    "Each branch gets the events as const T&: end it with a sink, or map to something new.");
        else
            static_assert(never<S>, "broadcast(chains...): the branches without a sink must all give the same type of event, as one stream "
                                    "follows them. Map them to one type, or end them with sinks.");
    }
};

template <typename... Cs>
struct BroadcastOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "broadcast";
    static constexpr bool cuts_inside = (any_cuts<ops_t<Cs>> || ...);
    std::tuple<Cs...> chains;

    template <typename S>
    using branch_stream = with_traits_t<S, lent(S::traits)>;
    template <typename S>
    using out = typename BehindBranches<InsideBroadcast, branch_stream<S>, Cs...>::type;

    template <typename S>
    void say_memory(auto& walk, const S&) const { branches_memory(walk, branch_stream<S>{}, chains); }
    template <typename S, typename Binding>
    constexpr auto bind(const S&, Binding& binding, std::uint32_t id) && {
        auto branches = bind_branches<InsideBroadcast, out<S>>(branch_stream<S>{}, chains, binding, id,
                                                 [](std::size_t i) { return "branch#" + std::to_string(i + 1); });
        return [&]<typename... Bs>(BranchList<Bs...>&& list) {
            using Inner = Fan<owned_t<typename S::event>, Bs...>;
            return Relay<Inner>(Inner(std::move(list)));
        }(std::move(branches));
    }
};

} // namespace detail

/// Gives every event to each of the chains, in their order, in the same task.
///     E -> sink, where all the chains end in one; else E -> what the chains without a sink give, which must be of one type:
///     for each event what the first chain gives, then the second; order kept with one such chain, none with several; the watermark
///     is the least of theirs. The chains get the events as const T&; never allocates after warm-up.
///     A chain that needs no more (take) does not stop the others; when all do, the broadcast does.
///     Rows in the Report: broadcast#1/branch#1/... Example: tests/op/broadcast.cpp
template <typename... Chains>
    requires(sizeof...(Chains) > 0) && (detail::ChainLike<Chains> && ...)
[[nodiscard]] constexpr auto broadcast(Chains&&... chains) {
    return detail::BroadcastOp<std::remove_cvref_t<Chains>...>{{std::forward<Chains>(chains)...}};
}
template <typename... Wrong>
    requires(not(sizeof...(Wrong) > 0 && (detail::ChainLike<Wrong> && ...)))
constexpr Refused broadcast(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "broadcast(chains...): it takes chains or operators, at least one. A function needs map(fn), filter(fn) "
                  "or for_each(fn), an operator without arguments its parentheses.");
    return {};
}

} // namespace weir
