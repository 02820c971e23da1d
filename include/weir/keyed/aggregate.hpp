// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/all_of.hpp>
#include <weir/core/key.hpp>
#include <weir/core/owned.hpp>
#include <weir/keyed/combined_rows.hpp>
#include <weir/keyed/combining_windows.hpp>
#include <weir/keyed/count_windows.hpp>
#include <weir/keyed/gathering.hpp>
#include <weir/keyed/groups.hpp>
#include <weir/keyed/key_by.hpp>
#include <weir/keyed/key_options.hpp>
#include <weir/keyed/limited_windows.hpp>
#include <weir/keyed/overlapping.hpp>
#include <weir/keyed/panes.hpp>
#include <weir/keyed/record_windows.hpp>
#include <weir/keyed/sessions.hpp>
#include <weir/keyed/window_aggregate.hpp>

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// All of a bounded stream: what an aggregate without a window works on.
struct WholeStream {
    static constexpr bool is_single = true;
    static constexpr bool holds_watermark = true;
    static constexpr bool spans_events = true;
    template <typename V, typename Fn>
    constexpr void assign(Timestamp, const V&, Fn&& fn) const { fn(min_time, max_time); }
};

template <typename S>
using key_projection_t = std::remove_cvref_t<decltype(key_clause_of(std::declval<const decltype(S::clauses)&>()).projection)>;

/// The type of the keys of a stream: NoKey where it has none.
template <typename S>
struct KeyOfStream {
    using type = NoKey;
    using projection = KeyOfNone;
    static constexpr projection of(const S&) { return {}; }
};
template <typename S>
    requires is_keyed<S>
struct KeyOfStream<S> {
    using projection = key_projection_t<S>;
    using type = kept_key_t<projection, typename S::value>;
    static constexpr projection of(const S& stream) { return key_clause_of(stream.clauses).projection; }
};
template <typename S>
using stream_key_t = typename KeyOfStream<S>::type;

template <typename S>
struct WindowOf {
    static constexpr bool has_delay = false;
    static constexpr bool has_late = false;
    static constexpr bool follows_records = false;
};
template <typename S>
    requires is_windowed<S>
struct WindowOf<S> {
    using Spec = std::remove_cvref_t<decltype(window_clause_of(std::declval<const decltype(S::clauses)&>()).spec)>;
    static constexpr bool has_delay = Spec::has_delay;
    static constexpr bool has_late = Spec::has_late;
    static constexpr bool follows_records = Spec::follows_records;
};
/// Whether the window of a stream looks at the job's clock, and whether its events say which windows there are.
template <typename S>
inline constexpr bool has_delay = WindowOf<S>::has_delay;
template <typename S>
inline constexpr bool follows_records = WindowOf<S>::follows_records;

