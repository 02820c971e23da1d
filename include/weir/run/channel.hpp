// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fifo.hpp>
#include <weir/queue.hpp>
#include <weir/run/lossy_ring.hpp>
#include <weir/run/task.hpp>
#include <weir/source/source.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// A signal and the position it stands before: `at` events of the channel are older than it.
struct Signal {
    enum class Kind : unsigned char { watermark, own_mark, barrier, committed, aborted, idle, turn, end };
    Kind kind;
    std::uint64_t at = 0;
    Timestamp time{};
    std::uint64_t epoch = 0;
};

/// The lane of a channel's signals. Nothing drops them and full data does not block them.
template <typename Signal = detail::Signal> // a template, so that it costs only jobs with stages
class SignalLane {
public:
    void put(Signal signal) {
        const std::scoped_lock lock(mutex_);
        // Of two marks with no event between them the later says it all.
        Signal* same = signal.kind == Signal::Kind::watermark || signal.kind == Signal::Kind::own_mark ? last_mark(signal, 0) : nullptr;
        if (same) same->time = signal.kind == Signal::Kind::watermark ? std::max(same->time, signal.time) : signal.time;
        else signals_.push_back(signal);
        next_at_.store(signals_.front().at, std::memory_order_release);
    }
    /// The position of the first signal; the greatest number when there is none.
    [[nodiscard]] std::uint64_t next_at() const noexcept { return next_at_.load(std::memory_order_acquire); }
    /// Takes the first signal if it stands at or before `position`.
    std::optional<Signal> take(std::uint64_t position) {
        if (next_at() > position) return std::nullopt;
        const std::scoped_lock lock(mutex_);
        const Signal signal = signals_.front();
        signals_.pop_front();
        next_at_.store(signals_.empty() ? none : signals_.front().at, std::memory_order_release);
        return signal;
    }

    static constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();

private:
    /// The mark of that kind among those that stand last and at the same place: there is at most one more, of the other kind.
    Signal* last_mark(const Signal& like, std::size_t behind) noexcept {
        if (signals_.size() <= behind || behind > 1) return nullptr;
        Signal& last = signals_.back(behind);
        if (last.at != like.at || (last.kind != Signal::Kind::watermark && last.kind != Signal::Kind::own_mark)) return nullptr;
        return last.kind == like.kind ? &last : last_mark(like, behind + 1);
    }

    std::mutex mutex_;
    Fifo<Signal> signals_;
    std::atomic<std::uint64_t> next_at_{none};
};

/// One end of a channel waits for the other: it says so, looks once more, and is woken by the other's next move.
class PeerWait {
public:
    void attach(Task& task) noexcept { task_.store(&task, std::memory_order_release); }
    void announce() noexcept {
        waiting_.store(true, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_seq_cst);
    }
    void cancel() noexcept { waiting_.store(false, std::memory_order_relaxed); }
    /// After a change that the waiting end may have been waiting for.
    void notify() noexcept {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (waiting_.load(std::memory_order_relaxed) && waiting_.exchange(false))
            if (Task* task = task_.load(std::memory_order_acquire)) task->wake();
    }

private:
    std::atomic<bool> waiting_{false};
    std::atomic<Task*> task_{nullptr};
};

/// Between two tasks: events in a ring, in place and in spans, and signals beside it with their positions.
template <typename E>
class Channel {
public:
    Channel(std::size_t capacity, Overflow overflow)
        : ring(capacity, overflow == Overflow::fail ? Overflow::block : overflow), overflow_(overflow) {
        if (discards()) lossy = std::make_unique<LossyRing<E>>(capacity, overflow);
    }
    [[nodiscard]] bool discards() const noexcept { return overflow_ == Overflow::drop_oldest || overflow_ == Overflow::keep_latest; }
    [[nodiscard]] Overflow overflow() const noexcept { return overflow_; }

    SpscQueue<E> ring;
    std::unique_ptr<LossyRing<E>> lossy; // instead of the ring where the policy drops what was written first
    SignalLane<> lane;
    PeerWait reader;
    PeerWait writer;
    std::atomic<bool> reader_left{false};
    std::atomic<std::uint64_t> taken{0}; // by the reader: for the stage's row in the Report
    std::atomic<std::uint64_t> given{0}; // by the writer, where the reader reports

private:
    Overflow overflow_;
};

/// The writing end: where the chain of a task ends.
template <typename E>
class ChannelOutlet {
public:
    static constexpr bool can_finish = false; // it may, when the reader leaves; that is looked at once per span
    static constexpr bool bounded_room = true;
    static constexpr bool has_deadline = false;
    static constexpr bool can_suspend = false;
    static constexpr bool takes_span = false;
    static constexpr Hears hears{.idle = true, .own_mark = true};

