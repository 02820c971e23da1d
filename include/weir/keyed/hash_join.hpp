// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/keyed/hash_joining.hpp>
#include <weir/keyed/hash_probing.hpp>
#include <weir/keyed/join_arguments.hpp>
#include <weir/keyed/join_inputs.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// hash_join in the chain of its left side.
template <typename Join, typename Fn, typename Out>
struct HashProbeOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "hash_join";
    static constexpr bool per_event = not (Join::timed && Join::Arguments::keeps_right); // then it has a say in the watermark
    typename Join::KeyOfLeft key_of_left;
    Fn fn;
    std::shared_ptr<HashBuilt<Join>> built;

    template <typename>
    using out = Out;
    template <typename S, typename Binding>
    auto bind(const S&, const Binding&, [[maybe_unused]] std::uint32_t id) && {
        constexpr bool shares = requires { requires Binding::is_copy; };
        if constexpr (shares) built->shared_row = id;
        return HashProbing<Join, Fn, typename S::value, shares>(std::move(key_of_left), std::move(fn), std::move(built));
    }
};

/// Of semi and anti joins: the events of the left side go on as they are.
struct LeftAsItIs {};

template <JoinType type, bool RightTimed, typename KeyOfLeft, typename KeyOfRight, typename Fn>
struct HashJoinOp {
    using kind = OperatorKind;
    template <typename S>
    void say_memory(auto& walk, const S&) const { walk.given(); }
    static constexpr std::string_view name = "hash_join";
    template <typename S>
    using assigned = typename S::value::right_type;
    static constexpr bool only_looks = std::is_same_v<Fn, LeftAsItIs>;
    WEIR_NO_UNIQUE_ADDRESS KeyOfLeft key_of_left;
    WEIR_NO_UNIQUE_ADDRESS KeyOfRight key_of_right;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;

    template <typename S>
    using Arguments = JoinArguments<type, typename S::value::left_type, typename S::value::right_type>;
    template <typename S>
    static constexpr auto result() {
        if constexpr (only_looks) return std::type_identity<typename S::value::left_type>();
        else return std::type_identity<typename Arguments<S>::template result<Fn>>();
    }
    template <typename S>
        requires(only_looks || Arguments<S>::template gives<Fn>)
    using out = joined_t<S, typename decltype(result<S>())::type>;

    template <typename S>
    using Join = HashJoinOf<type, typename S::value::left_type, typename S::value::right_type, KeyOfLeft, KeyOfRight, S::timed, RightTimed, S::traits.bounded>;
    template <typename S, typename Binding>
    auto build(Binding& binding) const {
        std::optional<MemoryBudget::Share> share;
        if constexpr (requires { binding.memory(); }) share = binding.memory().share();
        return std::make_shared<HashBuilt<Join<S>>>(key_of_left, key_of_right, share);
    }
    template <typename S, typename Binding>
    auto bind(const S&, Binding& binding, std::uint32_t) && {
        auto built = build<S>(binding);
        return HashJoining<typename S::event, Join<S>, Fn>(std::move(key_of_left), std::move(fn), std::move(built));
    }

    /// Where the right side is read before the left one begins (run/built_first.hpp): what takes that, of values Given, and what then stands
    /// in the chain of the left one. S: the stream of both.
    static constexpr bool builds_first = true;
    template <typename S, typename Given, typename Binding>
    auto built_first(Binding& binding) && {
        auto built = build<S>(binding);
        return std::tuple(built, HashBuilding<Join<S>, Given>(built), HashProbeOp<Join<S>, Fn, out<S>>{std::move(key_of_left), std::move(fn), built});
    }
    template <typename S>
    static constexpr void explain() {
        if constexpr (type == JoinType::inner)
            static_assert(never<Fn, S>, "hash_join(left, right, fn): fn must take a row of each side and give a result. Accepted: T fn(const L&, const R&).");
        else
            static_assert(never<Fn, S>, "hash_join<type>(left, right, fn): in an outer join the row that may be missing comes as a pointer, and fn must give a "
                                        "result. Accepted: left: T fn(const L&, const R*); right: T fn(const L*, const R&); full: T fn(const L*, const R*).");
    }
};

