// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/all_of.hpp>
#include <weir/core/fields.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/keyed/time_list.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

namespace weir::detail {

/// The slices of time in which a key has events, for each key a list by time, and what those of the present window are together: one
/// or two merges for each slice and each window, however many slices there are (two stacks, of which the older keeps for each
/// slice what it is with all behind it in that stack). Values may be merged in any order.
///     Slices live until they are removed; a removed one is used again.
template <typename State>
class SliceLists {
public:
    static constexpr std::uint32_t none = TimeList::none;

    /// Values, and the number of the first of them among all.
    struct Part {
        State state{};
        std::uint64_t order = std::numeric_limits<std::uint64_t>::max();

        template <typename T, typename A>
        void add(const T& value, std::uint64_t number, const A& aggregate) {
            aggregate.add(state, value);
            order = std::min(order, number);
        }
        template <typename A>
        void merge(const Part& other, const A& aggregate) {
            aggregate.merge(state, other.state);
            order = std::min(order, other.order);
        }
        void clear() {
            clear_state(state);
            order = std::numeric_limits<std::uint64_t>::max();
        }
        static constexpr auto fields() { return weir::fields("state", &Part::state, "order", &Part::order); }
    };

    struct Slice {
        Part own{};
        Part rest{}; // in the older stack: this with all behind it there
        Timestamp start{};
        std::uint64_t fresh = 0;  // inputs that are in no emitted result yet
        std::uint32_t list = none;
        std::uint32_t before = none;
        std::uint32_t behind = none;
        std::uint32_t less = none; // of a free one: the next
        std::uint32_t more = none;
    };

    /// Of one key. The window's slices are `first` to `last`; those up to `turned` are the older stack, those behind it are merged
    /// in `newer`. Slices before `first` are kept for late events, those behind `last` are still to come.
    struct List : TimeList {
        std::uint32_t first = none;
        std::uint32_t turned = none;
        std::uint32_t last = none;
        std::uint32_t unseen = none; // no slice before this one has inputs that are in no emitted result
        Part newer{};
    };

    [[nodiscard]] Slice& operator[](std::uint32_t slice) noexcept { return slices_[slice]; }
    [[nodiscard]] const Slice& operator[](std::uint32_t slice) const noexcept { return slices_[slice]; }

    /// The list's slice that starts then, or none.
    [[nodiscard]] std::uint32_t find(List& list, Timestamp start) noexcept {
        const std::uint32_t at = list.last_until(slices_, start);
        return at != none && slices_[at].start == start ? at : none;
    }
    /// A new slice of the list, which has none that starts then. wanted: where the next window begins.
    std::uint32_t insert(List& list, std::uint32_t number, Timestamp start, Timestamp wanted) {
        const std::uint32_t before = list.last_until(slices_, start);
        const std::uint32_t at = take();
        Slice& slice = slices_[at];
        slice.start = start;
        slice.list = number;
        list.insert(slices_, at, before);
        if (start >= wanted && (list.first == none || start < slices_[list.first].start)) list.first = at;
        if (is_turned(list, slice)) slice.rest = slices_[slice.behind].rest;
        return at;
    }
    template <typename T, typename A>
    void add(List& list, std::uint32_t at, const T& value, std::uint64_t number, const A& aggregate) {
        Slice& slice = slices_[at];
        slice.own.add(value, number, aggregate);
        if (is_turned(list, slice)) {
            for (std::uint32_t i = at;; i = slices_[i].before) {
                slices_[i].rest.add(value, number, aggregate);
                if (i == list.first) break;
            }
        } else if (is_in_window(list, slice)) {
            list.newer.add(value, number, aggregate);
        }
        ++slice.fresh;
        if (list.unseen == none || slice.start < slices_[list.unseen].start) list.unseen = at;
    }

    /// The same where the slice is behind the window, as all those that have been in none yet.
    template <typename T, typename A>
    WEIR_INLINE void add_behind(List& list, std::uint32_t at, const T& value, std::uint64_t number, const A& aggregate) {
        Slice& slice = slices_[at];
        slice.own.add(value, number, aggregate);
        if (slice.fresh++ == 0 && (list.unseen == none || slice.start < slices_[list.unseen].start)) list.unseen = at;
    }

