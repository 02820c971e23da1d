// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/branch.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// Hands on what stands in the buffer of an open branch (or AnyChain), in order, and lets it go on where it waits for room there.
///     raise(): after its mark has risen; rest(): it is idle. One: return after the first such mark.
///     told: the own mark that next has been told; those of the branch go on before the events that they are of.
///     False when it had to stop: next has no room, or the branch waits for something else.
template <bool One, typename Open, typename Next, typename Raise, typename Rest>
constexpr bool hand_on(Open& branch, Next& next, Timestamp& told, Raise&& raise, Rest&& rest) {
    auto& kept = branch.buffer().kept();
    const auto tell = [&] {
        if constexpr (hears_of<Next>().own_mark) {
            if (told == branch.buffer().own_mark) return;
            next.end_span();
            next.on_own_mark(told = branch.buffer().own_mark);
        }
    };
    for (;;) {
        while (not kept.empty()) {
            if (kept.at_signal()) {
                const SignalValue signal = kept.take_signal();
                if (signal.kind == SignalValue::Kind::own_mark) branch.buffer().own_mark = signal.time;
                if (signal.kind == SignalValue::Kind::idle) rest();
                if (signal.kind != SignalValue::Kind::watermark) continue;
                branch.buffer().mark = std::max(branch.buffer().mark, signal.time);
                raise();
                if constexpr (One) return true;
            } else if constexpr (Next::can_finish || (Next::bounded_room && Next::can_suspend)) {
                if constexpr (Next::can_finish) {
                    if (next.done()) { // nothing behind a take sees more than is taken, but for the marks
                        static_cast<void>(kept.take_event());
                        continue;
                    }
                }
                if constexpr (Next::bounded_room)
                    if (next.room() == 0) return false;
                tell();
                next.on_event(std::move(kept.take_event()));
            } else {
                std::size_t room = unlimited;
                if constexpr (Next::bounded_room) {
                    room = next.room();
                    if (room == 0) return false;
                }
                tell();
                const auto run = kept.take_run(room);
                if (run.size() == 1) next.on_event(std::move(run.front()));
                else next.on_span(run);
            }
        }
        kept.clear();
        if (not branch.suspended()) return true;
        if constexpr (Next::can_finish) {
            if (next.done()) {
                branch.buffer().close();
                branch.resume();
                if (kept.empty()) return true;
                continue;
            }
        }
        branch.resume();
        if (kept.empty() && branch.suspended()) return false;
    }
}

/// The running form of an operator with chains inside. `Inner` is what is inside and who gets which event; the Relay forwards
/// signals, hands on what open branches give, and keeps in order what comes while that has to wait. Inner has
///     event_type; open: it gives events; waits, has_deadline, can_finish: as a Branch
///     give(event), signal(value), end_span(); give_some(span) -> how many, for one that gathers; deliver(next, in_signal) -> false: not all of it yet; idle(), optional: it would do nothing
///     resume() -> false: a chain inside that ends in a sink waits; room, done, deadline, resume_at, for_each_outlet
///     count(row); save_own, load_own: its own state; report, save, load: walks through the chains inside
template <typename Inner>
class Relay {
    using E = typename Inner::event_type;
    template <typename Next> // what open branches gave, and then what comes behind it
    static constexpr bool may_wait = Inner::open && (Inner::waits || Next::bounded_room);

public:
    using kind = OperatorKind;
    static constexpr bool bounded_room = Inner::waits;

    constexpr explicit Relay(Inner inner) : inner_(std::move(inner)) {}

    template <typename Given, typename Next>
    WEIR_INLINE constexpr void on_event(Given&& event, Next& next) {
        if constexpr (may_wait<Next> && std::is_constructible_v<E, Given>)
            if (wait_.busy) return wait_.backlog.put(std::forward<Given>(event));
        inner_.give(std::forward<Given>(event));
        if constexpr (requires { inner_.idle(); })
            if (inner_.idle()) return;
        if constexpr (Inner::open) settle(next, false);
    }
    template <typename Next>
    static constexpr bool takes_span_before = requires { requires Inner::gathers; };
    static constexpr bool looks_for_done = true;
    struct Again {};
    template <typename Given, typename Next>
    constexpr std::size_t on_part_of_span(std::span<Given> events, Next& next, Again&) {
        std::size_t taken = 0;
        while (taken != events.size() && not inner_.done() && not next.done() && room(next) != 0) {
            taken += inner_.give_some(events.subspan(taken));
            if (not inner_.idle()) settle(next, false);
        }
        return taken;
    }
    template <typename Next>
    constexpr void on_watermark(Timestamp t, Next& next) { signal({SignalValue::Kind::watermark, false, t, 0}, next); }
    template <typename Next>
    constexpr void on_own_mark(Timestamp t, Next& next) { signal({SignalValue::Kind::own_mark, false, t, 0}, next); }
    template <typename Next>
        requires(hears_of<Next>().idle)
    constexpr void on_idle(Next& next) { signal({SignalValue::Kind::idle, false, {}, 0}, next); }
    template <typename Next>
    constexpr void on_time(Timestamp now, Next& next) { signal({SignalValue::Kind::time, false, now, 0}, next); }
    template <typename Next>
    constexpr void on_barrier(std::uint64_t epoch, Next& next) { signal({SignalValue::Kind::barrier, false, {}, epoch}, next); }
    template <typename Next>
    constexpr void on_outcome(std::uint64_t epoch, bool committed, Next& next) { signal({SignalValue::Kind::outcome, committed, {}, epoch}, next); }
    template <typename Next>
    constexpr void on_end(Next& next) { signal({SignalValue::Kind::end, false, {}, 0}, next); }

