// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/not_negative.hpp>
#include <weir/core/ordering_tags.hpp>
#include <weir/run/collect_input.hpp>
#include <weir/run/combined_input.hpp>
#include <weir/run/combining_exchange.hpp>
#include <weir/run/exchange_input.hpp>
#include <weir/run/shared_scan.hpp>
#include <weir/run/shared_threads.hpp>
#include <weir/run/stage.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {

/// The copies of parallel.
struct ParallelOptions {
    std::size_t copies = 2;      ///< at least 1
    std::size_t capacity = 8192; ///< events in the queue before each copy, and in the one behind it; at least 1
};

namespace detail {

/// How events are divided between copies.
enum class Division : unsigned char { by_key, in_turn, in_order };

enum class ParallelMistake : unsigned char { none, refused, clocked, copies, no_key, late_key, two_keys, event_time, sink, order, keyed_order };

/// One that has given all that comes of an event before it takes the next, and keeps nothing of it.
template <typename Op>
concept EventByEvent = requires { requires Op::per_event; } || requires { requires Op::event_by_event; } || (OneToOne<Op> && requires { requires Op::stateless; });

/// What operators of a copy see of the job: as the others, but that there are several of each.
template <typename Binding>
class CopyBinding {
public:
    static constexpr bool durable = Binding::durable;
    static constexpr bool counts = Binding::counts;
    static constexpr bool profiles = requires { requires Binding::profiles; };
    static constexpr bool in_copies = true;
    explicit CopyBinding(Binding& of) noexcept : of_(of) {}
    [[nodiscard]] Identities& names() noexcept { return of_.names(); }
    [[nodiscard]] const Clock& clock() const noexcept { return of_.clock(); }
    [[nodiscard]] MemoryBudget& memory() noexcept { return of_.memory(); }
    [[nodiscard]] Graph& graph() noexcept { return of_.graph(); }
    [[nodiscard]] bool merged() const noexcept {
        if constexpr (requires { of_.merged(); }) return of_.merged();
        else return false;
    }

private:
    Binding& of_;
};

struct InsideParallel {}; // for the notes of compilers

/// Says what of the stream behind, and of the operators before it, does not fit: the first mistake.
///     Keyed: a key came with the stream, or from the first operator; First: no operator stands before
template <typename S, bool InOrder, bool Keyed, bool First, typename... Ops>
struct CopyMistake {
    static constexpr ParallelMistake value = std::is_same_v<S, Refused> ? ParallelMistake::refused : ParallelMistake::none;
};
template <typename S, bool InOrder, bool Keyed, bool First, typename Op, typename... Ops>
struct CopyMistake<S, InOrder, Keyed, First, Op, Ops...> {
    static consteval ParallelMistake find() {
        if constexpr (std::is_same_v<S, Refused>) return ParallelMistake::refused;
        else if constexpr (std::is_same_v<S, Ended>) return ParallelMistake::none;
        else if constexpr (not std::is_copy_constructible_v<Op>) return ParallelMistake::copies;
        else if constexpr (Marker<Op>) return CopyMistake<S, InOrder, Keyed, First, Ops...>::value;
        else {
            using Out = typename Attach<S, Op, InsideParallel>::type;
            if constexpr (std::is_same_v<Out, Refused>) return ParallelMistake::refused;
            else if constexpr (Clause<Op> && requires { requires Op::gives_key; } && Keyed) return ParallelMistake::two_keys;
            else if constexpr (Clause<Op> && requires { requires Op::gives_key; } && not First) return ParallelMistake::late_key;
            else if constexpr (InOrder && not EventByEvent<Op>) return Keyed || Clause<Op> ? ParallelMistake::keyed_order : ParallelMistake::order;
            else if constexpr (TakesClauses<Op> && not Cuts<Op> && not is_keyed<S>) return ParallelMistake::no_key;
            else if constexpr (requires { requires Op::gives_event_time; } && Keyed) return ParallelMistake::event_time;
            else if constexpr (std::is_same_v<Out, Ended>) return requires { requires Op::shareable; } ? ParallelMistake::none : ParallelMistake::sink;
            else return CopyMistake<Out, InOrder, Keyed || is_keyed<Out>, false, Ops...>::value;
        }
    }
    static constexpr ParallelMistake value = find();
};
template <typename S, bool InOrder, typename Ops>
inline constexpr ParallelMistake copy_mistake = ParallelMistake::none;
template <typename S, bool InOrder, typename... Ops>
inline constexpr ParallelMistake copy_mistake<S, InOrder, Pack<Ops...>> = CopyMistake<S, InOrder, is_keyed<S>, true, Ops...>::value;

/// The stream behind the key_by that divides: what is before, or first in the chain.
template <typename S, typename Ops>
struct Keying {
    using type = S;
};
template <typename S, typename Op, typename... Ops>
    requires(not is_keyed<S> && Marker<Op>)
struct Keying<S, Pack<Op, Ops...>> : Keying<S, Pack<Ops...>> {};
template <typename S, typename Op, typename... Ops>
    requires(not is_keyed<S> && Clause<Op>)
struct Keying<S, Pack<Op, Ops...>> {
    using type = typename Op::template out<S>;
};

/// The place of a chain's first clause.
template <typename Ops, std::size_t I = 0>
consteval std::size_t first_clause() {
    if constexpr (Clause<nth_t<I, Ops>>) return I;
    else return first_clause<Ops, I + 1>();
}
template <std::size_t At, typename Ops>
auto without_nth(const Ops& ops) {
    return [&ops]<std::size_t... I>(std::index_sequence<I...>) {
        return detail::pack(detail::nth<(I < At ? I : I + 1)>(ops)...);
    }(std::make_index_sequence<Ops::size - 1>{});
}

/// What a copy runs.
template <typename S, typename Ops>
struct Inside {
    S stream;
    Ops ops;
};

template <typename C, bool InOrder>
struct ParallelOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "parallel";
    template <typename>
    static constexpr bool keeps_events = true;
    static constexpr bool cuts = true;
    static constexpr bool takes_clauses = true;
    ParallelOptions options;
    WEIR_NO_UNIQUE_ADDRESS C chain;

