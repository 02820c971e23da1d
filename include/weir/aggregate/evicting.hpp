// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/projected.hpp>
#include <weir/core/all_of.hpp>
#include <weir/core/not_negative.hpp>
#include <weir/core/state_vector.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename V>
struct EvictingState {
    StateVector<V> values;
    bool are_kept = false; // all of them, by the pane at hand

    [[nodiscard]] bool has_result() const noexcept { return not values.empty(); }
    void clear() noexcept {
        values.clear();
        are_kept = false;
    }
    static constexpr auto fields() { return weir::fields("values", &EvictingState::values); }
};

/// among(values) gives what says of value and index whether it is kept. after: it is asked behind the pane only.
template <typename E, typename V>
concept EvictorOf = requires(const E& evictor, std::span<const V> values, const V& value) {
    { evictor.after } -> std::convertible_to<bool>;
    { evictor.among(values)(value, std::size_t{}) } -> std::convertible_to<bool>;
};

/// What all evictors have.
template <typename Evictor>
struct EvictorBase {
    bool after = false;

    /// Each pane gives all values that there are; they are evicted behind it.
    [[nodiscard]] constexpr Evictor after_pane() const {
        Evictor with = static_cast<const Evictor&>(*this);
        with.after = true;
        return with;
    }
};

struct KeepLast : EvictorBase<KeepLast> {
    std::size_t n;
    constexpr explicit KeepLast(std::size_t count) noexcept : n(count) {}

    template <typename V>
    [[nodiscard]] auto among(std::span<const V> values) const {
        const std::size_t first = values.size() - std::min(n, values.size());
        return [first](const V&, std::size_t i) { return i >= first; };
    }
};

template <typename Proj>
struct KeepWithin : EvictorBase<KeepWithin<Proj>> {
    Duration age;
    WEIR_NO_UNIQUE_ADDRESS Proj projection;
    constexpr KeepWithin(Duration d, Proj p) : age(d), projection(std::move(p)) {}

    template <typename V>
        requires requires(const Proj& proj, const V& value) { std::chrono::sys_time(std::invoke(proj, value)); }
    [[nodiscard]] auto among(std::span<const V> values) const {
        Timestamp newest = min_time;
        for (const V& value : values) newest = std::max(newest, time_of_value(value));
        return [this, oldest = saturating_add(newest, -age)](const V& value, std::size_t) { return time_of_value(value) > oldest; };
    }

private:
    template <typename V>
    [[nodiscard]] Timestamp time_of_value(const V& value) const {
        return Timestamp(saturating_duration(std::invoke(projection, value).time_since_epoch()));
    }
};

template <typename Fn>
struct EvictIf : EvictorBase<EvictIf<Fn>> {
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    constexpr explicit EvictIf(Fn f) : fn(std::move(f)) {}

    template <typename V>
        requires std::predicate<const Fn&, const V&, const V&>
    [[nodiscard]] auto among(std::span<const V> values) const {
        return [this, values](const V& value, std::size_t i) { return i + 1 == values.size() || not std::invoke(fn, value, values.back()); };
    }
};

} // namespace detail

/// An aggregate of those values that an evictor keeps. See evicting().
template <typename Evictor, typename A>
struct Evicting {
    WEIR_NO_UNIQUE_ADDRESS Evictor evictor;
    WEIR_NO_UNIQUE_ADDRESS A aggregate;

    template <typename T>
        requires AggregateOn<A, owned_t<T>> && std::copyable<owned_t<T>> && detail::EvictorOf<Evictor, owned_t<T>>
    using State = detail::EvictingState<owned_t<T>>;
    template <typename T>
    static constexpr AggregateRules rules{.exact = A::template rules<owned_t<T>>.exact, .commutative = false, .tolerance = A::template rules<owned_t<T>>.tolerance};

