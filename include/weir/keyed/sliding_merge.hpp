// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/all_of.hpp>
#include <weir/core/fields.hpp>
#include <weir/keyed/entry.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <type_traits>

namespace weir::detail {

/// How a state that something was added to is kept: in fewer bytes, where it knows how.
template <typename State>
struct PackingOf {
    using type = State;
    WEIR_INLINE static constexpr const State& pack(const State& state) noexcept { return state; }
    WEIR_INLINE static constexpr const State& unpack(const State& packed) noexcept { return packed; }
};
template <typename State>
    requires requires { typename State::Packed; }
struct PackingOf<State> {
    using type = typename State::Packed;
    WEIR_INLINE static constexpr type pack(const State& state) noexcept { return state.pack(); }
    WEIR_INLINE static constexpr State unpack(const type& packed) noexcept { return State::unpack(packed); }
};

/// A state, and the times of its events where somebody wants them.
template <typename State, bool Spans>
struct WindowPart : std::conditional_t<Spans, EventSpan, NoEventSpan> {
    State state{};

    /// The form in which parts are kept, all of which have events.
    struct Packed : std::conditional_t<Spans, EventSpan, NoEventSpan> {
        using Times = std::conditional_t<Spans, EventSpan, NoEventSpan>;
        typename PackingOf<State>::type state{};

        Packed() = default;
        WEIR_INLINE constexpr Packed(const WindowPart& part) : Times(part), state(PackingOf<State>::pack(part.state)) {}
        static constexpr auto fields() {
            if constexpr (Spans) return weir::fields("state", &Packed::state, "first", &Packed::first, "last", &Packed::last);
            else return weir::fields("state", &Packed::state);
        }
    };
    WindowPart() = default;
    WEIR_INLINE constexpr WindowPart(const Packed& packed)
        : std::conditional_t<Spans, EventSpan, NoEventSpan>(packed), state(PackingOf<State>::unpack(packed.state)) {}

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

/// The latest n parts of a sequence, for states that keep all their values: merged parts would be as long as the window each, so only
/// the parts themselves are kept, and merged when it is asked for.
template <typename Part>
class LatestParts {
public:
    using Packed = typename Part::Packed;
    LatestParts() = default;
    explicit LatestParts(std::size_t n) : n_(n) {}
    [[nodiscard]] std::size_t places() const noexcept { return n_; }

    template <typename A>
    void push(Packed* room, const Part& part, const A&) {
        room[next_] = part;
        next_ = next_ + 1 == n_ ? 0 : next_ + 1;
    }
    template <typename A>
    [[nodiscard]] Part total(const Packed* room, const A& aggregate) const {
        Part all = room[next_]; // the oldest
        for (std::size_t i = next_ + 1; i < n_; ++i) all.merge(room[i], aggregate);
        for (std::size_t i = 0; i < next_; ++i) all.merge(room[i], aggregate);
        return all;
    }
    [[nodiscard]] std::size_t left() const noexcept { return n_; }
    template <typename PartOf, typename Take, typename A>
    void run(Packed* room, std::size_t n, PartOf&& part_of, Take&& take, const A& aggregate) {
        for (std::size_t i = 0; i < n; ++i) {
            push(room, part_of(i), aggregate);
            Part all = total(room, aggregate);
            take(all);
        }
    }
    static constexpr auto fields() { return weir::fields("n", &LatestParts::n_, "next", &LatestParts::next_); }

private:
    std::size_t n_ = 0;
    std::size_t next_ = 0;
};

/// The latest n parts of a sequence in two stacks, at most three merges for each part on average: when n more have come, each of those
/// is merged with all behind it, which is a pause of n merges. Removing is not needed.
///     (In a flat ring, turned over block by block: the running maximum of van Herk and of Gil and Werman.)
///     This is what changes; the parts are in `room`, places() of them, so that a loop may keep the rest in registers.
template <typename Part>
class TwoStacks {
public:
    using Packed = typename Part::Packed;
    TwoStacks() = default;
    explicit TwoStacks(std::size_t n) : n_(n) {}
    [[nodiscard]] std::size_t places() const noexcept { return n_; }

