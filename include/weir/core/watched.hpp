// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/laps.hpp>
#include <weir/core/link.hpp>
#include <weir/core/spans.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

// Operators of a chain are one loop, in which their times cannot be told apart. As what comes next is an argument of each call, a chain can
// also be called with a next that looks at the clock: that is compiled beside the loop.

namespace weir::detail {

/// The I-th link of a chain, as the events see it that are timed: it does what the link does, which goes on with the next Watched.
template <std::size_t I, typename L, typename Laps>
class Watched {
    using Op = typename L::op_type;
    using Next = typename L::next_type;
    static constexpr bool is_last = not IsLink<Next>; // what is no operator is timed with the last one
    using To = std::conditional_t<is_last, Next&, Watched<I + 1, Next, Laps>>;
    using ToType = std::remove_reference_t<To>;

public:
    using op_type = Op;
    using next_type = ToType;
    static constexpr Hears hears = L::hears;
    static constexpr bool can_finish = L::can_finish;
    static constexpr bool bounded_room = L::bounded_room;
    static constexpr bool has_deadline = L::has_deadline;
    static constexpr bool can_suspend = L::can_suspend;
    static constexpr bool takes_span = L::takes_span;
    static constexpr bool takes_timed_span = L::takes_timed_span;
    static constexpr bool takes_merged_span = L::takes_merged_span;

    Watched(L& link, Laps& laps) : link_(link), laps_(laps), next_(to_next(link, laps)) {}

    template <typename E>
    void on_event(E&& event) {
        const Lap<Laps> lap(laps_, I);
        link_.count(1);
        try {
            if constexpr (L::watches) {
                const std::uint64_t before = link_.next().arrived(0);
                link_.op().on_event(std::forward<E>(event), next_);
                link_.count_silent(link_.next().arrived(0) == before ? 1 : 0);
            } else {
                link_.op().on_event(std::forward<E>(event), next_);
            }
        } catch (...) {
            link_.interrupt(1);
            throw;
        }
    }
    template <typename E>
    void on_span(std::span<E> events) {
        if constexpr (HasOnSpan<Op, ToType, E> && not L::watches) {
            const Lap<Laps> lap(laps_, I);
            link_.count(events.size());
            try {
                link_.op().on_span(events, next_);
            } catch (...) {
                link_.interrupt_span(events.size());
                throw;
            }
        } else {
            for (E& event : events) on_event(pass(event));
        }
    }
    template <typename V>
    std::size_t on_timed_span(TimedSpan<V> events) {
        return counted(events.values.size(), [&] { return link_.op().on_timed_span(events, next_); });
    }
    template <typename E>
    std::size_t on_merged_span(const MergedSpan<E>& span) {
        return counted(span.events.size(), [&] { return link_.op().on_merged_span(span, next_); });
    }

    void on_watermark(Timestamp t) {
        const Lap<Laps> lap(laps_, I);
        if constexpr (HasOnWatermark<Op, ToType>) link_.at_signal([&] { link_.op().on_watermark(t, next_); });
        else if constexpr (hears_of<Next>().watermark) next_.on_watermark(t);
    }
    void on_time(Timestamp now) {
        const Lap<Laps> lap(laps_, I);
        if constexpr (HasOnTime<Op, ToType>) link_.at_signal([&] { link_.op().on_time(now, next_); });
        else if constexpr (hears_of<Next>().time) next_.on_time(now);
    }
    void on_end() {
        const Lap<Laps> lap(laps_, I);
        if constexpr (HasOnEnd<Op, ToType>) link_.at_signal([this] { link_.op().on_end(next_); });
        else if constexpr (hears_of<Next>().end) next_.on_end();
    }
    void end_span() {
        const Lap<Laps> lap(laps_, I);
        if constexpr (HasEndSpan<Op, ToType>) link_.at_signal([this] { link_.op().end_span(next_); });
        if constexpr (hears_of<Next>().end_span) next_.end_span();
    }
    bool resume() {
        if constexpr (Next::bounded_room)
            if (not next_.resume()) return false;
        const Lap<Laps> lap(laps_, I);
        if constexpr (HasResume<Op, ToType> && Next::can_suspend) {
            const bool idle = room() != 0;
            return link_.at_signal([this] { return link_.op().resume(next_); }) && (idle || next_.resume());
        } else if constexpr (HasResume<Op, ToType>) {
            return link_.at_signal([this] { return link_.op().resume(next_); });
        } else {
            return true;
        }
    }
    // What takes no time goes through the link itself.
    void on_idle() { link_.on_idle(); }
    void on_own_mark(Timestamp t) { link_.on_own_mark(t); }
    void on_barrier(std::uint64_t epoch) { link_.on_barrier(epoch); }
    void on_outcome(std::uint64_t epoch, bool committed) { link_.on_outcome(epoch, committed); }
    [[nodiscard]] bool done() const { return link_.done(); }
    [[nodiscard]] std::size_t room() const { return link_.room(); }
    [[nodiscard]] Timestamp deadline() const { return link_.deadline(); }
    [[nodiscard]] Timestamp resume_at() const { return link_.resume_at(); }
    [[nodiscard]] std::uint64_t arrived(std::uint64_t given) const noexcept { return link_.arrived(given); }
    [[nodiscard]] std::uint64_t interrupted() const noexcept { return link_.interrupted(); }
    template <typename Fn>
    void for_each_outlet(Fn&& fn) { link_.for_each_outlet(fn); }
    Op& op() noexcept { return link_.op(); }
    ToType& next() noexcept { return next_; }

private:
    static decltype(auto) to_next(L& link, [[maybe_unused]] Laps& laps) {
        if constexpr (is_last) return (link.next());
        else return To(link.next(), laps);
    }
    template <typename Take>
    std::size_t counted(std::size_t n, Take&& take) {
        const Lap<Laps> lap(laps_, I);
        try {
            n = take();
        } catch (...) {
            link_.count(n);
            link_.interrupt_span(n);
            throw;
        }
        link_.count(n);
        return n;
    }
    L& link_;
    Laps& laps_;
    To next_;
};

} // namespace weir::detail