/// Options: KeyedOptions or NoOptions.
template <typename A, typename Options = NoOptions>
struct AggregateOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "aggregate";
    static constexpr bool takes_clauses = true;
    static constexpr bool limited = std::is_same_v<Options, KeyedOptions>;
    template <typename S>
        requires(WindowOf<S>::follows_records)
    using assigned = owned_t<typename S::value>;
    WEIR_NO_UNIQUE_ADDRESS A aggregate;
    WEIR_NO_UNIQUE_ADDRESS Options options{};
    std::string_view called = "aggregate(..., options)";

    template <typename S>
    struct Row {
        using V = std::remove_cvref_t<aggregate_result_t<A, typename S::value>>;
        using type = std::conditional_t<is_windowed<S>, Windowed<stream_key_t<S>, V>, Keyed<stream_key_t<S>, V>>;
    };
    /// Who counts the inputs of a group: the aggregate, where it does.
    template <typename S>
    using CounterOf = std::conditional_t<CountsInputs<A, aggregate_state_t<A, typename S::value>> && not (is_windowed<S> && ChangesAfterPane<A, aggregate_state_t<A, typename S::value>>), A, OwnCount>;
    template <typename S>
        requires AggregateOn<A, typename S::value> && (is_windowed<S> || S::traits.bounded) && (is_keyed<S> || not limited) &&
                 (not has_delay<S> || S::traits.waits) && (not limited || not follows_records<S>)
    using out = with_event_t<without_clauses_t<S>, typename Row<S>::type>;

    template <typename S>
    void say_memory(auto& walk, const S& stream) const {
        if constexpr (is_windowed<S>) windows_memory(walk, stream);
        else if constexpr (limited && A::template rules<typename S::value>.grows) walk.unbounded("not bounded: an aggregate in it keeps values");
        else if constexpr (limited) bounded_keys_memory<stream_key_t<S>, aggregate_state_t<A, typename S::value>, 2>(walk, options, name, 128);
        else walk.given();
        if constexpr (WindowOf<S>::has_late) walk.branch(without_clauses_t<S>{}, window_clause_of(stream.clauses).spec.late, "late_to");
    }
    template <typename S, typename Binding>
    auto bind(const S& stream, Binding& binding, std::uint32_t id) && {
        if constexpr (is_windowed<S>) {
            const auto& spec = window_clause_of(stream.clauses).spec;
            using Spec = std::remove_cvref_t<decltype(spec)>;
            if constexpr (Spec::has_late)
                return running(stream, spec.assigner, spec, binding, bind_branch(without_clauses_t<S>{}, spec.late, binding, id, "late_to"));
            else
                return running(stream, spec.assigner, spec, binding, NoBranch{});
        } else if constexpr (not limited) {
            std::optional<MemoryBudget::Share> share;
            if constexpr (requires { binding.memory(); }) share = binding.memory().share();
            using State = aggregate_state_t<A, typename S::value>;
            using Key = stream_key_t<S>;
            using Counter = CounterOf<S>;
            using Parts = GroupParts<Key, WindowEntry<State, S::timed, Counter>, typename S::value, typename KeyOfStream<S>::projection>;
            if constexpr (Parts::fits && not S::timed && adds_unseen<A, typename S::value>)
                return grouping(stream, Groups<Key, State, S::timed, Parts, Counter>(share ? &*share : nullptr, KeyOfStream<S>::of(stream)), binding);
            else return grouping(stream, Groups<Key, State, S::timed, NoParts, Counter>(share ? &*share : nullptr), binding);
        } else {
            struct AtEnd {
                TriggerRules rules{};
                Duration lateness{};
                bool accumulates = true;
            };
            return running(stream, WholeStream{}, AtEnd{}, binding, NoBranch{});
        }
    }

    /// Whether workers can each aggregate parts of such a stream, which are then merged: windows that are fixed, and a result for each.
    template <typename S>
    static consteval bool gathers() {
        if constexpr (limited || S::traits.clocked || S::traits.merged || ChangesAfterPane<A, aggregate_state_t<A, typename S::value>>) return false;
        else if constexpr (is_windowed<S>) {
            using Spec = typename WindowOf<S>::Spec;
            if constexpr (requires { requires decltype(Spec::assigner)::is_single; }) return not Spec::has_late && std::is_same_v<decltype(Spec::rules), TriggerRules>;
            else return false;
        } else return true;
    }
    /// The same of settings.
    template <typename S>
    [[nodiscard]] static bool gathers(const S& stream) {
        if constexpr (is_windowed<S>) {
            const auto& spec = window_clause_of(stream.clauses).spec;
            return spec.lateness == Duration::zero() && gives_at_end(spec.rules, spec.accumulates);
        } else return true;
    }
    template <typename S>
    using PlainPanes = Panes<stream_key_t<S>, aggregate_state_t<A, typename S::value>, std::remove_const_t<decltype(WindowOf<S>::Spec::assigner)>, CounterOf<S>>;
    /// The running form of a worker.
    template <typename S, typename Binding>
    auto bind_gathering(const S& stream, Binding& binding) && {
        if constexpr (is_windowed<S>) {
            return gathering<S, Gathering<PlainPanes<S>>>(stream, std::move(aggregate), NoBranch{}, binding.clock());
        } else {
            const auto share = binding.memory().same_share().among(2 * (2 * binding.graph().workers() + 1));
            return grouping(stream, GatheringGroups<stream_key_t<S>, aggregate_state_t<A, typename S::value>, S::timed, CounterOf<S>>(&share), binding);
        }
    }

    /// Whether events may be combined before they are divided by their keys. One key's events stay in their order, so states that may be
    /// merged only in that of their values are right, too; to add and merge is no function of a user's, who could see where it is done.
    template <typename S>
    static consteval bool combines() {
        if constexpr (gathers<S>() && is_windowed<S> && is_keyed<S> && S::timed) {
            constexpr AggregateRules rules = A::template rules<typename S::value>;
            return rules.exact && not rules.grows && adds_unseen<A, typename S::value> && std::copyable<stream_key_t<S>>;
        } else return false;
    }
    template <typename S>
    using Combined = CombinedRows<stream_key_t<S>, typename PlainPanes<S>::Entry>;
    /// What that takes, where it keeps so many rows at most: a table for each window, and some more; and so many blocks of so many rows.
    template <typename S>
    static std::size_t combined_memory(auto& walk, std::size_t rows, std::size_t block_rows, std::size_t blocks, std::size_t more_tables = 0) {
        using Key = stream_key_t<S>;
        using Rows = typename PlainPanes<S>::Rows;
        const std::size_t own = walk.template of_one<Key>() - sizeof(Key) + walk.template of_one<aggregate_state_t<A, typename S::value>>() - sizeof(aggregate_state_t<A, typename S::value>);
        const std::size_t window = plus(plus(grown(rows, sizeof(typename Rows::Row) + 2 * sizeof(std::uint32_t)), 4096), times(rows, own)); // with slots and hashes
        const std::size_t block = times(std::bit_ceil(block_rows), plus(Combined<S>::row_size, own)); // its array doubles, and the last block is copied then
        return plus(times(plus(std::max<std::size_t>(walk.windows(), 1), more_tables), window), times(blocks, block));
    }
    /// What combines them. say_late(key): of each event that comes too late
    template <typename S, typename Say>
    auto bind_combining(const S& stream, Say say_late, const Clock& clock) const {
        const auto key_of = KeyOfStream<S>::of(stream);
        return gathering<S, CombiningWindows<PlainPanes<S>>>(stream, aggregate, LateKeys<typename KeyOfStream<S>::projection, Say>(key_of, std::move(say_late)), clock);
    }

    template <typename S, typename Store, typename Side>
    static auto gathering(const S& stream, A aggregate, Side side, const Clock& clock) {
        const auto& spec = window_clause_of(stream.clauses).spec;
        return WindowAggregate<typename S::value, typename KeyOfStream<S>::projection, A, Store, typename Row<S>::type, S::timed, false, Side>(
            KeyOfStream<S>::of(stream), std::move(aggregate), Store(spec.assigner, spec.rules, Duration::zero(), spec.accumulates), std::move(side), clock);
    }
    template <typename S, typename Store, typename Binding>
    auto grouping(const S& stream, Store store, const Binding& binding) {
        return WindowAggregate<typename S::value, typename KeyOfStream<S>::projection, A, Store, typename Row<S>::type, S::timed, S::traits.clocked, NoBranch>(
            KeyOfStream<S>::of(stream), std::move(aggregate), std::move(store), NoBranch{}, binding.clock());
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not AggregateOn<A, typename S::value>)
            static_assert(detail::never<A, S>, "aggregate(...): an aggregate cannot take this pipeline's events. Its projection must accept them "
                                               "(sum(&E::price), mean([](const E& e) { return ...; })) and give what it adds up or compares; its "
                                               "functions are called as const (no mutable lambda).");
        else if constexpr (limited && not is_keyed<S>)
            static_assert(detail::never<A, S>, "aggregate(..., options): they bound the number of keys, but this stream has no key. Put key_by(projection) "
                                               "before it, or leave them out.");
        else if constexpr (limited && follows_records<S>)
            static_assert(detail::never<A, S>, "aggregate(..., options): behind record_sliding(d) the number of keys cannot be bounded, as their events are kept, which "
                                               "the difference bounds. Leave them out.");
        else if constexpr (has_delay<S>)
            static_assert(detail::never<A, S>, "aggregate(...): its windows give panes by the job's clock (after_delay(d), or_after(d)), but this source "
                                               "cannot wait with a deadline. Put stage() before key_by and window.");
        else
            static_assert(detail::never<A, S>, "aggregate(...): this stream has no end and no window, so there would never be a result. Put "
                                               "window(...) before it, take(n), or keep a running result with scan(init, fn).");
    }

    /// Of windows: a table of keys for each that is open, and one of those keys.
    template <typename S>
    void windows_memory(auto& walk, const S& stream) const {
        using Assigner = decltype(WindowOf<S>::Spec::assigner);
        using Key = stream_key_t<S>;
        using State = aggregate_state_t<A, typename S::value>;
        if constexpr (A::template rules<typename S::value>.grows) walk.unbounded("not bounded: an aggregate in it keeps values");
        else if constexpr (is_keyed<S> && not limited) walk.unbounded("not bounded: " + std::string(name) + " without max_keys");
        else if constexpr (requires { Assigner::is_count; }) {
            const auto& windows = window_clause_of(stream.clauses).spec.assigner;
            using Store = CountWindows<Key, State, S::timed, false, Assigner::pauses>;
            const std::size_t n = max_keys(), own_key = walk.template of_one<Key>() - sizeof(Key), own = walk.template of_one<State>() - sizeof(State);
            const std::size_t states = windows.size == windows.slide ? 1 : 2 * static_cast<std::size_t>(windows.size) + 2;
            walk.bounded(plus(plus(Store::bytes_of(n, windows.size, windows.slide), grown(n, sizeof(Key) + 128)), times(n, plus(2 * own_key, times(states, own)))));
        } else if constexpr (has_delay<S>) walk.unbounded("not bounded: there is no bound yet for windows that give panes by the clock");
        else if constexpr (not requires { requires Assigner::is_single; } && not requires { requires Assigner::has_slices; })
            walk.unbounded("not bounded: nothing says how many sessions a key has, or windows that a function gives");
        else if (walk.windows() == 0) walk.unbounded("not bounded: nothing says how many windows are open at once: say MemoryBoundOptions::windows");
        else {
            using Entry = WindowEntry<State, Assigner::spans_events, CounterOf<S>>;
            const std::size_t n = max_keys(), own_key = walk.template of_one<Key>() - sizeof(Key), own = own_key + walk.template of_one<State>() - sizeof(State);
            const std::size_t window = plus(grown(n, sizeof(Key) + sizeof(Entry) + 128), plus(times(n, own), 1024)); // rows, and what else is known of them
            const std::size_t keys = plus(grown(n, sizeof(Key) + 128), times(n, own_key));
            if constexpr (requires { requires Assigner::is_single; }) walk.bounded(plus(times(walk.windows(), window), keys));
            else walk.bounded(plus(times(walk.windows(), window), plus(keys, overlaps_memory<Key, State>(walk, n, own_key, own))));
        }
    }
    /// What windows that overlap take besides: for each piece of time between two of their borders, of which a window that is open has two, either
    /// how many inputs of which keys nothing gave (SharedInputs), or what the piece is of the one key there is (Slices).
    template <typename Key, typename State>
    static std::size_t overlaps_memory(auto& walk, std::size_t keys, std::size_t own_key, std::size_t own) {
        const std::size_t pieces = plus(times(2, walk.windows()), 8);
        const std::size_t inputs = plus(plus(grown(keys, sizeof(Key) + 64), times(keys, own_key)), plus(grown(walk.windows(), 2 * sizeof(Timestamp)), 1024));
        const std::size_t shared = plus(times(pieces, inputs), grown(pieces, 256));
        return limited ? shared : plus(shared, plus(grown(pieces, 2 * sizeof(State) + 512), times(pieces, times(2, own))));
    }
    [[nodiscard]] std::size_t max_keys() const noexcept {
        if constexpr (limited) return options.max_keys;
        else return 1;
    }

    /// The running form with this side for what is late.
    template <typename S, typename Assigner, typename Spec, typename Binding, typename Side>
    auto running(const S& stream, const Assigner& assigner, const Spec& spec, const Binding& binding, Side side) {
        using Rules = std::remove_cvref_t<decltype(spec.rules)>;
        using T = typename S::value;
        using Key = stream_key_t<S>;
        using KeyOf = typename KeyOfStream<S>::projection;
        using State = aggregate_state_t<A, T>;
        const auto make = [&](auto store) {
            return WindowAggregate<T, KeyOf, A, decltype(store), typename Row<S>::type, S::timed, S::traits.clocked, Side>(KeyOfStream<S>::of(stream), std::move(aggregate),
                                                                                                        std::move(store), std::move(side), binding.clock());
        };
        const auto make_windows = [&]<typename Store>(std::type_identity<Store>, const auto&... made_of) {
            if constexpr (limited) {
                return make(LimitedWindows<Store, Assigner>(checked_for_windows(called, options), assigner, spec.lateness, made_of...));
            } else {
                return make(Store(made_of...));
            }
        };
        if constexpr (requires { Assigner::is_session; })
            return make_windows(std::type_identity<Sessions<Key, State, Assigner, Rules>>(), assigner, spec.rules, spec.lateness, spec.accumulates);
        else if constexpr (requires { Assigner::is_records; })
            return make(RecordWindows<Key, State, owned_t<T>>(assigner.difference, assigner.earliest));
        else if constexpr (requires { Assigner::is_count; })
            return make_windows(std::type_identity<CountWindows<Key, State, S::timed, A::template rules<T>.grows, Assigner::pauses>>(), assigner.size, assigner.slide);
        else if constexpr (requires { requires not limited; requires Assigner::has_slices; requires std::is_same_v<Rules, TriggerRules>; requires A::template rules<T>.commutative; requires not ChangesAfterPane<A, State>; })
            return make(Overlapping<Key, State, Assigner>(assigner, spec.rules, spec.lateness, spec.accumulates, is_merged<S>(binding)));
        else return make_windows(std::type_identity<Panes<Key, State, Assigner, CounterOf<S>, Rules, limited>>(), assigner, spec.rules, spec.lateness, spec.accumulates);
    }
};

