// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/in_turn.hpp>
#include <weir/core/key.hpp>
#include <weir/core/late_to.hpp>
#include <weir/core/owned.hpp>
#include <weir/core/time_ordered.hpp>
#include <weir/keyed/aggregate.hpp>
#include <weir/keyed/join_late.hpp>
#include <weir/keyed/pattern_matcher.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// The running form of match. Sides: late_to and timeouts_to, as LateSides.
template <typename S, typename P, typename Fn, typename OnTimeout, typename Sides>
class Matching : public InTurn<Matching<S, P, Fn, OnTimeout, Sides>, Sides, S::traits.clocked> {
    using Base = InTurn<Matching, Sides, S::traits.clocked>;
    using T = owned_t<typename S::value>;
    using Key = stream_key_t<S>;
    using KeyOf = typename KeyOfStream<S>::projection;

public:
    using kind = OperatorKind;

    Matching(KeyOf key_of, const P& pattern, Fn fn, OnTimeout on_timeout, const MatchOptions& options, const CheckedOptions& keys, Sides sides)
        : Base(std::move(sides)), key_of_(std::move(key_of)), fn_(std::move(fn)), on_timeout_(std::move(on_timeout)), matcher_(pattern, options, keys) {}

    template <typename E, typename Next>
    void on_event(E&& event, Next&) {
        if (this->is_late(event.time)) {
            ++late_;
            if constexpr (requires { this->side_.left.on_event(std::forward<E>(event)); }) this->side_.left.on_event(std::forward<E>(event));
        } else {
            const Timestamp time = event.time;
            waiting_.push(time, matcher_.events().keep(to_owned(std::forward<E>(event)).value, time));
        }
    }
    [[nodiscard]] Timestamp due() const noexcept { return std::min(waiting_.due(), matcher_.due()); }
    [[nodiscard]] bool is_empty() const noexcept { return waiting_.empty() && matcher_.is_empty(); }
    template <typename Next>
    void fire(Next& next) {
        const auto give = [&](const Match<Key, T>& match) {
            using Out = std::remove_cvref_t<std::invoke_result_t<Fn&, const Match<Key, T>&>>;
            next.on_event(Event<Out>{std::invoke(fn_, match), match.time()});
        };
        if (waiting_.empty() || (not matcher_.is_empty() && comes_before(matcher_.due(), waiting_.due()))) {
            matcher_.expire(std::as_const(key_of_), give, [&]([[maybe_unused]] const Match<Key, T>& match) {
                if constexpr (std::invocable<OnTimeout&, const Match<Key, T>&>) {
                    using Out = std::remove_cvref_t<std::invoke_result_t<OnTimeout&, const Match<Key, T>&>>;
                    this->side_.right.on_event(Event<Out>{std::invoke(on_timeout_, match), match.time()});
                }
            });
        } else {
            const std::uint32_t event = waiting_.pop();
            matcher_.take(event, std::invoke(std::as_const(key_of_), matcher_.events().value(event)), give);
        }
    }

    void report(OperatorReport& row) const noexcept {
        matcher_.report(row);
        row.dropped(Drop::late) = late_;
    }
    void save(StateWriter& to) const {
        this->save_marks(to);
        matcher_.save(to);
        to.put(waiting_);
        to.put(late_);
    }
    void load(StateReader& from) {
        this->load_marks(from);
        matcher_.load(from);
        from.get(waiting_);
        from.get(late_);
    }

private:
    /// Whether the time of a partial match is over before an event; at max_time it stands for all ends beyond, which come behind.
    static bool comes_before(Timestamp end, Timestamp event) noexcept { return end <= event && end != max_time; }

    WEIR_NO_UNIQUE_ADDRESS KeyOf key_of_;
    WEIR_NO_UNIQUE_ADDRESS Fn fn_;
    WEIR_NO_UNIQUE_ADDRESS OnTimeout on_timeout_;
    PatternMatcher<T, Key, P> matcher_;
    TimeOrdered<std::uint32_t> waiting_; // events that the watermark has not reached
    std::uint64_t late_ = 0;
};

struct NoTimeouts {};
struct InsideTimeoutsTo; // in the compilers' notes

template <typename Chain>
inline constexpr bool chain_cuts = any_cuts<ops_t<Chain>>;
template <>
inline constexpr bool chain_cuts<NoChain> = false;

