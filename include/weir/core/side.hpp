// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/branch.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace weir::detail {

/// What an operator has of a side chain, besides giving it events: the side gets each signal before what follows does. An operator
/// derives from it and sends watermarks on itself. Side: a Branch that ends in a sink.
template <typename Side>
class WithSide {
public:
    static constexpr bool bounded_room = Side::waits;

    explicit WithSide(Side side) : side_(std::move(side)) {}

    template <typename Next>
    void on_time(Timestamp now, Next& next) {
        side_.on_time(now);
        next.on_time(now);
    }
    template <typename Next>
    void on_barrier(std::uint64_t epoch, Next& next) {
        side_.on_barrier(epoch);
        next.on_barrier(epoch);
    }
    template <typename Next>
    void on_outcome(std::uint64_t epoch, bool committed, Next& next) {
        side_.on_outcome(epoch, committed);
        next.on_outcome(epoch, committed);
    }
    template <typename Next>
    void on_end(Next& next) {
        side_.on_end();
        next.on_end();
    }
    template <typename Next>
    void end_span(Next&) { side_.end_span(); }
    template <typename Next>
        requires(Side::waits)
    bool resume(Next&) {
        return side_.resume();
    }
    [[nodiscard]] Timestamp resume_at() const
        requires(Side::waits)
    {
        return side_.resume_at();
    }
    template <typename Next>
        requires(Side::waits)
    [[nodiscard]] std::size_t room(const Next& next) const {
        return std::min<std::size_t>(side_.room(), next.room());
    }
    [[nodiscard]] Timestamp deadline() const
        requires(Side::has_deadline)
    {
        return side_.deadline();
    }
    template <typename OnOutlet>
    void for_each_outlet(OnOutlet&& fn) { side_.for_each_outlet(fn); }
    void report_inner(ReportWalk& walk) const { side_.report(walk); }
    template <typename Walk> // templates: compiled only in durable jobs
    void save_inner(Walk& walk) const { side_.save(walk); }
    template <typename Walk>
    void load_inner(Walk& walk) { side_.load(walk); }

protected:
    WEIR_NO_UNIQUE_ADDRESS Side side_;
};

} // namespace weir::detail
