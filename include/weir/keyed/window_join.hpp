// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/late_to.hpp>
#include <weir/core/state_vector.hpp>
#include <weir/keyed/aggregate.hpp>
#include <weir/keyed/join_arguments.hpp>
#include <weir/keyed/join_inputs.hpp>
#include <weir/keyed/join_late.hpp>
#include <weir/keyed/key_options.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// The key of an event of either side: as the projections show it where they do so alike, else as it is kept.
template <typename KeyOfLeft, typename KeyOfRight>
struct KeyOfSides {
    WEIR_NO_UNIQUE_ADDRESS KeyOfLeft left;
    WEIR_NO_UNIQUE_ADDRESS KeyOfRight right;
    template <typename L, typename R>
    decltype(auto) operator()(const Sided<L, R>& event) const {
        using Shown = shown_key_t<KeyOfLeft, L>;
        using Key = std::conditional_t<std::is_same_v<Shown, shown_key_t<KeyOfRight, R>>, Shown, kept_key_t<KeyOfLeft, L>>;
        const auto as_key = [](auto&& shown) -> Key {
            if constexpr (std::is_same_v<Key, Shown>) return static_cast<Key>(std::forward<decltype(shown)>(shown));
            else return kept_key<Key>(std::forward<decltype(shown)>(shown));
        };
        if (const L* const value = event.left()) return as_key(std::invoke(left, *value));
        return as_key(std::invoke(right, *event.right()));
    }
};

/// The events of a key and window, of each side as they came.
template <typename L, typename R>
struct BothSides {
    StateVector<L> left{};
    StateVector<R> right{};
    void clear() noexcept {
        left.clear();
        right.clear();
    }
    static constexpr auto fields() { return weir::fields("left", &BothSides::left, "right", &BothSides::right); }
};

/// The same, lent.
template <typename L, typename R>
struct LentSides {
    std::span<const L> left{};
    std::span<const R> right{};
};
struct LendSides {
    template <typename L, typename R>
    LentSides<L, R> operator()(std::span<const L> left, std::span<const R> right) const noexcept { return {left, right}; }
};

/// The aggregate of a cogroup: what fn makes of the events of both sides.
template <typename Fn>
struct CoGroupAggregate {
    static constexpr bool lends_state = true; // its result may be spans of it
    WEIR_NO_UNIQUE_ADDRESS Fn fn;

    template <typename Both>
        requires std::copyable<typename Both::left_type> && std::copyable<typename Both::right_type>
    using State = BothSides<typename Both::left_type, typename Both::right_type>;
    template <typename Both>
    static constexpr AggregateRules rules{.exact = true, .commutative = false, .tolerance = 0, .grows = true};

    template <typename L, typename R>
    void add(BothSides<L, R>& state, const Sided<L, R>& event) const {
        if (const L* const value = event.left()) state.left.push_back(*value);
        else state.right.push_back(*event.right());
    }
    template <typename L, typename R>
    void merge(BothSides<L, R>& state, const BothSides<L, R>& later) const {
        state.left.append(later.left);
        state.right.append(later.right);
    }
    template <typename L, typename R>
    [[nodiscard]] auto finish(const BothSides<L, R>& state) const
        requires std::invocable<const Fn&, std::span<const L>, std::span<const R>>
    {
        return std::invoke(fn, std::span<const L>(state.left), std::span<const R>(state.right));
    }
};

