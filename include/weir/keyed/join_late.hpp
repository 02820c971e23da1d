// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/branch.hpp>
#include <weir/core/error_policy.hpp>
#include <weir/core/late_to.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
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

/// The same, given events of either side: each goes to the chain of its own.
template <typename Left, typename Right>
struct LateOfEither : LateSides<Left, Right> {
    template <typename Both>
    void on_event(Event<Both>&& event) {
        if (auto* const value = event.value.left()) give(this->left, std::move(*value), event.time);
        else give(this->right, std::move(*event.value.right()), event.time);
    }

private:
    template <typename Side, typename V>
    static void give([[maybe_unused]] Side& side, [[maybe_unused]] V&& value, [[maybe_unused]] Timestamp time) {
        if constexpr (not std::is_same_v<Side, NoBranch>) side.on_event(Event<V>{std::forward<V>(value), time});
    }
};

/// The running form of one of them.
template <typename E, Traits is, typename Late, typename Binding>
auto bind_late(Late&& late, [[maybe_unused]] Binding& binding, [[maybe_unused]] std::uint32_t id, [[maybe_unused]] const char* part) {
    if constexpr (std::is_same_v<std::remove_cvref_t<Late>, NoChain>) return NoBranch{};
    else return bind_branch(Stream<E, is>{}, std::forward<Late>(late), binding, id, part);
}

/// Whether chains for what is late of the sides of a join fit a stream S of both sides' events; says the mistake where they do not.
template <typename S, typename LateLeft, typename LateRight>
consteval bool takes_late_of_sides() {
    bool fits = true;
    if constexpr (not std::is_same_v<LateLeft, NoChain>) fits = takes_late<Stream<Event<typename S::value::left_type>, owned(S::traits)>, LateLeft>();
    if constexpr (not std::is_same_v<LateRight, NoChain>) fits = takes_late<Stream<Event<typename S::value::right_type>, owned(S::traits)>, LateRight>() && fits;
    return fits;
}
/// What they say of their memory.
template <typename S, typename LateLeft, typename LateRight>
void late_of_sides_memory([[maybe_unused]] auto& walk, [[maybe_unused]] const LateLeft& late_left, [[maybe_unused]] const LateRight& late_right) {
    if constexpr (not std::is_same_v<LateLeft, NoChain>) walk.branch(Stream<Event<typename S::value::left_type>, owned(S::traits)>{}, late_left, "late_left_to");
    if constexpr (not std::is_same_v<LateRight, NoChain>) walk.branch(Stream<Event<typename S::value::right_type>, owned(S::traits)>{}, late_right, "late_right_to");
}
/// Their running form. Sides: LateSides or LateOfEither.
template <template <typename, typename> typename Sides, typename S, typename LateLeft, typename LateRight, typename Binding>
auto bind_late_of_sides(LateLeft&& late_left, LateRight&& late_right, Binding& binding, std::uint32_t id) {
    auto left = bind_late<Event<typename S::value::left_type>, owned(S::traits)>(std::forward<LateLeft>(late_left), binding, id, "late_left_to");
    auto right = bind_late<Event<typename S::value::right_type>, owned(S::traits)>(std::forward<LateRight>(late_right), binding, id, "late_right_to");
    return Sides<decltype(left), decltype(right)>{std::move(left), std::move(right)};
}

} // namespace weir::detail
