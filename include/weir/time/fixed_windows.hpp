// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <algorithm>

namespace weir::detail {

/// How far t lies behind the start of its period: periods begin at the offset and repeat both ways.
[[nodiscard]] constexpr Duration since_start(Timestamp t, Duration period, Duration offset) noexcept {
    auto since = t.time_since_epoch().count() % period.count() - offset.count() % period.count(); // each within a period: no overflow
    if (since < 0) since += period.count();
    if (since < 0) since += period.count();
    if (since >= period.count()) since -= period.count();
    return Duration(since);
}

/// What lies at the end of all time belongs where the time before it does: of windows that would end beyond there is none but the first.
[[nodiscard]] constexpr Timestamp in_windows(Timestamp t) noexcept { return std::min(t, max_time - Duration(1)); }

/// Windows of one size, side by side.
struct Tumbling {
    static constexpr bool is_timed = true;
    static constexpr bool is_single = true; // an event belongs to one window, and windows do not overlap
    static constexpr bool holds_watermark = false;
    static constexpr bool spans_events = false;
    Duration size;
    Duration offset{};

    /// Calls fn(start, end) for each window of t, by their ends.
    template <typename V, typename Fn>
    constexpr void assign(Timestamp time, const V&, Fn&& fn) const {
        const Timestamp t = in_windows(time);
        const Duration since = since_start(t, size, offset);
        fn(saturating_add(t, -since), saturating_add(t, size - since));
    }
};

/// Windows of one size that begin every `slide`.
struct Sliding {
    static constexpr bool is_timed = true;
    static constexpr bool is_single = false;
    static constexpr bool holds_watermark = false;
    static constexpr bool spans_events = false;
    Duration size;
    Duration slide;
    Duration offset{};

    template <typename V, typename Fn>
    constexpr void assign(Timestamp time, const V&, Fn&& fn) const {
        const Timestamp t = in_windows(time);
        const Duration since = since_start(t, slide, offset);
        if (since >= size) return; // a slide greater than the size leaves gaps, in which an event belongs to no window
        Timestamp end{};
        for (Duration behind = since + (size - Duration(1) - since) / slide * slide; behind >= since && end != max_time; behind -= slide) {
            end = saturating_add(t, size - behind);
            fn(saturating_add(t, -behind), end);
        }
    }

    // Slices lie between all places where windows begin or end.
    static constexpr bool has_slices = true;
    [[nodiscard]] constexpr bool overlaps() const noexcept { return slide < size; }
    [[nodiscard]] constexpr Timestamp slice(Timestamp time) const noexcept {
        const Timestamp t = in_windows(time);
        const Duration since = since_start(t, slide, offset);
        return saturating_add(t, (since < size % slide ? Duration{} : size % slide) - since);
    }
    [[nodiscard]] constexpr Timestamp slice_end(Timestamp t) const noexcept {
        const Duration since = since_start(t, slide, offset);
        return saturating_add(t, (since < size % slide ? size % slide : slide) - since);
    }
    [[nodiscard]] constexpr Timestamp first_end(Timestamp start) const noexcept { return saturating_add(start, slide - since_end(start)); }
    [[nodiscard]] constexpr Timestamp last_end(Timestamp start) const noexcept {
        return saturating_add(start, size - since_start(start, slide, offset));
    }
    [[nodiscard]] constexpr Timestamp start_of(Timestamp end) const noexcept {
        const Timestamp last = saturating_add(end, Duration(-1)); // of an end beyond all time the first that is there
        return saturating_add(last, slide - since_end(last) - size);
    }
    [[nodiscard]] constexpr Timestamp next_end(Timestamp end) const noexcept { return saturating_add(end, slide); }

private:
    /// Since a window ended last.
    [[nodiscard]] constexpr Duration since_end(Timestamp t) const noexcept {
        const Duration since = since_start(t, slide, offset) - size % slide;
        return since < Duration::zero() ? since + slide : since;
    }
};

/// Windows [b, b + step), [b, b + 2 step) ... [b, b + size), for each period b of that size.
struct Cumulative {
    static constexpr bool is_timed = true;
    static constexpr bool is_single = false;
    static constexpr bool holds_watermark = false;
    static constexpr bool spans_events = false;
    Duration size;
    Duration step;
    Duration offset{};

    template <typename V, typename Fn>
    constexpr void assign(Timestamp time, const V&, Fn&& fn) const {
        const Timestamp t = in_windows(time);
        const Duration since = since_start(t, size, offset);
        Timestamp end{};
        for (Duration ahead = step - since % step; end != max_time; ahead += step) { // from t on
            end = saturating_add(t, ahead);
            fn(saturating_add(t, -since), end);
            if (ahead == size - since) break;
        }
    }

    static constexpr bool has_slices = true;
    [[nodiscard]] constexpr bool overlaps() const noexcept { return step < size; }
    [[nodiscard]] constexpr Timestamp slice(Timestamp t) const noexcept { return start_of_period(in_windows(t), step); } // size is a multiple of step
    [[nodiscard]] constexpr Timestamp slice_end(Timestamp t) const noexcept { return saturating_add(t, step - since_start(t, step, offset)); }
    [[nodiscard]] constexpr Timestamp first_end(Timestamp start) const noexcept { return slice_end(start); }
    [[nodiscard]] constexpr Timestamp last_end(Timestamp start) const noexcept {
        return saturating_add(start, size - since_start(start, size, offset));
    }
    [[nodiscard]] constexpr Timestamp start_of(Timestamp end) const noexcept { return start_of_period(saturating_add(end, Duration(-1)), size); }
    [[nodiscard]] constexpr Timestamp next_end(Timestamp end) const noexcept { return saturating_add(end, step); }

private:
    [[nodiscard]] constexpr Timestamp start_of_period(Timestamp t, Duration period) const noexcept {
        return saturating_add(t, -since_start(t, period, offset));
    }
};

} // namespace weir::detail
