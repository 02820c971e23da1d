// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/link.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/core/owned.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// A signal as a value.
struct SignalValue {
    enum class Kind : unsigned char { watermark, own_mark, time, idle, barrier, outcome, end };
    Kind kind = Kind::end;
    bool committed = false;    // outcome
    Timestamp time{};          // watermark, own_mark, time
    std::uint64_t epoch = 0;   // barrier, outcome
};

/// Gives a signal to a chain.
template <typename Chain>
constexpr void send(const SignalValue& signal, Chain& chain) {
    switch (signal.kind) {
    case SignalValue::Kind::watermark: chain.on_watermark(signal.time); break;
    case SignalValue::Kind::own_mark:
        if constexpr (requires { chain.on_own_mark(signal.time); }) chain.on_own_mark(signal.time);
        break;
    case SignalValue::Kind::time: chain.on_time(signal.time); break;
    case SignalValue::Kind::idle:
        if constexpr (hears_of<Chain>().idle) chain.on_idle();
        break;
    case SignalValue::Kind::barrier: chain.on_barrier(signal.epoch); break;
    case SignalValue::Kind::outcome: chain.on_outcome(signal.epoch, signal.committed); break;
    case SignalValue::Kind::end: chain.on_end(); break;
    }
}

/// Events and signals in the order in which they came, to be taken in that order. Its memory is used again.
template <typename E>
class Record {
public:
    [[nodiscard]] bool empty() const noexcept { return at_ == events_.size() && signal_ == signals_.size(); }
    /// Events that are still in it.
    [[nodiscard]] std::size_t size() const noexcept { return events_.size() - at_; }
    /// Whether a signal is what comes next.
    [[nodiscard]] bool at_signal() const noexcept { return signal_ < signals_.size() && signals_[signal_].at == at_; }
    [[nodiscard]] const SignalValue& signal() const noexcept { return signals_[signal_].value; }

    template <typename Given>
        requires(not std::is_same_v<std::remove_cvref_t<Given>, SignalValue>)
    void put(Given&& event) { events_.push_back(to_owned(std::forward<Given>(event))); }
    void put(const SignalValue& signal) { signals_.push_back({events_.size(), signal}); }
    /// All of them or, if it throws, none.
    void put_block(std::span<const E> events)
        requires std::copyable<E>
    {
        events_.insert(events_.end(), events.begin(), events.end());
    }

    /// Where not at_signal(): the next event. It must be used before the next put or take.
    [[nodiscard]] E& take_event() noexcept { return events_[at_++]; }
    /// Where not at_signal(): at most n of the events that come before the next signal. To be used as one of take_event is.
    [[nodiscard]] std::span<E> take_run(std::size_t n) noexcept {
        const std::size_t end = signal_ < signals_.size() ? signals_[signal_].at : events_.size();
        const std::span<E> run = std::span<E>(events_).subspan(at_, std::min(n, end - at_));
        at_ += run.size();
        return run;
    }
    [[nodiscard]] SignalValue take_signal() noexcept { return signals_[signal_++].value; }
    /// Once it is empty and nothing taken is in use any more.
    void clear() noexcept {
        events_.clear();
        signals_.clear();
        at_ = signal_ = 0;
    }

private:
    struct Placed {
        std::size_t at;
        SignalValue value;
    };
    JobVector<E> events_;
    JobVector<Placed> signals_;
    std::size_t at_ = 0;
    std::size_t signal_ = 0;
};

/// The same where nearly each event has another watermark before it: that lies beside the event, and is a signal only where none follows.
template <typename E>
class MarkedRecord {
public:
    [[nodiscard]] bool empty() const noexcept { return at_ == events_.size() && signal_ == signals_.size() && told_ == mark_; }
    [[nodiscard]] std::size_t size() const noexcept { return events_.size() - at_; }
    [[nodiscard]] bool at_signal() const noexcept { return signal_ < signals_.size() ? signals_[signal_].at == at_ : at_ == events_.size(); }

