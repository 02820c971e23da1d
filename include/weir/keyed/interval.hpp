// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/error_policy.hpp>
#include <weir/core/not_negative.hpp>
#include <weir/keyed/join_arguments.hpp>

#include <chrono>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace weir {

namespace detail {

/// Which partners a row of a join has, and how long it waits for them. IsLeft: for a row of the left side.
struct Interval {
    Duration lower; // Duration::min(): unbounded
    Duration upper; // Duration::max(): unbounded
    Duration keep = Duration::max(); // how long rows wait on an unbounded side

    static constexpr Duration opposite(Duration d) noexcept {
        if (d == Duration::min()) return Duration::max();
        return d == Duration::max() ? Duration::min() : -d;
    }
    /// The first and the last time that a partner may have.
    template <bool IsLeft>
    [[nodiscard]] constexpr Timestamp first(Timestamp t) const noexcept { return moved(t, IsLeft ? lower : opposite(upper)); }
    template <bool IsLeft>
    [[nodiscard]] constexpr Timestamp last(Timestamp t) const noexcept { return moved(t, IsLeft ? upper : opposite(lower)); }
    /// At this watermark no partner can come any more.
    template <bool IsLeft>
    [[nodiscard]] constexpr Timestamp until(Timestamp t) const noexcept { return moved(t, reach<IsLeft>()); }
    /// How long a row waits at most.
    template <bool IsLeft>
    [[nodiscard]] constexpr Duration reach() const noexcept {
        const Duration bound = IsLeft ? upper : opposite(lower);
        return bound == Duration::max() ? keep : bound;
    }

    /// Whether each row that is not late finds only such as have not been let go.
    [[nodiscard]] constexpr bool is_exact() const noexcept { return lower != Duration::min() && upper != Duration::max(); }
    /// When a row is late, and for how long it is not though the watermark has passed it.
    [[nodiscard]] constexpr Timestamp late_from(Timestamp t) const noexcept { return t; }
    [[nodiscard]] constexpr Duration slack() const noexcept { return {}; }

private:
    static constexpr Timestamp moved(Timestamp t, Duration d) noexcept {
        if (d == Duration::min()) return min_time;
        return d == Duration::max() ? max_time : saturating_add(t, d);
    }
};

/// The same for partners that lie in one window of a size.
struct SameWindow {
    Duration size;

    template <bool>
    [[nodiscard]] constexpr Timestamp first(Timestamp t) const noexcept { return saturating_add(t, -since_start(t)); }
    template <bool IsLeft>
    [[nodiscard]] constexpr Timestamp last(Timestamp t) const noexcept { return saturating_add(t, slack() - since_start(t)); }
    template <bool IsLeft>
    [[nodiscard]] constexpr Timestamp until(Timestamp t) const noexcept { return last<IsLeft>(t); }
    template <bool>
    [[nodiscard]] constexpr Duration reach() const noexcept { return slack(); }
    [[nodiscard]] constexpr bool is_exact() const noexcept { return true; }
    [[nodiscard]] constexpr Timestamp late_from(Timestamp t) const noexcept { return last<true>(t); }
    [[nodiscard]] constexpr Duration slack() const noexcept { return size - Duration(1); }

private:
    [[nodiscard]] constexpr Duration since_start(Timestamp t) const noexcept {
        const auto since = t.time_since_epoch().count() % size.count();
        return Duration(since < 0 ? since + size.count() : since);
    }
};

/// What is said about an interval join. Kept: it is known how long rows wait.
template <typename Bounds, JoinType type_ = JoinType::inner, bool Kept = true, typename LateLeft = NoChain, typename LateRight = NoChain>
struct Within {
    static constexpr JoinType type = type_;
    static constexpr bool is_kept = Kept;
    static constexpr bool is_interval = std::is_same_v<Bounds, Interval>;
    Bounds bounds;
    bool lower_open = false;
    bool upper_open = false;
    Duration accepted{};
    WEIR_NO_UNIQUE_ADDRESS LateLeft late_left;
    WEIR_NO_UNIQUE_ADDRESS LateRight late_right;

