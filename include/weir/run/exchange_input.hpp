// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/channel_input.hpp>
#include <weir/run/exchange_outlet.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// The input of a copy: events as they come through its channel, each behind its mark.
///     Merged: marks are the events' own; the stream's watermark comes by signals.
template <typename Slot, bool Merged>
class ExchangeInput {
public:
    static constexpr bool from_task = true;

    ExchangeInput(std::shared_ptr<Channel<Slot>> channel, std::shared_ptr<DealPace> pace) : input_(std::move(channel)), pace_(std::move(pace)) {}

    template <typename FeedOf, typename Here>
    Drive drive(FeedOf& feed, std::size_t limit, Here& here) {
        Marking<FeedOf> marking{feed, mark_};
        if (not pace_ || not pace_->clock().runs()) return input_.drive(marking, limit, here);
        const std::uint64_t before = feed.handed();
        const Timestamp begin = pace_->clock().now();
        const Drive drive = input_.drive(marking, limit, here);
        pace_->took(pace_->clock().now() - begin, feed.handed() - before);
        return drive;
    }
    template <typename FeedOf>
    Drive rest(FeedOf&, std::size_t) {
        return {Drive::State::ended, {}};
    }
    [[nodiscard]] bool complete() const noexcept { return input_.complete(); }
    [[nodiscard]] bool has_news() noexcept { return input_.has_news(); }
    [[nodiscard]] Wait wait_strategy() const noexcept { return input_.wait_strategy(); }
    void attach(Task& task) noexcept { input_.attach(task); }
    void be_patient() noexcept { input_.be_patient(); }
    void catch_up() noexcept { input_.catch_up(); }
    void leave() { input_.leave(); }
    void show(TaskFigures& figures) const noexcept { input_.show(figures); }
    void save(StateWriter& to) const {
        input_.save(to);
        to.put(mark_);
    }
    void load(StateReader& from) {
        input_.load(from);
        from.get(mark_);
    }

private:
    template <typename FeedOf>
    struct Marking {
        FeedOf& feed;
        Timestamp& mark;

        [[nodiscard]] std::uint64_t handed() const noexcept { return feed.handed(); }
        [[nodiscard]] std::size_t allowance(std::size_t wanted) const { return feed.allowance(wanted); }
        [[nodiscard]] bool ready() const { return feed.ready(); }
        void watermark(Timestamp t) {
            if (t <= mark && not Merged) return; // an event had it
            if constexpr (not Merged) mark = t;
            feed.watermark(t);
        }
        void own_mark(Timestamp t) { feed.own_mark(t); }
        void block() requires requires { feed.take_block(); } {
            watermark(feed.take_block());
        }
        void idle() { feed.idle(); }
        void end_span() { feed.end_span(); }
        template <typename E>
        void event(E&& slot) {
            if constexpr (is_marked<Slot>) {
                raise(slot.mark);
                feed.event(std::move(slot.event));
            } else feed.event(std::forward<E>(slot));
        }
        std::size_t span(std::span<Slot> slots) {
            if constexpr (not is_marked<Slot>) {
                return feed.span(slots);
            } else {
                if constexpr (FeedOf::takes_timed_span && not Merged && std::is_trivially_copyable_v<decltype(Slot::event)>)
                    if (slots.back().mark != max_time) return beside(slots);
                std::size_t n = 0;
                for (Slot& slot : slots) {
                    if (not feed.ready()) break;
                    raise(slot.mark);
                    if (not feed.ready()) break; // what the mark made due waits for room
                    ++n;
                    feed.event(std::move(slot.event));
                }
                return n;
            }
        }

    private:
        /// With times and marks beside the values, for operators that take such spans.
        std::size_t beside(std::span<Slot> slots) {
            using V = value_t<decltype(Slot::event)>;
            constexpr std::size_t most = TimedSpan<V>::most;
            Room<V, most> values;
            Room<Timestamp, most> times;
            Room<Timestamp, most> marks;
            std::size_t handed = 0;
            while (handed < slots.size() && feed.ready()) {
                const std::span<Slot> some = slots.subspan(handed, std::min(slots.size() - handed, most));
                for (std::size_t i = 0; i < some.size(); ++i) {
                    std::construct_at(values.items + i, some[i].event.value);
                    times.items[i] = some[i].event.time;
                    marks.items[i] = some[i].mark;
                }
                mark = std::max(mark, some.back().mark);
                const std::size_t n = feed.timed_span(TimedSpan<V>{{values.items, some.size()}, times.items, marks.items, mark});
                handed += n;
                if (n == some.size()) continue;
                mark = marks.items[n];
                break;
            }
            return handed;
        }
        void raise(Timestamp t) {
            if (Merged ? t == mark : t <= mark) return;
            mark = t;
            if constexpr (Merged) feed.own_mark(t);
            else feed.watermark(t);
        }
    };

    ChannelInput<Slot> input_;
    std::shared_ptr<DealPace> pace_; // where the outlet wants to know it
    Timestamp mark_ = min_time;
};

} // namespace weir::detail
