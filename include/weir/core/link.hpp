// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fetch_ahead.hpp>
#include <weir/core/in_passes.hpp>
#include <weir/core/operator.hpp>
#include <weir/core/passes.hpp>
#include <weir/core/spans.hpp>
#include <weir/core/walk.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

struct NoCount {
    constexpr void add(std::uint64_t) noexcept {}
};

struct Count {
    std::uint64_t n = 0;
    constexpr void add(std::uint64_t more) noexcept { n += more; }
};

/// Which signals somebody in a chain listens to; the others are not even compiled for it.
struct Hears {
    bool watermark = true;
    bool time = true;
    bool barrier = true;
    bool outcome = true;
    bool end = true;
    bool end_span = true;
    bool idle = false; // only merges and channels to other tasks do: see their hears
    bool own_mark = false; // so do operators that drop what is late
};

template <typename Chain>
consteval Hears hears_of() {
    if constexpr (requires { Chain::hears; }) return Chain::hears;
    else return {};
}

/// Nothing follows: behind a sink. Every chain ends in this or in an outlet with the same members.
struct End {
    static constexpr Hears hears{false, false, false, false, false, false};
    static constexpr bool can_finish = false;
    static constexpr bool bounded_room = false;
    static constexpr bool has_deadline = false;
    static constexpr bool can_suspend = false;
    static constexpr bool takes_span = false;

    template <typename E>
    constexpr void on_event(E&&) noexcept {}
    template <typename E>
    constexpr void on_span(std::span<E>) noexcept {}
    constexpr void on_watermark(Timestamp) noexcept {}
    constexpr void on_time(Timestamp) noexcept {}
    constexpr void on_idle() noexcept {}
    constexpr void on_own_mark(Timestamp) noexcept {}
    constexpr void on_barrier(std::uint64_t) noexcept {}
    constexpr void on_outcome(std::uint64_t, bool) noexcept {}
    constexpr void on_end() noexcept {}
    constexpr void end_span() noexcept {}
    constexpr bool resume() noexcept { return true; }
    constexpr bool done() const noexcept { return false; }
    constexpr std::size_t room() const noexcept { return unlimited; }
    constexpr Timestamp deadline() const noexcept { return max_time; }
    constexpr std::uint64_t interrupted() const noexcept { return 0; }
    constexpr std::uint64_t arrived(std::uint64_t) const noexcept { return 0; }
    void report(ReportWalk&, std::uint64_t) const noexcept {}
    template <typename Fn>
    constexpr void for_each_outlet(Fn&&) noexcept {}
    void save(SaveWalk&) const noexcept {}
    void load(LoadWalk&) noexcept {}
};

/// Whether a chain runs nothing but functions that are marked pure, as far as its sink.
template <typename Chain>
inline constexpr bool all_pure = std::same_as<Chain, End>;
template <IsLink Chain>
inline constexpr bool all_pure<Chain> = PureInPass<typename Chain::op_type> && all_pure<typename Chain::next_type>;

/// Whether an operator of a chain, not only what it ends in, has something to do at the end of a span.
template <typename Chain>
inline constexpr bool an_operator_ends_spans = false;
template <IsLink Chain>
inline constexpr bool an_operator_ends_spans<Chain> =
    HasEndSpan<typename Chain::op_type, typename Chain::next_type> || an_operator_ends_spans<typename Chain::next_type>;
/// The same behind each event that the next one may be long in following: not where nobody could tell what an operator has put off.
template <typename Chain>
inline constexpr bool an_operator_ends_events = false;
template <IsLink Chain>
inline constexpr bool an_operator_ends_events<Chain> =
    (HasEndSpan<typename Chain::op_type, typename Chain::next_type> && not requires { requires Chain::op_type::gathers_unseen; }) ||
    an_operator_ends_events<typename Chain::next_type>;