    /// A right row exactly at a bound is no partner.
    [[nodiscard]] constexpr Within lower_exclusive() const
        requires is_interval
    {
        Within with = *this;
        with.lower_open = true;
        return with;
    }
    [[nodiscard]] constexpr Within upper_exclusive() const
        requires is_interval
    {
        Within with = *this;
        with.upper_open = true;
        return with;
    }
    /// Also rows of the left (right, either) side without a partner, once none can come.
    [[nodiscard]] constexpr auto left_outer() const { return with_type<JoinType::left>(); }
    [[nodiscard]] constexpr auto right_outer() const { return with_type<JoinType::right>(); }
    [[nodiscard]] constexpr auto full_outer() const { return with_type<JoinType::full>(); }
    /// How long rows wait on a side where the bound is `unbounded`, by the watermark. Duration::max(): for ever, and the state grows.
    template <typename Rep, typename Period>
        requires is_interval
    [[nodiscard]] constexpr auto keep(std::chrono::duration<Rep, Period> d) const {
        Within<Bounds, type, true, LateLeft, LateRight> with{bounds, lower_open, upper_open, accepted, late_left, late_right};
        with.bounds.keep = not_negative(d, "within(...).keep(d): d must not be negative");
        return with;
    }
    /// Events that come up to d behind the watermark of their side are not late: they still find what is kept, and are kept no longer. What
    /// goes on of the watermark stays d behind, so that none of what they give is late.
    template <typename Rep, typename Period>
    [[nodiscard]] constexpr Within accept_late(std::chrono::duration<Rep, Period> d) const {
        Within with = *this;
        with.accepted = not_negative(d, "within(...).accept_late(d): d must not be negative");
        return with;
    }
    /// However late: what they give may be behind the watermark.
    [[nodiscard]] constexpr Within accept_late() const { return accept_late(Duration::max()); }
    /// Where late events of a side go: a chain that ends in a sink.
    template <typename C>
        requires ChainLike<C>
    [[nodiscard]] constexpr auto late_left_to(C&& chain) const {
        return Within<Bounds, type, Kept, std::remove_cvref_t<C>, LateRight>{bounds, lower_open, upper_open, accepted, std::forward<C>(chain), late_right};
    }
    template <typename C>
        requires ChainLike<C>
    [[nodiscard]] constexpr auto late_right_to(C&& chain) const {
        return Within<Bounds, type, Kept, LateLeft, std::remove_cvref_t<C>>{bounds, lower_open, upper_open, accepted, late_left, std::forward<C>(chain)};
    }

    /// The bounds as closed ones.
    [[nodiscard]] constexpr Bounds closed() const noexcept {
        Bounds with = bounds;
        if constexpr (is_interval) {
            if (lower_open && with.lower != Duration::min()) with.lower += Duration(1);
            if (upper_open && with.upper != Duration::max()) with.upper -= Duration(1);
        }
        return with;
    }

private:
    template <JoinType other>
    [[nodiscard]] constexpr auto with_type() const {
        return Within<Bounds, other, Kept, LateLeft, LateRight>{bounds, lower_open, upper_open, accepted, late_left, late_right};
    }
};

template <typename>
inline constexpr bool is_within = false;
template <typename Bounds, JoinType type, bool Kept, typename L, typename R>
inline constexpr bool is_within<Within<Bounds, type, Kept, L, R>> = true;

template <typename Rep, typename Period>
constexpr Duration bound(std::chrono::duration<Rep, Period> d) {
    return any_length(d, "within(lower, upper): a bound is not a number");
}
template <bool Kept>
constexpr auto within_bounds(Duration lower, Duration upper) {
    if (lower > upper) throw std::invalid_argument("within(lower, upper): lower must not be greater than upper");
    return Within<Interval, JoinType::inner, Kept>{{lower, upper}, false, false, {}, NoChain{}, NoChain{}};
}

} // namespace detail

/// A side of within(...) on which partners may be as far away as they like; .keep(d) then says how long rows wait for them.
struct Unbounded {};
inline constexpr Unbounded unbounded{};

/// How far apart in time partners of an interval join may be: right.time - left.time in [lower, upper].
///     .lower_exclusive(), .upper_exclusive(): the bound itself is too far
///     .left_outer(), .right_outer(), .full_outer(): also rows without a partner
///     .late_left_to(chain), .late_right_to(chain), .accept_late(d), .keep(d). A plain value; each gives a changed copy.
template <typename Rep, typename Period, typename Rep2, typename Period2>
[[nodiscard]] constexpr auto within(std::chrono::duration<Rep, Period> lower, std::chrono::duration<Rep2, Period2> upper) {
    return detail::within_bounds<true>(detail::bound(lower), detail::bound(upper));
}
template <typename Rep, typename Period>
[[nodiscard]] constexpr auto within(Unbounded, std::chrono::duration<Rep, Period> upper) {
    return detail::within_bounds<false>(Duration::min(), detail::bound(upper));
}
template <typename Rep, typename Period>
[[nodiscard]] constexpr auto within(std::chrono::duration<Rep, Period> lower, Unbounded) {
    return detail::within_bounds<false>(detail::bound(lower), Duration::max());
}
[[nodiscard]] constexpr auto within(Unbounded, Unbounded) { return detail::within_bounds<false>(Duration::min(), Duration::max()); }

/// Partners lie in the same window [n size, (n + 1) size): a window join that gives each pair as soon as both are there. A row is late
/// when its window is over; the watermark goes on behind a window's end.
template <typename Rep, typename Period>
[[nodiscard]] constexpr auto within_window(std::chrono::duration<Rep, Period> size) {
    return detail::Within<detail::SameWindow>{{detail::positive(size, "within_window(size): size must be greater than 0")}, false, false, {}, detail::NoChain{}, detail::NoChain{}};
}
template <typename... Wrong>
constexpr Refused within(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "within(lower, upper): it takes two times, of the right side before and behind the left: within(-1min, "
                  "1h), with using namespace std::chrono_literals.");
    return {};
}

} // namespace weir
