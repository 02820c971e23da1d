// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/dealer.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename V>
struct RangeElement;
template <RangeValue V>
struct RangeElement<V> {
    using type = std::iter_value_t<decltype(std::begin(std::declval<V&>()))>;
};

template <typename V>
using range_element_t = typename RangeElement<V>::type;

/// The running form of unbatch for batches; what is left of one that must wait for room is kept in its owned form.
template <typename S>
class Unbatching {
    using V = typename S::value;
    using Rest = owned_t<V>;

public:
    using kind = OperatorKind;

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        finish(next); // it comes from an operator that could not wait
        const Timestamp time = time_of(event);
        auto& value = value_of(event);
        if (batch_of(value).empty()) ++empty_;
        if constexpr (std::is_same_v<Rest, V> && Next::bounded_room) {
            rest_.emplace(value_of(std::forward<E>(event))); // before it is dealt: its elements may move with it
            if (dealer_.begin(rest(), time, next)) rest_.reset();
        } else if constexpr (std::is_lvalue_reference_v<E>) {
            deal(as_const_batch(batch_of(value)), time, std::as_const(value), next);
        } else {
            deal(batch_of(value), time, std::move(value), next);
        }
    }
    template <typename Next>
    bool resume(Next& next) {
        if (not dealer_.waits()) return true;
        const bool finished = dealer_.resume(rest(), next);
        if (not dealer_.waits()) rest_.reset();
        return finished;
    }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const { return dealer_.waits() ? 0 : next.room(); }

    template <typename Next>
    void on_watermark(Timestamp t, Next& next) { dealer_.on_watermark(t, next); }
    template <typename Next>
    void on_own_mark(Timestamp t, Next&) noexcept { dealer_.on_own_mark(t); }
    template <typename Next>
        requires(hears_of<Next>().idle)
    void on_idle(Next& next) { dealer_.on_idle(next); }
    template <typename Next>
    void on_barrier(std::uint64_t epoch, Next& next) {
        finish(next);
        next.on_barrier(epoch);
    }
    template <typename Next>
    void on_end(Next& next) { dealer_.on_end(next); }

    void report(OperatorReport& row) const {
        row.held = dealer_.waits() ? 1 : 0;
        row.dropped(Drop::filtered) = empty_;
    }
    void save(StateWriter& to) const {
        dealer_.save(to);
        to.put(empty_);
    }
    void load(StateReader& from) {
        dealer_.load(from);
        from.get(empty_);
    }

private:
    template <typename T, typename From, typename Next>
    void deal(const Batch<T>& batch, Timestamp time, From&& from, Next& next) {
        const bool given = dealer_.begin(batch, time, next);
        if constexpr (Next::bounded_room)
            if (not given) rest_.emplace(std::forward<From>(from));
    }
    auto rest() {
        if constexpr (S::traits.lent) return as_const_batch(batch_of(*rest_));
        else return batch_of(*rest_);
    }
    template <typename Next>
    void finish(Next& next) {
        if (not dealer_.waits()) return;
        dealer_.finish(rest(), next);
        rest_.reset();
    }

    Dealer<S::timed, range_element_t<V>> dealer_;
    std::optional<Rest> rest_;
    std::uint64_t empty_ = 0;
};

/// The running form for other ranges: their elements are brought together first.
template <typename S, typename T>
class UnbatchingRange {
public:
    using kind = OperatorKind;

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        finish(next);
        const Timestamp time = time_of(event);
        values_.clear();
        for (auto&& value : value_of(event)) {
            if constexpr (std::is_lvalue_reference_v<E>) values_.emplace(std::as_const(value));
            else values_.emplace(std::move(value));
        }
        if (values_.empty()) ++empty_;
        dealer_.begin(batch(), time, next);
    }
    template <typename Next>
    bool resume(Next& next) { return not dealer_.waits() || dealer_.resume(batch(), next); }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const { return dealer_.waits() ? 0 : next.room(); }

    template <typename Next>
    void on_watermark(Timestamp t, Next& next) { dealer_.on_watermark(t, next); }
    template <typename Next>
    void on_own_mark(Timestamp t, Next&) noexcept { dealer_.on_own_mark(t); }
    template <typename Next>
        requires(hears_of<Next>().idle)
    void on_idle(Next& next) { dealer_.on_idle(next); }
    template <typename Next>
    void on_barrier(std::uint64_t epoch, Next& next) {
        finish(next);
        next.on_barrier(epoch);
    }
    template <typename Next>
    void on_end(Next& next) { dealer_.on_end(next); }

    void report(OperatorReport& row) const {
        row.held = dealer_.waits() ? 1 : 0;
        row.dropped(Drop::filtered) = empty_;
    }
    void save(StateWriter& to) const {
        dealer_.save(to);
        to.put(empty_);
    }
    void load(StateReader& from) {
        dealer_.load(from);
        from.get(empty_);
    }

private:
    Batch<T> batch() noexcept { return Batch<T>(values_.all()); }
    template <typename Next>
    void finish(Next& next) {
        if (dealer_.waits()) dealer_.finish(batch(), next);
    }

    Dealer<S::timed, T> dealer_;
    Buffer<T> values_;
    std::uint64_t empty_ = 0;
};

struct UnbatchOp {
    using kind = OperatorKind;
    static constexpr bool keeps_little = true;
    static constexpr std::string_view name = "unbatch";

    /// Somebody else's elements are shown as they are; with a time each must become an Event of its own.
    template <typename S>
    static consteval bool lends() {
        if constexpr (not BatchValue<typename S::value>) return false;
        else return std::is_const_v<batch_element_t<S>> && (is_timed<batch_element_t<S>> || not S::timed);
    }
    template <typename S>
    using events = std::conditional_t<is_timed<range_element_t<typename S::value>>, with_whole_event_t<S, range_element_t<typename S::value>>,
                                      with_event_t<S, range_element_t<typename S::value>>>;

    template <typename S>
        requires RangeValue<typename S::value> && (knows_times<typename S::value> || not is_timed<range_element_t<typename S::value>>)
    using out = with_traits_t<events<S>, lends<S>() ? lent(S::traits) : owned(S::traits)>;

    template <typename S>
    auto bind(const S&) && {
        if constexpr (BatchValue<typename S::value>) return Unbatching<S>();
        else return UnbatchingRange<S, range_element_t<typename S::value>>();
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (StringValue<typename S::value>)
            static_assert(never<S>, "unbatch(): this stream gives strings, and a string is one value, not a batch. To give its characters use "
                                    "flat_map(fn).");
        else if constexpr (not RangeValue<typename S::value>)
            static_assert(never<S>, "unbatch(): this stream gives single events, so there is nothing to take apart. It stands behind "
                                    "micro_batch(n), whole(), as_batches() or a process(p) that returns a range.");
        else
            static_assert(never<S>, "unbatch(): these ranges hold Events, but what it gives has the time of its batch. Return values alone, or "
                                    "one result per event with process(per_event(p)).");
    }
};

} // namespace detail

/// Takes batches apart: the inverse of micro_batch, and of a processor that returns a range.
///     Batch<T>, or any range but a string -> its elements, in order; those of a batch with their own times and the watermarks between
///     them, those of other ranges with the time of their batch; moved out where the batch is ours, else lent. Where the next task
///     has no room it waits in the middle of a batch. Allocates nothing after warm-up; an empty range counts as dropped (filtered).
///     example: tests/batch/unbatch.cpp
[[nodiscard]] inline auto unbatch() { return detail::UnbatchOp{}; }

} // namespace weir
