// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/error_policy.hpp>
#include <weir/source/csv_rows.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace weir::detail {

/// Gives rows on, and bad ones to the policy.
template <typename Errors>
class CsvPassing {
    using Side = std::remove_cvref_t<decltype(std::declval<Errors&>().branch())>;

public:
    using kind = OperatorKind;
    static constexpr bool bounded_room = Side::waits;

    explicit CsvPassing(Errors errors) : errors_(std::move(errors)) {}

    template <typename Row, typename Next>
    WEIR_INLINE void on_event(CsvRead<Row>&& read, Next& next) {
        ++number_;
        if (not read.error) [[likely]] next.on_event(std::move(read.row));
        else errors_.reject(read.text, read.error, number_);
    }
    template <typename Next>
    void on_watermark(Timestamp t, Next& next) { signal({SignalValue::Kind::watermark, false, t, 0}, next); }
    template <typename Next>
    void on_own_mark(Timestamp t, Next& next) { signal({SignalValue::Kind::own_mark, false, t, 0}, next); }
    template <typename Next>
    void on_time(Timestamp now, Next& next) { signal({SignalValue::Kind::time, false, now, 0}, next); }
    template <typename Next>
    void on_barrier(std::uint64_t epoch, Next& next) { signal({SignalValue::Kind::barrier, false, {}, epoch}, next); }
    template <typename Next>
    void on_outcome(std::uint64_t epoch, bool committed, Next& next) { signal({SignalValue::Kind::outcome, committed, {}, epoch}, next); }
    template <typename Next>
    void on_end(Next& next) { signal({SignalValue::Kind::end, false, {}, 0}, next); }
    template <typename Next>
    void end_span(Next&) { errors_.branch().end_span(); }

    template <typename Next>
        requires(bounded_room)
    bool resume(Next&) {
        return errors_.branch().resume();
    }
    [[nodiscard]] Timestamp resume_at() const
        requires(bounded_room)
    {
        return errors_.branch().resume_at();
    }
    template <typename Next>
        requires(bounded_room)
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
    template <typename Walk> // templates: compiled only in durable jobs
    void save_inner(Walk& walk) const { errors_.branch().save(walk); }
    template <typename Walk>
    void load_inner(Walk& walk) { errors_.branch().load(walk); }

private:
    template <typename Next>
    void signal(const SignalValue& signal, Next& next) {
        send(signal, errors_.branch());
        send(signal, next);
    }

    Errors errors_;
    std::uint64_t number_ = 0; // of the row that is given on
};

template <typename Row, typename P>
struct CsvPolicyOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "from_csv";
    static constexpr bool cuts_inside = P::cuts_inside;
    WEIR_NO_UNIQUE_ADDRESS P policy;

    template <typename S>
    using texts = with_event_t<S, Line>; // what the policy is given
    template <typename S>
    using out = std::conditional_t<P::template fits<texts<S>>(), with_event_t<S, Row>, Refused>;

    template <typename S, typename Binding>
    constexpr auto bind(const S&, Binding& binding, std::uint32_t id) && {
        auto errors = std::move(policy).bind(texts<S>{}, binding, id);
        return CsvPassing<decltype(errors)>(std::move(errors));
    }
};

} // namespace weir::detail
