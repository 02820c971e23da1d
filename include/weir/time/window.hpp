// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/core/not_negative.hpp>
#include <weir/core/window.hpp>
#include <weir/core/late_to.hpp>
#include <weir/time/fixed_windows.hpp>
#include <weir/time/trigger.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// One window for all time.
struct Global {
    static constexpr bool is_timed = false;
    static constexpr bool is_single = true;
    static constexpr bool holds_watermark = true;
    static constexpr bool spans_events = true;
    template <typename V, typename Fn>
    constexpr void assign(Timestamp, const V&, Fn&& fn) const { fn(min_time, max_time); }
};

/// Windows of a key that reach on as long as no gap in its events is so long.
struct FixedGap {
    static constexpr bool is_timed = true;
    static constexpr bool is_session = true;
    Duration gap;
    template <typename V>
    [[nodiscard]] constexpr Duration operator()(const V&) const noexcept { return gap; }
};
template <typename Fn>
struct GapOf {
    static constexpr bool is_timed = true;
    static constexpr bool is_session = true;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    template <typename V>
    [[nodiscard]] constexpr Duration operator()(const V& value) const {
        return positive(std::invoke(fn, value), "session(gap_of): the gap of an event must be greater than 0");
    }
};

/// Sessions that end at multiples of a limit.
template <typename Gap>
struct LimitedGap : Gap {
    static constexpr bool is_limited = true;
    Duration limit;
};

/// Windows of so many events. Pauses: now and then an event takes as long as a window has parts.
template <bool Pauses>
struct CountAssigner {
    static constexpr bool is_timed = false;
    static constexpr bool is_count = true;
    static constexpr bool pauses = Pauses;
    std::uint64_t size;
    std::uint64_t slide;
};

/// Windows that end with the events of a key, or begin behind them.
struct RecordSliding {
    static constexpr bool is_timed = true;
    static constexpr bool is_records = true;
    Duration difference;
    Timestamp earliest = min_time;
};

/// The windows that a function of the user's names.
template <typename Fn>
struct Assigned {
    static constexpr bool is_timed = true;
    static constexpr bool is_single = false;
    static constexpr bool holds_watermark = false;
    static constexpr bool spans_events = false;
    WEIR_NO_UNIQUE_ADDRESS Fn assigner;

    template <typename V, typename Take>
    void assign(Timestamp t, const V& value, Take&& take) const {
        auto&& windows = [&]() -> decltype(auto) {
            if constexpr (std::invocable<const Fn&, Timestamp, const V&>) return std::invoke(assigner, t, value);
            else return std::invoke(assigner, t);
        }();
        const auto last = std::end(windows);
        auto same_end = std::begin(windows); // the first of those that end where this one does
        for (auto at = same_end; at != last; ++at) {
            const Window& window = *at;
            if (window.start >= window.end) [[unlikely]] refuse(t, window);
            if (at != same_end && static_cast<const Window&>(*same_end).end != window.end) same_end = at;
            const auto is_it = [&window](const Window& other) { return other.start == window.start; };
            if (std::find_if(same_end, at, is_it) == at) take(window.start, window.end);
        }
    }

private:
    [[noreturn]] static void refuse(Timestamp t, const Window& window) {
        const auto text = [](Timestamp time) { return std::to_string(time.time_since_epoch().count()); };
        throw std::invalid_argument("windows_by(fn): a window must end behind its start, and for an event at " + text(t) +
                                    " ns since 1970 fn gave [" + text(window.start) + ", " + text(window.end) + ")");
    }
};

template <typename A>
concept UnlimitedSession = requires { A::is_session; } && not requires { A::is_limited; };

template <typename A>
concept PausingCount = requires { requires A::is_count && A::pauses; };

template <typename A>
concept HasOffset = requires(A& assigner) { assigner.offset; };

