// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/memory_bound.hpp>
#include <weir/core/relay.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

// What is behind an AnyChain: the one virtual interface to a running chain, and who gathers events so that it is crossed by spans.

namespace weir::detail {

/// What a chain of any type sees of its job while it is bound.
class AnyBinding {
public:
    static constexpr bool durable = false; // only a stage asks
    static constexpr bool counts = true;
    AnyBinding(Identities& names, const Clock& clock, MemoryBudget& memory, bool merged) noexcept
        : names_(names), clock_(clock), memory_(memory), merged_(merged) {}
    [[nodiscard]] Identities& names() noexcept { return names_; }
    [[nodiscard]] const Clock& clock() const noexcept { return clock_; }
    [[nodiscard]] MemoryBudget& memory() noexcept { return memory_; }
    [[nodiscard]] bool merged() const noexcept { return merged_; } // the stream before the AnyChain, whose type nobody inside knows
    template <typename T = void>
    [[nodiscard]] Identities& graph() noexcept {
        static_assert(not std::is_void_v<T>, "AnyChain: a chain with a stage or a parallel part inside goes on in other tasks, which a chain of "
                                             "any type cannot. Let the stage stand before or behind the AnyChain.");
        return names_;
    }

private:
    Identities& names_;
    const Clock& clock_;
    MemoryBudget& memory_;
    bool merged_;
};

/// Where a chain of any type ends: End where it has a sink.
template <typename Out>
struct AnyEnd {
    using type = BufferEnd<Out>;
};
template <>
struct AnyEnd<void> {
    using type = End;
};

/// A running chain of any type.
template <typename In, typename Out>
class AnyRunning {
public:
    using Last = typename AnyEnd<Out>::type;
    AnyRunning() = default;
    AnyRunning(const AnyRunning&) = delete;
    AnyRunning& operator=(const AnyRunning&) = delete;
    virtual ~AnyRunning() = default;

    /// How the chain is after a call.
    struct State {
        std::size_t taken = 0;  ///< events of the span: fewer than all where it needs no more, or waits for room in its buffer
        bool suspended = false; ///< something inside has not finished what it was given
        bool done = false;      ///< it needs no more
    };
    virtual State on_span(std::span<In> events) = 0;
    virtual State end_span() = 0;
    virtual State signal(const SignalValue& signal) = 0;
    virtual State resume() = 0;
    [[nodiscard]] virtual State state() const = 0;
    [[nodiscard]] virtual bool may_finish() = 0;
    [[nodiscard]] virtual bool has_deadline() const noexcept = 0;
    [[nodiscard]] virtual Timestamp deadline() const = 0;
    [[nodiscard]] virtual Timestamp resume_at() const = 0;
    [[nodiscard]] virtual std::uint64_t handed() const noexcept = 0; ///< how many it took since the start
    virtual void report(ReportWalk& walk) const = 0;
    virtual void save_own(StateWriter& to) const = 0;
    virtual void load_own(StateReader& from) = 0;
    virtual void save(SaveWalk& walk) const = 0;
    virtual void load(LoadWalk& walk) = 0;
    [[nodiscard]] virtual Last& last() noexcept = 0;
};

/// Whether a running chain can need no more events before its input ends; of an AnyChain inside only it itself knows.
template <typename L>
constexpr bool may_finish(L& link) {
    if constexpr (HasNextLink<L>) {
        auto& op = link.op();
        if constexpr (requires { op.may_finish(); }) {
            if (op.may_finish()) return true;
        } else if constexpr (HasDone<std::remove_cvref_t<decltype(op)>>) {
            return true;
        }
        return may_finish(link.next());
    } else {
        return L::can_finish;
    }
}

/// The one that runs this chain. Durable: only then are the save and load of its operators compiled.
template <typename In, typename Out, typename Link, bool Durable>
class RunningOf final : public AnyRunning<In, Out> {
public:
    using typename AnyRunning<In, Out>::State;
    explicit RunningOf(Link link) : link_(std::move(link)) {}