    template <typename Next>
    constexpr void end_span(Next& next) {
        if constexpr (may_wait<Next>)
            if (wait_.busy) return;
        inner_.end_span();
        if constexpr (Inner::open) settle(next, false);
    }

    template <typename Next>
        requires(Inner::waits || may_wait<Next>)
    constexpr bool resume(Next& next) {
        const bool through = inner_.resume();
        if constexpr (may_wait<Next>)
            if (wait_.busy && not go_on(next)) return false;
        return through;
    }
    template <typename Next>
    [[nodiscard]] constexpr std::size_t room(const Next& next) const {
        if constexpr (Inner::open)
            if (wait_.busy) return 0;
        return std::min<std::size_t>(inner_.room(), next.room());
    }
    [[nodiscard]] constexpr bool done() const
        requires(Inner::can_finish)
    {
        return inner_.done();
    }
    [[nodiscard]] constexpr bool may_finish() const // where that is known only at run time
        requires requires(const Inner& inner) { inner.may_finish(); }
    {
        return inner_.may_finish();
    }
    [[nodiscard]] constexpr Timestamp deadline() const
        requires(Inner::has_deadline)
    {
        return inner_.deadline();
    }
    [[nodiscard]] constexpr Timestamp resume_at() const { return inner_.resume_at(); }

    template <typename Fn>
    constexpr void for_each_outlet(Fn&& fn) { inner_.for_each_outlet(fn); }
    void report(OperatorReport& row) const {
        if constexpr (Inner::open) row.held = wait_.backlog.size();
        inner_.count(row);
    }
    void save(StateWriter& to) const { inner_.save_own(to); }
    void load(StateReader& from) { inner_.load_own(from); }
    void report_inner(ReportWalk& walk) const { inner_.report(walk); }
    template <typename Walk> // a template: compiled only in durable jobs
    void save_inner(Walk& walk) const { inner_.save(walk); }
    template <typename Walk>
    void load_inner(Walk& walk) { inner_.load(walk); }

private:
    struct Wait {
        Record<E> backlog;      // what came meanwhile
        SignalValue in_hand{};  // where in_signal: what is to be sent on when all before it has been given
        bool busy = false;
        bool in_signal = false;
    };
    struct NoWait {};

    /// Finishes what was begun, then takes what came meanwhile.
    template <typename Next>
    constexpr bool go_on(Next& next) {
        do {
            if (not settle(next, wait_.in_signal)) return false;
            if (wait_.in_signal) {
                wait_.in_signal = false;
                forward(wait_.in_hand, next);
            }
            while (not wait_.backlog.empty() && not wait_.busy) {
                if (wait_.backlog.at_signal()) signal(wait_.backlog.take_signal(), next);
                else on_event(std::move(wait_.backlog.take_event()), next);
            }
        } while (wait_.busy);
        wait_.backlog.clear();
        return true;
    }
    template <typename Next>
    constexpr void signal(const SignalValue& signal, Next& next) {
        if constexpr (may_wait<Next>)
            if (wait_.busy) return wait_.backlog.put(signal);
        inner_.signal(signal);
        if constexpr (Inner::open) {
            if (not settle(next, true)) {
                wait_.in_signal = true;
                wait_.in_hand = signal;
                return;
            }
        }
        forward(signal, next);
    }
    template <typename Next>
    constexpr void forward(const SignalValue& signal, Next& next) {
        // What says how far the stream is comes out of the open branches, which may hold it back.
        using Kind = SignalValue::Kind;
        if (not Inner::open || (signal.kind != Kind::watermark && signal.kind != Kind::own_mark && signal.kind != Kind::idle)) send(signal, next);
    }
    template <typename Next>
    constexpr bool settle(Next& next, bool in_signal) {
        if constexpr (Inner::open) {
            const bool all = inner_.deliver(next, in_signal);
            if constexpr (may_wait<Next>) wait_.busy = not all;
            return all;
        } else return true;
    }

    Inner inner_;
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<Inner::open, Wait, NoWait> wait_{};
};

} // namespace weir::detail