    template <typename A>
    WEIR_INLINE void push(Packed* room, const Part& part, const A& aggregate) {
        room[at_] = part;
        newest_.merge(part, aggregate);
        if (++at_ == n_) turn(room, aggregate);
    }
    template <typename A>
    [[nodiscard]] WEIR_INLINE Part total(const Packed* room, const A& aggregate) const {
        Part all = room[at_];
        if (at_ != 0) all.merge(newest_, aggregate);
        return all;
    }
    /// How many may be pushed in one run().
    [[nodiscard]] static std::size_t left() noexcept { return std::numeric_limits<std::size_t>::max(); }
    /// The same as push(part(i)), take(total()) for each i < n, with more in registers. What take() throws ends the use of this.
    template <typename PartOf, typename Take, typename A>
    WEIR_INLINE void run(Packed* room, std::size_t n, PartOf&& part_of, Take&& take, const A& aggregate) {
        Part newest = newest_;
        for (std::size_t i = 0; i < n;) {
            const std::size_t most = std::min(n - i, n_ - 1 - at_);
            Packed* const place = room + at_;
            for (std::size_t k = 0; k < most; ++k) {
                const Part part = part_of(i + k);
                place[k] = part;
                newest.merge(part, aggregate);
                Part all = place[k + 1];
                all.merge(newest, aggregate);
                take(all);
            }
            at_ += most;
            i += most;
            if (i == n) break;
            room[at_] = part_of(i++);
            turn(room, aggregate);
            newest.clear();
            Part all = room[0];
            take(all);
        }
        newest_ = newest;
    }
    static constexpr auto fields() { return weir::fields("n", &TwoStacks::n_, "at", &TwoStacks::at_, "newest", &TwoStacks::newest_); }

private:
    template <typename A>
    WEIR_INLINE void turn(Packed* room, const A& aggregate) {
        Part turned = room[n_ - 1];
        for (std::size_t i = n_ - 1; i-- > 0;) {
            Part next = room[i];
            next.merge(turned, aggregate);
            room[i] = next;
            turned = next;
        }
        newest_.clear();
        at_ = 0;
    }

    std::size_t n_ = 0;
    std::size_t at_ = 0; // of the next part; from here on the places have what the window still has of the n before, merged to the end
    Part newest_{};      // the parts before it, merged
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
    using Packed = typename Part::Packed;
    SlidingMerge() = default;
    /// n: at least 2.
    explicit SlidingMerge(std::size_t n) : half_((n + 1) / 2), skip_(2 * half_ - n), middle_(half_) {}
    [[nodiscard]] std::size_t places() const noexcept { return 2 * half_; }

    /// The part behind the others; the one that is no longer among the latest n is forgotten.
    template <typename A>
    WEIR_INLINE void push(Packed* room, const Part& part, const A& aggregate) {
        Packed* const edge = room + (half_ - middle_);
        Packed& place = room[middle_ + (half_ - 1 - filled_)]; // the middle block's next merged part
        Part next = place; // merged apart: what was written in pieces is not to be read as a whole at once
        if (filled_ != 0) next.merge(turned_, aggregate);
        place = next;
        turned_ = next;
        edge[filled_] = part;
        newest_.merge(part, aggregate);
        if (++filled_ == half_) next_block();
    }
    [[nodiscard]] std::size_t left() const noexcept { return half_ - filled_; }
    template <typename PartOf, typename Take, typename A>
    WEIR_INLINE void run(Packed* room, std::size_t n, PartOf&& part_of, Take&& take, const A& aggregate) {
        const std::size_t filled = filled_; // these here, so that they need not be read again behind each part
        const std::size_t half = half_;
        Packed* const edge = room + (half - middle_);
        Packed* const middle = room + middle_ + (half - 1 - filled);
        Part turned = filled != 0 ? turned_ : Part(*middle);
        for (std::size_t i = filled != 0 ? 0 : 1; i < n; ++i) {
            Part next = *(middle - i);
            next.merge(turned, aggregate);
            *(middle - i) = next;
            turned = next;
        }
        turned_ = turned;
        const Part whole = whole_;
        Part newest = newest_;
        const auto step = [&](std::size_t i, const Part& oldest) {
            const Part part = part_of(i);
            newest.merge(part, aggregate);
            Part all = oldest;
            edge[filled + i] = part;
            all.merge(newest, aggregate);
            take(all);
        };
        const std::size_t begin = skip_ + filled + 1;
        const std::size_t in_edge = begin < half ? std::min(n, half - begin) : 0;
        for (std::size_t i = 0; i < in_edge; ++i) {
            Part oldest = edge[begin + i];
            oldest.merge(whole, aggregate);
            step(i, oldest);
        }
        for (std::size_t i = in_edge; i < n; ++i) // the block's last place; of an odd number two
            step(i, begin + i > half ? Part(room[middle_ + 1]) : whole);
        filled_ += n;
        newest_ = newest;
        if (filled_ == half_) next_block();
    }
    /// What the latest n are together. Only where there were so many.
    template <typename A>
    [[nodiscard]] WEIR_INLINE Part total(const Packed* room, const A& aggregate) const {
        const std::size_t begin = skip_ + filled_;
        Part all = begin == half_ ? whole_ : Part(room[(half_ - middle_) + begin]);
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

} // namespace weir::detail
