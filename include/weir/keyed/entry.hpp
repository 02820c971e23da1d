// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/fields.hpp>

#include <cstdint>
#include <type_traits>

namespace weir::detail {

/// The next multiple of the period behind t.
[[nodiscard]] constexpr Timestamp period_end(Timestamp t, Duration period) noexcept {
    const auto since = t.time_since_epoch().count() % period.count();
    return saturating_add(t, Duration(since < 0 ? -since : period.count() - since));
}

/// The marks during an event: the watermark, and that of the event's own input, which is not less.
struct Marks {
    Timestamp now; // says what has been given,
    Timestamp own; // what comes too late
};

/// Whether an event went into a window, and whether it came too late for one.
struct Admission {
    bool taken = false;
    bool missed = false;
};

struct AdmitAll {
    constexpr bool operator()(const auto&) const noexcept { return true; }
};

/// A time as a whole number.
[[nodiscard]] WEIR_INLINE constexpr std::uint64_t word(Timestamp t) noexcept { return static_cast<std::uint64_t>(t.time_since_epoch().count()); }

/// A range of times, as whole numbers, so that one comparison does.
struct QuietTimes {
    std::uint64_t start;
    std::uint64_t size;
    [[nodiscard]] WEIR_INLINE bool has(Timestamp t) const noexcept { return word(t) - start < size; }
};

/// What a loop calls, as it holds it: small and plain a copy, so that it need not be read again behind each event.
template <typename Fn>
struct HeldByLoop {
    std::conditional_t<std::is_trivially_copy_constructible_v<Fn> && std::is_trivially_destructible_v<Fn> && sizeof(Fn) <= 64, Fn, const Fn&> fn; // tuples, too
};

/// The times of an entry's events, where its window says when they were.
struct EventSpan {
    Timestamp first = max_time;
    Timestamp last = min_time;
};
struct NoEventSpan {};

/// Of a session that is no longer than a limit.
struct SessionLimits {
    Timestamp cap = max_time;   // where it ends at the latest
    Timestamp reach = min_time; // where it would end without that
    bool over = false;          // its state is gone; it is remembered for what goes on behind its cap
    static constexpr auto fields() {
        return weir::fields("cap", &SessionLimits::cap, "reach", &SessionLimits::reach, "over", &SessionLimits::over);
    }
};

/// What an aggregate has become for one key of one session.
template <typename State>
struct PaneEntry {
    State state{};
    std::uint64_t fresh = 0;    // inputs since the last emission
    std::uint64_t index = 0;    // of the next emission
    Timestamp tick = max_time;  // when `every` wants the next one
    static constexpr auto fields() {
        return weir::fields("state", &PaneEntry::state, "fresh", &PaneEntry::fresh, "index", &PaneEntry::index, "tick", &PaneEntry::tick);
    }
};

} // namespace weir::detail