/// Whether the sides can be joined as a whole; says the mistake where they cannot.
template <JoinType type, typename L, typename R>
consteval bool can_hash_join() {
    constexpr bool keeps_right = type == JoinType::right || type == JoinType::full;
    if constexpr (not can_join<false, L, R>()) {
        return false;
    } else if constexpr (not R::stream::traits.bounded) {
        static_assert(never<L, R>, "hash_join(left, right, ...): the right side is read whole before anything of the left one is, but it has no end. Give the "
                                   "side that ends as the right one; of two that have none, interval_join or window_join join what belongs together in time.");
        return false;
    } else if constexpr (keeps_right && not L::stream::traits.bounded) {
        static_assert(never<L, R>, "hash_join<right or full>(left, right, ...): rows of the right side without a partner are given when the left side has ended, "
                                   "but it has no end. Take JoinType::inner or left.");
        return false;
    } else if constexpr (keeps_right && L::stream::timed && not R::stream::timed) {
        static_assert(never<L, R>, "hash_join<right or full>(left, right, ...): rows of the right side without a partner are given with their event time, but they "
                                   "have none. Put event_time(projection) before its key_by.");
        return false;
    } else {
        return true;
    }
}

template <JoinType type, typename Left, typename Right, typename Fn>
constexpr auto hash_joined(Left&& left, Right&& right, Fn fn) {
    using L = std::remove_cvref_t<Left>;
    using R = std::remove_cvref_t<Right>;
    if constexpr (not can_hash_join<type, L, R>()) return Refused{};
    else {
        constexpr bool right_timed = L::stream::timed && R::stream::timed;
        HashJoinOp<type, right_timed, open_key_t<L>, open_key_t<R>, Fn> op{open_key_in(left), open_key_in(right), std::move(fn)};
        return joined(std::forward<Left>(left), std::forward<Right>(right), true) | std::move(op);
    }
}

} // namespace detail

/// Joins each event of the left side with all of the right side that have the same key: the right side, which has an end, is read
/// first, whole, and kept; the left one goes past it.
///     left, right: pipelines that end in key_by, with keys of one type; a key that is an empty optional, or a tuple with one in it,
///     matches none, as in SQL
///     fn(const L&, const R&) -> T for each pair; hash_join<JoinType::left> (right, full): also rows that only one side has, what may be
///     missing comes as a pointer.
///     -> T in the order of the left side, its partners in theirs; rows of the right side that nothing looked at (right, full) behind them, in
///     the order in which they came. Where the left side has event time: with the greater of both times, a row alone with its own; in right
///     and full joins, and where the sides are in files, the watermark waits for the end, so that nothing behind them is late.
///     Memory: the right side. Where that is more than RunOptions::memory both sides go into temporary files by their keys, if they can be
///     saved, and are joined part by part at the end, each in this order; the rows of one key are never cut. Where the left side has no end
///     that is an error. Many partners of one row are given as far as there is room. Counted: unmatched of both sides; held: the right
///     side, until the left one has ended. Workers (RunOptions) share the left side, in the same order; with a right side in files one task
///     reads it. example: tests/keyed/hash_join.cpp
template <JoinType type = JoinType::inner, typename Left, typename Right, typename Fn>
[[nodiscard]] constexpr auto hash_join(Left&& left, Right&& right, Fn fn) {
    static_assert(detail::is_pairing<type>, "hash_join<semi or anti>(left, right): takes no function, as the left side's events go on as they are.");
    if constexpr (not detail::is_pairing<type>) return Refused{};
    else return detail::hash_joined<type>(std::forward<Left>(left), std::forward<Right>(right), std::move(fn));
}
/// The events of the left side that have a partner (hash_join<JoinType::semi>), or that have none (anti), as they are.
///     E -> E, in their order, with their event time. Memory: the keys of the right side. Counted: without a partner, unmatched; in an anti
///     join those with one, of both sides, filtered. example: tests/keyed/hash_join.cpp
template <JoinType type = JoinType::inner, typename Left, typename Right>
[[nodiscard]] constexpr auto hash_join(Left&& left, Right&& right) {
    static_assert(not detail::is_pairing<type>, "hash_join(left, right): without a function only hash_join<JoinType::semi> and anti can say what they give; of the "
                                                "others it makes the result. Write hash_join(left, right, fn).");
    if constexpr (detail::is_pairing<type>) return Refused{};
    else return detail::hash_joined<type>(std::forward<Left>(left), std::forward<Right>(right), detail::LeftAsItIs{});
}

} // namespace weir