/// Everything that is said about windows: which there are, when they emit, what is too late and where that goes. A plain value;
/// each member function gives a changed copy.
///     Rules: TriggerRules, or DelayRules where it looks at the job's clock
template <typename Assigner, typename Late = NoChain, typename Rules = TriggerRules>
struct WindowSpec {
    Assigner assigner;
    Duration lateness{};
    Rules rules{};
    bool accumulates = true;
    WEIR_NO_UNIQUE_ADDRESS Late late; // no {}: a chain with a lambda in it cannot be made from nothing

    static constexpr bool has_late = not std::is_same_v<Late, NoChain>;
    static constexpr bool has_late_of_sides = is_late_of_sides<Late>;
    static constexpr bool has_delay = std::is_same_v<Rules, DelayRules>;
    static constexpr bool follows_records = requires { Assigner::is_records; };

    /// Windows stay for so long behind their end and take events that come later than the watermark; each gives a late pane.
    template <typename Rep, typename Period>
    [[nodiscard]] constexpr WindowSpec allowed_lateness(std::chrono::duration<Rep, Period> d) const {
        static_assert(Assigner::is_timed, "allowed_lateness(d): nothing comes too late for count_window(n) or global_window(), which have no end in time. Leave "
                                          "it out, or put drop_late() before key_by.");
        static_assert(not follows_records, "record_sliding(d).allowed_lateness(d): it gives each window once, when the watermark has reached its end. Let the watermark "
                                           "wait for what is late: event_time(projection, bounded_disorder(d)).");
        WindowSpec with = *this;
        with.lateness = not_negative(d, "allowed_lateness(d): must not be negative");
        return with;
    }
    template <typename... Wrong>
    constexpr WindowSpec allowed_lateness(const Wrong&...) const {
        static_assert(detail::never<Wrong...>, "allowed_lateness(d): it takes a time with its unit. Write allowed_lateness(5s), "
                                               "with using namespace std::chrono_literals.");
        return *this;
    }
    /// Where events go that are too late for all their windows: a chain that ends in a sink.
    template <typename C>
        requires ChainLike<C>
    [[nodiscard]] constexpr auto late_to(C&& chain) const {
        static_assert(Assigner::is_timed, "late_to(chain): nothing comes too late for count_window(n) or global_window(), which have no end in time. Leave it "
                                          "out, or put drop_late().late_to(chain) before key_by.");
        static_assert(not has_late_of_sides, "late_to(chain): late_left_to, late_right_to take what is late already. Write late_to(chain) for both sides, or those.");
        if constexpr (Assigner::is_timed && not has_late_of_sides)
            return WindowSpec<Assigner, std::remove_cvref_t<C>, Rules>{assigner, lateness, rules, accumulates, std::forward<C>(chain)};
        else return *this;
    }
    template <typename... X>
        requires(sizeof...(X) != 1 || not(ChainLike<X> || ...))
    constexpr Refused late_to(const X&...) const { return late_to_no_chain<X...>(); }
    /// The same for one side of a window_join or cogroup: its events as they are.
    template <typename C>
        requires ChainLike<C>
    [[nodiscard]] constexpr auto late_left_to(C&& chain) const { return with_late_of<true>(std::forward<C>(chain)); }
    template <typename C>
        requires ChainLike<C>
    [[nodiscard]] constexpr auto late_right_to(C&& chain) const { return with_late_of<false>(std::forward<C>(chain)); }
    template <typename Other>
    [[nodiscard]] constexpr auto trigger(const BasicTrigger<Other>& when) const { return with_rules(when.rules()); }
    /// Instead of at the end: whenever the condition holds, after_count(n), each(), every(period), or after_delay(d), which also gives
    /// what is left when the window goes.
    [[nodiscard]] constexpr auto trigger(const Repeat& when) const {
        return with_rules(TriggerRules{.at_end = when.every != Duration::zero(), .late = true, .final_pane = false, .count = when.count, .every = when.every});
    }
    [[nodiscard]] constexpr auto trigger(const DelayedRepeat& when) const {
        return with_rules(DelayRules{{.at_end = when.every != Duration::zero(), .late = true, .final_pane = true, .count = when.count, .every = when.every},
                                     when.delay});
    }
    template <std::same_as<Never> When>
    [[nodiscard]] constexpr WindowSpec trigger(const When&) const {
        static_assert(detail::never<When>, "window(...).trigger(never()): it would never give a result.");
        return *this;
    }
    template <typename... Wrong>
        requires NoCondition<Wrong...>
    constexpr WindowSpec trigger(const Wrong&...) const {
        static_assert(detail::never<Wrong...>, "window(...).trigger(when): when says at what a window gives its result. Accepted: "
                                               "after_watermark() and what it "
                                               "goes on with, every(10s), after_count(100), each(), after_delay(500ms).");
        return *this;
    }
    /// Each pane gives all that has come so far (the default), or only what is new since the last one.
    [[nodiscard]] constexpr WindowSpec accumulating() const { return with_accumulation(true); }
    [[nodiscard]] constexpr WindowSpec discarding() const { return with_accumulation(false); }
    /// A session ends at the first multiple of d, since 1970, that lies at least d behind its start; if its events go on, so at each
    /// further multiple (as in Trill). One that comes to begin earlier, by an event out of order, keeps what it has.
    template <typename Rep, typename Period>
    [[nodiscard]] constexpr auto at_most(std::chrono::duration<Rep, Period> d) const {
        static_assert(UnlimitedSession<Assigner>, "at_most(d): it says, once, how long a session may be; other windows have their length. Write "
                                                  "session(gap).at_most(d).");
        if constexpr (UnlimitedSession<Assigner>) {
            using Limited = LimitedGap<Assigner>;
            return WindowSpec<Limited, Late, Rules>{Limited{assigner, positive(d, "at_most(d): d must be greater than 0")}, lateness, rules, accumulates, late};
        } else {
            return *this;
        }
    }
    /// No event takes longer than any other, however long the windows are: four merges at most, for somewhat more on average. (Not for
    /// aggregates that keep all their values, such as collect(): they are as long as the window.)
    [[nodiscard]] constexpr auto without_pauses() const
        requires PausingCount<Assigner>
    {
        using Steady = CountAssigner<false>;
        return WindowSpec<Steady, Late, Rules>{Steady{assigner.size, assigner.slide}, lateness, rules, accumulates, late};
    }
    /// No window begins before t (as Kafka's, before 1970): events that are less than the difference behind it have that one.
    [[nodiscard]] constexpr WindowSpec not_before(Timestamp t) const {
        static_assert(follows_records, "not_before(t): it is for record_sliding(d). Events of other windows are left out by filter(fn).");
        WindowSpec with = *this;
        if constexpr (follows_records) with.assigner.earliest = t;
        return with;
    }
    /// Shifts the borders of windows, which otherwise are multiples of their size since 1970-01-01T00:00:00Z.
    template <typename Rep, typename Period>
    [[nodiscard]] constexpr WindowSpec offset(std::chrono::duration<Rep, Period> d) const {
        static_assert(HasOffset<Assigner>, "offset(d): it shifts the borders of tumbling, sliding and cumulative windows; other windows have none that are "
                                           "fixed. Leave it out.");
        WindowSpec with = *this;
        if constexpr (HasOffset<Assigner>) with.assigner.offset = any_length(d, "offset(d): d is not a number");
        return with;
    }

private:
    static constexpr bool counts = requires { Assigner::is_count; };
    template <bool IsLeft, typename C>
    [[nodiscard]] constexpr auto with_late_of(C&& chain) const {
        constexpr bool is_free = not has_late || has_late_of_sides;
        static_assert(is_free, "late_left_to(chain), late_right_to(chain): late_to(chain) takes what is late already. Write late_to(chain) for both sides, or these.");
        if constexpr (is_free) {
            auto both = with_late_of_side<IsLeft>(late, std::forward<C>(chain));
            return WindowSpec<Assigner, decltype(both), Rules>{assigner, lateness, rules, accumulates, std::move(both)};
        } else {
            return *this;
        }
    }
    template <typename Other>
    [[nodiscard]] constexpr auto with_rules(const Other& other) const {
        static_assert(not counts, "count_window(n).trigger(when): it gives each window when it is full, and nothing else. Write "
                                  "global_window().trigger(after_count(n)).discarding(), say, where n events are not all that it waits for.");
        static_assert(not follows_records, "record_sliding(d).trigger(when): it gives each window once, when the watermark has reached its end. Leave it out.");
        if constexpr (counts || follows_records) return *this;
        else return WindowSpec<Assigner, Late, Other>{assigner, lateness, other, accumulates, late};
    }
    [[nodiscard]] constexpr WindowSpec with_accumulation(bool all) const {
        static_assert(not counts, "count_window(n).accumulating(), .discarding(): it gives each window once, so there is nothing that a second pane could have. "
                                  "Leave it out.");
        static_assert(not follows_records, "record_sliding(d).accumulating(), .discarding(): it gives each window once. Leave it out.");
        WindowSpec with = *this;
        with.accumulates = all;
        return with;
    }
};