/// When a suspended chain wants resume() even if nothing else happens (a retry that waits for its time).
template <typename Chain>
constexpr Timestamp resume_at(const Chain& chain) {
    if constexpr (requires { chain.resume_at(); }) return chain.resume_at();
    else return max_time;
}

/// What an operator that takes parts of spans keeps of the events that it handed back: they come again.
template <typename Op, bool TakesParts>
struct AgainOf {
    struct type {};
};
template <typename Op>
struct AgainOf<Op, true> {
    using type = typename Op::Again;
};

/// Refuses an operator whose state cannot be saved. A type of its own, so that compilers name the operator, and once.
template <typename Op>
struct MayBeSaved {
    static_assert(HasSave<Op> || std::is_empty_v<Op> || requires { requires Op::stateless; },
                  "durable, check_laws, check_recovery: an operator has members but no save(StateWriter&) const and load(StateReader&). "
                  "Write them, or say `static constexpr bool stateless = true;`.");
};

/// The one place where an operator meets what comes next, and where the defaults live.
/// `Counts`: whether what arrives must be counted here, because the link before cannot tell it.
template <typename Op, typename Next, bool Counts>
class Link {
    static constexpr bool is_sink = std::same_as<Next, End>;
    static constexpr Hears next_hears = hears_of<Next>();

public:
    using op_type = Op;
    using next_type = Next;
    /// An operator that neither says that it gives one for one, nor why it gives none, nor accounts for itself: watched per event.
    static constexpr bool watches = not is_sink && not OneToOne<Op> && not Drops<Op> && not Accounts<Op>;
    static constexpr Hears hears{HasOnWatermark<Op, Next> || next_hears.watermark, HasOnTime<Op, Next> || next_hears.time,
                                 HasOnBarrier<Op, Next> || next_hears.barrier,     HasOnOutcome<Op, Next> || next_hears.outcome,
                                 HasOnEnd<Op, Next> || next_hears.end,             HasEndSpan<Op, Next> || next_hears.end_span,
                                 HasOnIdle<Op, Next> || next_hears.idle,           HasOnOwnMark<Op, Next> || next_hears.own_mark};
    static constexpr bool can_finish = HasDone<Op> || Next::can_finish;
    static constexpr bool bounded_room = HasBoundedRoom<Op> || Next::bounded_room;
    static constexpr bool has_deadline = HasDeadline<Op> || Next::has_deadline;
    static constexpr bool can_suspend = HasResume<Op, Next> || Next::can_suspend;
    /// Whether the first operator may have spans as they are; not where each event must be followed by a look at done(). Where it must be
    /// followed by a look at room(), only one that looks itself, and says how many of a span it took; so of done(), too.
    static constexpr bool may_take_spans = not watches && not can_finish;
    static constexpr bool may_wait = bounded_room && can_suspend;
    static constexpr bool takes_timed_span = may_take_spans && HasTimedSpan<Op>;
    static constexpr bool takes_merged_span = may_take_spans && HasMergedSpan<Op>;
    static constexpr bool takes_span = may_take_spans && not may_wait && TakesSpans<Op, Next>;
    static constexpr bool takes_part_of_span = not watches && may_wait && (not can_finish || requires { requires Op::looks_for_done; }) &&
                                               requires { requires Op::template takes_span_before<Next>; };

    /// Whether a span of E that a pass before has kept goes through here in one more; whether a span that comes from elsewhere goes through
    /// here in passes: not for maps alone. See passes.hpp.
    template <typename E>
    static constexpr bool in_later_pass =
        may_take_spans && not may_wait && not takes_span && pass_events<E> >= fewest_pass_events && pass_of_t<Link, E>::possible;
    template <typename E>
    static constexpr bool in_passes = in_later_pass<E> && pass_of_t<Link, E>::masked;

    constexpr Link(Op op, Next next, std::uint32_t id) : op_(std::move(op)), next_(std::move(next)), id_(id) {}