    template <typename S>
    using copy_stream = with_traits_t<with_whole_event_t<S, owned_t<typename S::event>>, waiting(owned(S::traits))>;
    template <typename S>
    using behind_copy = behind_t<copy_stream<S>, C, InsideParallel>;
    template <typename S>
    using keyed_stream = typename Keying<copy_stream<S>, ops_t<C>>::type;
    template <typename S>
    static constexpr bool by_key = is_keyed<keyed_stream<S>>;

    template <typename S>
    static consteval ParallelMistake mistake() {
        if constexpr (S::traits.clocked) return ParallelMistake::clocked;
        else if constexpr (copy_mistake<copy_stream<S>, InOrder, ops_t<C>> != ParallelMistake::none) return copy_mistake<copy_stream<S>, InOrder, ops_t<C>>;
        else if constexpr (std::is_same_v<behind_copy<S>, Ended>) return ParallelMistake::none;
        else if constexpr (behind_copy<S>::has_clauses) return ParallelMistake::refused;
        else if constexpr (behind_copy<S>::traits.clocked) return ParallelMistake::clocked;
        else return ParallelMistake::none;
    }
    template <typename S>
    struct Behind {
        static consteval auto stream() {
            using B = behind_copy<S>;
            if constexpr (std::is_same_v<B, Ended>) return std::type_identity<Ended>{};
            else {
                constexpr Order order = InOrder ? S::traits.order : by_key<S> ? std::max(Order::per_key, B::traits.order) : Order::none;
                constexpr bool timed = B::timed;
                using E = owned_t<typename B::event>;
                return std::type_identity<Stream<E, merged(ordered_as(waiting(owned(B::traits)), order), timed && (B::traits.merged || not InOrder))>>{};
            }
        }
        using type = typename decltype(stream())::type;
    };

    template <typename S>
        requires(mistake<S>() == ParallelMistake::none)
    using out = typename Behind<S>::type;

