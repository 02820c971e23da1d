// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/channel_input.hpp>
#include <weir/run/marked_outlet.hpp>
#include <weir/run/told_marks.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace weir::detail {

/// The input of the task behind copies: what these give, as it comes, under the least of their watermarks; or, InOrder, in turn, as each
/// says when it is the next one's, which is then the sequence of the events that were dealt out, and its watermark theirs.
///     Merged: the marks of events are their own; the watermarks of copies come by signals.
template <typename Slot, bool Merged, bool InOrder>
class CollectInput : ToldMarks {
public:
    static constexpr bool from_task = true;

    CollectInput(const std::vector<std::shared_ptr<Channel<Slot>>>& channels, std::uint32_t id) : id_(id) {
        parts_.reserve(channels.size());
        for (const auto& channel : channels) parts_.emplace_back(channel);
    }

    template <typename FeedOf, typename Here>
    Drive drive(FeedOf& feed, std::size_t limit, Here& here) {
        say_idle(feed);
        bool moved = false;
        if constexpr (InOrder) {
            for (std::size_t looked = 0; looked < parts_.size() && not moved && feed.ready(); ++looked) {
                Part& part = parts_[turn_];
                if (not part.ended && part.barrier == no_epoch) moved = read(part, feed, limit, here);
                if (not part.ended && part.barrier == no_epoch) break;
                turn_ = (turn_ + 1) % parts_.size(); // the barrier, or the end, is all that the others have left
            }
        } else {
            const std::size_t first = furthest_behind();
            for (std::size_t i = 0; i < parts_.size() && not moved && feed.ready(); ++i) {
                Part& part = parts_[(first + i) % parts_.size()];
                if (not part.ended && part.barrier == no_epoch) moved = read(part, feed, limit, here);
            }
            ++last_;
        }
        if (feed.done() || feed.ready()) moved |= pass_barrier(here);
        if (all_ended() && feed.ready() && not idle_waits_) return {Drive::State::ended, {}};
        return moved || not feed.ready() ? Drive{} : Drive{Drive::State::nothing, Duration::max()};
    }
    template <typename FeedOf>
    Drive rest(FeedOf&, std::size_t) {
        return {Drive::State::ended, {}};
    }
    /// Whether all has been read, and the stream was not stopped before its end.
    [[nodiscard]] bool complete() const noexcept { return all_ended() && sent_ == max_time; }
    void attach(Task& task) noexcept {
        for (Part& part : parts_) part.input.attach(task);
    }
    void be_patient() noexcept {
        for (Part& part : parts_) part.input.be_patient();
    }
    void catch_up() noexcept {
        for (Part& part : parts_) part.input.catch_up();
    }
    void leave() {
        for (Part& part : parts_) part.input.leave();
    }
    void report(ReportWalk& walk) const {
        OperatorReport& row = walk.cleared_row(id_);
        for (const Part& part : parts_) {
            const std::uint64_t taken = part.channel->taken.load(std::memory_order_relaxed);
            row.out += taken;
            row.in += std::max(taken, part.channel->given.load(std::memory_order_relaxed));
        }
        row.passed = row.out;
        row.held = row.in - row.passed;
        walk.watermark = sent_;
    }
    /// Lets others see what waits for this from each of the copies.
    void show(TaskFigures& figures) const {
        for (std::size_t i = 0; i < parts_.size(); ++i) parts_[i].input.show(figures, "copy#" + std::to_string(i + 1));
    }
    void save(StateWriter& to) const {
        to.put(sent_);
        to.put(told_);
        to.put(turn_);
        to.put(idle_waits_);
        for (const Part& part : parts_) {
            part.input.save(to);
            to.put(part.mark);
            to.put(part.own_mark);
            to.put(part.idle);
            to.put(part.ended && (InOrder ? sent_ : part.mark) == max_time); // one that was stopped goes on
        }
    }
    void load(StateReader& from) {
        from.get(sent_);
        from.get(told_);
        from.get(turn_);
        from.get(idle_waits_);
        for (Part& part : parts_) {
            part.input.load(from);
            from.get(part.mark);
            from.get(part.own_mark);
            from.get(part.idle);
            from.get(part.ended);
        }
    }

private:
    static constexpr std::uint64_t no_epoch = ~std::uint64_t{0};
    struct Part {
        explicit Part(const std::shared_ptr<Channel<Slot>>& c) : channel(c), input(c) {}
        std::shared_ptr<Channel<Slot>> channel;
        ChannelInput<Slot> input;
        Timestamp mark = min_time;        // its watermark
        Timestamp own_mark = min_time;    // of its next events
        std::uint64_t barrier = no_epoch; // that has come and waits for the others'
        bool idle = false;                // it has said so, and not all the others yet
        bool ended = false;
    };

    /// What the channel of a part is read into.
    template <typename FeedOf>
    struct Reading {
        CollectInput& all;
        Part& part;
        FeedOf& feed;
        bool& stops;