    template <typename E>
    WEIR_INLINE constexpr void on_event(E&& event) {
        arrived_.add(1);
        on_counted(std::forward<E>(event));
    }
    /// One that whoever calls counts.
    template <typename E>
    WEIR_INLINE constexpr void on_counted(E&& event) {
        try {
            if constexpr (watches) {
                const std::uint64_t before = next_.arrived(0);
                op_.on_event(std::forward<E>(event), next_);
                silent_.add(next_.arrived(0) == before ? 1 : 0);
            } else {
                op_.on_event(std::forward<E>(event), next_);
            }
        } catch (...) {
            interrupted_ = 1;
            throw;
        }
    }

    template <typename E>
    constexpr void on_span(std::span<E> events) {
        if constexpr (HasOnSpan<Op, Next, E> && not watches) {
            arrived_.add(events.size());
            try {
                op_.on_span(events, next_);
            } catch (...) {
                interrupt_span(events.size());
                throw;
            }
        } else if constexpr (in_passes<E>) {
            detail::span_in_passes(*this, events);
        } else {
            on_local_copy(*this, [events](auto& self) {
                for (E& event : events) {
                    if constexpr (not is_plain_chain<Link>) fetch_ahead(std::addressof(event));
                    self.on_event(pass(event));
                }
            });
        }
    }

    /// Gives how many it took. The others come again, before anything else.
    template <typename E>
    constexpr std::size_t on_part_of_span(std::span<E> events) {
        return counted(events.size(), [this, events] { return op_.on_part_of_span(events, next_, again_); });
    }
    template <typename V>
    constexpr std::size_t on_timed_span(TimedSpan<V> events) {
        return counted(events.values.size(), [this, &events] { return op_.on_timed_span(events, next_); });
    }

    template <typename E>
    constexpr std::size_t on_merged_span(const MergedSpan<E>& span) {
        return counted(span.events.size(), [this, &span] { return op_.on_merged_span(span, next_); });
    }

    // What throws at one of these is told to be behind an event, not at one. Written out: as calls of at_signal they take a tenth of the time
    // that a chain takes to compile.
    constexpr void on_watermark(Timestamp t) {
        if constexpr (HasOnWatermark<Op, Next>) {
            try {
                op_.on_watermark(t, next_);
            } catch (...) {
                among_ = 0;
                throw;
            }
        } else if constexpr (next_hears.watermark) next_.on_watermark(t);
    }
    constexpr void on_time(Timestamp now) {
        if constexpr (HasOnTime<Op, Next>) {
            try {
                op_.on_time(now, next_);
            } catch (...) {
                among_ = 0;
                throw;
            }
        } else if constexpr (next_hears.time) next_.on_time(now);
    }
    constexpr void on_barrier(std::uint64_t epoch) {
        if constexpr (HasOnBarrier<Op, Next>) op_.on_barrier(epoch, next_);
        else if constexpr (next_hears.barrier) next_.on_barrier(epoch);
    }
    constexpr void on_outcome(std::uint64_t epoch, bool committed) {
        if constexpr (HasOnOutcome<Op, Next>) op_.on_outcome(epoch, committed, next_);
        else if constexpr (next_hears.outcome) next_.on_outcome(epoch, committed);
    }
    constexpr void on_idle() {
        if constexpr (HasOnIdle<Op, Next>) op_.on_idle(next_);
        else if constexpr (next_hears.idle) next_.on_idle();
    }
    constexpr void on_own_mark(Timestamp t) {
        if constexpr (HasOnOwnMark<Op, Next>) op_.on_own_mark(t, next_);
        else if constexpr (next_hears.own_mark) next_.on_own_mark(t);
    }
    constexpr void on_end() {
        if constexpr (HasOnEnd<Op, Next>) {
            try {
                op_.on_end(next_);
            } catch (...) {
                among_ = 0;
                throw;
            }
        } else if constexpr (next_hears.end) next_.on_end();
    }
    constexpr void end_span() {
        if constexpr (HasEndSpan<Op, Next>) {
            try {
                op_.end_span(next_);
            } catch (...) {
                among_ = 0;
                throw;
            }
        }
        if constexpr (next_hears.end_span) next_.end_span();
    }
    constexpr bool resume() {
        if constexpr (Next::bounded_room)
            if (not next_.resume()) return false;
        if constexpr (HasResume<Op, Next> && Next::can_suspend) {
            const bool idle = room() != 0; // an operator that has something unfinished has none
            return at_signal([this] { return op_.resume(next_); }) && (idle || next_.resume()); // what it gave may have to wait in its turn
        } else if constexpr (HasResume<Op, Next>) {
            return at_signal([this] { return op_.resume(next_); });
        } else {
            return true;
        }
    }
    constexpr bool done() const {
        if constexpr (HasDone<Op>)
            if (op_.done()) return true;
        if constexpr (Next::can_finish || Next::bounded_room) return next_.done();
        else return false;
    }
    constexpr std::size_t room() const {
        if constexpr (requires(const Op& op, const Next& next) { op.room(next); }) return op_.room(next_);
        else if constexpr (Next::bounded_room) return next_.room();
        else return unlimited;
    }
    constexpr Timestamp deadline() const {
        if constexpr (HasDeadline<Op> && Next::has_deadline) return std::min<Timestamp>(op_.deadline(), next_.deadline());
        else if constexpr (HasDeadline<Op>) return op_.deadline();
        else if constexpr (Next::has_deadline) return next_.deadline();
        else return max_time;
    }