    template <typename Given>
        requires(not std::is_same_v<std::remove_cvref_t<Given>, SignalValue>)
    void put(Given&& event) {
        told_ = mark_;
        events_.emplace_back(to_owned(std::forward<Given>(event)), mark_);
    }
    template <typename Make>
    void put_made(const Make& make) {
        told_ = mark_;
        events_.emplace_back(std::in_place, make, mark_);
    }
    void put(const SignalValue& signal) {
        if (signal.kind == SignalValue::Kind::watermark) return rise(signal.time);
        if (told_ != mark_) signals_.push_back({events_.size(), {SignalValue::Kind::watermark, false, told_ = mark_, 0}});
        signals_.push_back({events_.size(), signal});
    }
    void rise(Timestamp mark) noexcept { mark_ = std::max(mark_, mark); }
    /// Where it begins: this mark is known.
    void begin(Timestamp mark) noexcept { mark_ = told_ = mark; }

    /// Where not at_signal(): at most n of the events that come before the next signal.
    [[nodiscard]] std::span<Marked<E>> run(std::size_t n) noexcept {
        const std::size_t end = signal_ < signals_.size() ? signals_[signal_].at : events_.size();
        return std::span<Marked<E>>(events_).subspan(at_, std::min(n, end - at_));
    }
    /// So many of them have been taken.
    void drop(std::size_t n) noexcept { at_ += n; }
    [[nodiscard]] SignalValue take_signal() noexcept {
        if (signal_ < signals_.size()) return signals_[signal_++].value;
        return {SignalValue::Kind::watermark, false, told_ = mark_, 0};
    }
    void clear() noexcept {
        events_.clear();
        signals_.clear();
        at_ = signal_ = 0;
    }

    /// What has not been taken.
    void save(StateWriter& to) const {
        to.put(mark_);
        to.put(told_);
        to.put(events_.size() - at_);
        if constexpr (Savable<E>) {
            for (std::size_t i = at_; i < events_.size(); ++i) {
                to.put(events_[i].event);
                to.put(events_[i].mark);
            }
        } else if (at_ != events_.size()) {
            throw StateError("durable state: events wait for a table that is loaded first, and cannot be saved. Give them fields(), or specialise weir::Saved<T>.");
        }
        to.put(signals_.size() - signal_);
        for (std::size_t i = signal_; i < signals_.size(); ++i) {
            to.put(signals_[i].at - at_);
            to.put(signals_[i].value.kind);
            to.put(signals_[i].value.time);
        }
    }
    void load(StateReader& from) {
        clear();
        from.get(mark_);
        from.get(told_);
        for (auto n = from.get<std::size_t>(); n > 0; --n) {
            if constexpr (Savable<E>) {
                E event = from.get<E>();
                events_.emplace_back(std::move(event), from.get<Timestamp>());
            }
        }
        for (auto n = from.get<std::size_t>(); n > 0; --n) {
            Placed signal{from.get<std::size_t>(), {from.get<SignalValue::Kind>()}};
            from.get(signal.value.time);
            signals_.push_back(signal);
        }
    }

private:
    struct Placed {
        std::size_t at;
        SignalValue value;
    };
    JobVector<Marked<E>> events_;
    JobVector<Placed> signals_;
    std::size_t at_ = 0;
    std::size_t signal_ = 0;
    Timestamp mark_ = min_time;
    Timestamp told_ = min_time; // with an event or as a signal
};

/// Where a chain inside an operator ends when it has no sink: keeps its outputs and watermarks until the operator takes them.
///     Kept: Record<E> or MarkedRecord<E>.
template <typename E, typename Kept = Record<E>>
class BufferEnd {
public:
    static constexpr bool is_buffer = true;
    static constexpr Hears hears{.idle = true, .own_mark = true};
    static constexpr bool can_finish = false;
    static constexpr bool bounded_room = true;
    static constexpr bool has_deadline = false;
    static constexpr bool can_suspend = false;
    static constexpr bool takes_span = false;
    using event_type = E;