    /// Whether events may be combined before they are divided.
    template <typename S, typename In>
    static consteval bool combines() {
        if constexpr (by_key<S> && not(S::timed && S::traits.merged)) return first_combines<decltype(In::stream), decltype(In::ops)>();
        else return false;
    }
    /// A queue to each copy and one behind it, what is combined before, and what the copies keep themselves.
    template <typename S>
    void say_memory(auto& walk, const S& stream) const {
        using Copy = copy_stream<S>;
        using B = behind_copy<S>;
        constexpr std::size_t signals = 3; // marks and turns
        std::size_t queues = channel_memory<slot_t<Copy>, typename Copy::event>(walk, options.capacity, signals);
        if constexpr (not std::is_same_v<B, Ended>) queues = plus(queues, channel_memory<slot_t<B>, owned_t<typename B::event>>(walk, options.capacity, signals));
        const auto inside = inside_of(stream);
        std::size_t combined = 0;
        if constexpr (combines<S, decltype(inside)>())
            combined = with_first(inside.stream, inside.ops, [&]<typename Op, typename T>(const Op&, const T& windowed) {
                constexpr CombiningRule rule;
                if (not Op::gathers(windowed)) return std::size_t{0};
                const std::size_t near = Op::template combined_memory<T>(walk, rule.most(false), rule.block_rows, options.copies * blocks_of_line + 1);
                return walk.is_given_memory() ? near : plus(near, Op::template combined_memory<T>(walk, rule.most(true), rule.block_rows, 2 * rule.blocks(true, options.copies), CombiningRule::tables));
            });
        walk.bounded(plus(times(options.copies, queues), combined));
        for (std::size_t i = 0; i < options.copies; ++i) walk.chain_in(inside.stream, inside.ops, "copy#" + std::to_string(i + 1));
    }

    template <typename S, typename Binding, typename BindRest>
    auto cut(const S& stream, Binding& binding, std::uint32_t id, BindRest&& rest) && {
        using Copy = copy_stream<S>;
        using Slot = slot_t<Copy>;
        constexpr bool merged = S::timed && S::traits.merged;
        const std::string path = binding.names()[id];
        const auto channels = make_channels<Slot>(path);
        std::shared_ptr<DealPace> pace;
        if constexpr (not by_key<S>) pace = std::make_shared<DealPace>(binding.clock());
        const auto inside = inside_of(stream);
        static_assert(not(by_key<S> && not is_keyed<Copy> && requires { requires Binding::in_copies; }),
                      "parallel(n, chain): inside another parallel it cannot divide by a key of its own, as the events are divided already. Put it behind that one.");
        if constexpr (combines<S, decltype(inside)>()) {
            return with_first(inside.stream, inside.ops, [&]<typename Op, typename T>(const Op& op, const T& windowed) {
                using Block = typename Op::template Combined<T>;
                std::vector<std::shared_ptr<BlockLine<Block>>> lines;
                for (std::size_t i = 0; i < options.copies; ++i) lines.push_back(std::make_shared<BlockLine<Block>>());
                Results taken = add_copies<false>(stream, inside, binding, id, std::forward<BindRest>(rest), [&](std::size_t i, auto link, const std::string& copy) {
                    add_task<Binding::durable>(binding, CombinedInput<Slot, Block>(channels[i], lines[i]), std::move(link), copy);
                });
                const auto key = key_clause_of(inside.stream.clauses).projection;
                using Key = std::remove_const_t<decltype(key)>;
                const auto say_late = [lines](const auto& of) {
                    Block& block = lines[copy_of_key(of, static_cast<std::uint32_t>(lines.size()))]->next();
                    ++block.late;
                    ++block.events;
                };
                auto gather = op.bind_combining(windowed, say_late, binding.clock());
                const bool may = Op::gathers(windowed);
                return CombiningExchange<Slot, Key, decltype(gather), Block>(
                    KeyedExchange<Slot, merged, Key>(channels, id, path, std::move(taken), key), std::move(gather), std::move(lines), binding.clock(), may, not binding.memory().is_given());
            });
        } else {
            Results taken = add_copies<false>(stream, inside, binding, id, std::forward<BindRest>(rest), [&](std::size_t i, auto link, const std::string& copy) {
                add_task<Binding::durable>(binding, ExchangeInput<Slot, merged>(channels[i], pace), std::move(link), copy);
            });
            if constexpr (by_key<S>) {
                const auto key = key_clause_of(inside.stream.clauses).projection;
                return KeyedExchange<Slot, merged, std::remove_const_t<decltype(key)>>(channels, id, path, std::move(taken), key);
            } else {
                return DealingExchange<Slot, merged, InOrder>(channels, id, path, std::move(taken), std::move(pace));
            }
        }
    }