    constexpr Timestamp resume_at() const {
        if constexpr (HasResumeAt<Op>) return std::min<Timestamp>(op_.resume_at(), detail::resume_at(next_));
        else return detail::resume_at(next_);
    }

    /// Calls fn with each place where the chain ends in a channel to another task.
    template <typename Fn>
    constexpr void for_each_outlet(Fn&& fn) {
        if constexpr (requires(Op& op) { op.for_each_outlet(fn); }) op_.for_each_outlet(fn);
        if constexpr (Next::bounded_room) next_.for_each_outlet(fn);
    }

    /// How many events came in, given how many the link before gave where it knows.
    constexpr std::uint64_t arrived(std::uint64_t given) const noexcept {
        if constexpr (Counts) return arrived_.n;
        else return given;
    }
    constexpr std::uint64_t interrupted() const noexcept { return interrupted_; }

    void report(ReportWalk& walk, std::uint64_t given) const {
        const std::uint64_t in = arrived(given);
        // One for one: all but the event that a throw stopped here went on.
        std::uint64_t out = 0;
        if constexpr (OneToOne<Op> && not is_sink)
            out = in - std::min<std::uint64_t>(in, stopped()) + next_.interrupted();
        else if constexpr (not is_sink)
            out = next_.arrived(0);
        OperatorReport& row = walk.cleared_row(id_);
        row.in = in;
        row.out = out;
        if constexpr (Accounts<Op>) op_.report(row);
        else if constexpr (Drops<Op> && not is_sink) row.dropped(Op::drops) = in - out - std::min(in - out, own_interruption());
        else if constexpr (watches) row.dropped(Drop::filtered) = silent_.n;
        walk.settle(row, stopped());
        if (interrupted_ != 0 || among_ == 0) walk.thrown = thrown(in);
        if constexpr (requires { op_.watermark(); }) walk.watermark = op_.watermark();
        if constexpr (requires { op_.report_inner(walk); }) op_.report_inner(walk);
        next_.report(walk, out);
    }