    ChannelOutlet(std::shared_ptr<Channel<E>> channel, std::uint32_t id, std::string name)
        : channel_(std::move(channel)), writer_(std::make_unique<Writer>()), name_(std::move(name)), id_(id) {}

    template <typename Given>
    void on_event(Given&& event) {
        ++in_;
        Channel<E>& channel = *channel_;
        if (channel.lossy) {
            dropped_ += channel.lossy->put(to_owned(std::forward<Given>(event)));
            fresh_ = true;
            return;
        }
        if (writer_->over.empty() && place(std::forward<Given>(event))) return; // taken only if there is room
        if (done()) return; // nobody will: it stays held
        switch (channel.overflow()) {
        case Overflow::drop_newest: ++dropped_; return;
        case Overflow::fail: throw QueueFull(name_ + ": the queue is full and its overflow policy is fail");
        default: writer_->over.push_back(to_owned(std::forward<Given>(event))); // one event gave more than there was room for
        }
    }
    /// Makes an event of these where there is room at hand; false: that has to be looked for, by on_event.
    template <typename... Args>
    WEIR_INLINE bool build(Args&&... args) {
        Writer& writer = *writer_;
        if (not writer.claim || writer.claim->is_full()) return false;
        writer.claim->claim.emplace_back(std::forward<Args>(args)...);
        ++in_;
        return true;
    }
    template <typename Given>
    void on_span(std::span<Given> events) {
        for (Given& event : events) on_event(pass(event));
    }
    void on_watermark(Timestamp t) { signal({Signal::Kind::watermark, 0, t, 0}); }
    void on_own_mark(Timestamp t) { signal({Signal::Kind::own_mark, 0, t, 0}); }
    void on_idle() { signal({Signal::Kind::idle, 0, {}, 0}); }
    void on_time(Timestamp) {} // the next task keeps its own deadlines
    void on_barrier(std::uint64_t epoch) { signal({Signal::Kind::barrier, 0, {}, epoch}); }
    void on_outcome(std::uint64_t, bool) {} // each task is told by itself
    void on_end() { signal({Signal::Kind::end, 0, {}, 0}); }
    /// It is the next channel's turn, where several are read in turn.
    void turn() { signal({Signal::Kind::turn, 0, {}, 0}); }
    void end_span() {
        publish();
        if (not fresh_) return;
        fresh_ = false;
        channel_->reader.notify();
    }
    /// Puts what one event gave too much into the ring as room comes; true: nothing is left over.
    bool resume() {
        if (done()) { // nobody will take them: they stay held
            writer_->placed += writer_->over.size();
            writer_->over.clear();
        }
        std::size_t placed = 0;
        for (;; ++placed, ++writer_->placed) { // each signal behind the events that it stood behind
            while (not writer_->late_signals.empty() && writer_->late_signals.front().at <= writer_->placed) {
                const Signal signal = writer_->late_signals.front();
                writer_->late_signals.pop_front();
                put(signal);
            }
            if (placed == writer_->over.size() || not place(std::move(writer_->over[placed]))) break;
        }
        writer_->over.erase(writer_->over.begin(), writer_->over.begin() + static_cast<std::ptrdiff_t>(placed));
        end_span();
        if (writer_->over.empty()) {
            if (room() != 0) return true;
        }
        // Look again after saying so: the reader may have made room in between.
        channel_->writer.announce();
        if (writer_->over.empty() && room() == 0) return true; // nothing is unfinished; the task sees that there is no room
        return false;
    }
    /// Tells the reader that we wait for it; true: it will wake us.
    [[nodiscard]] bool waits_for_room() {
        channel_->writer.announce();
        return room() == 0 && in_ring() == capacity() && not done(); // events left over wait for the ring too
    }
    /// For who has several: says that we wait for the reader of this one.
    void announce() noexcept { channel_->writer.announce(); }
    /// What one event gave beyond the room there was is still here.
    [[nodiscard]] bool has_over() const noexcept { return not writer_->over.empty(); }
    /// Events that wait in the ring.
    [[nodiscard]] std::size_t in_ring() const noexcept { return channel_->ring.size() + (writer_->claim ? writer_->claim->size() : 0); }
    [[nodiscard]] std::size_t capacity() const noexcept { return channel_->ring.capacity(); }
    /// Events that the reader has taken.
    [[nodiscard]] std::uint64_t taken() const noexcept { return channel_->taken.load(std::memory_order_relaxed); }
    [[nodiscard]] bool done() const noexcept { return channel_->reader_left.load(std::memory_order_acquire); }
    [[nodiscard]] std::size_t room() const noexcept {
        const Channel<E>& channel = *channel_;
        if (channel.overflow() != Overflow::block) return unlimited;
        const std::size_t left = writer_->over.empty() ? channel.ring.capacity() - in_ring() : 0;
        return left == 0 && done() ? unlimited : left; // what nobody takes needs no room
    }
    [[nodiscard]] Timestamp deadline() const noexcept { return max_time; }
    [[nodiscard]] std::uint64_t interrupted() const noexcept { return 0; }
    [[nodiscard]] std::uint64_t arrived(std::uint64_t) const noexcept { return in_; }