    /// Whether copies can read all events of the stream themselves, each for what is its own.
    template <typename S>
    static consteval bool reads_source() {
        if constexpr (mistake<S>() != ParallelMistake::none) return false;
        else if constexpr (InOrder || not by_key<S> || S::traits.merged) return false;
        else {
            using V = value_t<typename copy_stream<S>::event>;
            using Key = std::remove_cvref_t<decltype(key_clause_of(keyed_stream<S>::clauses).projection)>;
            return std::is_trivially_copyable_v<V> && sizeof(V) <= 128 && std::is_same_v<V, typename S::value> && std::is_invocable_v<const Key&, const V&>;
        }
    }
    /// All look at each event, so they should not be many more than can do so at a time.
    [[nodiscard]] bool copies_should_read() const { return options.copies > 1 && options.copies <= 4 * std::size_t{std::thread::hardware_concurrency()}; }
    /// The same tasks as cut makes, but for what stands before the copies: add_copy(chain, name) puts that in front of each.
    template <typename S, typename Binding, typename AddCopy, typename BindRest>
    void read_source(const S& stream, Binding& binding, AddCopy&& add_copy, BindRest&& rest) && {
        const std::uint32_t id = binding.names().add(name);
        const auto inside = inside_of(stream);
        const auto key = key_clause_of(inside.stream.clauses).projection;
        using Own = TakeOwn<value_t<typename copy_stream<S>::event>, std::remove_const_t<decltype(key)>>;
        const auto counts = std::make_shared<ScanCounts>(options.copies, "by key, " + std::to_string(options.copies) + " copies that read the source");
        counts->given = add_copies<true>(stream, inside, binding, id, std::forward<BindRest>(rest), [&]<typename L>(std::size_t i, L link, const std::string& copy) {
            add_copy(Link<Own, L, Binding::counts>(Own(key, static_cast<std::uint32_t>(i), counts), std::move(link), id), copy);
        });
    }

