// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/dealer.hpp>
#include <weir/batch/processor.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// The stream of the events inside a stream of batches: what a policy for single events sees.
template <typename S>
struct BatchEvents {
    using Element = std::remove_const_t<batch_element_t<S>>;
    using type = std::conditional_t<is_timed<Element>, with_whole_event_t<S, Element>, with_event_t<S, Element>>;
};
template <typename S>
using batch_events_t = typename BatchEvents<S>::type;

/// What a range with one result, or Outcome, per event gives for each.
template <typename R, bool PerEvent = true>
struct EachResult {
    using type = char; // never used
};
template <typename R>
struct EachResult<R, true> {
    using Shown = std::iter_value_t<decltype(std::begin(std::declval<std::remove_cvref_t<R>&>()))>;
    using type = typename WithoutOutcome<Shown>::type;
};
template <typename R>
using each_result_t = typename EachResult<R>::type;

/// Stands for the Dealer where results are given as they are.
struct NoDealer {
    [[nodiscard]] static constexpr bool waits() noexcept { return false; }
    static constexpr bool resume(const auto&, auto&) noexcept { return true; }
    static constexpr void finish(const auto&, auto&) noexcept {}
    static void on_watermark(Timestamp t, auto& next) { next.on_watermark(t); }
    static constexpr void on_own_mark(Timestamp) noexcept {}
    static void on_idle(auto& next) { next.on_idle(); }
    static void on_end(auto& next) { next.on_end(); }
    static void save(StateWriter&) noexcept {}
    static void load(StateReader&) noexcept {}
};

/// A batch as its processor is given it.
template <typename S, typename V>
constexpr auto span_for(V& value) {
    return std::span<batch_element_t<S>>(batch_of(value).values());
}
/// Whether an event comes as const although the stream is ours (an operator may give one twice): then a copy is processed.
template <typename S, typename E>
inline constexpr bool must_copy = [] {
    using V = std::remove_reference_t<decltype(value_of(std::declval<E&>()))>;
    using Given = typename decltype(batch_of(std::declval<V&>()).values())::element_type;
    return std::is_const_v<Given> && not std::is_const_v<batch_element_t<S>>;
}();

/// How many events were in the batches before the one at hand, and how many are in that.
struct BatchAtHand {
    std::uint64_t before = 0;
    std::uint64_t size = 0;
};

/// The running form of process for a processor that is called once per batch, for one result or none.
template <typename P, typename S>
struct ProcessingWhole {
    using kind = OperatorKind;
    static constexpr bool one_to_one = true;
    static constexpr bool stateless = true;
    WEIR_NO_UNIQUE_ADDRESS P processor;
    BatchAtHand at_hand{}; // counted in this run alone

    [[nodiscard]] BatchAtHand batch_at_hand() const noexcept { return at_hand; }
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        if constexpr (must_copy<S, E>) return on_event(std::remove_cvref_t<E>(event), next);
        else call_processor(event, next);
    }

private:
    template <typename E, typename Next>
    void call_processor(E& event, Next& next) {
        unwrapped_t<P>& target = unwrap(processor);
        const auto batch = span_for<S>(value_of(event));
        at_hand = {at_hand.before + at_hand.size, batch.size()};
        if constexpr (std::is_void_v<decltype(process_batch(target, batch))>) process_batch(target, batch);
        else next.on_event(with_value(event, process_batch(target, batch)));
    }
};

/// The running form of process where events are told apart: one result or Outcome per event, or a processor that may be called again.
template <typename P, typename S, Gives Kind, typename Handling>
class Processing {
    using Element = batch_element_t<S>;
    using Result = process_result_t<unwrapped_t<P>, Element>;
    static constexpr bool per_event = Kind == Gives::each || Kind == Gives::outcomes;
    using U = typename EachResult<Result, per_event>::type;
    using Side = std::remove_cvref_t<decltype(std::declval<Handling&>().branch())>;

public:
    using kind = OperatorKind;
    static constexpr bool bounded_room = Side::waits;