    void report(ReportWalk& walk, std::uint64_t) const {
        OperatorReport& row = walk.row(id_);
        row.in = in_;
        row.dropped(Drop::overflow) = dropped_;
        row.out = row.passed = std::min(channel_->taken.load(std::memory_order_relaxed), in_ - dropped_);
        row.held = in_ - dropped_ - row.passed;
    }
    template <typename Fn>
    void for_each_outlet(Fn&& fn) { fn(*this); }
    void save(SaveWalk& walk) const {
        walk.section(id_, [this](StateWriter& to) { save_own(to); });
    }
    void load(LoadWalk& walk) {
        walk.section(id_, [this](StateReader& from) { load_own(from); });
    }
    void save_own(StateWriter& to) const {
        to.put(in_);
        to.put(dropped_);
    }
    void load_own(StateReader& from) {
        from.get(in_);
        from.get(dropped_);
    }

    void attach(Task& task) noexcept { channel_->writer.attach(task); }
    /// The task has ended, by itself or not: the reader must not wait for more.
    void leave() {
        writer_->claim.reset();
        if (not end_said_) signal({Signal::Kind::end, 0, {}, 0});
    }

private:
    static constexpr std::size_t claim_size = 256;

    template <typename Given>
    bool place(Given&& event) {
        if (not writer_->claim || writer_->claim->is_full()) {
            publish();
            writer_->claim.emplace(channel_->ring, claim_size);
            if (writer_->claim->is_full()) {
                writer_->claim.reset();
                return false;
            }
        }
        writer_->claim->emplace(std::forward<Given>(event));
        return true;
    }
    void publish() {
        if (not writer_->claim) return;
        fresh_ |= writer_->claim->publish() != 0;
        writer_->claim.reset();
    }
    void signal(Signal signal) {
        if (writer_->over.empty()) return put(signal);
        signal.at = writer_->placed + writer_->over.size(); // behind events that are not in the ring yet
        writer_->late_signals.push_back(signal);
    }
    void put(Signal signal) {
        publish();
        signal.at = written();
        end_said_ |= signal.kind == Signal::Kind::end;
        channel_->lane.put(signal);
        fresh_ = false;
        channel_->reader.notify();
    }
    [[nodiscard]] std::uint64_t written() const { return channel_->lossy ? channel_->lossy->written() : channel_->ring.pushed(); }

    /// A Claim of the ring that can be kept in an optional.
    struct HeldClaim {
        Claim<SpscQueue<E>> claim;
        HeldClaim(SpscQueue<E>& ring, std::size_t n) : claim(ring.claim(n)) {}
        template <typename Given>
        void emplace(Given&& event) {
            if constexpr (std::is_same_v<owned_t<Given>, std::remove_cvref_t<Given>>) claim.emplace_back(std::forward<Given>(event));
            else claim.emplace_back(to_owned(std::forward<Given>(event)));
        }
        std::size_t publish() { return claim.publish(); }
        [[nodiscard]] bool is_full() const { return claim.is_full(); }
        [[nodiscard]] std::size_t size() const { return claim.size(); }
    };

    struct Writer { // a claim stays where it is, the outlet moves while its chain is made
        std::optional<HeldClaim> claim;
        std::vector<E> over; // what one event gave beyond the room there was
        Fifo<Signal> late_signals;    // given behind some of those
        std::uint64_t placed = 0;     // of them so far
    };

    std::shared_ptr<Channel<E>> channel_;
    std::unique_ptr<Writer> writer_;
    std::string name_;
    std::uint64_t in_ = 0;
    std::uint64_t dropped_ = 0;
    std::uint32_t id_;
    bool fresh_ = false;
    bool end_said_ = false;
};

} // namespace weir::detail