/// cogroup, and the first half of window_join: the aggregate behind the clauses that the join's arguments are.
///     Options: KeyedOptions or NoOptions.
template <bool Pairs, typename Spec, typename KeyOf, typename Fn, typename Options = NoOptions>
struct CoGroupOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = Pairs ? "window_join" : "cogroup";
    using Late = decltype(Spec::late);
    static constexpr bool cuts_inside = [] {
        if constexpr (Spec::has_late_of_sides) return any_cuts<ops_t<decltype(Late::left)>> || any_cuts<ops_t<decltype(Late::right)>>;
        else if constexpr (Spec::has_late) return any_cuts<ops_t<Late>>;
        else return false;
    }();
    using Aggregate = AggregateOp<CoGroupAggregate<Fn>, Options>;
    Spec spec;
    WEIR_NO_UNIQUE_ADDRESS KeyOf key_of;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    WEIR_NO_UNIQUE_ADDRESS Options options{};

    template <typename S>
    using clauses_t = with_clause_t<with_clause_t<S, KeyClause<KeyOf>>, WindowClause<Spec>>;
    template <typename S>
    static consteval bool late_fits() {
        if constexpr (Spec::has_late_of_sides) return takes_late_of_sides<S, decltype(Late::left), decltype(Late::right)>();
        else if constexpr (Spec::has_late) return takes_late<S, Late>();
        else return true;
    }
    template <typename S, typename Both = typename S::value>
    static constexpr bool copyable = std::copyable<typename Both::left_type> && std::copyable<typename Both::right_type>;
    template <typename S, typename Both = typename S::value>
    static consteval bool gives() {
        using Left = std::span<const typename Both::left_type>;
        using Right = std::span<const typename Both::right_type>;
        if constexpr (std::invocable<const Fn&, Left, Right>) return not std::is_void_v<std::invoke_result_t<const Fn&, Left, Right>>;
        else return false;
    }
    template <typename S>
        requires(copyable<S> && gives<S>())
    using out = std::conditional_t<late_fits<S>(), typename Aggregate::template out<clauses_t<S>>, Refused>;

    template <typename S>
    void say_memory(auto& walk, const S&) const {
        walk.unbounded("not bounded: it keeps all events of the windows that are open, and nothing says how many those are");
        if constexpr (Spec::has_late_of_sides) late_of_sides_memory<S>(walk, spec.late.left, spec.late.right);
        else if constexpr (Spec::has_late) walk.branch(without_clauses_t<S>{}, spec.late, "late_to");
    }
    template <typename S, typename Binding>
    auto bind(const S&, Binding& binding, std::uint32_t id) && {
        const clauses_t<S> stream{detail::pack(KeyClause<KeyOf>{std::move(key_of)}, WindowClause<Spec>{spec})};
        Aggregate aggregate{{std::move(fn)}, options, name};
        if constexpr (Spec::has_late_of_sides)
            return aggregate.running(stream, spec.assigner, spec, binding,
                                     bind_late_of_sides<LateOfEither, S>(std::move(spec.late.left), std::move(spec.late.right), binding, id));
        else return std::move(aggregate).bind(stream, binding, id);
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not copyable<S> && Pairs)
            static_assert(never<Fn, S>, "window_join(left, right, window, fn): it keeps copies of both sides' events, and these cannot be copied.");
        else if constexpr (not copyable<S>)
            static_assert(never<Fn, S>, "cogroup(left, right, window, fn): it keeps copies of both sides' events, and these cannot be copied.");
        else if constexpr (has_delay<clauses_t<S>> && not S::traits.waits)
            static_assert(never<Fn, S>, "window_join, cogroup: the windows give panes by the job's clock (after_delay(d), or_after(d)), but a source of the two "
                                        "cannot wait with a deadline. Put stage() behind that source.");
        else
            static_assert(never<Fn, S>, "cogroup(left, right, window, fn): fn must take the events of both sides and give a result. Accepted: "
                                        "T fn(std::span<const L>, std::span<const R>), const.");
    }
};

/// The second half of window_join: the pairs of what a window has.
template <JoinType type, typename Fn>
struct PairsOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "pairs";
    static constexpr bool keeps_little = true;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    std::uint64_t unmatched = 0; // panes of which nothing came

    template <typename S>
    struct Lent;
    template <typename K, typename L, typename R>
    struct Lent<Windowed<K, LentSides<L, R>>> {
        using Arguments = JoinArguments<type, L, R>;
        template <typename V>
        using Row = Windowed<K, V>;
    };
    template <typename S>
    using Arguments = typename Lent<typename S::value>::Arguments;
    template <typename S>
        requires(Arguments<S>::template gives<Fn>)
    using out = with_event_t<S, typename Lent<typename S::value>::template Row<typename Arguments<S>::template result<Fn>>>;

    template <typename K, typename L, typename R, typename Next>
    void on_event(Event<Windowed<K, LentSides<L, R>>>&& event, Next& next) {
        using A = JoinArguments<type, L, R>;
        const auto& [key, window, sides] = event.value;
        const auto give = [&](const L* left, const R* right) {
            using Row = Windowed<K, typename A::template result<Fn>>;
            next.on_event(Event<Row>{Row{key, window, A::call(fn, left, right)}, event.time});
        };
        if ((sides.right.empty() && not A::keeps_left) || (sides.left.empty() && not A::keeps_right)) ++unmatched;
        if (A::keeps_left && sides.right.empty())
            for (const L& left : sides.left) give(&left, nullptr);
        if (A::keeps_right && sides.left.empty())
            for (const R& right : sides.right) give(nullptr, &right);
        for (const L& left : sides.left)
            for (const R& right : sides.right) give(&left, &right);
    }
    void report(OperatorReport& row) const noexcept { row.dropped(Drop::unmatched) = unmatched; }
    void save(StateWriter& to) const { to.put(unmatched); }
    void load(StateReader& from) { from.get(unmatched); }

    template <typename S>
    static constexpr void explain() {
        if constexpr (type == JoinType::inner)
            static_assert(never<Fn, S>, "window_join(left, right, window, fn): fn must take a value of each side and give a result. Accepted: T fn(const L&, const R&).");
        else
            static_assert(never<Fn, S>, "window_join<type>(left, right, window, fn): in an outer join the side that may be missing comes as a pointer. Accepted: "
                                        "left: T fn(const L&, const R*); right: T fn(const L*, const R&); full: T fn(const L*, const R*).");
    }
};