        [[nodiscard]] std::uint64_t handed() const noexcept { return feed.handed(); }
        [[nodiscard]] std::size_t allowance(std::size_t wanted) const { return feed.allowance(wanted); }
        [[nodiscard]] bool ready() const { return not stops && feed.ready(); }
        void end_span() { feed.end_span(); }
        void watermark(Timestamp t) {
            if constexpr (InOrder) all.send(t, feed);
            else all.advance(part, t, feed);
        }
        void own_mark(Timestamp t) { part.own_mark = t; }
        void idle() {
            if constexpr (InOrder) feed.idle();
            else all.fall_idle(part, feed);
        }
        template <typename E>
        void event(E&& slot) { one(slot); }
        std::size_t span(std::span<Slot> slots) {
            if constexpr (not is_marked<Slot>) {
                part.idle = false;
                return feed.span(slots);
            } else {
                std::size_t n = 0;
                for (Slot& slot : slots) {
                    if (not feed.ready() || not raise(slot)) break;
                    ++n;
                    feed.event(std::move(slot.event));
                }
                return n;
            }
        }

    private:
        void one(Slot& slot) {
            if constexpr (is_marked<Slot>) {
                raise(slot);
                feed.event(std::move(slot.event));
            } else feed.event(std::move(slot));
        }
        /// False where what its mark brings has to wait for room.
        bool raise(const Slot& slot) {
            if constexpr (InOrder) {
                if constexpr (Merged) all.tell_own_mark(slot.mark, feed);
                else all.send(slot.mark, feed);
            } else {
                if constexpr (not Merged)
                    if (slot.mark > part.mark) all.advance(part, slot.mark, feed);
                part.idle = false;
                all.tell_own_mark(slot.mark, feed);
            }
            return feed.ready();
        }
    };
    /// The reader of a channel tells this of barriers, turns and markers.
    template <typename Here>
    struct Stops {
        Here& here;
        CollectInput& all;
        Part& part;
        bool& stops;
        void barrier(std::uint64_t epoch) noexcept {
            part.barrier = epoch;
            stops = true;
        }
        void turn() noexcept {
            all.turn_ = (all.turn_ + 1) % all.parts_.size();
            stops = true;
        }
        void marker(const LatencyMarker& marker)
            requires requires(Here& h) { h.marker(marker); }
        {
            here.marker(marker);
        }
    };

    template <typename FeedOf, typename Here>
    bool read(Part& part, FeedOf& feed, std::size_t limit, Here& here) {
        bool stops = false;
        Reading<FeedOf> reading{*this, part, feed, stops};
        Stops<Here> told{here, *this, part, stops};
        const Drive drive = part.input.drive(reading, limit, told);
        part.ended |= drive.state == Drive::State::ended;
        return drive.state != Drive::State::nothing;
    }
    [[nodiscard]] bool all_ended() const noexcept {
        return std::all_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.ended; });
    }
    /// In turn; but where watermarks differ, the part that is behind goes first: a preference, so now and then one in turn.
    [[nodiscard]] std::size_t furthest_behind() const noexcept {
        std::size_t least = last_ % parts_.size();
        if (last_ % 64 == 63) return last_ / 64 % parts_.size();
        for (std::size_t i = 0; i < parts_.size(); ++i)
            if (not parts_[i].ended && (parts_[least].ended || parts_[i].mark < parts_[least].mark)) least = i;
        return least;
    }

    template <typename FeedOf>
    void advance(Part& part, Timestamp mark, FeedOf& feed) {
        part.mark = std::max(part.mark, mark);
        part.idle = false;
        Timestamp least = max_time;
        for (const Part& each : parts_) least = std::min(least, each.mark);
        send(least, feed);
    }
    /// What all copies are told is the idleness of the stream before them, so the watermark waits for each until all have said so.
    template <typename FeedOf>
    void fall_idle(Part& part, FeedOf& feed) {
        part.idle = true;
        for (const Part& each : parts_)
            if (not each.idle && each.mark != max_time) return;
        for (Part& each : parts_) each.idle = false; // each says it anew
        idle_waits_ = true;
        say_idle(feed);
    }
    /// True: it has passed, so those that waited for it can be read again.
    template <typename Here>
    bool pass_barrier(Here& here) {
        std::uint64_t epoch = no_epoch;
        for (const Part& part : parts_) {
            if (part.barrier != no_epoch) epoch = part.barrier;
            else if (not part.ended) return false;
        }
        if (epoch == no_epoch) return false;
        for (Part& part : parts_) part.barrier = no_epoch;
        here.barrier(epoch);
        return true;
    }

    std::vector<Part> parts_;
    std::size_t turn_ = 0; // whose it is
    std::size_t last_ = 0;
    std::uint32_t id_;
};

} // namespace weir::detail
