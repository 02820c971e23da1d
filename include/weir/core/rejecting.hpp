// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/error_policy.hpp>
#include <weir/core/link.hpp>
#include <weir/core/operator.hpp>
#include <weir/core/record.hpp>
#include <weir/core/report.hpp>
#include <weir/core/state.hpp>
#include <weir/core/time.hpp>
#include <weir/core/walk.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// What running operators share that give events up to an error policy: its chain gets the signals, is asked for room, saved and counted.
///     Derived says bounded_room, and on_event(), which counts number_; it may have a signal() of its own.
template <typename Derived, typename Errors>
class Rejecting {
protected:
    using Side = std::remove_cvref_t<decltype(std::declval<Errors&>().branch())>;

public:
    using kind = OperatorKind;
    static constexpr bool bounded_room = Side::waits;

    explicit Rejecting(Errors errors) : errors_(std::move(errors)) {}

    template <typename Next>
    void on_watermark(Timestamp t, Next& next) { self().signal({SignalValue::Kind::watermark, false, t, 0}, next); }
    template <typename Next>
    void on_own_mark(Timestamp t, Next& next) { self().signal({SignalValue::Kind::own_mark, false, t, 0}, next); }
    template <typename Next>
        requires(hears_of<Next>().idle)
    void on_idle(Next& next) { self().signal({SignalValue::Kind::idle, false, {}, 0}, next); }
    template <typename Next>
    void on_time(Timestamp now, Next& next) { self().signal({SignalValue::Kind::time, false, now, 0}, next); }
    template <typename Next>
    void on_barrier(std::uint64_t epoch, Next& next) { self().signal({SignalValue::Kind::barrier, false, {}, epoch}, next); }
    template <typename Next>
    void on_outcome(std::uint64_t epoch, bool committed, Next& next) { self().signal({SignalValue::Kind::outcome, committed, {}, epoch}, next); }
    template <typename Next>
    void on_end(Next& next) { self().signal({SignalValue::Kind::end, false, {}, 0}, next); }
    template <typename Next>
    void end_span(Next&) { errors_.branch().end_span(); }
    template <typename Next>
    void signal(const SignalValue& signal, Next& next) {
        send(signal, errors_.branch());
        send(signal, next);
    }

    template <typename Next>
        requires(Side::waits)
    bool resume(Next&) {
        return errors_.branch().resume();
    }
    [[nodiscard]] Timestamp resume_at() const { return errors_.branch().resume_at(); }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const {
        return std::min<std::size_t>(errors_.branch().room(), next.room());
    }
    [[nodiscard]] Timestamp deadline() const
        requires(Side::has_deadline)
    {
        return errors_.branch().deadline();
    }

    template <typename OnOutlet>
    void for_each_outlet(OnOutlet&& fn) { errors_.branch().for_each_outlet(fn); }
    void report(OperatorReport& row) const { row.dropped(Drop::error) = errors_.rejected(); }
    void report_inner(ReportWalk& walk) const { errors_.branch().report(walk); }
    void save(StateWriter& to) const {
        to.put(number_);
        errors_.save(to);
    }
    void load(StateReader& from) {
        from.get(number_);
        errors_.load(from);
    }
    template <typename Walk> // a template: compiled only in durable jobs
    void save_inner(Walk& walk) const { errors_.branch().save(walk); }
    template <typename Walk>
    void load_inner(Walk& walk) { errors_.branch().load(walk); }

protected:
    Errors errors_;
    std::uint64_t number_ = 0; // of the event that is in hand

private:
    Derived& self() noexcept { return static_cast<Derived&>(*this); }
};

} // namespace weir::detail
