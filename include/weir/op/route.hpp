// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/op/branches.hpp>
#include <weir/op/filter.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir {

struct Otherwise {
    template <typename E>
    constexpr bool operator()(const E&) const noexcept { return true; }
};
/// In route, instead of the last predicate: takes every event that came so far.
inline constexpr Otherwise otherwise{};

namespace detail {

/// A branch and the predicate before it.
template <typename Pred, typename B>
struct RoutedBranch : B {
    WEIR_NO_UNIQUE_ADDRESS Pred pred;
};

/// The first branch whose predicate says yes gets the event.
template <typename E, typename... Bs>
class Switch : public BranchSet<E, Bs...> {
public:
    using BranchSet<E, Bs...>::BranchSet;

    template <typename Given>
    WEIR_INLINE constexpr void give(Given&& event) {
        bool matched = false;
        this->branches_.for_each([&](auto& branch) {
            if (matched || not static_cast<bool>(call(branch.pred, std::as_const(event)))) return;
            matched = true;
            if (not branch.on_event(std::forward<Given>(event))) ++refused_;
        });
        if (not matched) ++unmatched_;
    }
    void count(OperatorReport& row) const {
        row.dropped(Drop::unmatched) = unmatched_;
        row.dropped(Drop::filtered) = refused_;
    }
    void save_own(StateWriter& to) const {
        BranchSet<E, Bs...>::save_own(to);
        to.put(unmatched_);
        to.put(refused_);
    }
    void load_own(StateReader& from) {
        BranchSet<E, Bs...>::load_own(from);
        from.get(unmatched_);
        from.get(refused_);
    }

private:
    std::uint64_t unmatched_ = 0;
    std::uint64_t refused_ = 0; // for branches that needed no more
};

struct InsideRoute {
    template <BranchMistake Mistake, typename S>
    static constexpr void say() {
        if constexpr (Mistake == BranchMistake::leaves_task)
            static_assert(never<S>, "route(predicate, chain, ...): a branch with a stage inside must end in a sink, as it goes on in another "
                                    "task; or let the stage follow the route.");
        else if constexpr (Mistake == BranchMistake::lends)
            static_assert(never<S>, "route(predicate, chain, ...): a branch without a sink would have to copy its events, and they cannot be "
                                    "copied. End it with a sink, or map to something new.");
        else
            static_assert(never<S>, "route(predicate, chain, ...): the branches without a sink must all give the same type of event, as one "
                                    "stream follows them. Map them to one type, or end them with sinks.");
    }
};

template <typename Preds, typename Chains>
struct RouteOp;
template <typename... Ps, typename... Cs>
struct RouteOp<std::tuple<Ps...>, std::tuple<Cs...>> {
    using kind = OperatorKind;
    static constexpr std::string_view name = "route";
    static constexpr bool cuts_inside = (any_cuts<ops_t<Cs>> || ...);
    std::tuple<Ps...> preds;
    std::tuple<Cs...> chains;

    template <typename S>
        requires(PredicateOf<Ps, S> && ...)
    using out = typename BehindBranches<InsideRoute, S, Cs...>::type;

    template <typename S>
    void say_memory(auto& walk, const S& stream) const { branches_memory(walk, stream, chains); }
    template <typename S, typename Binding>
    constexpr auto bind(const S& stream, Binding& binding, std::uint32_t id) && {
        auto branches = bind_branches<InsideRoute, out<S>>(stream, chains, binding, id,
                                                 [](std::size_t i) { return "branch#" + std::to_string(i + 1); });
        auto list = with_predicates<0>(std::move(branches));
        return [&]<typename... Bs>(BranchList<Bs...>&& routed) {
            using Inner = Switch<owned_t<typename S::event>, Bs...>;
            return Relay<Inner>(Inner(std::move(routed)));
        }(std::move(list));
    }

    template <typename S>
    static constexpr void explain() {
        static_assert(never<S, Ps...>, "route(predicate, chain, ...): a predicate cannot be called with this pipeline's events, or does not say "
                                       "yes or no. Accepted: bool fn(const T&), a pointer to a bool member of T, otherwise.");
    }

private:
    template <std::size_t I>
    constexpr BranchList<> with_predicates(BranchList<>) { return {}; }
    template <std::size_t I, typename B, typename... Bs>
    constexpr auto with_predicates(BranchList<B, Bs...> list) {
        using P = std::tuple_element_t<I, std::tuple<Ps...>>;
        return [&]<typename... Rest>(BranchList<Rest...> rest) {
            return BranchList<RoutedBranch<P, B>, Rest...>{{std::move(list.first), std::move(std::get<I>(preds))}, std::move(rest)};
        }(with_predicates<I + 1>(std::move(list.rest)));
    }
};

/// Sorts the arguments of route into predicates and chains; Refused where they are not pairs.
template <typename... Args>
constexpr auto make_route(std::tuple<Args...> args) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        using All = std::tuple<Args...>;
        if constexpr (not(ChainLike<std::tuple_element_t<2 * I + 1, All>> && ...) || (ChainLike<std::tuple_element_t<2 * I, All>> || ...)) {
            static_assert(said_before<Args...>, "route(predicate, chain, ...): the arguments must come in pairs, a predicate and then the chain for "
                                          "the events it takes. Use map(fn) or for_each(fn) for a chain that is one function.");
            return Refused{};
        } else if constexpr (((std::is_same_v<std::tuple_element_t<2 * I, All>, Otherwise> && I + 1 != sizeof...(I)) || ...)) {
            static_assert(never<Args...>, "route(predicate, chain, ...): otherwise takes every event, so what stands behind it would never "
                                          "get one. Put it last.");
            return Refused{};
        } else {
            using Op = RouteOp<std::tuple<std::tuple_element_t<2 * I, All>...>, std::tuple<std::tuple_element_t<2 * I + 1, All>...>>;
            return Op{{std::move(std::get<2 * I>(args))...}, {std::move(std::get<2 * I + 1>(args))...}};
        }
    }(std::make_index_sequence<sizeof...(Args) / 2>{});
}

} // namespace detail

/// Gives each event to one chain: that of the first predicate which says yes.
///     route(is_trade, trades, is_quote, quotes, otherwise, rest)
///     E -> sink, where all the chains end in one; else E -> what the chains without a sink give, which must be of one type: in the
///     order of the events with one such chain, no order with several; the watermark is the least of theirs. The event is moved where
///     it may be; never allocates after warm-up. Without `otherwise` the events that no predicate takes are dropped (unmatched).
///     A chain that needs no more (take) goes on to match: its events are dropped (filtered). When all need no more, the route does.
///     Rows in the Report: route#1/branch#1/... Example: tests/op/route.cpp
template <typename... Args>
[[nodiscard]] constexpr auto route(Args&&... predicates_and_chains) {
    if constexpr (sizeof...(Args) == 0 || sizeof...(Args) % 2 != 0) {
        static_assert(detail::never<Args...>, "route(predicate, chain, ...): the arguments must come in pairs, a predicate and then the chain for the "
                                      "events it takes; for those that no predicate takes write: otherwise, chain.");
        return Refused{};
    } else {
        return detail::make_route(std::tuple<std::remove_cvref_t<Args>...>(std::forward<Args>(predicates_and_chains)...));
    }
}

} // namespace weir
