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
#include <utility>
#include <vector>

namespace weir::detail {

/// A state, and the times of its events where somebody wants them.
template <typename State, bool Spans>
struct WindowPart : std::conditional_t<Spans, EventSpan, NoEventSpan> {
    State state{};

    template <typename T, typename A>
    WEIR_INLINE void add(const T& value, [[maybe_unused]] Timestamp time, const A& aggregate) {
        aggregate.add(state, value);
        if constexpr (Spans) {
            this->first = std::min(this->first, time);
            this->last = std::max(this->last, time);
        }
    }
    template <typename A>
    WEIR_INLINE void merge(const WindowPart& later, const A& aggregate) {
        aggregate.merge(state, later.state);
        if constexpr (Spans) {
            this->first = std::min(this->first, later.first);
            this->last = std::max(this->last, later.last);
        }
    }
    void clear() {
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
template <typename Part>
class SlidingMerge {
public:
    SlidingMerge() = default;
    /// n: at least 2.
    explicit SlidingMerge(std::size_t n) : half_((n + 1) / 2), skip_(2 * half_ - n), edge_(half_), middle_(half_) {}

    /// The part behind the others; the one that is no longer among the latest n is forgotten.
    template <typename A>
    WEIR_INLINE void push(const Part& part, const A& aggregate) {
        if (filled_ + 1 < half_) { // the middle block's next merged part
            Part* const to = middle_.data() + (half_ - 2 - filled_);
            to->merge(to[1], aggregate);
        }
        edge_[filled_] = part;
        newest_.merge(part, aggregate);
        if (++filled_ != half_) return;
        edge_.swap(middle_);
        whole_ = newest_;
        newest_.clear();
        filled_ = 0;
    }
    /// What the latest n are together. Only where there were so many.
    template <typename A>
    [[nodiscard]] WEIR_INLINE Part total(const A& aggregate) const {
        const std::size_t begin = skip_ + filled_;
        if (begin == half_) return joined(whole_, newest_, aggregate);
        Part all = joined(edge_[begin], whole_, aggregate);
        all.merge(newest_, aggregate);
        return all;
    }

    [[nodiscard]] bool empty() const noexcept { return half_ == 0; }
    static constexpr auto fields() {
        return weir::fields("half", &SlidingMerge::half_, "skip", &SlidingMerge::skip_, "filled", &SlidingMerge::filled_, "edge",
                            &SlidingMerge::edge_, "middle", &SlidingMerge::middle_, "whole", &SlidingMerge::whole_, "newest", &SlidingMerge::newest_);
    }

private:
    template <typename A>
    WEIR_INLINE static Part joined(const Part& earlier, const Part& later, const A& aggregate) {
        Part both = earlier;
        both.merge(later, aggregate);
        return both;
    }

    std::size_t half_ = 0;
    std::size_t skip_ = 0;   // of a window of an odd number one place of the blocks is too many
    std::size_t filled_ = 0; // places of the newest block
    std::vector<Part> edge_; // from filled_ on: of the oldest block, merged with all behind it there; before that: the newest block
    std::vector<Part> middle_;
    Part whole_{};  // the middle block, merged
    Part newest_{}; // the newest block, merged
};

/// The same for states that keep all their values: merged parts would be as long as the window each, so only the parts themselves
/// are kept, and merged when it is asked for.
template <typename Part>
class LatestParts {
public:
    LatestParts() = default;
    explicit LatestParts(std::size_t n) : parts_(n) {}

    template <typename A>
    void push(const Part& part, const A&) {
        parts_[next_] = part;
        next_ = next_ + 1 == parts_.size() ? 0 : next_ + 1;
    }
    template <typename A>
    [[nodiscard]] Part total(const A& aggregate) const {
        Part all = parts_[next_]; // the oldest
        for (std::size_t i = next_ + 1; i < parts_.size(); ++i) all.merge(parts_[i], aggregate);
        for (std::size_t i = 0; i < next_; ++i) all.merge(parts_[i], aggregate);
        return all;
    }
    [[nodiscard]] bool empty() const noexcept { return parts_.empty(); }
    static constexpr auto fields() { return weir::fields("parts", &LatestParts::parts_, "next", &LatestParts::next_); }

private:
    std::vector<Part> parts_;
    std::size_t next_ = 0;
};

} // namespace weir::detail
