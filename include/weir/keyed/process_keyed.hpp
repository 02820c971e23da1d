// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/keyed/ageing_keys.hpp>
#include <weir/keyed/key_by.hpp>
#include <weir/keyed/key_options.hpp>
#include <weir/keyed/timers.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// What a function of process_keyed can do besides looking at its event and changing its state. It lives during the call.
///     Timed: the stream has event time. Waits: whoever drives it can wake at a time.
template <typename Key, typename State, typename Out, bool Timed, bool Waits, typename Next>
class KeyContext {
    using States = KeyStates<Key, State>;

public:
    KeyContext(States& states, std::uint32_t id, const Clock& clock, Timestamp time, Timestamp mark, bool at_end, bool& asks_clock,
               Next& next) noexcept
        : states_(states), clock_(clock), next_(next), asks_clock_(asks_clock), time_(time), mark_(mark), id_(id), at_end_(at_end) {}
    KeyContext(const KeyContext&) = delete;
    KeyContext& operator=(const KeyContext&) = delete;

    /// Gives an event, with the time of the one, or of the timer, that is being worked on.
    void emit(Out out) {
        if constexpr (Timed) next_.on_event(Event<Out>{std::move(out), time_});
        else next_.on_event(std::move(out));
    }
    [[nodiscard]] const Key& key() const noexcept { return states_.key(id_); }
    /// The event's time, or the timer's.
    [[nodiscard]] Timestamp time() const noexcept { return time_; }
    [[nodiscard]] Timestamp watermark() const noexcept { return mark_; }
    /// Whether the stream has ended, and the timers that are still there fire one after the other: no timer need be set any more.
    [[nodiscard]] bool at_end() const noexcept { return at_end_; }
    /// The job's clock.
    [[nodiscard]] Timestamp now() const { return clock_.now(); }

    /// The timer function is called once the watermark has reached t; at once, behind this call, if it has already.
    void set_timer(Timestamp t) {
        static_assert(Timed, "process_keyed: set_timer(t) waits for the watermark, but this pipeline has no event time. Put "
                             "event_time(projection, strategy) before key_by, or use set_processing_timer(t).");
        states_.set(id_, Domain::event_time, t);
    }
    void delete_timer(Timestamp t) { states_.remove(id_, Domain::event_time, t); }
    /// The same on the job's clock: at once, behind this call, if it has come so far already. Where timers go on setting such timers,
    /// events come between a thousand of these and the next.
    void set_processing_timer(Timestamp t) {
        static_assert(Waits, "process_keyed: set_processing_timer(t) needs a source that can wait with a deadline; put stage() before it.");
        states_.set(id_, Domain::processing_time, t);
        asks_clock_ = true;
    }
    void delete_processing_timer(Timestamp t) { states_.remove(id_, Domain::processing_time, t); }

    /// After this call the key's state is as at first; a key without timers is forgotten.
    void clear() noexcept { states_[id_].cleared = true; }

private:
    States& states_;
    const Clock& clock_;
    Next& next_;
    bool& asks_clock_;
    Timestamp time_;
    Timestamp mark_;
    std::uint32_t id_;
    bool at_end_;
};

struct NoTimers {};

/// Says so once, where a function of process_keyed cannot be called.
template <typename Fn, typename T, typename State>
struct ProcessesKeyed {
    static_assert(never<Fn, T>, "process_keyed<State, Out>(fn): fn cannot be called with this pipeline's events. Accepted: fn(const E&, State&, auto& context), where "
                                "context.emit(out) gives an Out.");
    static constexpr int said = 0;
};
template <typename Fn, typename State>
struct ProcessesTimers {
    static_assert(never<Fn>, "process_keyed<State, Out>(fn, on_timer): on_timer cannot be called. Accepted: on_timer(Timestamp, State&, auto& context).");
    static constexpr int said = 0;
};

/// The running form of process_keyed.
template <typename S, typename Key, typename KeyOf, typename State, typename Out, typename Fn, typename OnTimer>
class ProcessingKeyed {
    using T = typename S::value;
    using States = KeyStates<Key, State>;
    static constexpr bool waits = S::traits.waits;

public:
    using kind = OperatorKind;
    template <typename Next>
    using Context = KeyContext<Key, State, Out, S::timed, waits, Next>;