    template <typename Given>
    void on_event(Given&& event) {
        ++in_;
        kept_.put(std::forward<Given>(event));
    }
    /// An event that make() gives.
    template <typename Make>
        requires requires(Kept& kept, const Make& make) { kept.put_made(make); }
    void on_made_event(const Make& make) {
        ++in_;
        kept_.put_made(make);
    }
    template <typename Given>
    static constexpr bool takes_blocks = std::is_same_v<std::remove_const_t<Given>, E> && std::is_trivially_copyable_v<E> && std::copyable<E> &&
                                         requires(Kept& kept, std::span<const E> events) { kept.put_block(events); };
    template <typename Given>
    void on_span(std::span<Given> events) {
        if constexpr (takes_blocks<Given>) {
            kept_.put_block(events);
            in_ += events.size();
        } else {
            for (Given& event : events) on_event(pass(event));
        }
    }
    void on_watermark(Timestamp t) {
        complete_ |= t == max_time;
        kept_.put(SignalValue{SignalValue::Kind::watermark, false, t, 0});
    }
    void on_idle() { kept_.put(SignalValue{SignalValue::Kind::idle, false, {}, 0}); }
    void on_own_mark(Timestamp t) { kept_.put(SignalValue{SignalValue::Kind::own_mark, false, t, 0}); }
    void on_time(Timestamp) noexcept {} // the operator itself sends the other signals on
    void on_barrier(std::uint64_t) noexcept {}
    void on_outcome(std::uint64_t, bool) noexcept {}
    void on_end() noexcept {}
    void end_span() noexcept {}
    bool resume() noexcept { return true; }
    [[nodiscard]] bool done() const noexcept { return closed_; }
    [[nodiscard]] std::size_t room() const noexcept { return kept_.size() < limit_ ? limit_ - kept_.size() : 0; }
    [[nodiscard]] Timestamp deadline() const noexcept { return max_time; }
    [[nodiscard]] std::uint64_t interrupted() const noexcept { return 0; }
    [[nodiscard]] std::uint64_t arrived(std::uint64_t) const noexcept { return in_; }
    void report(ReportWalk&, std::uint64_t) const noexcept {}
    template <typename Fn>
    void for_each_outlet(Fn&&) noexcept {}
    void save(SaveWalk&) const noexcept {} // it has no name of its own: see save_own
    void load(LoadWalk&) noexcept {}
    /// Part of the operator's state; a checkpoint finds the buffer empty, but for what the operator itself saves.
    void save_own(StateWriter& to) const {
        to.put(in_);
        to.put(mark);
        to.put(own_mark);
        to.put(idle_at);
        to.put(complete_);
    }
    void load_own(StateReader& from) {
        from.get(in_);
        from.get(mark);
        from.get(own_mark);
        from.get(idle_at);
        from.get(complete_);
    }

    /// Whether all of the stream has come, and it was not stopped before its end.
    [[nodiscard]] bool complete() const noexcept { return complete_; }
    [[nodiscard]] Kept& kept() noexcept { return kept_; }
    [[nodiscard]] const Kept& kept() const noexcept { return kept_; }
    /// What follows the operator needs no more; whoever is suspended inside can stop.
    void close() noexcept { closed_ = true; }
    /// Whether it takes whatever comes, as nothing is taken from it now.
    void keep_all(bool all) noexcept { limit_ = all ? unlimited : limit; }
    /// The watermark behind what was taken from it.
    Timestamp mark = min_time;
    /// The mark of the input that the events behind come from.
    Timestamp own_mark = min_time;
    /// Of a branch: how many events it had been given when it last said that it is idle and nobody was told.
    std::uint64_t idle_at = not_idle;
    static constexpr std::uint64_t not_idle = ~std::uint64_t{0};

private:
    static constexpr std::size_t limit = 256; // an operator that can give many outputs for one input waits here

    Kept kept_;
    std::size_t limit_ = limit;
    std::uint64_t in_ = 0;
    bool closed_ = false;
    bool complete_ = false;
};

} // namespace weir::detail
