// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fetch_ahead.hpp>
#include <weir/core/link.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace weir::detail {

/// How a task hands what its input has to its chain: counts it, keeps the bounds, and is where the fused loop stands.
template <typename Chain>
class Feed {
public:
    using chain_type = Chain;
    static constexpr bool can_finish = Chain::can_finish;

    explicit Feed(Chain& chain, std::uint64_t& handed) : chain_(chain), handed_(handed) {}

    /// How many events may be handed on now; at most `wanted`, 0 when the chain waits for room or will take no more.
    [[nodiscard]] std::size_t allowance(std::size_t wanted) const {
        if (done()) return 0;
        if constexpr (Chain::bounded_room) return std::min(wanted, chain_.room());
        else return wanted;
    }
    [[nodiscard]] bool done() const {
        if constexpr (Chain::can_finish || Chain::bounded_room) return chain_.done();
        else return false;
    }

    /// Before each single event: whether the chain takes one more.
    [[nodiscard]] bool ready() const {
        if (done()) return false;
        if constexpr (Chain::bounded_room && Chain::can_suspend) return chain_.room() != 0;
        else return true;
    }

    template <typename E>
    void event(E&& event) {
        ++handed_;
        chain_.on_event(std::forward<E>(event));
    }

    /// Whether some events of a span may come again, which then is said with a span, too.
    static constexpr bool hands_back = requires { requires Chain::takes_part_of_span; };

    /// Hands on the events in order and returns how many: fewer than all only where the chain has finished or waits for room.
    template <typename E>
    std::size_t span(std::span<E> events) {
        if constexpr (Chain::takes_span || requires { requires Chain::template in_passes<E>; }) {
            handed_ += events.size();
            chain_.on_span(events);
            return events.size();
        } else if constexpr (hands_back) {
            Handed n{handed_, events.size()}; // if it throws
            return n.now = chain_.on_part_of_span(events);
        } else {
            Handed n{handed_};
            if constexpr (requires { chain_.put_block(events); }) n.now = chain_.put_block(events); // a chain that is but the end of one
            on_local_copy(chain_, [&n, events](auto& chain) {
                Begun<E> at{n.now, events.data(), events.data() + n.now};
                E* const last = events.data() + events.size();
                while (at.event != last) {
                    if constexpr (Chain::can_finish)
                        if (chain.done()) return;
                    if constexpr (Chain::bounded_room && Chain::can_suspend)
                        if (chain.room() == 0) return;
                    E* const event = at.event++; // before the call: an event that throws has been handed on
                    if constexpr (not is_plain_chain<Chain>) fetch_ahead(event);
                    chain.on_event(pass(*event));
                }
            });
            return n.now;
        }
    }

    static constexpr bool takes_timed_span = requires { requires Chain::takes_timed_span; };
    template <typename V>
    std::size_t timed_span(const TimedSpan<V>& span) {
        Handed n{handed_, span.values.size()}; // if it throws
        return n.now = chain_.on_timed_span(span);
    }

    static constexpr bool takes_merged_span = requires { requires Chain::takes_merged_span; };
    template <typename E>
    std::size_t merged_span(const MergedSpan<E>& span) {
        Handed n{handed_, span.events.size()}; // if it throws
        return n.now = chain_.on_merged_span(span);
    }

    /// What others have gathered of later events for the chain's first operator.
    template <typename Part>
    void part(Part& part) {
        chain_.at_signal([&] {
            handed_ += chain_.op().take_part(part, chain_.next());
            if constexpr (requires { chain_.op().close_part(part, chain_.next()); }) chain_.op().close_part(part, chain_.next());
        });
    }
    /// The chain's first operator.
    [[nodiscard]] auto& first() noexcept { return chain_.op(); }

    void watermark(Timestamp t) { chain_.on_watermark(t); }
    /// How many events have been handed on, also one that threw.
    [[nodiscard]] std::uint64_t handed() const noexcept { return handed_; }
    [[nodiscard]] const Chain& chain() const noexcept { return chain_; }
    void idle() {
        if constexpr (hears_of<Chain>().idle) {
            chain_.end_span();
            chain_.on_idle();
        }
    }
    static constexpr bool hears_own_marks = hears_of<Chain>().own_mark;
    void own_mark(Timestamp t) {
        if constexpr (hears_own_marks) chain_.on_own_mark(t);
    }
    void end_span() { chain_.end_span(); }
    /// After an event that the next one may be long in following: others are given it now, and operators that gather give what they have.
    void flush() {
        if constexpr (an_operator_ends_events<Chain>) chain_.end_span();
        if constexpr (Chain::bounded_room)
            chain_.for_each_outlet([](auto& outlet) {
                if constexpr (requires { outlet.flush(); }) outlet.flush();
            });
    }

private:
    struct Handed {
        std::uint64_t& total;
        std::size_t now = 0;
        ~Handed() { total += now; }
    };
    Chain& chain_;
    std::uint64_t& handed_;
};

} // namespace weir::detail
