// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/all_of.hpp>
#include <weir/core/fields.hpp>
#include <weir/keyed/entry.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace weir::detail {

/// A state, and the times of its events where somebody wants them.
template <typename State, bool Spans>
struct WindowPart : std::conditional_t<Spans, EventSpan, NoEventSpan> {
    State state{};

    template <typename T, typename A>
    WEIR_INLINE constexpr void add(const T& value, [[maybe_unused]] Timestamp time, const A& aggregate) {
        aggregate.add(state, value);
        if constexpr (Spans) {
            this->first = std::min(this->first, time);
            this->last = std::max(this->last, time);
        }
    }
    template <typename A>
    WEIR_INLINE constexpr void merge(const WindowPart& later, const A& aggregate) {
        aggregate.merge(state, later.state);
        if constexpr (Spans) {
            this->first = std::min(this->first, later.first);
            this->last = std::max(this->last, later.last);
        }
    }
    WEIR_INLINE constexpr void clear() {
        clear_state(state);
        if constexpr (Spans) {
            this->first = max_time;
            this->last = min_time;
        }
    }
    static constexpr auto fields() {
        if constexpr (Spans) return weir::fields("state", &WindowPart::state, "first", &WindowPart::first, "last", &WindowPart::last);
        else return weir::fields("state", &WindowPart::state);
    }
};

/// The latest n parts of a sequence, and what they become when they are merged in their order: at most four merges for each part,
/// however many they are, and never more at once. Removing is not needed.
///     The parts lie in three blocks of half the window: what the oldest block still has of the window is one merged part for each
///     place where the window may begin; the middle one is wholly in the window; the newest is filled. While that happens the
///     middle one's merged parts are made, from its end to its beginning, one at each step, so that it can become the oldest. The
///     newest takes the places that the oldest leaves.
///     (Two stacks, of which the second is turned over a step at a time: after the idea of DABA, Tangwongsan, Hirzel, Schneider:
///     Low-latency sliding-window aggregation in worst-case constant time, DEBS 2017; the blocks are those of van Herk and of Gil
///     and Werman.)
///     This is what changes; the parts are in `room`, places() of them, so that a loop may keep the rest in registers.
template <typename Part>
class SlidingMerge {
public:
    SlidingMerge() = default;
    /// n: at least 2.
    explicit SlidingMerge(std::size_t n) : half_((n + 1) / 2), skip_(2 * half_ - n), middle_(half_) {}
    [[nodiscard]] std::size_t places() const noexcept { return 2 * half_; }

    /// The part behind the others; the one that is no longer among the latest n is forgotten.
    template <typename A>
    WEIR_INLINE void push(Part* room, const Part& part, const A& aggregate) {
        Part* const edge = room + (half_ - middle_);
        Part& place = room[middle_ + (half_ - 1 - filled_)]; // the middle block's next merged part
        Part next = place; // merged apart: what was written in pieces is not to be read as a whole at once
        if (filled_ != 0) next.merge(turned_, aggregate);
        place = next;
        turned_ = next;
        edge[filled_] = part;
        newest_.merge(part, aggregate);
        if (++filled_ == half_) next_block();
    }
    /// How many may be pushed in one run().
    [[nodiscard]] std::size_t left() const noexcept { return half_ - filled_; }
    /// The same as push(part(i)), take(total()) for each i < n, with more in registers. What take() throws ends the use of this.
    template <typename PartOf, typename Take, typename A>
    WEIR_INLINE void run(Part* room, std::size_t n, PartOf&& part_of, Take&& take, const A& aggregate) {
        Part* const edge = room + (half_ - middle_);
        Part* const middle = room + middle_ + (half_ - 1 - filled_);
        Part turned = turned_;
        for (std::size_t i = 0; i < n; ++i) {
            Part& place = *(middle - i);
            Part next = place;
            if (filled_ + i != 0) next.merge(turned, aggregate);
            place = next;
            turned = next;
        }
        turned_ = turned;
        const Part whole = whole_;
        Part newest = newest_;
        std::size_t begin = skip_ + filled_ + 1;
        for (std::size_t i = 0; i < n; ++i, ++begin) {
            const Part part = part_of(i);
            newest.merge(part, aggregate);
            Part all = whole;
            if (begin < half_) {
                all = edge[begin];
                all.merge(whole, aggregate);
            } else if (begin > half_) { // of an odd number: the last place
                all = room[middle_ + 1];
            }
            edge[filled_ + i] = part;
            all.merge(newest, aggregate);
            take(all);
        }
        filled_ += n;
        newest_ = newest;
        if (filled_ == half_) next_block();
    }
    /// What the latest n are together. Only where there were so many.
    template <typename A>
    [[nodiscard]] WEIR_INLINE Part total(const Part* room, const A& aggregate) const {
        const std::size_t begin = skip_ + filled_;
        Part all = begin == half_ ? whole_ : room[(half_ - middle_) + begin];
        if (begin != half_) all.merge(whole_, aggregate);
        all.merge(newest_, aggregate);
        return all;
    }

    static constexpr auto fields() {
        return weir::fields("half", &SlidingMerge::half_, "skip", &SlidingMerge::skip_, "filled", &SlidingMerge::filled_, "middle",
                            &SlidingMerge::middle_, "whole", &SlidingMerge::whole_, "newest", &SlidingMerge::newest_, "turned", &SlidingMerge::turned_);
    }

private:
    void next_block() {
        middle_ = half_ - middle_;
        whole_ = newest_;
        newest_.clear();
        filled_ = 0;
    }

    std::size_t half_ = 0;
    std::size_t skip_ = 0;   // of a window of an odd number one place of the blocks is too many
    std::size_t filled_ = 0; // places of the newest block
    std::size_t middle_ = 0; // where the middle block lies: half_ or 0; in the other the oldest from filled_ on, before that the newest
    Part whole_{};           // the middle block, merged
    Part newest_{};          // the newest block, merged
    Part turned_{};          // of the middle block, merged from its end on so far
};

/// The same for states that keep all their values: merged parts would be as long as the window each, so only the parts themselves
/// are kept, and merged when it is asked for.
template <typename Part>
class LatestParts {
public:
    LatestParts() = default;
    explicit LatestParts(std::size_t n) : n_(n) {}
    [[nodiscard]] std::size_t places() const noexcept { return n_; }

    template <typename A>
    void push(Part* room, const Part& part, const A&) {
        room[next_] = part;
        next_ = next_ + 1 == n_ ? 0 : next_ + 1;
    }
    [[nodiscard]] std::size_t left() const noexcept { return n_; }
    template <typename PartOf, typename Take, typename A>
    void run(Part* room, std::size_t n, PartOf&& part_of, Take&& take, const A& aggregate) {
        for (std::size_t i = 0; i < n; ++i) {
            push(room, part_of(i), aggregate);
            Part all = total(room, aggregate);
            take(all);
        }
    }
    template <typename A>
    [[nodiscard]] Part total(const Part* room, const A& aggregate) const {
        Part all = room[next_]; // the oldest
        for (std::size_t i = next_ + 1; i < n_; ++i) all.merge(room[i], aggregate);
        for (std::size_t i = 0; i < next_; ++i) all.merge(room[i], aggregate);
        return all;
    }
    static constexpr auto fields() { return weir::fields("n", &LatestParts::n_, "next", &LatestParts::next_); }

private:
    std::size_t n_ = 0;
    std::size_t next_ = 0;
};

} // namespace weir::detail