    void save(SaveWalk& walk) const {
        static_assert(sizeof(MayBeSaved<Op>) != 0);
        walk.section(id_, [&](StateWriter& to) {
            if constexpr (Counts) to.put(arrived_.n);
            if constexpr (watches) to.put(silent_.n);
            if constexpr (HasSave<Op>) op_.save(to);
        });
        if constexpr (requires { op_.save_inner(walk); }) op_.save_inner(walk);
        next_.save(walk);
    }
    void load(LoadWalk& walk) {
        walk.section(id_, [&](StateReader& from) {
            if constexpr (Counts) from.get(arrived_.n);
            if constexpr (watches) from.get(silent_.n);
            if constexpr (HasSave<Op>) op_.load(from);
        });
        if constexpr (requires { op_.load_inner(walk); }) op_.load_inner(walk);
        next_.load(walk);
    }

    /// For those who go through the links of a chain in their own way: events that came in, events that an error has left unfinished here.
    WEIR_INLINE constexpr void count(std::uint64_t n) noexcept { arrived_.add(n); }
    /// An operator that was given a span has thrown: how many events of it it had not finished, or else that any may have been the one.
    constexpr void interrupt_span(std::size_t n) noexcept {
        if constexpr (requires { op_.unfinished(); }) {
            interrupt(op_.unfinished());
            if (op_.unfinished() == 0) among_ = 0;
        } else {
            interrupt(1);
            among_ = static_cast<std::uint32_t>(n);
        }
    }
    /// Calls what this operator does without an event.
    template <typename Call>
    WEIR_INLINE constexpr decltype(auto) at_signal(const Call& call) {
        try {
            return call();
        } catch (...) {
            among_ = 0;
            throw;
        }
    }
    constexpr void count_silent(std::uint64_t n) noexcept { silent_.add(n); }
    constexpr void interrupt(std::uint64_t n) noexcept { interrupted_ += static_cast<std::uint32_t>(n); }
    constexpr auto& rule() noexcept { return rule_; }
    constexpr std::uint32_t id() const noexcept { return id_; }
    constexpr Op& op() noexcept { return op_; }
    constexpr Next& next() noexcept { return next_; }
    constexpr const Next& next() const noexcept { return next_; }

private:
    template <typename Take>
    constexpr std::size_t counted(std::size_t n, Take&& take) {
        try {
            n = take();
        } catch (...) {
            arrived_.add(n);
            interrupt_span(n);
            throw;
        }
        arrived_.add(n);
        return n;
    }
    /// Of those that came here last what an error left, but for one that had gone on before.
    constexpr std::uint64_t stopped() const noexcept {
        if constexpr (requires { op_.had_gone_on(); }) return interrupted_ - std::min<std::uint64_t>(interrupted_, op_.had_gone_on() ? 1 : 0);
        else return interrupted_;
    }
    /// 1 when the event that a throw stopped had not been given on.
    constexpr std::uint64_t own_interruption() const noexcept { return interrupted_ - std::min<std::uint64_t>(interrupted_, next_.interrupted()); }

    /// Of `in` events that came here, which an error has come at.
    constexpr ReportWalk::Thrown thrown(std::uint64_t in) const noexcept {
        if (among_ == 0) return {id_, 0, in};
        if constexpr (requires { op_.had_several(); })
            if (op_.had_several()) return {id_, 0, in};
        if constexpr (requires { op_.batch_at_hand(); }) {
            if (const auto [before, size] = op_.batch_at_hand(); size != 0) return {id_, before + 1, before + size};
        }
        const std::uint64_t last = in - std::min<std::uint64_t>(in, interrupted_ - 1);
        return {id_, last - std::min<std::uint64_t>(last, among_ - 1), last};
    }

    WEIR_NO_UNIQUE_ADDRESS Op op_;
    Next next_;
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<Counts, Count, NoCount> arrived_{};
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<watches, Count, NoCount> silent_{};
    WEIR_NO_UNIQUE_ADDRESS typename AgainOf<Op, takes_part_of_span>::type again_{};
    std::uint32_t id_;
    std::uint32_t interrupted_ = 0;
    std::uint32_t among_ = 1; // events, an error has come at one of which; 0: at none
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<KeepsInPass<Op> || MapsInPass<Op>, PassRule, NoCount> rule_{};
};

} // namespace weir::detail