/// A function (an aggregate without its parentheses), a pointer to a member, a lambda: whatever its values are.
template <typename A>
concept NoAggregate = not std::is_class_v<A> || (requires { &A::operator(); } && not requires { &A::template rules<int>; });

/// Of aggregates, and behind them the options.
template <std::size_t... I, typename... As>
constexpr auto limited_aggregate(std::index_sequence<I...>, std::tuple<As...> all) {
    constexpr std::size_t n = sizeof...(I);
    if constexpr (n == 1) return AggregateOp<std::tuple_element_t<0, std::tuple<As...>>, KeyedOptions>{std::move(std::get<0>(all)), std::get<n>(all)};
    else {
        using All = AllOf<std::tuple_element_t<I, std::tuple<As...>>...>;
        return AggregateOp<All, KeyedOptions>{All{{std::move(std::get<I>(all))...}}, std::get<n>(all)};
    }
}

} // namespace detail

/// One result for each key and window: of one aggregate its value, of several the std::tuple of theirs, in one pass.
///     behind window(...):  E -> Windowed<Key, V>{key, window{start, end, pane}, value}, with the event time window.end - 1 ns;
///     without, on a bounded stream:  E -> Keyed<Key, V>{key, value}, at the end; the watermark waits for it.
///     Without key_by Key is NoKey. Windows that are due together come by their ends, keys by their first event in the window.
///     Memory: a state for each key of each open window, or where windows overlap and values may be merged in any order two for each
///     key of each slice of time; nothing is allocated once as many have been open as ever will be. Without a window what is more than
///     RunOptions::memory, for workers and the task behind them together, goes into temporary files and is merged at the end, if keys and
///     states can be saved; the order is the same.
///     A single state is never cut. example: tests/keyed/groups.cpp
///     Open windows give nothing at a stop and count as held. example: tests/keyed/aggregate.cpp
///     options, as the last argument: KeyedOptions{.max_keys, .at_max}: events of no more than so many keys at once, over all windows
///     that are open. drop_new drops those of others (overflow). evict lets the key go whose latest event came first: what its windows
///     have not given is dropped (evicted), and it begins anew. example: tests/keyed/max_keys.cpp
template <typename A, typename... As>
[[nodiscard]] constexpr auto aggregate(A first, As... more) {
    constexpr bool is_last = std::is_same_v<std::tuple_element_t<sizeof...(As), std::tuple<A, As...>>, KeyedOptions>;
    static_assert(is_last || not(std::is_same_v<A, KeyedOptions> || ... || std::is_same_v<As, KeyedOptions>),
                  "aggregate(..., options): the KeyedOptions come last.");
    if constexpr (std::is_same_v<A, KeyedOptions>) {
        return aggregate(std::move(more)...); // so that this one message is all
    } else if constexpr (detail::said_before<A, As...>) {
        return Refused{};
    } else if constexpr (detail::NoAggregate<A> || (detail::NoAggregate<As> || ...)) {
        static_assert(detail::never<A>, "aggregate(...): this is no aggregate. One needs its parentheses, count(), and in them what it is made "
                                        "of, sum(&T::price); a function of yours is reduce(fn), or in it fold(init, add, merge).");
        return Refused{};
    } else if constexpr (is_last) {
        return detail::limited_aggregate(std::make_index_sequence<sizeof...(As)>(), std::tuple<A, As...>(std::move(first), std::move(more)...));
    } else if constexpr (sizeof...(As) == 0) {
        return detail::AggregateOp<A>{std::move(first)};
    } else {
        using All = detail::AllOf<A, As...>;
        return detail::AggregateOp<All>{All{{std::move(first), std::move(more)...}}};
    }
}
/// So that the options of up to three need no name: aggregate(count(), {.max_keys = n}).
template <typename A>
    requires(not std::is_same_v<A, KeyedOptions>)