    State on_span(std::span<In> events) override {
        const std::size_t taken = Feed<Link>(link_, handed_).span(events);
        State now = state();
        now.taken = taken;
        return now;
    }
    State end_span() override {
        link_.end_span();
        return state();
    }
    State signal(const SignalValue& signal) override {
        send(signal, link_);
        return state();
    }
    State resume() override {
        link_.resume();
        return state();
    }
    [[nodiscard]] State state() const override {
        State now;
        if constexpr (Link::bounded_room && Link::can_suspend) now.suspended = link_.room() == 0;
        if constexpr (Link::can_finish) now.done = link_.done();
        return now;
    }
    [[nodiscard]] bool may_finish() override { return detail::may_finish(link_); }
    [[nodiscard]] bool has_deadline() const noexcept override { return Link::has_deadline; }
    [[nodiscard]] Timestamp deadline() const override { return link_.deadline(); }
    [[nodiscard]] Timestamp resume_at() const override { return detail::resume_at(link_); }
    [[nodiscard]] std::uint64_t handed() const noexcept override { return handed_; }
    void report(ReportWalk& walk) const override { link_.report(walk, handed_); }
    void save_own(StateWriter& to) const override {
        to.put(handed_);
        if constexpr (not std::is_void_v<Out>) last_of(link_).save_own(to);
    }
    void load_own(StateReader& from) override {
        from.get(handed_);
        if constexpr (not std::is_void_v<Out>) last_of(link_).load_own(from);
    }
    void save(SaveWalk& walk) const override {
        if constexpr (Durable) link_.save(walk);
    }
    void load(LoadWalk& walk) override {
        if constexpr (Durable) link_.load(walk);
    }
    [[nodiscard]] typename AnyRunning<In, Out>::Last& last() noexcept override { return last_of(link_); }

private:
    Link link_;
    std::uint64_t handed_ = 0;
};

/// A chain of any type, as a recipe. Immutable, so AnyChains can share it.
template <typename In, typename Out>
class AnyRecipe {
public:
    AnyRecipe() = default;
    AnyRecipe(const AnyRecipe&) = delete;
    AnyRecipe& operator=(const AnyRecipe&) = delete;
    virtual ~AnyRecipe() = default;
    /// by_clock: the times of the events are those of the job's clock, which therefore drives what waits for a watermark.
    [[nodiscard]] virtual std::unique_ptr<AnyRunning<In, Out>> bind(AnyBinding& binding, bool by_clock) const = 0;
    /// Whether that is then so behind the chain too.
    [[nodiscard]] virtual bool keeps_clock() const noexcept = 0;
    virtual void say_memory(MemoryWalk& walk) const = 0;
};

template <typename In, typename Out, typename S, typename Ops, bool Durable>
class RecipeOf final : public AnyRecipe<In, Out> {
public:
    explicit RecipeOf(Ops ops) : ops_(std::move(ops)) {}
    [[nodiscard]] std::unique_ptr<AnyRunning<In, Out>> bind(AnyBinding& binding, [[maybe_unused]] bool by_clock) const override {
        if constexpr (S::timed)
            if (by_clock) return bound<Clocked>(binding);
        return bound<S>(binding);
    }
    [[nodiscard]] bool keeps_clock() const noexcept override {
        if constexpr (S::timed && not std::is_void_v<Out>) return AttachPack<void, Clocked, Ops>::type::traits.clocked;
        else return true;
    }
    void say_memory(MemoryWalk& walk) const override { walk.chain_in(S{}, ops_, {}); }

private:
    using Clocked = with_traits_t<S, clocked(S::traits, true)>;
    template <typename Stream>
    [[nodiscard]] std::unique_ptr<AnyRunning<In, Out>> bound(AnyBinding& binding) const {
        auto link = bind_chain<false>(Stream{}, Ops(ops_), binding, typename AnyEnd<Out>::type());
        return std::unique_ptr<AnyRunning<In, Out>>(new RunningOf<In, Out, decltype(link), Durable>(std::move(link)));
    }
    Ops ops_;
};

/// What stands inside the Relay of an AnyChain: gathers events in a block, crosses the interface with all of them at the end of a
/// span, before a signal, and when the block is full. Where the chain inside or what follows can finish (take), each event goes at
/// once: nothing in it or before it may see one behind the last that is taken.
template <typename In, typename Out, bool Durable>
class Erased {
    using Running = AnyRunning<In, Out>;

public:
    // A block stays in the first cache, and its events stay warm.
    static constexpr std::size_t block_events = std::clamp<std::size_t>(16384 / sizeof(In), 16, 256);

    using event_type = In;
    static constexpr bool open = true;  // also one that ends in a sink: a retry inside may have to wait
    static constexpr bool waits = true; // nobody knows from outside
    static constexpr bool has_deadline = true;
    static constexpr bool can_finish = true;

    explicit Erased(std::unique_ptr<Running> running)
        : running_(std::move(running)), last_(&running_->last()), state_(running_->state()), at_once_(running_->may_finish()) {
        block_.reserve(block_events);
    }

