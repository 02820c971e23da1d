// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/branch.hpp>
#include <weir/core/error_policy.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace weir::detail {

/// The side chains of a join, each for what one of its sides has that is late: to the operator they are one (see WithSide).
template <typename Left, typename Right>
struct LateSides {
    static constexpr bool open = false;
    static constexpr bool waits = Left::waits || Right::waits;
    static constexpr bool has_deadline = Left::has_deadline || Right::has_deadline;
    static constexpr bool can_finish = false;
    WEIR_NO_UNIQUE_ADDRESS Left left;
    WEIR_NO_UNIQUE_ADDRESS Right right;

    void on_watermark(Timestamp t) { left.on_watermark(t), right.on_watermark(t); }
    void on_own_mark(Timestamp t) { left.on_own_mark(t), right.on_own_mark(t); }
    void on_time(Timestamp now) { left.on_time(now), right.on_time(now); }
    void on_barrier(std::uint64_t epoch) { left.on_barrier(epoch), right.on_barrier(epoch); }
    void on_outcome(std::uint64_t epoch, bool committed) { left.on_outcome(epoch, committed), right.on_outcome(epoch, committed); }
    void on_end() { left.on_end(), right.on_end(); }
    void end_span() { left.end_span(), right.end_span(); }
    bool resume() {
        const bool through = left.resume();
        return right.resume() && through;
    }
    [[nodiscard]] std::size_t room() const { return std::min<std::size_t>(left.room(), right.room()); }
    [[nodiscard]] Timestamp deadline() const { return std::min<Timestamp>(left.deadline(), right.deadline()); }
    [[nodiscard]] Timestamp resume_at() const { return std::min<Timestamp>(left.resume_at(), right.resume_at()); }
    template <typename Fn>
    void for_each_outlet(Fn&& fn) { left.for_each_outlet(fn), right.for_each_outlet(fn); }
    void report(ReportWalk& walk) const { left.report(walk), right.report(walk); }
    template <typename Walk>
    void save(Walk& walk) const { left.save(walk), right.save(walk); }
    template <typename Walk>
    void load(Walk& walk) { left.load(walk), right.load(walk); }
};

/// The running form of one of them.
template <typename E, Traits is, typename Late, typename Binding>
auto bind_late(Late&& late, [[maybe_unused]] Binding& binding, [[maybe_unused]] std::uint32_t id, [[maybe_unused]] const char* part) {
    if constexpr (std::is_same_v<std::remove_cvref_t<Late>, NoChain>) return NoBranch{};
    else return bind_branch(Stream<E, is>{}, std::forward<Late>(late), binding, id, part);
}

} // namespace weir::detail
