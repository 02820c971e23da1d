// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/channel.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// The reading end of a channel: the input of the task behind it.
template <typename E>
class ChannelInput {
public:
    static constexpr bool from_task = true;
    static constexpr bool asks_no_time = true; // of its task

    static constexpr std::uint32_t no_row = std::numeric_limits<std::uint32_t>::max();

    /// row: the number of the channel in the Report, where it has one of its own
    explicit ChannelInput(std::shared_ptr<Channel<E>> channel, std::uint32_t row = no_row)
        : channel_(std::move(channel)), piece_(std::max<std::size_t>(channel_->ring.capacity() / 4, 256)), row_(row) {}

    /// `here` is the task: it is told of barriers and markers.
    template <typename FeedOf, typename Here>
    Drive drive(FeedOf& feed, std::size_t limit, Here& here) {
        if (ended_) return {Drive::State::ended, {}};
        const bool moved = channel_->lossy ? take_lossy(feed, limit, here) : take(feed, limit, here);
        if (moved) {
            owes_ = waits_patiently_ && not channel_->lossy && 2 * channel_->ring.size() > channel_->ring.capacity();
            if (not owes_) channel_->writer.notify();
            return {};
        }
        if (ended_) return {Drive::State::ended, {}};
        patient_ = patience_;
        if constexpr (requires { here.polls(); }) // it will be back
            if (here.polls()) return {Drive::State::nothing, Duration::max()};
        // Nothing there: say so, and look once more.
        channel_->reader.announce();
        if (something_there()) {
            channel_->reader.cancel();
            return {};
        }
        return {Drive::State::nothing, Duration::max()};
    }
    /// What the channel holds already was read by the task before; it flows on until that task's end.
    template <typename FeedOf>
    Drive rest(FeedOf&, std::size_t) {
        return {Drive::State::ended, {}};
    }
    /// Whether all has been read, and the stream was not stopped before its end.
    [[nodiscard]] bool complete() const noexcept { return ended_ && heard_ == max_time; }
    /// Whether there is something now: for who looks again and again.
    [[nodiscard]] bool has_news() noexcept {
        // Each look takes a cache line away from the writer. Where that is only just ahead, a moment's patience finds many events.
        if (patient_ != 0) return --patient_, false;
        return something_there();
    }
    [[nodiscard]] Wait wait_strategy() const noexcept { return channel_->wait(); }
    void attach(Task& task) noexcept { channel_->reader.attach(task); }
    /// Whose task says before each pause that it will make one (by catch_up): a writer that waits for room is told once half is free, as it
    /// would else be back for each few events.
    void be_patient() noexcept { waits_patiently_ = true; }
    void catch_up() noexcept {
        if (std::exchange(owes_, false)) channel_->writer.notify();
    }
    /// The writer tells of the channel at its pauses; what has been taken since is told here.
    void report(ReportWalk& walk) const {
        if (row_ != no_row) walk.taken(row_, channel_->taken.load(std::memory_order_relaxed));
    }
    /// Lets others see the channel, for as long as there is this end of it. input: of several inputs of the task this one.
    void show(TaskFigures& figures, std::string input = {}) const {
        figures.queue(channel_.get(), [](const void* channel) { return static_cast<const Channel<E>*>(channel)->figures(); }, std::move(input));
    }
    /// The channel itself is empty at a barrier, but for what a reader that has ended left in it.
    void save(StateWriter& to) const { to.put(channel_->taken.load(std::memory_order_relaxed)); }
    void load(StateReader& from) { channel_->taken.store(from.get<std::uint64_t>(), std::memory_order_relaxed); }
    /// The task needs no more: the writer's task may end too.
    void leave() {
        channel_->reader_left.store(true, std::memory_order_release);
        channel_->ring.close();
        channel_->writer.wake_anyway(); // it may wait for input
    }

private:
    [[nodiscard]] std::uint64_t position() const { return channel_->ring.popped(); }

    [[nodiscard]] bool something_there() const {
        if (channel_->lossy) return channel_->lane.next_at() != SignalLane<>::none || channel_->lane.reached() > heard_ || channel_->lossy->written() != taken_;
        return next_signal() <= position() || channel_->lane.reached() > heard_ || channel_->ring.pushed() != position();
    }
    /// The position of the next signal.
    [[nodiscard]] std::uint64_t next_signal() const noexcept { return ahead_.empty() ? channel_->lane.next_at() : ahead_.front().at; }

