// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/attach.hpp>
#include <weir/core/branch.hpp>
#include <weir/core/chain.hpp>
#include <weir/core/config.hpp>
#include <weir/core/error_policy.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace weir::detail {

struct InsideLateTo; // in the compilers' notes, as the next
struct InsideAheadTo;

/// What late_to(x) gives for an x that is no chain.
template <typename... X>
constexpr Refused late_to_no_chain() {
    static_assert(said_before<X...>, "late_to(chain): it takes a chain that ends in a sink. A function needs for_each(fn).");
    return {};
}

/// Whether the chain of late_to, or of ahead_to, fits a stream S; says the mistake where it does not.
template <typename S, typename C, bool Late = true>
consteval bool takes_late() {
    using Behind = behind_t<without_clauses_t<S>, C, std::conditional_t<Late, InsideLateTo, InsideAheadTo>>;
    if constexpr (std::is_same_v<Behind, Refused>) return false; // said before, by the operator that refused
    else if constexpr (not std::is_same_v<Behind, Ended>) {
        if constexpr (Behind::has_clauses) static_assert(LeakedClause<void, Behind>::said == 0);
        else if constexpr (Late)
            static_assert(never<C, S>, "late_to(chain): the chain has no sink, so what is late would go nowhere: end it with "
                                       "for_each(fn), collect_into(container) or another sink.");
        else
            static_assert(never<C, S>, "ahead_to(chain): the chain has no sink, so what is too far ahead would go nowhere: end it with "
                                       "for_each(fn), collect_into(container) or another sink.");
        return false;
    } else return true;
}

/// Chains for what is late, one for each side of a join; NoChain where there is none.
template <typename Left, typename Right>
struct LateOfSides {
    WEIR_NO_UNIQUE_ADDRESS Left left;
    WEIR_NO_UNIQUE_ADDRESS Right right;
};
template <typename>
inline constexpr bool is_late_of_sides = false;
template <typename Left, typename Right>
inline constexpr bool is_late_of_sides<LateOfSides<Left, Right>> = true;

/// The same with another chain for one side. C: the chain; Late: LateOfSides, or NoChain.
template <bool IsLeft, typename Late, typename C>
constexpr auto with_late_of_side(const Late& late, C&& chain) {
    using Chain = std::remove_cvref_t<C>;
    if constexpr (is_late_of_sides<Late>) {
        if constexpr (IsLeft) return LateOfSides<Chain, decltype(Late::right)>{std::forward<C>(chain), late.right};
        else return LateOfSides<decltype(Late::left), Chain>{late.left, std::forward<C>(chain)};
    } else {
        return with_late_of_side<IsLeft>(LateOfSides<NoChain, NoChain>{}, std::forward<C>(chain));
    }
}

/// The recipe of an operator that gives nothing but what is late to a side, of its own choice. Op: the recipe with another side.
template <template <typename> typename Op, typename Late>
struct MayGiveLate {
    static constexpr bool has_late = not std::is_same_v<Late, NoChain>;
    static constexpr bool cuts_inside = [] {
        if constexpr (has_late) return any_cuts<ops_t<Late>>;
        else return false;
    }();
    WEIR_NO_UNIQUE_ADDRESS Late late; // no {}: a chain with a lambda in it cannot be made from nothing

    /// Where the late events go: a chain that ends in a sink.
    template <typename C>
        requires ChainLike<C>
    [[nodiscard]] constexpr auto late_to(C&& chain) const {
        return Op<std::remove_cvref_t<C>>{{std::forward<C>(chain)}};
    }
    template <typename... X>
        requires(sizeof...(X) != 1 || not(ChainLike<X> || ...))
    constexpr Refused late_to(const X&...) const { return late_to_no_chain<X...>(); }

    template <typename S>
    static consteval bool fits() {
        if constexpr (has_late) return takes_late<S, Late>();
        else return true;
    }
    template <typename S>
    void say_late([[maybe_unused]] auto& walk) const {
        if constexpr (has_late) walk.branch(without_clauses_t<S>{}, late, "late_to");
    }
    /// The running form of the side; NoBranch where there is none.
    template <typename S, typename Binding>
    constexpr auto bind_late([[maybe_unused]] Binding& binding, [[maybe_unused]] std::uint32_t id) && {
        if constexpr (has_late) return bind_branch(without_clauses_t<S>{}, std::move(late), binding, id, "late_to");
        else return NoBranch{};
    }
};

} // namespace weir::detail