template <typename P, typename Fn, typename Late = NoChain, typename OnTimeout = NoTimeouts, typename Timeouts = NoChain>
struct MatchOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "match";
    static constexpr bool takes_clauses = true;
    static constexpr bool cuts_inside = chain_cuts<Late> || chain_cuts<Timeouts>;
    P pattern;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    MatchOptions options;
    KeyedOptions keys;
    WEIR_NO_UNIQUE_ADDRESS Late late;
    WEIR_NO_UNIQUE_ADDRESS OnTimeout on_timeout;
    WEIR_NO_UNIQUE_ADDRESS Timeouts timeouts;

    /// Where the late events go: a chain that ends in a sink.
    template <typename C>
        requires ChainLike<C>
    [[nodiscard]] constexpr auto late_to(C&& chain) const {
        return MatchOp<P, Fn, std::remove_cvref_t<C>, OnTimeout, Timeouts>{pattern, fn, options, keys, std::forward<C>(chain), on_timeout, timeouts};
    }
    template <typename X>
        requires(not ChainLike<X>)
    constexpr Refused late_to(const X&) const { return late_to_no_chain<X>(); }
    /// Where it goes what on_give_up(match) makes of each partial match whose time is over, and that nothing has gone on with: a chain
    /// that ends in a sink.
    template <typename OnGiveUp, typename C>
        requires ChainLike<C>
    [[nodiscard]] constexpr auto timeouts_to(OnGiveUp on_give_up, C&& chain) const {
        static_assert(P::bounded, "match(...).timeouts_to(fn, chain): this pattern has no time in which it must be complete, so none is ever over. "
                                  "Give it one with within(d).");
        return MatchOp<P, Fn, Late, OnGiveUp, std::remove_cvref_t<C>>{pattern, fn, options, keys, late, std::move(on_give_up), std::forward<C>(chain)};
    }

    template <typename S>
    using Matcher = PatternMatcher<owned_t<typename S::value>, stream_key_t<S>, P>;
    template <typename S>
    using MatchOn = Match<stream_key_t<S>, owned_t<typename S::value>>;
    template <typename F, typename S>
    static constexpr bool gives = [] {
        if constexpr (std::invocable<F&, const MatchOn<S>&>) return not std::is_void_v<std::invoke_result_t<F&, const MatchOn<S>&>>;
        else return false;
    }();
    template <typename S>
    static constexpr bool asks = []<typename... Steps>(std::type_identity<std::tuple<Steps...>>) {
        return (StepAsks<Steps, owned_t<typename S::value>, stream_key_t<S>> && ...);
    }(std::type_identity<std::remove_cvref_t<decltype(std::declval<const P&>().steps())>>());
    static constexpr bool has_end = P::bounded || P::ends_taken;
    static constexpr bool has_timeouts = not std::is_same_v<Timeouts, NoChain>;
    template <typename F, typename S>
    using Given = Stream<Event<std::remove_cvref_t<std::invoke_result_t<F&, const MatchOn<S>&>>>, owned(S::traits)>;

    template <typename S>
    static consteval bool fits() {
        bool fit = true;
        if constexpr (not std::is_same_v<Late, NoChain>) fit = takes_late<S, Late>();
        if constexpr (has_timeouts) {
            using Behind = behind_t<Given<OnTimeout, S>, Timeouts, InsideTimeoutsTo>;
            if constexpr (std::is_same_v<Behind, Refused>) return false; // said before, by the operator that refused
            else if constexpr (not std::is_same_v<Behind, Ended>) {
                static_assert(never<Timeouts, S>, "timeouts_to(fn, chain): the chain has no sink, so what timed out would go nowhere: end it with "
                                                  "for_each(fn), collect_into(container) or another sink.");
                return false;
            }
        }
        return fit;
    }
    template <typename S>
        requires(S::timed && not is_windowed<S> && asks<S> && has_end && gives<Fn, S> && (not has_timeouts || gives<OnTimeout, S>))
    using out = std::conditional_t<fits<S>(), with_event_t<without_clauses_t<S>, std::invoke_result_t<Fn&, const MatchOn<S>&>>, Refused>;

    template <typename S>
    void say_memory(auto& walk, const S&) const {
        const std::size_t keys_at_most = is_keyed<S> ? keys.max_keys : 1, length = longest_match(pattern.steps());
        if (keys_at_most == unlimited) walk.unbounded("not bounded: match without max_keys");
        else if (length == unlimited) walk.unbounded("not bounded: a step of the pattern takes any number of events: say times(n, m)");
        else if (walk.waiting() == 0) walk.unbounded("not bounded: nothing says how many events wait for the watermark: say MemoryBoundOptions::waiting");
        else walk.bounded(Matcher<S>::bytes_of(walk, keys_at_most, options.max_partial_matches, length));
        if constexpr (not std::is_same_v<Late, NoChain>) walk.branch(Stream<typename S::event, S::traits>{}, late, "late_to");
        if constexpr (has_timeouts) walk.branch(Given<OnTimeout, S>{}, timeouts, "timeouts_to");
    }
    template <typename S, typename Binding>
    auto bind(const S& stream, Binding& binding, std::uint32_t id) && {
        auto left = bind_late<typename S::event, S::traits>(std::move(late), binding, id, "late_to");
        const auto bind_timeouts = [&] {
            if constexpr (has_timeouts) return bind_branch(Given<OnTimeout, S>{}, std::move(timeouts), binding, id, "timeouts_to");
            else return NoBranch{};
        };
        auto right = bind_timeouts();
        using Sides = LateSides<decltype(left), decltype(right)>;
        return Matching<S, P, Fn, OnTimeout, Sides>(KeyOfStream<S>::of(stream), pattern, std::move(fn), std::move(on_timeout), options, checked_for_join(name, keys),
                                                    Sides{std::move(left), std::move(right)});
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (is_windowed<S>)
            static_assert(detail::never<P, S>, "match(...): it knows no windows; window(...) belongs to aggregate(...). A pattern's own time is within(d).");
        else if constexpr (not S::timed)
            static_assert(detail::never<P, S>, "match(...): this pipeline has no event time, in whose order a pattern is looked for. Put "
                                               "event_time(projection, strategy) before key_by.");
        else if constexpr (not asks<S>)
            static_assert(detail::never<P, S>, "match(pattern, fn): a condition of the pattern cannot be asked of this pipeline's events. Accepted: bool fn(const E&), "
                                               "bool fn(const E&, const auto& so_far), a pointer to a bool member.");
        else if constexpr (not has_end)
            static_assert(detail::never<P, S>, "match(pattern, fn): the pattern ends in not_next or not_followed_by, so it would never be complete. Give it a "
                                               "time with within(d), or a step behind.");
        else if constexpr (not gives<Fn, S>)
            static_assert(detail::never<Fn, S>, "match(pattern, fn): fn cannot be called with a match, or returns nothing. Accepted: R fn(const auto& match), "
                                                "with match[\"name\"], match.events(), match.key().");
        else
            static_assert(detail::never<Fn, S>, "match(...).timeouts_to(fn, chain): fn cannot be called with a match, or returns nothing. Accepted: "
                                                "R fn(const auto& match).");
    }
};

} // namespace detail