    /// The window becomes [start, end), no part of which lies before the last one's. False: the key has nothing in it.
    template <typename A>
    bool advance(List& list, Timestamp start, Timestamp end, const A& aggregate) {
        leave(list, start, aggregate);
        std::uint32_t next = list.last == none ? list.first : slices_[list.last].behind;
        for (; next != none && slices_[next].start < end; next = slices_[next].behind) {
            list.newer.merge(slices_[next].own, aggregate);
            list.last = next;
        }
        return list.last != none;
    }
    /// What the window has.
    template <typename A>
    [[nodiscard]] Part total(const List& list, const A& aggregate) const {
        if (list.turned == none) return list.newer;
        Part all = slices_[list.first].rest;
        all.merge(list.newer, aggregate);
        return all;
    }
    /// The number of its first event.
    [[nodiscard]] std::uint64_t order(const List& list) const noexcept {
        return list.turned == none ? list.newer.order : std::min(slices_[list.first].rest.order, list.newer.order);
    }
    /// What any range of time has; slow. Its order is the greatest number where it has nothing.
    template <typename A>
    [[nodiscard]] Part total(List& list, Timestamp start, Timestamp end, const A& aggregate) {
        Part all = made_in<Part>(slices_.get_allocator().source);
        if (end == min_time) return all;
        for (std::uint32_t at = list.last_until(slices_, end - Duration(1)); at != none && slices_[at].start >= start; at = slices_[at].before)
            all.merge(slices_[at].own, aggregate);
        return all;
    }
    /// What the range has is in an emitted result now; returns how many inputs had not been before.
    std::uint64_t see(List& list, Timestamp start, Timestamp end) noexcept {
        std::uint64_t seen = 0;
        std::uint32_t at = list.unseen;
        const bool all = at == none || slices_[at].start >= start;
        for (; at != none && slices_[at].start < end; at = slices_[at].behind)
            if (slices_[at].start >= start) seen += std::exchange(slices_[at].fresh, 0);
        if (all) list.unseen = at;
        return seen;
    }

    /// Takes the oldest slice out of its list.
    template <typename A>
    void remove_oldest(List& list, const A& aggregate) {
        const std::uint32_t gone = list.oldest;
        if (list.first == gone) leave(list, saturating_add(slices_[gone].start, Duration(1)), aggregate);
        if (list.unseen == gone) list.unseen = slices_[gone].behind;
        list.remove_oldest(slices_);
        release(gone);
    }

    void clear() {
        slices_.clear();
        free_ = none;
    }
    void save(const List& list, StateWriter& to) const {
        std::uint64_t n = 0;
        for (std::uint32_t at = list.oldest; at != none; at = slices_[at].behind) ++n;
        to.put(n);
        for (std::uint32_t at = list.oldest; at != none; at = slices_[at].behind) {
            const Slice& slice = slices_[at];
            to.put(slice.own);
            to.put(slice.rest);
            to.put(slice.start);
            to.put(slice.fresh);
            for (const std::uint32_t place : {list.first, list.turned, list.last, list.unseen}) to.put(place == at);
        }
        to.put(list.newer);
    }
    /// Calls fn(slice) for each slice.
    template <typename Fn>
    void load(List& list, std::uint32_t number, StateReader& from, Fn&& fn) {
        for (auto n = from.get<std::uint64_t>(); n > 0; --n) {
            const std::uint32_t at = take();
            Slice& slice = slices_[at];
            from.get(slice.own);
            from.get(slice.rest);
            from.get(slice.start);
            from.get(slice.fresh);
            slice.list = number;
            list.insert(slices_, at, list.newest);
            for (std::uint32_t* const place : {&list.first, &list.turned, &list.last, &list.unseen})
                if (from.get<bool>()) *place = at;
            fn(at);
        }
        from.get(list.newer);
    }

private:
    [[nodiscard]] bool is_in_window(const List& list, const Slice& slice) const noexcept {
        return list.last != none && slice.start <= slices_[list.last].start && slice.start >= slices_[list.first].start;
    }
    [[nodiscard]] bool is_turned(const List& list, const Slice& slice) const noexcept {
        return list.turned != none && slice.start <= slices_[list.turned].start && slice.start >= slices_[list.first].start;
    }
    /// Slices before the start leave the window.
    template <typename A>
    void leave(List& list, Timestamp start, const A& aggregate) {
        bool left_newer = false;
        while (list.first != none && slices_[list.first].start < start) {
            left_newer |= list.turned == none && list.last != none;
            if (list.first == list.turned) list.turned = none;
            if (list.first == list.last) list.last = none;
            list.first = slices_[list.first].behind;
        }
        if (not left_newer) return;
        if (list.last != none) turn(list, aggregate);
        list.newer.clear();
    }
    /// What is in the window becomes the older stack.
    template <typename A>
    void turn(List& list, const A& aggregate) {
        for (std::uint32_t at = list.last;; at = slices_[at].before) {
            slices_[at].rest = slices_[at].own;
            if (at != list.last) slices_[at].rest.merge(slices_[slices_[at].behind].rest, aggregate);
            if (at == list.first) break;
        }
        list.turned = list.last;
    }

    std::uint32_t take() {
        if (free_ == none) {
            [[maybe_unused]] const ScopeFor<State> scope(slices_.get_allocator().source);
            slices_.emplace_back();
            return static_cast<std::uint32_t>(slices_.size() - 1);
        }
        const std::uint32_t at = free_;
        free_ = slices_[at].less;
        return at;
    }
    void release(std::uint32_t gone) {
        Slice& slice = slices_[gone];
        slice.own.clear();
        slice.rest.clear();
        slice.fresh = 0;
        slice.list = none;
        slice.less = std::exchange(free_, gone);
    }

    JobVector<Slice> slices_;
    std::uint32_t free_ = none;
};

} // namespace weir::detail