    template <typename S>
    static constexpr void explain() {
        constexpr ParallelMistake is = mistake<S>();
        if constexpr (is == ParallelMistake::clocked)
            static_assert(never<S>, "parallel(n, chain): its events have the times of the job's clock, which gives no watermark that copies could be compared "
                                    "by. Put processing_time() behind parallel.");
        else if constexpr (is == ParallelMistake::copies)
            static_assert(never<S>, "parallel(n, chain): an operator in it cannot be copied, as each copy of the chain needs one of its own. Capture what cannot "
                                    "be copied by std::ref or std::shared_ptr.");
        else if constexpr (is == ParallelMistake::no_key)
            static_assert(never<S>, "parallel(n, chain): a keyed or aggregating operator in it has no key_by, so each copy would see some of the events. Put "
                                    "key_by(...) before parallel or first in its chain; without a key, aggregate behind parallel.");
        else if constexpr (is == ParallelMistake::late_key)
            static_assert(never<S>, "parallel(n, chain): a key_by in it stands behind other operators, but the events are divided before these. Put key_by(...) "
                                    "first in the chain, and what stands before it in front of parallel.");
        else if constexpr (is == ParallelMistake::two_keys)
            static_assert(never<S>, "parallel(n, chain): a second key_by in it, but the events are divided by the first. End this parallel before it, and begin "
                                    "another: parallel(n, key_by(a) | ...) | parallel(n, key_by(b) | ...).");
        else if constexpr (is == ParallelMistake::event_time)
            static_assert(never<S>, "parallel(n, chain): event_time(...) in a keyed copy would make a watermark of some of the events. Put it before parallel.");
        else if constexpr (is == ParallelMistake::sink)
            static_assert(never<S>, "parallel(n, chain): its sink would be called from several threads at once. Put the sink behind parallel, or say that it may: "
                                    "for_each(shareable(fn)), to_queue(an MpscQueue or MpmcQueue).");
        else if constexpr (is == ParallelMistake::order)
            static_assert(never<S>, "parallel(n, chain, ordered): an operator in it does not handle each event by itself, so nothing says which events a result "
                                    "belongs to. Put it behind parallel, or leave ordered out.");
        else if constexpr (is == ParallelMistake::keyed_order)
            static_assert(never<S>, "parallel(n, chain, ordered): behind key_by results are in order for each key, and not over all keys. Leave ordered out.");
        else if constexpr (is == ParallelMistake::none || not std::is_same_v<behind_copy<S>, Refused>) // said by the operator itself, or by the clause
            static_assert(never<S>, "parallel(n, chain): the chain ends in a clause that nothing in it has taken.");
    }

private:
    /// What a copy runs: behind the key_by that divides; another inside would be a mistake.
    template <typename S>
    [[nodiscard]] auto inside_of(const S& stream) const {
        using Copy = copy_stream<S>;
        if constexpr (is_keyed<Copy> || not by_key<S>) return Inside<Copy, ops_t<const C&>>{Copy{stream.clauses}, ops_of(chain)};
        else {
            const auto all = ops_of(chain);
            constexpr std::size_t at = first_clause<std::remove_const_t<decltype(all)>>();
            return Inside<keyed_stream<S>, decltype(without_nth<at>(all))>{stream_behind(detail::nth<at>(all), Copy{stream.clauses}), without_nth<at>(all)};
        }
    }
    /// Binds the copies, and makes the task behind them: how many it has taken of each.
    ///     Count: whether a copy's first operator counts what arrives; add(number, chain, name): makes the task of one
    template <bool Count, typename S, typename In, typename Binding, typename BindRest, typename Add>
    [[nodiscard]] Results add_copies(const S&, const In& inside, Binding& binding, std::uint32_t id, BindRest&& rest, const Add& add) const {
        share_threads(binding.graph());
        const std::string path = binding.names()[id];
        const auto add_each = [&](const auto& end_of) {
            CopyBinding<Binding> copies(binding);
            for (std::size_t i = 0; i < options.copies; ++i) {
                const std::string copy = "copy#" + std::to_string(i + 1);
                binding.names().enter(id, copy);
                auto link = bind_chain<Count>(inside.stream, inside.ops, copies, end_of(i, path + '/' + copy + "/out"));
                binding.names().leave();
                add(i, std::move(link), path + '/' + copy);
            }
        };
        Results taken;
        if constexpr (std::is_same_v<out<S>, Ended>) {
            add_each([](std::size_t, const std::string&) { return End{}; });
        } else {
            using Out = behind_copy<S>;
            using Given = slot_t<Out>;
            constexpr bool was_merged = Out::timed && Out::traits.merged;
            const auto results = make_channels<Given>(path);
            for (const auto& channel : results) taken.emplace_back(channel, &channel->taken);
            add_each([&](std::size_t i, const std::string& outlet) { return MarkedOutlet<Given, was_merged>(results[i], outlet); });
            binding.names().enter(id);
            const std::uint32_t collected = binding.names().add("collect");
            binding.names().leave();
            add_task<Binding::durable>(binding, CollectInput<Given, was_merged, InOrder>(results, collected), std::forward<BindRest>(rest)(), "behind/" + path);
        }
        return taken;
    }
    template <typename Slot>
    [[nodiscard]] auto make_channels(const std::string& path) const {
        std::vector<std::shared_ptr<Channel<Slot>>> channels;
        for (std::size_t i = 0; i < options.copies; ++i) channels.push_back(make_channel<Slot>(path, options.capacity, Overflow::block));
        return channels;
    }
};