    template <typename FeedOf, typename Here>
    bool take(FeedOf& feed, std::size_t limit, Here& here) {
        Channel<E>& channel = *channel_;
        const std::uint64_t at = position();
        const Timestamp reached = channel.lane.reached(); // before what was written before it is looked at
        if (signals(feed, at, here)) return true;
        if (ended_) return false;
        // In this order: a signal that stands before one of the events counted here was put before that event.
        const std::uint64_t pushed = at + channel.ring.events(piece_);
        if (pushed - at > most_) note_fill(pushed - at);
        if (pushed - at - 1 < 2 || pushed - at >= 2 * piece_) patience_ = std::max(patience_ / 2, 1U);
        else if (pushed - at >= 8 && pushed - at < piece_) patience_ = std::min(patience_ * 2, 64U);
        const std::uint64_t next = next_signal();
        if (pushed == at) {
            if (reached <= heard_ || next != SignalLane<>::none) return false;
            hear(reached, feed);
            return true;
        }
        if (next <= at) return false; // the chain is not ready for it
        const std::span<E> events = channel.ring.readable(static_cast<std::size_t>(std::min<std::uint64_t>({limit, pushed - at, piece_})));
        struct Release { // also of an event that threw
            Channel<E>& channel;
            const FeedOf& feed;
            std::uint64_t before;
            ~Release() {
                const std::uint64_t n = feed.handed() - before;
                channel.ring.release(static_cast<std::size_t>(n));
                channel.taken.store(channel.taken.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); // nobody else writes it
            }
        } release{channel, feed, feed.handed()};
        if (next - at >= events.size()) return feed.span(events) != 0;
        return take_between_marks(events, feed, at);
    }
    /// A watermark that rises with each event stands between all of them.
    template <typename FeedOf>
    bool take_between_marks(std::span<E> events, FeedOf& feed, std::uint64_t at) {
        std::size_t taken = 0;
        for (;;) {
            if constexpr (takes_beside<FeedOf>) taken += take_beside(events.subspan(taken), feed, at + taken);
            const auto until = static_cast<std::size_t>(std::min<std::uint64_t>(next_signal() - at, events.size()));
            if (until > taken) taken += hand_on(events.subspan(taken, until - taken), feed);
            if (taken < until) break;
            if (taken == events.size() || not hear_marks(feed, at + taken)) break;
            events = events.first(taken + feed.allowance(events.size() - taken)); // what they brought may have taken room
        }
        return taken != 0;
    }
    template <typename FeedOf>
    std::size_t hand_on(std::span<E> events, FeedOf& feed) {
        if constexpr (requires { requires not FeedOf::hands_back; })
            if (events.size() == 1) return feed.event(pass(events.front())), 1; // the chain is not copied for one
        return feed.span(events);
    }
    template <typename FeedOf>
    static constexpr bool takes_beside = [] {
        if constexpr (requires { requires FeedOf::takes_timed_span; }) return is_timed<E> && std::is_trivially_copyable_v<E>;
        else return false;
    }();
    /// With times and marks beside the values, for operators that take such spans; as long as only watermarks stand between them.
    template <typename FeedOf>
    std::size_t take_beside(std::span<E> events, FeedOf& feed, std::uint64_t at) {
        using V = value_t<E>;
        constexpr std::size_t most = TimedSpan<V>::most;
        Room<V, most> values;
        Room<Timestamp, most> times;
        Room<Timestamp, most> marks;
        std::size_t taken = 0;
        while (taken != events.size() && feed.ready()) {
            if (ahead_.empty()) ahead_.take_from(channel_->lane);
            const std::span<const Signal> signals = ahead_.all();
            const std::span<E> some = events.subspan(taken, std::min(events.size() - taken, most));
            const std::uint64_t first = at + taken;
            Timestamp mark = heard_;
            std::size_t n = 0, heard = 0;
            for (;; ++n) {
                for (; heard != signals.size() && is_plain_mark(signals[heard], first + n); ++heard) mark = std::max(mark, signals[heard].time);
                // Behind the last that is known there may be another.
                if (n == some.size() || heard == signals.size() || signals[heard].at <= first + n) break;
                std::construct_at(values.items + n, some[n].value);
                times.items[n] = some[n].time;
                marks.items[n] = mark;
            }
            if (n == 0) break;
            const std::size_t handed = feed.timed_span(TimedSpan<V>{{values.items, n}, times.items, marks.items, mark});
            taken += handed;
            note_mark(handed == n ? mark : marks.items[handed]);
            while (not ahead_.empty() && is_plain_mark(ahead_.front(), at + taken)) ahead_.pop_front();
            if (handed != n) break;
        }
        return taken;
    }
    /// A watermark that stands before the event at `at`.
    [[nodiscard]] static bool is_plain_mark(const Signal& signal, std::uint64_t at) noexcept {
        return signal.at <= at && signal.kind == Signal::Kind::watermark && signal.time != max_time;
    }
    /// False: something else stands there, or there is no room for more.
    template <typename FeedOf>
    bool hear_marks(FeedOf& feed, std::uint64_t at) {
        while (next_signal() <= at) {
            if (not feed.ready()) return false;
            if (ahead_.empty()) ahead_.take_from(channel_->lane);
            const Signal& signal = ahead_.front();
            if (signal.kind == Signal::Kind::watermark) hear(signal.time, feed);
            else if (signal.kind == Signal::Kind::own_mark) feed.own_mark(signal.time);
            else return false;
            ahead_.pop_front();
        }
        return feed.ready();
    }