    ProcessingKeyed(KeyOf key_of, Fn fn, OnTimer on_timer, const CheckedOptions& options, const Clock& clock)
        : key_of_(std::move(key_of)), fn_(std::move(fn)), on_timer_(std::move(on_timer)), clock_(clock), states_(options),
          ages_by_clock_(options.ttl != Duration::max() && options.ttl_clock == TtlClock::processing_time) {}

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        idle_ = false;
        if (suspended_) suspended_ = not go(next, [] { return true; }); // an operator before this gave more than there is room for
        const T& value = value_of(event);
        auto&& key = std::invoke(std::as_const(key_of_), value);
        if (ages_by_clock_) states_.expire(clock_.now());
        const std::uint32_t id = states_.enter(key, hash_of_key(key));
        if (id == States::none) return;
        const Timestamp time = time_of(event);
        Context<Next> context(states_, id, clock_.clock(), time, mark_, false, asks_clock_, next);
        if constexpr (std::invocable<Fn&, const T&, State&, Context<Next>&>) std::invoke(fn_, value, states_[id].state, context);
        else static_assert(ProcessesKeyed<Fn, T, State>::said == 0);
        settle(id, time);
        ring(next);
        if (is_over(due(), mark_)) go(next, [] { return true; });
    }
    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        if (t == max_time && target_ != t) set_before_end_ = states_.set_so_far();
        target_ = std::max(target_, t);
        idle_ = false;
        if (not suspended_) suspended_ = not go(next, [&next] { return next.room() != 0; });
    }
    template <typename Next>
    void on_own_mark(Timestamp, Next&) noexcept {} // what timers give comes from no input
    template <typename Next>
        requires(hears_of<Next>().idle)
    void on_idle(Next& next) {
        idle_ = suspended_;
        if (not suspended_) next.on_idle();
    }
    template <typename Next>
    void on_time(Timestamp now, Next& next) {
        if constexpr (S::traits.clocked) on_watermark(now, next);
        ring(now, next);
        if (ages_by_clock_) states_.expire(now);
        next.on_time(now);
    }
    [[nodiscard]] Timestamp deadline() const
        requires(waits)
    {
        const Timestamp by_clock = std::min(states_.due(Domain::processing_time), ages_by_clock_ ? states_.expiry() : max_time);
        return S::traits.clocked && not suspended_ ? std::min(by_clock, due()) : by_clock;
    }
    template <typename Next>
    void on_end(Next& next) {
        if (suspended_) ended_ = true; // behind what is still to be given
        else next.on_end();
    }
    template <typename Next>
    bool resume(Next& next) {
        if (suspended_) {
            suspended_ = not go(next, [&next] { return next.room() != 0; });
            if constexpr (hears_of<Next>().idle)
                if (not suspended_ && std::exchange(idle_, false)) next.on_idle();
            if (not suspended_ && std::exchange(ended_, false)) next.on_end();
        }
        return not suspended_;
    }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const {
        return suspended_ ? 0 : next.room();
    }

    template <typename Next>
    void end_span(Next&) noexcept { clock_.end_span(); }

    void report(OperatorReport& row) const noexcept { states_.report(row); } // the user's function knows what became of an event: all have passed
    void save(StateWriter& to) const {
        states_.save(to);
        to.put(mark_);
        to.put(target_);
        to.put(sent_);
        to.put(set_before_end_);
        to.put(fired_at_end_);
        to.put(suspended_);
        to.put(ended_);
    }
    void load(StateReader& from) {
        states_.load(from);
        from.get(mark_);
        from.get(target_);
        from.get(sent_);
        from.get(set_before_end_);
        from.get(fired_at_end_);
        from.get(suspended_);
        from.get(ended_);
    }