/// Finds a pattern in the events of each key, in the order of their event times, and gives what fn makes of each match.
///     fn(const Match<Key, E>& match) -> R: match["name"] are the events of a step, match.events() all of them, match.key(), first_time(),
///     last_time(), time(). E -> R, with the time of the match's last event, or where not_followed_by stands at the end, of the end of
///     its time. Those of one time come by their events, the earlier taken first.
///     Events wait until the watermark reaches them, so the result does not depend on how they arrive; those that come behind it
///     count as late, and go to the chain of .late_to(chain). Partial matches whose within(d) is over go to .timeouts_to(fn, chain), if
///     no event has gone on with them. An event passes with the first match that has it; without one it counts as unmatched, or as
///     expired when its time was over. Without key_by all events are one sequence.
///     Memory: the events that wait or are in a partial match, each once; {.max_partial_matches, .at_max} bound these for each key, and
///     keys, {.max_keys, .at_max}, how many keys have any: of one too much it throws TooManyKeys, drops the new partial matches (overflow),
///     or those (evicted) of the key that has had no new one for longest.
///     Nothing is allocated once there have been as many as there ever will be. The semantics are those of Flink's CEP library
///     (automata with a shared buffer, as in SASE+: J. Agrawal et al., "Efficient pattern matching over event streams", 2008).
///     example: tests/keyed/pattern.cpp
template <bool Bounded, typename... Steps, typename Fn>
[[nodiscard]] constexpr auto match(Pattern<Bounded, Steps...> pattern, Fn fn, MatchOptions options = {}, KeyedOptions keys = {}) {
    return detail::MatchOp<Pattern<Bounded, Steps...>, Fn>{std::move(pattern), std::move(fn), options, keys, {}, {}, {}};
}

} // namespace weir