    template <typename Given>
    WEIR_INLINE void give(Given&& event) {
        block_.emplace(to_owned(std::forward<Given>(event)));
        if (at_once_ || block_.size() == block_events) flushing_ = true;
    }
    /// The first of a span, as many as the block has room for.
    static constexpr bool gathers = true;
    template <typename Given>
    std::size_t give_some(std::span<Given> events) {
        if (at_once_ || not asked_) {
            give(pass(events.front()));
            return 1;
        }
        events = events.first(std::min(events.size(), block_events - block_.size()));
        if constexpr (std::is_same_v<std::remove_const_t<Given>, In> && std::is_trivially_copyable_v<In> && std::copyable<In>)
            copy_in_order(events.data(), events.size(), block_.extend(events.size()));
        else
            for (Given& event : events) block_.emplace(to_owned(pass(event)));
        flushing_ = block_.size() == block_events;
        return events.size();
    }
    void signal(const SignalValue& signal) {
        flushing_ = has_signal_ = span_ends_ = true;
        signal_ = signal;
    }
    void end_span() { flushing_ = span_ends_ = given_ || not block_.empty(); }

    /// Nothing is to be delivered now.
    [[nodiscard]] bool idle() const noexcept { return asked_ && not flushing_; }
    template <typename Next>
    bool deliver(Next& next, bool) {
        if (not asked_) {
            asked_ = true;
            if constexpr (Next::can_finish) at_once_ |= detail::may_finish(next);
            flushing_ |= at_once_;
        }
        return not flushing_ || flush(next);
    }

    bool resume() { return true; } // deliver does
    [[nodiscard]] std::size_t room() const noexcept { return unlimited; }
    [[nodiscard]] bool done() const noexcept { return state_.done; }
    [[nodiscard]] bool may_finish() const noexcept { return at_once_; }
    [[nodiscard]] Timestamp deadline() const { return running_->deadline(); }
    [[nodiscard]] Timestamp resume_at() const { return running_->resume_at(); }
    template <typename Fn>
    void for_each_outlet(Fn&&) noexcept {} // there is no stage inside

    void count(OperatorReport& row) const {
        row.dropped(Drop::filtered) = refused_;
        row.held = row.in - std::min(row.in, refused_ + running_->handed()); // in the block, or waiting before it
    }
    void report(ReportWalk& walk) const { running_->report(walk); }
    void save_own(StateWriter& to) const {
        to.put(refused_);
        to.put(told_);
        running_->save_own(to);
    }
    void load_own(StateReader& from) {
        from.get(refused_);
        from.get(told_);
        running_->load_own(from);
    }
    template <typename Walk>
    void save(Walk& walk) const {
        static_assert(Durable, "AnyChain in a durable job: the state inside can be saved only where the type says so. Write "
                               "AnyChain<In, Out, weir::AnyRules{.durable = true}>.");
        running_->save(walk);
    }
    template <typename Walk>
    void load(Walk& walk) {
        running_->load(walk);
        state_ = running_->state();
    }

private:

    /// The chain inside, as hand_on sees an open branch.
    struct Inside {
        Erased& erased;
        auto& buffer() noexcept { return *erased.last_; }
        [[nodiscard]] bool suspended() const noexcept { return erased.state_.suspended; }
        void resume() { erased.state_ = erased.running_->resume(); }
    };

    template <typename Next>
    bool drain(Next& next) {
        Inside inside{*this};
        if constexpr (std::is_void_v<Out>) {
            if (not inside.suspended()) return true;
            inside.resume();
            return not inside.suspended();
        } else {
            if (not inside.suspended() && last_->kept().empty()) return true;
            return hand_on<false>(inside, next, told_, [&] { next.on_watermark(inside.buffer().mark); }, [&] { next.on_idle(); });
        }
    }

    /// The block, the end of the span, the signal behind it, and what all of them give.
    template <typename Next>
    bool flush(Next& next) {
        for (;;) {
            if (not drain(next)) return false;
            if (at_ < block_.size()) {
                given_ = true;
                state_ = running_->on_span(block_.all().subspan(at_));
                at_ += state_.taken;
                if (state_.done) {
                    refused_ += block_.size() - at_;
                    at_ = block_.size();
                }
                if (at_ == block_.size()) {
                    block_.clear();
                    at_ = 0;
                }
            } else if (std::exchange(span_ends_, false)) {
                given_ = false;
                state_ = running_->end_span();
            } else if (std::exchange(has_signal_, false)) {
                state_ = running_->signal(signal_);
            } else {
                flushing_ = false;
                return true;
            }
        }
    }

    std::unique_ptr<Running> running_;
    typename Running::Last* last_; // in it
    Buffer<In> block_;
    std::size_t at_ = 0; // in the block: what has been handed on
    typename Running::State state_;
    std::uint64_t refused_ = 0;
    Timestamp told_ = min_time; // the own mark that what follows knows
    SignalValue signal_{};
    bool has_signal_ = false;
    bool span_ends_ = false;
    bool flushing_ = false; // what is in the block, the end of the span, and the signal behind it are on their way
    bool given_ = false;    // since the last end of a span
    bool asked_ = false;    // whether what follows can finish
    bool at_once_;
};

} // namespace weir::detail