template <bool InOrder, typename C>
[[nodiscard]] constexpr auto make_parallel(ParallelOptions options, C&& chain) {
    if (options.copies == 0 || options.copies > key_groups) throw std::invalid_argument("parallel(n, chain): n must be at least 1 and at most 4096, and is " + std::to_string(options.copies));
    if (options.capacity == 0) throw std::invalid_argument("parallel({.capacity}, chain): the capacity of the queues must be at least 1");
    return ParallelOp<std::remove_cvref_t<C>, InOrder>{options, std::forward<C>(chain)};
}

} // namespace detail

/// Runs n copies of the chain, each as a task of its own. Under the default executor these have a thread each; where the job has more
/// tasks than there are processors they share as many threads, and more while calls in them sleep.
///     key_by before it or first in the chain: each key has its copy, which key groups of a stable hash decide, and its results their
///     order; else blocks of events go to the next copy that has room, and no order is promised
///     E -> what the chain gives, owned; event time kept; the watermark is the least of the copies'. What is late, behind it too, is told
///     by an event's own watermark, so the same events as in one copy.
///     Of a range that is only referred to, of plain values, copies by key read each for itself all of it and take what is their own,
///     which is faster than to be fed, where nothing stands before them that may be called once only for an event: event_time, and map
///     and filter of pure(fn). Projections are then called by each copy. parallel#1 in the Report says so.
///     In front of an aggregate of tumbling windows, which give at their end alone, events are combined by keys and windows before the copies
///     get them, where keys come again and that is faster here (trials find it out while the job runs; the plan says "combined before"):
///     a copy then gets a row for many events. Rows, their order and all counts stay the same in the end; until a window is over its events may
///     count as held before the copies. Aggregates of members, and count(), are combined if they are exact (no sums and means of floating-point
///     numbers); those of lambdas are not, as a user's function might see where it is called. Up to 4096 rows are kept for that; where keys come
///     seldom up to a million, in up to four tables ("combined before (wide)"), unless RunOptions::memory or a resource is given.
///     A sink in it, at its end or in a late_to, dead_letter or branch, is one that is shareable. The state of operators, and what limits them (take), is a copy's own.
///     Rows in the Report: parallel#1 (its plan), parallel#1/copy#1/..., parallel#1/collect#1. Example: tests/runtime/parallel.cpp
template <std::integral N, typename C>
    requires detail::ChainLike<C>
[[nodiscard]] constexpr auto parallel(N n, C&& chain) {
    return detail::make_parallel<false>({.copies = detail::not_negative(n, "parallel(n, chain)")}, std::forward<C>(chain));
}
template <typename C>
    requires detail::ChainLike<C>
[[nodiscard]] constexpr auto parallel(ParallelOptions options, C&& chain) {
    return detail::make_parallel<false>(options, std::forward<C>(chain));
}
/// With results in the order of the events that they come from, as one copy would give them; for chains without a key, whose operators
/// handle each event by itself (map, filter, flat_map, tap, try_map ...).
template <std::integral N, typename C>
    requires detail::ChainLike<C>
[[nodiscard]] constexpr auto parallel(N n, C&& chain, Ordered) {
    return detail::make_parallel<true>({.copies = detail::not_negative(n, "parallel(n, chain)")}, std::forward<C>(chain));
}
template <typename C>
    requires detail::ChainLike<C>
[[nodiscard]] constexpr auto parallel(ParallelOptions options, C&& chain, Ordered) {
    return detail::make_parallel<true>(options, std::forward<C>(chain));
}
template <typename... Wrong>
constexpr Refused parallel(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "parallel(n, chain): it takes a number and a chain, and perhaps ordered. Accepted: parallel(4, map(fn)), "
                  "parallel(4, map(fn), ordered); a function needs map(fn), filter(fn) or tap(fn).");
    return {};
}

} // namespace weir
