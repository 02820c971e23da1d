// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/error_policy.hpp>
#include <weir/core/side.hpp>
#include <weir/core/late_to.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// The running form of drop_late. Side: the running chain of late_to.
template <typename Side>
class DroppingLate : public WithSide<Side> {
public:
    using kind = OperatorKind;
    using WithSide<Side>::WithSide;

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        if (not is_over(event.time, std::max(mark_, own_mark_))) return next.on_event(std::forward<E>(event));
        ++late_;
        if constexpr (not std::is_same_v<Side, NoBranch>) this->side_.on_event(std::forward<E>(event));
    }
    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        mark_ = std::max(mark_, t);
        this->side_.on_watermark(t);
        next.on_watermark(t);
    }
    template <typename Next>
    void on_own_mark(Timestamp t, Next& next) {
        own_mark_ = t;
        this->side_.on_own_mark(t);
        next.on_own_mark(t);
    }

    void report(OperatorReport& row) const noexcept { row.dropped(Drop::late) = late_; }
    void save(StateWriter& to) const {
        to.put(mark_);
        to.put(own_mark_);
        to.put(late_);
    }
    void load(StateReader& from) {
        from.get(mark_);
        from.get(own_mark_);
        from.get(late_);
    }

private:
    Timestamp mark_ = min_time;
    Timestamp own_mark_ = min_time; // of the input that the event comes from
    std::uint64_t late_ = 0;
};

template <typename Late = NoChain>
struct DropLateOp : MayGiveLate<DropLateOp, Late> {
    using kind = OperatorKind;
    static constexpr std::string_view name = "drop_late";
    static constexpr bool passes_clauses = true;

    template <typename S>
        requires(S::timed)
    using out = std::conditional_t<DropLateOp::template fits<S>(), S, Refused>;

    template <typename S>
    void say_memory(auto& walk, const S&) const { this->template say_late<S>(walk); }
    template <typename S, typename Binding>
    constexpr auto bind(const S&, Binding& binding, std::uint32_t id) && {
        auto side = std::move(*this).template bind_late<S>(binding, id);
        return DroppingLate<decltype(side)>(std::move(side));
    }

    template <typename S>
    static constexpr void explain() {
        static_assert(detail::never<S>, "drop_late(): this pipeline has no event time, so no event is late. Put event_time(projection, strategy) before it.");
    }
};

} // namespace detail

/// Drops each event whose time the watermark has reached: lateness by the event, as Jet and Bytewax judge it. Windows judge it by
/// the window, and still take a late event into those that are open.
///     E -> E; order, event time and clauses kept; never allocates; what is dropped counts as late, and goes to the chain of
///     drop_late().late_to(chain). example: tests/time/drop_late.cpp
[[nodiscard]] constexpr auto drop_late() { return detail::DropLateOp<>{}; }

} // namespace weir