    Processing(P processor, Handling handling) : processor_(std::move(processor)), handling_(std::move(handling)) {}

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        if constexpr (must_copy<S, E>) return on_event(std::remove_cvref_t<E>(event), next);
        else handle(event, next);
    }

    template <typename Next>
    bool resume(Next& next) {
        if (not handling_.branch().resume()) return false;
        return not dealer_.waits() || dealer_.resume(dealt_batch(), next);
    }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const {
        return dealer_.waits() ? 0 : std::min(handling_.branch().room(), next.room());
    }
    [[nodiscard]] Timestamp deadline() const
        requires(Side::has_deadline)
    {
        return handling_.branch().deadline();
    }

    [[nodiscard]] Timestamp resume_at() const { return handling_.branch().resume_at(); }

    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        handling_.branch().on_watermark(t);
        dealer_.on_watermark(t, next);
    }
    template <typename Next>
    void on_own_mark(Timestamp t, Next& next) {
        of_batch_ = t;
        dealer_.on_own_mark(t);
        if constexpr (not per_event) next.on_own_mark(t);
    }
    template <typename Next>
    void on_time(Timestamp now, Next& next) {
        handling_.branch().on_time(now);
        next.on_time(now);
    }
    template <typename Next>
        requires(hears_of<Next>().idle)
    void on_idle(Next& next) { dealer_.on_idle(next); }
    template <typename Next>
    void on_barrier(std::uint64_t epoch, Next& next) {
        finish(next);
        handling_.branch().on_barrier(epoch);
        next.on_barrier(epoch);
    }
    template <typename Next>
    void on_outcome(std::uint64_t epoch, bool committed, Next& next) {
        handling_.branch().on_outcome(epoch, committed);
        next.on_outcome(epoch, committed);
    }
    template <typename Next>
    void on_end(Next& next) {
        handling_.branch().on_end();
        dealer_.on_end(next);
    }
    template <typename Next>
    void end_span(Next&) { handling_.branch().end_span(); }

    template <typename Fn>
    void for_each_outlet(Fn&& fn) { handling_.branch().for_each_outlet(fn); }
    [[nodiscard]] BatchAtHand batch_at_hand() const noexcept { return {number_, size_}; }
    void report(OperatorReport& row) const {
        row.held = dealer_.waits() ? 1 : 0;
        row.dropped(Drop::error) = lost_;
        row.dropped(Drop::filtered) = empty_;
    }
    void report_inner(ReportWalk& walk) const { handling_.branch().report(walk); }
    void save(StateWriter& to) const {
        handling_.save(to);
        dealer_.save(to);
        to.put(of_batch_);
        to.put(told_);
        to.put(number_);
        to.put(lost_);
        to.put(empty_);
    }
    void load(StateReader& from) {
        handling_.load(from);
        dealer_.load(from);
        from.get(of_batch_);
        from.get(told_);
        from.get(number_);
        from.get(lost_);
        from.get(empty_);
    }
    void save_inner(SaveWalk& walk) const { handling_.branch().save(walk); }
    void load_inner(LoadWalk& walk) { handling_.branch().load(walk); }