    /// One event at a time: those that wait can still be dropped for newer ones.
    template <typename FeedOf, typename Here>
    bool take_lossy(FeedOf& feed, std::size_t limit, Here& here) {
        bool moved = false;
        for (; limit > 0 && feed.ready(); --limit) {
            const std::uint64_t written = channel_->lossy->written();
            auto taken = channel_->lossy->take(std::min(written, channel_->lane.next_at()));
            taken_ = taken.position;
            if (const std::uint64_t fill = std::min<std::uint64_t>(written - std::min(written, taken_), channel_->ring.capacity()); fill > most_) note_fill(fill);
            if (not taken.event) {
                if (not signals(feed, taken.position, here)) return moved;
                moved = true;
                continue;
            }
            ++taken_;
            moved = true;
            channel_->taken.fetch_add(1, std::memory_order_relaxed);
            feed.event(*std::move(taken.event));
            feed.end_span();
        }
        return moved;
    }

    /// The first signal, if it stands at or before `at`.
    std::optional<Signal> take_signal(std::uint64_t at) {
        if (channel_->lossy) return channel_->lane.take(at); // the others may still be moved: see close_gap
        if (next_signal() > at) return std::nullopt;
        if (ahead_.empty()) ahead_.take_from(channel_->lane);
        const Signal signal = ahead_.front();
        ahead_.pop_front();
        return signal;
    }

    template <typename FeedOf, typename Here>
    bool signals(FeedOf& feed, std::uint64_t at, Here& here) {
        bool any = false;
        while (feed.ready()) { // an operator that waits for room has not finished the signal before
            const auto signal = take_signal(at);
            if (not signal) break;
            any = true;
            switch (signal->kind) {
            case Signal::Kind::watermark: hear(signal->time, feed); break;
            case Signal::Kind::marker:
                if constexpr (requires { here.marker(signal->marker()); }) here.marker(signal->marker());
                break;
            case Signal::Kind::own_mark: feed.own_mark(signal->time); break;
            case Signal::Kind::idle: feed.idle(); break;
            case Signal::Kind::barrier: here.barrier(signal->epoch); break;
            case Signal::Kind::turn:
                if constexpr (requires { here.turn(); }) here.turn();
                break;
            case Signal::Kind::block:
                if constexpr (requires { feed.block(); }) feed.block();
                break;
            case Signal::Kind::end: ended_ = true; return false;
            default: break;
            }
        }
        return any;
    }

    template <typename FeedOf>
    void hear(Timestamp mark, FeedOf& feed) {
        note_mark(mark);
        feed.watermark(mark);
    }
    void note_mark(Timestamp mark) noexcept {
        heard_ = std::max(heard_, mark);
        channel_->watermark.store(mark.time_since_epoch().count(), std::memory_order_relaxed);
    }
    [[gnu::noinline]] void note_fill(std::uint64_t fill) noexcept {
        most_ = fill;
        channel_->most.store(fill, std::memory_order_relaxed);
    }

    std::shared_ptr<Channel<E>> channel_;
    std::size_t piece_; // of what waits: its room is given back before the next is read, so that the writer need not wait for all of it
    std::uint32_t row_;
    Timestamp heard_ = min_time; // the watermark
    SomeSignals ahead_{};        // taken from the lane, not yet heard
    std::uint64_t most_ = 0; // events found in the channel at once
    unsigned patience_ = 1; // looks that are left out: more as there is much at the end of them, fewer where the writer may be held up by then
    unsigned patient_ = 0;  // of them still
    std::uint64_t taken_ = 0; // position behind the last event taken from a lossy channel
    bool ended_ = false;
    bool waits_patiently_ = false;
    bool owes_ = false; // to tell of room
};

} // namespace weir::detail