template <typename Spec>
concept WindowsOfTime = requires(const Spec& spec) {
    requires decltype(spec.assigner)::is_timed;
    requires not Spec::follows_records;
    spec.late;
    spec.rules;
};

template <bool Pairs, typename Left, typename Right, typename Spec, typename Fn, typename Options = NoOptions>
constexpr auto cogrouped(Left&& left, Right&& right, Spec windows, Fn fn, Options options = {}) {
    using L = std::remove_cvref_t<Left>;
    using R = std::remove_cvref_t<Right>;
    if constexpr (not can_join<true, L, R>()) {
        return Refused{};
    } else if constexpr (not WindowsOfTime<Spec>) {
        static_assert(never<Spec>, "window_join(left, right, window, fn), cogroup: the third argument says the windows, by time: tumbling(size), "
                                   "sliding(size, slide), session(gap) ...");
        return Refused{};
    } else {
        using KeyOf = KeyOfSides<open_key_t<L>, open_key_t<R>>;
        CoGroupOp<Pairs, Spec, KeyOf, Fn, Options> op{std::move(windows), KeyOf{open_key_in(left), open_key_in(right)}, std::move(fn), options};
        return joined(std::forward<Left>(left), std::forward<Right>(right)) | std::move(op);
    }
}

} // namespace detail

/// What becomes of the events of two streams that have the same key and lie in the same window.
///     left, right: pipelines with event time that end in key_by, with keys of one type, of events that can be copied
///     windows: tumbling, sliding, cumulative, session, windows_by, with all that they offer; what is late goes to .late_left_to(chain)
///     and .late_right_to(chain), as L and R, or all of it to .late_to(chain), as Sided<L, R>
///     fn(std::span<const L>, std::span<const R>) -> T, each side's events as they came, one of them perhaps empty
///     options, as those of aggregate: KeyedOptions{.max_keys, .at_max}: events of no more than so many keys at once, over all windows
///     that are open
///     -> Windowed<Key, T>, one for each pane, as aggregate gives them. example: tests/keyed/window_join.cpp
template <typename Left, typename Right, typename Windows, typename Fn>
[[nodiscard]] constexpr auto cogroup(Left&& left, Right&& right, Windows windows, Fn fn) {
    return detail::cogrouped<false>(std::forward<Left>(left), std::forward<Right>(right), std::move(windows), std::move(fn));
}
template <typename Left, typename Right, typename Windows, typename Fn>
[[nodiscard]] constexpr auto cogroup(Left&& left, Right&& right, Windows windows, Fn fn, KeyedOptions options) {
    return detail::cogrouped<false>(std::forward<Left>(left), std::forward<Right>(right), std::move(windows), std::move(fn), options);
}

/// The pairs of events of two streams that have the same key and lie in the same window.
///     as cogroup, but fn(const L&, const R&) -> T for each pair; window_join<JoinType::left> (right, full) also gives what has no
///     partner in its window, and fn gets a pointer to the side that may be missing.
///     -> Windowed<Key, T>, for each pair of a pane one, when the window gives: all pairs of a key and window at once.
///     example: tests/keyed/window_join.cpp
template <JoinType type = JoinType::inner, typename Left, typename Right, typename Windows, typename Fn>
[[nodiscard]] constexpr auto window_join(Left&& left, Right&& right, Windows windows, Fn fn) {
    static_assert(detail::is_pairing<type>, "window_join<type>: type is inner, left, right or full.");
    auto both = detail::cogrouped<true>(std::forward<Left>(left), std::forward<Right>(right), std::move(windows), detail::LendSides{});
    return std::move(both) | detail::PairsOp<type, Fn>{std::move(fn)};
}
template <JoinType type = JoinType::inner, typename Left, typename Right, typename Windows, typename Fn>
[[nodiscard]] constexpr auto window_join(Left&& left, Right&& right, Windows windows, Fn fn, KeyedOptions options) {
    static_assert(detail::is_pairing<type>, "window_join<type>: type is inner, left, right or full.");
    auto both = detail::cogrouped<true>(std::forward<Left>(left), std::forward<Right>(right), std::move(windows), detail::LendSides{}, options);
    return std::move(both) | detail::PairsOp<type, Fn>{std::move(fn)};
}

} // namespace weir
