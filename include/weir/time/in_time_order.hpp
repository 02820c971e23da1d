// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/error_policy.hpp>
#include <weir/core/in_turn.hpp>
#include <weir/core/late_to.hpp>
#include <weir/core/owned.hpp>
#include <weir/core/time_ordered.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// The running form of in_time_order. E: the owned form of an event.
template <typename E, typename Side, bool Clocked>
class OrderingByTime : public InTurn<OrderingByTime<E, Side, Clocked>, Side, Clocked> {
    using Base = InTurn<OrderingByTime, Side, Clocked>;

public:
    using kind = OperatorKind;
    using Base::Base;

    template <typename Given, typename Next>
    void on_event(Given&& event, Next&) {
        if (this->is_late(event.time)) {
            ++late_;
            if constexpr (not std::is_same_v<Side, NoBranch>) this->side_.on_event(std::forward<Given>(event));
        } else {
            const Timestamp time = event.time;
            waiting_.push(time, events_.take(to_owned(std::forward<Given>(event))));
        }
    }
    [[nodiscard]] Timestamp due() const noexcept { return waiting_.due(); }
    [[nodiscard]] bool is_empty() const noexcept { return waiting_.empty(); }
    template <typename Next>
    void fire(Next& next) {
        const std::uint32_t number = waiting_.pop();
        E event = *std::exchange(events_[number], std::nullopt);
        events_.give_back(number);
        next.on_event(std::move(event));
    }

    void report(OperatorReport& row) const noexcept {
        row.held = waiting_.size();
        row.dropped(Drop::late) = late_;
    }
    void save(StateWriter& to) const {
        this->save_marks(to);
        to.put(events_);
        to.put(waiting_);
        to.put(late_);
    }
    void load(StateReader& from) {
        this->load_marks(from);
        from.get(events_);
        from.get(waiting_);
        from.get(late_);
    }

private:
    Numbered<std::optional<E>> events_;
    TimeOrdered<std::uint32_t> waiting_;
    std::uint64_t late_ = 0;
};

template <typename Late = NoChain>
struct InTimeOrderOp : MayGiveLate<InTimeOrderOp, Late> {
    using kind = OperatorKind;
    static constexpr std::string_view name = "in_time_order";
    template <typename S>
    using assigned = owned_t<typename S::value>;

    template <typename S>
        requires(S::timed)
    using out = std::conditional_t<InTimeOrderOp::template fits<S>(), with_event_t<S, owned_t<typename S::value>>, Refused>;

    template <typename S>
    void say_memory(auto& walk, const S&) const {
        using E = std::optional<Event<owned_t<typename S::value>>>;
        if (const std::size_t n = walk.waiting(); n == 0) walk.unbounded("not bounded: nothing says how many events wait for the watermark: say MemoryBoundOptions::waiting");
        else walk.bounded(walk.template of_grown<E>(n, 40));
        this->template say_late<S>(walk);
    }
    template <typename S, typename Binding>
    constexpr auto bind(const S&, Binding& binding, std::uint32_t id) && {
        auto side = std::move(*this).template bind_late<S>(binding, id);
        return OrderingByTime<Event<owned_t<typename S::value>>, decltype(side), S::traits.clocked>(std::move(side));
    }

    template <typename S>
    static constexpr void explain() {
        static_assert(detail::never<S>, "in_time_order(): this pipeline has no event time, which it would put the events in the order of. Put "
                                        "event_time(projection, strategy) before it, or sort_by(projection) where the stream is bounded.");
    }
};

} // namespace detail

/// Puts the events in the order of their event times, those of one time as they came: each is given when the watermark has reached it.
///     E -> E, owned; event time kept. What comes when the watermark has reached its time counts as late, and goes to the chain of
///     in_time_order().late_to(chain). For scan, take, enumerate and others that depend on the order: windows, process_keyed's timers
///     and match need it not. Holds the events that the watermark has not reached; nothing is allocated once as many have been held
///     as ever will be. At a stop they count as held. example: tests/time/in_time_order.cpp
[[nodiscard]] constexpr auto in_time_order() { return detail::InTimeOrderOp<>{}; }

} // namespace weir