    template <typename T>
    void add(State<T>& state, const T& value) const {
        state.values.emplace_back(value);
        state.are_kept = false;
    }
    template <typename V>
    void merge(detail::EvictingState<V>& state, const detail::EvictingState<V>& later) const {
        state.values.append(later.values);
        state.are_kept = false;
    }
    template <typename V>
    [[nodiscard]] auto finish(const detail::EvictingState<V>& state) const {
        const auto kept = kept_of(state);
        using Result = result_t<V>;
        if constexpr (detail::HasNaN<Result>)
            if (not detail::has_result_of(aggregate, kept)) return Result(std::numeric_limits<double>::quiet_NaN());
        return Result(aggregate.finish(kept));
    }
    /// Of the values that are kept there may be none that the aggregate takes: where(pred, max()).
    template <typename V>
    [[nodiscard]] bool has_result(const detail::EvictingState<V>& state) const {
        using Kept = aggregate_state_t<A, V>;
        constexpr bool may_lack = detail::LooksForResult<A, Kept> || requires(const Kept& kept) { kept.has_result(); };
        if constexpr (not may_lack || detail::HasNaN<result_t<V>>) return state.has_result();
        else return state.has_result() && detail::has_result_of(aggregate, kept_of(state));
    }
    /// Evicted values are gone for good. Who gives panes says so, so that the evictor is asked once for each.
    template <typename V>
    void before_pane(detail::EvictingState<V>& state) const {
        if (evictor.after) return;
        evict(state);
        state.are_kept = true;
    }
    template <typename V>
    void after_pane(detail::EvictingState<V>& state) const {
        if (evictor.after) evict(state);
        state.are_kept = false;
    }

private:
    template <typename V>
    using result_t = std::remove_cvref_t<aggregate_result_t<A, V>>;
    template <typename V>
    void evict(detail::EvictingState<V>& state) const {
        detail::StateVector<V>& values = state.values;
        const auto keeps = evictor.among(std::as_const(values).all());
        detail::StateVector<bool> kept(values.size(), false, values.source());
        for (std::size_t i = 0; i < values.size(); ++i) kept[i] = keeps(values[i], i);
        std::size_t to = 0;
        for (std::size_t i = 0; i < values.size(); ++i)
            if (kept[i] && to++ != i) values[to - 1] = std::move(values[i]);
        values.truncate(to);
    }
    template <typename V>
    [[nodiscard]] aggregate_state_t<A, V> kept_of(const detail::EvictingState<V>& state) const {
        auto kept = detail::made_in<aggregate_state_t<A, V>>(state.values.source());
        if (evictor.after || state.are_kept) {
            for (const V& value : state.values) aggregate.add(kept, value);
        } else {
            const auto keeps = evictor.among(state.values.all());
            for (std::size_t i = 0; i < state.values.size(); ++i)
                if (keeps(state.values[i], i)) aggregate.add(kept, state.values[i]);
        }
        return kept;
    }
};

/// Evictor: the last n values, as they arrived.
template <detail::CountLike N>
[[nodiscard]] auto keep_last(N n) {
    if (n == 0) throw std::invalid_argument("keep_last(n): n must be at least 1");
    return detail::KeepLast(static_cast<std::size_t>(detail::not_negative(n, "keep_last(n)")));
}

/// Evictor: the values that are less than d older than the newest. projection: member pointer or function -> std::chrono::sys_time.
template <typename Rep, typename Period, typename Proj>
[[nodiscard]] auto keep_within(std::chrono::duration<Rep, Period> d, Proj projection) {
    return detail::KeepWithin<Proj>(detail::positive(d, "keep_within(d, projection): d must be greater than 0"), std::move(projection));
}

/// Evictor: the last value, and those before it for which fn(value, last) is false.
template <typename Fn>
[[nodiscard]] constexpr auto evict_if(Fn fn) {
    return detail::EvictIf<Fn>(std::move(fn));
}

/// Aggregate: the aggregates over those values of a window that the evictor keeps, for good: what one pane evicts is in no later one.
///     T -> what they give. evictor: keep_last(n), keep_within(d, projection), evict_if(fn); evicted is before a pane is given, also
///     where that has no result then, or behind it: keep_last(n).after_pane(). fn is called once for each value but the last of a pane.
///     A floating point result of too few values is NaN. Exact as they are, not commutative.
///     Keeps all values since the last pane: memory without a limit, O(values) for each pane. A value that is evicted counts as passed.
///     example: tests/aggregate/evicting.cpp
template <typename Evictor, typename A, typename... As>
[[nodiscard]] constexpr auto evicting(Evictor evictor, A aggregate, As... more) {
    auto all = detail::in_one_pass(std::move(aggregate), std::move(more)...);
    return Evicting<Evictor, decltype(all)>{std::move(evictor), std::move(all)};
}

} // namespace weir