template <typename T>
inline constexpr bool is_window_spec = false;
template <typename A, typename L, typename R>
inline constexpr bool is_window_spec<WindowSpec<A, L, R>> = true;

template <typename Spec>
struct WindowOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "window";
    static constexpr bool clause = true;
    static constexpr bool passes_clauses = true;
    static constexpr bool of_sides = Spec::has_late_of_sides;
    static constexpr bool cuts_inside = [] {
        if constexpr (Spec::has_late && not of_sides) return any_cuts<ops_t<decltype(Spec::late)>>;
        else return false;
    }();
    Spec spec;

    template <typename S>
    static consteval bool fits() {
        if constexpr (Spec::has_late) return takes_late<S, decltype(Spec::late)>();
        else return true;
    }

    template <typename S>
        requires((S::timed || not decltype(Spec::assigner)::is_timed) && not is_windowed<S> && not of_sides)
    using out = std::conditional_t<fits<S>(), with_clause_t<S, WindowClause<Spec>>, Refused>;

    template <typename S>
    constexpr auto behind(const S& stream) const {
        return out<S>{detail::join_packs(stream.clauses, detail::pack(WindowClause<Spec>{spec}))};
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (of_sides)
            static_assert(detail::never<Spec, S>, "window(...): late_left_to and late_right_to are for the sides of window_join and cogroup; this stream has none. "
                                                  "Write late_to(chain).");
        else if constexpr (is_windowed<S>)
            static_assert(detail::never<Spec, S>, "window(...): the stream has a window already that nothing has taken. An aggregate(...) belongs "
                                                  "between them; windows on windows are aggregates in a row.");
        else
            static_assert(detail::never<Spec, S>, "window(...): this pipeline has no event time, so windows of time cannot be told apart. Put "
                                                  "event_time(projection, strategy) before it, or use count_window(n).");
    }
};