[[nodiscard]] constexpr auto aggregate(A one, KeyedOptions options) {
    return detail::limited_aggregate(std::make_index_sequence<1>(), std::tuple<A, KeyedOptions>(std::move(one), options));
}
template <typename A, typename B>
    requires(not std::is_same_v<A, KeyedOptions> && not std::is_same_v<B, KeyedOptions>)
[[nodiscard]] constexpr auto aggregate(A one, B two, KeyedOptions options) {
    return detail::limited_aggregate(std::make_index_sequence<2>(), std::tuple<A, B, KeyedOptions>(std::move(one), std::move(two), options));
}
template <typename A, typename B, typename C>
    requires(not std::is_same_v<A, KeyedOptions> && not std::is_same_v<B, KeyedOptions> && not std::is_same_v<C, KeyedOptions>)
[[nodiscard]] constexpr auto aggregate(A one, B two, C three, KeyedOptions options) {
    return detail::limited_aggregate(std::make_index_sequence<3>(), std::tuple<A, B, C, KeyedOptions>(std::move(one), std::move(two), std::move(three), options));
}
template <typename... Wrong>
    requires(sizeof...(Wrong) == 0)
constexpr Refused aggregate(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "aggregate(...): it takes aggregates, at least one. Accepted: aggregate(count()), aggregate(count(), "
                  "sum(&T::price)).");
    return {};
}

} // namespace weir