private:
    template <typename E, typename Next>
    void handle(E& event, Next& next) {
        finish(next); // it comes from an operator that could not wait
        auto& value = value_of(event);
        const auto batch = batch_of(value);
        const std::span<Element> events = span_for<S>(value);
        const std::uint64_t rejected = handling_.rejected();
        results_.clear();
        size_ = events.size();
        tell_own_mark(of_batch_);
        if (is_repeatable<unwrapped_t<P>>) {
            std::size_t mark = 0; // how many marks stand before what has been handled
            auto took = [&](auto& attempt, std::size_t from, std::span<Element> part) { take(attempt, from, part, batch, mark, event, next); };
            auto blamed = [&](const std::exception_ptr& error, std::size_t i) {
                pass_marks(batch, i, mark);
                reject(events[i], i, batch, error, event);
            };
            bisect(unwrap(processor_), events, 0, took, blamed);
        } else if constexpr (per_event) {
            std::size_t mark = 0;
            take_each(process_batch(unwrap(processor_), events), 0, events, batch, mark, event);
        }
        number_ += events.size();
        if (events.empty() && (per_event || Kind == Gives::nothing)) ++empty_;
        else if (not events.empty() && handling_.rejected() - rejected == events.size()) ++lost_;
        if constexpr (per_event) dealer_.begin(dealt_batch(), time_of(event), next);
    }
    template <typename Next>
    void finish(Next& next) {
        if (dealer_.waits()) dealer_.finish(dealt_batch(), next);
    }
    [[nodiscard]] Batch<U> dealt_batch() noexcept { return {results_.values.all(), results_.times.all(), results_.marks.all()}; }

    template <typename T>
    static Timestamp time_at(const Batch<T>& batch, std::size_t i, Timestamp otherwise) {
        if constexpr (is_timed<T>) return batch[i].time;
        else return batch.times().empty() ? otherwise : batch.times()[i];
    }

    /// The marks up to the event i go to the side chain and stand before what is given for it.
    template <typename T>
    void pass_marks(const Batch<T>& batch, std::size_t i, std::size_t& mark) {
        for (; mark < batch.marks().size() && batch.marks()[mark].before <= i; ++mark) {
            const auto [before, time, own] = batch.marks()[mark];
            if (own) tell_own_mark(time);
            else handling_.branch().on_watermark(time);
            if constexpr (per_event) {
                auto& marks = results_.marks;
                if (not marks.empty() && marks.back().before == results_.values.size() && marks.back().own == own) marks.back().time = time;
                else marks.emplace(BatchMark{results_.values.size(), time, own});
            }
        }
    }
    void tell_own_mark(Timestamp own) {
        if (own == told_) return;
        told_ = own;
        handling_.branch().on_own_mark(own);
    }
    template <typename T, typename E>
    void reject(Element& value, std::size_t i, const Batch<T>& batch, std::exception_ptr error, const E& event) {
        const std::uint64_t number = number_ + i + 1;
        if constexpr (S::timed && not is_timed<Element>)
            handling_.reject(Event<std::remove_const_t<Element>>{pass(value), time_at(batch, i, time_of(event))}, std::move(error), number);
        else handling_.reject(pass(value), std::move(error), number);
    }

    /// A call succeeded for the events from `from` on.
    template <typename A, typename T, typename E, typename Next>
    void take(A& attempt, std::size_t from, std::span<Element> part, const Batch<T>& batch, std::size_t& mark, const E& event, Next& next) {
        if constexpr (Kind == Gives::value) next.on_event(with_value(event, attempt.result()));
        else if constexpr (per_event) take_each(attempt.result(), from, part, batch, mark, event);
    }

    template <typename R, typename T, typename E>
    void take_each(R&& range, std::size_t from, std::span<Element> part, const Batch<T>& batch, std::size_t& mark, const E& event) {
        constexpr bool ours = not std::is_lvalue_reference_v<R> && not std::ranges::enable_borrowed_range<std::remove_cvref_t<R>>;
        const auto given = static_cast<std::size_t>(std::distance(std::begin(range), std::end(range)));
        if (given != part.size())
            throw std::length_error("process(per_event(p)): p gave " + std::to_string(given) + " results for a batch of " +
                                    std::to_string(part.size()) + " events");
        std::size_t i = from;
        for (auto&& result : range) {
            pass_marks(batch, i, mark);
            if constexpr (Kind == Gives::outcomes) {
                if (not result.has_value()) {
                    reject(part[i - from], i, batch, result.error(), event);
                    ++i;
                    continue;
                }
                if constexpr (ours) results_.values.emplace(*std::move(result));
                else results_.values.emplace(*std::as_const(result));
            } else if constexpr (ours) results_.values.emplace(std::move(result));
            else results_.values.emplace(std::as_const(result));
            if constexpr (S::timed) results_.times.emplace(time_at(batch, i, time_of(event)));
            ++i;
        }
    }

    WEIR_NO_UNIQUE_ADDRESS P processor_;
    Handling handling_;
    BatchBuffer<U> results_; // of the batch at hand
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<per_event, Dealer<S::timed, U>, NoDealer> dealer_;
    Timestamp of_batch_ = min_time; // the own mark of the batch as a whole,
    Timestamp told_ = min_time;     // and the one that the side chain knows
    std::uint64_t number_ = 0; // events in the batches before
    std::uint64_t size_ = 0;   // and in the last
    std::uint64_t lost_ = 0;
    std::uint64_t empty_ = 0;
};

} // namespace weir::detail