template <typename Assigner>
[[nodiscard]] constexpr auto windows_of(Assigner assigner) {
    return WindowSpec<Assigner>{std::move(assigner), Duration{}, TriggerRules{}, true, NoChain{}};
}

/// What a refused call gives, of whatever windows, so that one mistake gives one message. window(f) takes functions that give it.
using RefusedWindows = WindowSpec<Tumbling>;
inline RefusedWindows refused_windows() { return windows_of(Tumbling{Duration(1)}); }

} // namespace detail

/// Windows side by side: [0, size), [size, 2 size) ... since 1970, shifted by .offset(d).
template <typename Rep, typename Period>
[[nodiscard]] auto tumbling(std::chrono::duration<Rep, Period> size) {
    const Duration d = detail::positive(size, "tumbling(size): size must be greater than 0");
    return detail::windows_of(detail::Tumbling{d});
}
template <typename... Wrong>
detail::RefusedWindows tumbling(const Wrong&...) {
    static_assert(detail::never<Wrong...>, "tumbling(size): it takes a time with its unit. Write tumbling(10s), "
                                           "with using namespace std::chrono_literals.");
    return detail::refused_windows();
}

/// Windows of `size` that begin every `slide`; they overlap where slide is less, and leave gaps where it is more.
template <typename Rep, typename Period, typename Rep2, typename Period2>
[[nodiscard]] auto sliding(std::chrono::duration<Rep, Period> size, std::chrono::duration<Rep2, Period2> slide) {
    return detail::windows_of(detail::Sliding{detail::positive(size, "sliding(size, slide): size must be greater than 0"),
                                              detail::positive(slide, "sliding(size, slide): slide must be greater than 0")});
}
template <typename... Wrong>
detail::RefusedWindows sliding(const Wrong&...) {
    static_assert(detail::never<Wrong...>, "sliding(size, slide): it takes two times with their units. Write sliding(1min, 10s), with using "
                                           "namespace std::chrono_literals.");
    return detail::refused_windows();
}