private:
    // Of timers set at the end so many may fire, and so many more for each key: those of a timer that always sets another have none.
    static constexpr std::uint64_t most_at_end = 1'000'000;
    static constexpr std::uint64_t most_for_each = 1'000;
    [[noreturn]] static void refuse_endless(Timestamp at) {
        throw std::runtime_error("process_keyed: the stream has ended, and its timers go on setting timers: more than a million of these have fired, "
                                 "and the next is for " + std::to_string(at.time_since_epoch().count()) + " ns since 1970. At the end all timers "
                                 "fire, and there is no end to one that always sets another: set it only if (not context.at_end()).");
    }
    /// When the watermark makes a timer fire or a key go.
    [[nodiscard]] Timestamp due() const noexcept {
        const Timestamp timer = states_.due(Domain::event_time);
        return ages_by_clock_ ? timer : std::min(timer, states_.expiry());
    }
    void settle(std::uint32_t id, Timestamp t) { states_.settle(id, ages_by_clock_ ? clock_.now() : t); }

    /// Fires what is due at target_ or before, as rule R1 says; false where there was no room for all of it.
    template <typename Next, typename Room>
    bool go(Next& next, Room&& room) {
        for (;;) {
            const Timestamp until = std::max(target_, mark_);
            if (states_.due(Domain::event_time) > until) break;
            if (not room()) return false;
            const auto due = states_.take(Domain::event_time, until);
            if (due.id == States::none) break;
            if (due.order >= set_before_end_ && ++fired_at_end_ > most_at_end + most_for_each * states_.size()) refuse_endless(due.at);
            mark_ = std::max(mark_, due.at);
            send(saturating_add(due.at, Duration(-1)), next);
            call(due.id, due.at, due.at, due.at, next);
            ring(next);
        }
        mark_ = std::max(mark_, target_);
        if (not ages_by_clock_ && mark_ != max_time) states_.expire(mark_); // nobody's timer can tell when; at the end nobody would notice
        send(target_, next);
        return true;
    }
    /// Fires what the clock has brought by now. Of timers set by timers so many: others have their turn before the next.
    template <typename Next>
    void ring(Timestamp now, Next& next) {
        const std::uint64_t set_before = states_.set_so_far();
        for (std::uint64_t fired = 0; fired != most_for_each;) {
            const auto due = states_.take(Domain::processing_time, now);
            if (due.id == States::none) break;
            fired += due.order >= set_before ? 1 : 0;
            call(due.id, due.at, saturating_add(mark_, Duration(1)), mark_, next);
        }
        asks_clock_ = false;
    }
    /// The same where a timer has been set that the clock may have reached already.
    template <typename Next>
    void ring(Next& next) {
        if (asks_clock_) ring(clock_.clock().now(), next);
    }
    template <typename Next>
    void send(Timestamp t, Next& next) {
        if (t <= sent_) return;
        sent_ = t;
        next.on_watermark(t);
    }
    /// at: what the timer was set for; time: of what it emits; changed: of the change, where states grow old by the watermark.
    template <typename Next>
    void call(std::uint32_t id, Timestamp at, Timestamp time, Timestamp changed, Next& next) {
        if constexpr (not std::is_same_v<OnTimer, NoTimers>) {
            Context<Next> context(states_, id, clock_.clock(), time, mark_, target_ == max_time, asks_clock_, next);
            if constexpr (std::invocable<OnTimer&, Timestamp, State&, Context<Next>&>) std::invoke(on_timer_, at, states_[id].state, context);
            else static_assert(ProcessesTimers<OnTimer, State>::said == 0);
        }
        settle(id, changed);
    }

    WEIR_NO_UNIQUE_ADDRESS KeyOf key_of_;
    WEIR_NO_UNIQUE_ADDRESS Fn fn_;
    WEIR_NO_UNIQUE_ADDRESS OnTimer on_timer_;
    SpanClock clock_;
    States states_;
    bool ages_by_clock_;
    Timestamp mark_ = min_time;
    Timestamp target_ = min_time;
    Timestamp sent_ = min_time;
    std::uint64_t set_before_end_ = ~std::uint64_t{0};
    std::uint64_t fired_at_end_ = 0; // of those set behind that
    bool suspended_ = false;
    bool idle_ = false; // said behind what is still to be given
    bool ended_ = false;
    bool asks_clock_ = false; // a timer has been set by it
};