/// Windows that grow by `step` until they are `size` long, then begin anew.
template <typename Rep, typename Period, typename Rep2, typename Period2>
[[nodiscard]] auto cumulative(std::chrono::duration<Rep, Period> size, std::chrono::duration<Rep2, Period2> step) {
    const Duration whole = detail::positive(size, "cumulative(size, step): size must be greater than 0");
    const Duration part = detail::positive(step, "cumulative(size, step): step must be greater than 0");
    if (whole % part != Duration::zero()) throw std::invalid_argument("cumulative(size, step): size must be a multiple of step");
    return detail::windows_of(detail::Cumulative{whole, part});
}
template <typename... Wrong>
detail::RefusedWindows cumulative(const Wrong&...) {
    static_assert(detail::never<Wrong...>, "cumulative(size, step): it takes two times with their units. Write cumulative(1h, 10min), with using "
                                           "namespace std::chrono_literals.");
    return detail::refused_windows();
}

/// Windows of a key that grow with its events and merge: two events belong to one session when the later comes no more than `gap`
/// behind the earlier (as Flink; Beam takes less than the gap). It is [first, last + gap).
template <typename Rep, typename Period>
[[nodiscard]] auto session(std::chrono::duration<Rep, Period> gap) {
    return detail::windows_of(detail::FixedGap{detail::positive(gap, "session(gap): gap must be greater than 0")});
}
template <std::integral N>
auto session(N) {
    static_assert(detail::never<N>, "session(gap): gap is a number without a unit. Write session(30s), with using namespace std::chrono_literals.");
    return session(Duration(1));
}

template <typename... Wrong>
    requires(sizeof...(Wrong) != 1)
detail::RefusedWindows session(const Wrong&...) {
    static_assert(detail::never<Wrong...>, "session(gap): it takes one time with its unit, or a function that gives one. Write "
                                           "session(30s).at_most(1h), say, with using "
                                           "namespace std::chrono_literals.");
    return detail::refused_windows();
}

/// The same with a gap that each event brings: gap_of(value) -> a duration. A session ends with the latest of its events' ends.
template <typename Fn>
[[nodiscard]] constexpr auto session(Fn gap_of) {
    return detail::windows_of(detail::GapOf<Fn>{std::move(gap_of)});
}

/// Windows that follow the events of a key, so that whatever of them lie no further apart than `difference` are in one (Kafka Streams'
/// sliding windows): for each event at t [t - difference, t], and [t + 1 ns, t + 1 ns + difference] where there are others in it; as
/// all windows with their end behind that, [t - difference, t + 1 ns).
///     A window is given once, when the watermark reaches its end - 1 ns, those that end together by the events that made them. An
///     event is kept for as long as the watermark has not come `difference` beyond it, and then is late; one that is late for some of
///     its windows goes into the others. Memory and time: as many events as a key has within the difference, for each event.
template <typename Rep, typename Period>
[[nodiscard]] auto record_sliding(std::chrono::duration<Rep, Period> difference) {
    return detail::windows_of(detail::RecordSliding{detail::positive(difference, "record_sliding(difference): difference must be greater than 0")});
}
template <typename... Wrong>
detail::RefusedWindows record_sliding(const Wrong&...) {
    static_assert(detail::never<Wrong...>, "record_sliding(difference): it takes a time with its unit. Write record_sliding(10s), with using "
                                           "namespace std::chrono_literals.");
    return detail::refused_windows();
}

/// Windows of n events of a key, whatever their times; with `slide` one begins every `slide` events. Only full ones are given; its
/// times span from its first event to its last. Nothing is late for it. Where windows overlap each event costs three merges at most on
/// average, whatever n, but some pause for n / slide of them, unless it is .without_pauses().
template <detail::CountLike N, detail::CountLike Slide>
[[nodiscard]] auto count_window(N size, Slide step) {
    const std::uint64_t n = detail::not_negative(size, "count_window(n, slide)"), slide = detail::not_negative(step, "count_window(n, slide)");
    if (n == 0 || slide == 0 || slide > n) throw std::invalid_argument("count_window(n, slide): n must be at least 1, slide from 1 to n");
    const std::uint64_t parts = n / std::gcd(n, slide);
    if (slide != n && parts >= std::uint64_t{1} << 32U)
        throw std::invalid_argument("count_window(n, slide): each key keeps the parts of its window, fewer than 2^32; these are " +
                                    std::to_string(parts) + ". Take a slide that divides n, or a smaller n.");
    return detail::windows_of(detail::CountAssigner<true>{n, slide});
}
template <detail::CountLike N>
[[nodiscard]] auto count_window(N n) { return count_window(n, n); }
template <typename... Wrong>
detail::RefusedWindows count_window(const Wrong&...) {
    static_assert(detail::never<Wrong...>, "count_window(n, slide): it takes whole numbers of events: count_window(100), count_window(100, 10). "
                                           "For windows of time write "
                                           "tumbling(10s).");
    return detail::refused_windows();
}

/// One window for all events, which gives its result at the end of the stream, or when its trigger says so. With every(p) each key
/// that has begun gives all it has at each period's end, until that of the period in which the latest event of the window lies (of
/// any key; one behind the watermark counts as at it), and goes on when there are later ones; discarding, where something new has
/// come. Its times span from the first event to the last.
[[nodiscard]] constexpr auto global_window() { return detail::windows_of(detail::Global{}); }

/// Windows of your own: fn(time) or fn(time, value) gives a range of Window{start, end}, by their ends; it is gone through more than
/// once, as a window that it has twice counts once. They do not merge.
template <typename Fn>
[[nodiscard]] constexpr auto windows_by(Fn fn) {
    return detail::windows_of(detail::Assigned<Fn>{std::move(fn)});
}

/// Clause: the next aggregate works for each of these windows by itself. It changes no event.
///     spec: tumbling(size), sliding(size, slide), cumulative(size, step), session(gap), record_sliding(d), count_window(n),
///     global_window(), windows_by(fn), each with
///     .offset(d), .allowed_lateness(d), .late_to(chain), .trigger(when), .accumulating(), .discarding(); count_window(n, slide).without_pauses().
///     Windows are [start, end); one gives its result when the watermark reaches end - 1 ns. An event belongs to each of its windows
///     whose state is not gone yet, which is so when the watermark has reached end - 1 ns + lateness; one that comes too late for all
///     goes to late_to and is counted as dropped (late); so is one that no window covers (a slide greater than the size).
///     What would end beyond all time ends with the stream, and has what comes at max_time; of such windows of a size there is only the
///     first. example: tests/time/window.cpp
template <typename Spec>
    requires detail::is_window_spec<Spec>
[[nodiscard]] constexpr auto window(Spec spec) {
    return detail::WindowOp<Spec>{std::move(spec)};
}
template <typename... Wrong>
constexpr Refused window(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>, "window(spec): spec says which windows. Accepted: tumbling(size), sliding(size, slide), "
                                                 "session(gap), "
                                                 "count_window(n), global_window() and others, as in window(tumbling(10s)).");
    return {};
}
/// One of these without its parentheses: this chooses the overload of it that says what it takes.
constexpr Refused window(detail::RefusedWindows (*)()) { return {}; }

} // namespace weir