template <typename State, typename Out, typename Fn, typename OnTimer>
struct ProcessKeyedOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "process_keyed";
    static constexpr bool takes_clauses = true;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    WEIR_NO_UNIQUE_ADDRESS OnTimer on_timer;
    KeyedOptions options;

    template <typename S>
        requires(is_keyed<S> && not is_windowed<S>)
    using out = with_event_t<without_clauses_t<S>, Out>;

    template <typename S>
    void say_memory(auto& walk, const S& stream) const {
        using KeyOf = std::remove_cvref_t<decltype(key_clause_of(stream.clauses).projection)>;
        using Key = kept_key_t<KeyOf, typename S::value>;
        if (options.max_keys != unlimited && walk.timers() == 0 && not std::is_same_v<OnTimer, NoTimers>)
            return walk.unbounded("not bounded: nothing says how many timers of a key are set at once: say MemoryBoundOptions::timers");
        bounded_keys_memory<Key, TimedState<State>>(walk, options, name, 64, KeyStates<Key, State>::timer_bytes(options.max_keys, walk.timers()));
    }
    template <typename S, typename Binding>
    auto bind(const S& stream, Binding& binding, std::uint32_t) && {
        const auto& key_of = key_clause_of(stream.clauses).projection;
        using KeyOf = std::remove_cvref_t<decltype(key_of)>;
        return ProcessingKeyed<S, kept_key_t<KeyOf, typename S::value>, KeyOf, State, Out, Fn, OnTimer>(key_of, std::move(fn), std::move(on_timer),
                                                                                                       checked(name, options, S::timed), binding.clock());
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (is_windowed<S>)
            static_assert(detail::never<Fn, S>, "process_keyed(...): it knows no windows. Put aggregate(...) behind window(...), or leave the window out.");
        else
            static_assert(detail::never<Fn, S>, "process_keyed(...): this stream has no key, and its state is kept for each key. Put "
                                                "key_by(projection) before it.");
    }
};

} // namespace detail

/// State and timers of your own for each key.
///     fn(const E& value, State& state, auto& context), on_timer(Timestamp t, State& state, auto& context):
///     context.emit(Out) gives an event with the time of the one, or of the timer, at hand; set_timer(t), delete_timer(t) on event
///     time, set_processing_timer(t) on the job's clock; key(), time(), watermark(), now(), at_end(), clear().
///     E -> Out, any number; the order is that of the calls. A timer of a key and time fires once, when the watermark reaches its
///     time; timers by time, then in the order they were set. At the end of the stream all fire, also those that they set: one that
///     always sets another asks at_end() first, else the job ends with an error. State{} is made when a key is first seen, and kept until clear().
///     options: {.max_keys, .at_max, .ttl, .ttl_clock} bound the state. A key that is too old waits for its timers; one that is
///     evicted does not. Each call, of either function, is a change. Nothing is allocated once there have been as many keys and
///     timers as there ever will be.
///     State is saved and loaded (it must be Savable in a durable job); what the functions keep themselves is not.
///     example: tests/keyed/process_keyed.cpp
template <typename State, typename Out, typename Fn, typename OnTimer = detail::NoTimers>
[[nodiscard]] constexpr auto process_keyed(Fn fn, OnTimer on_timer = {}, KeyedOptions options = {}) {
    return detail::ProcessKeyedOp<State, Out, Fn, OnTimer>{std::move(fn), std::move(on_timer), options};
}
template <typename State, typename Out, typename Fn>
[[nodiscard]] constexpr auto process_keyed(Fn fn, KeyedOptions options) {
    return detail::ProcessKeyedOp<State, Out, Fn, detail::NoTimers>{std::move(fn), {}, options};
}
template <typename State = void, typename... Wrong>
constexpr Refused process_keyed(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "process_keyed<State, Out>(fn): it takes the types of the state and of what it emits, and a function: "
                  "process_keyed<int, T>([](const E& e, int& state, auto& context) { ... }).");
    return {};
}

} // namespace weir
