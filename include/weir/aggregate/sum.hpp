// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/compensated.hpp>
#include <weir/aggregate/exact_integer.hpp>
#include <weir/aggregate/projected.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename V>
concept Summable = Number<V> || DurationLike<V> || (std::default_initializable<V> && std::copyable<V> && requires(V& sum, const V& value) { sum += value; });

/// V: what is added.
template <typename V>
struct SumState {
    V sum{};
    void add(const V& value) { sum += value; }
    void remove(const V& value)
        requires requires(V& s) { s -= value; }
    {
        sum -= value;
    }
    void merge(const SumState& later) { sum += later.sum; }
    [[nodiscard]] V result() const { return sum; }
    static constexpr auto fields() { return weir::fields("sum", &SumState::sum); }
};

template <WordInteger V>
struct SumState<V> {
    using Result = std::conditional_t<std::is_signed_v<V>, std::int64_t, std::uint64_t>;
    ExactInteger sum;
    constexpr void add(V value) noexcept { sum.add(value); }
    constexpr void remove(V value) noexcept { sum.remove(value); }
    constexpr void merge(const SumState& later) noexcept { sum.add(later.sum); }
    [[nodiscard]] constexpr Result result() const { return sum.template as<Result>(); }
};

template <std::floating_point V>
struct SumState<V> {
    CompensatedSum sum;
    constexpr void add(V value) noexcept { sum.add(static_cast<double>(value)); }
    constexpr void merge(const SumState& later) noexcept { sum.add(later.sum); }
    [[nodiscard]] double result() const noexcept { return sum.value(); }
};

template <DurationLike V>
struct SumState<V> {
    SumState<typename V::rep> counts;
    constexpr void add(const V& value) { counts.add(value.count()); }
    constexpr void remove(const V& value)
        requires std::integral<typename V::rep>
    {
        counts.remove(value.count());
    }
    constexpr void merge(const SumState& later) { counts.merge(later.counts); }
    [[nodiscard]] constexpr auto result() const {
        return std::chrono::duration<decltype(counts.result()), typename V::period>(counts.result());
    }
};

template <FixedPoint V>
struct SumState<V> {
    ExactInteger units;
    constexpr void add(const V& value) noexcept { units.add(value.units()); }
    constexpr void remove(const V& value) noexcept { units.remove(value.units()); }
    constexpr void merge(const SumState& later) noexcept { units.add(later.units); }
    [[nodiscard]] constexpr auto result() const { return V::sum_type::from_units(units.template as<std::int64_t>()); }
};

/// Sums of floating point depend on the order by a few units in the last place of the greatest partial sum.
inline constexpr double sum_tolerance = 1e-14;

template <typename V>
inline constexpr AggregateRules sum_rules{.exact = true, .commutative = std::integral<V> || FixedPoint<V>, .tolerance = 0}; // += of strings is not
template <std::floating_point V>
inline constexpr AggregateRules sum_rules<V>{.exact = false, .commutative = true, .tolerance = sum_tolerance};
template <DurationLike V>
inline constexpr AggregateRules sum_rules<V> = sum_rules<typename V::rep>;

} // namespace detail

/// The sum of what the projection gives. See sum().
template <typename Proj>
struct Sum {
    WEIR_NO_UNIQUE_ADDRESS Proj projection;

    template <typename T>
        requires detail::Summable<detail::projected_t<Proj, T>>
    using State = detail::SumState<detail::projected_t<Proj, T>>;
    template <typename T>
    static constexpr bool adds_unseen = detail::shows_number<Proj, T>;
    template <typename T>
    static constexpr AggregateRules rules = detail::sum_rules<detail::projected_t<Proj, T>>;

    template <typename T>
    constexpr void add(State<T>& state, const T& value) const { state.add(std::invoke(projection, value)); }
    template <typename T>
        requires requires(State<T>& state, const detail::projected_t<Proj, T>& value) { state.remove(value); }
    constexpr void remove(State<T>& state, const T& value) const { state.remove(std::invoke(projection, value)); }
    template <typename V>
    constexpr void merge(detail::SumState<V>& state, const detail::SumState<V>& later) const { state.merge(later); }
    template <typename V>
    [[nodiscard]] constexpr auto finish(const detail::SumState<V>& state) const { return state.result(); }
};

/// Aggregate: the sum of what the projection gives; of none 0.
///     Integers -> std::int64_t or std::uint64_t (as they are signed), exact: added up in 128 bits, so nothing overflows on the way;
///     a result that does not fit throws std::overflow_error. Floating point -> double, compensated (Neumaier), equal within 1e-14
///     of the sum of magnitudes however it is cut. Durations -> a duration. Decimals -> a Decimal, as integers. Other types by their +=. example: tests/aggregate/sum.cpp
template <typename Proj = std::identity>
[[nodiscard]] constexpr auto sum(Proj projection = {}) {
    return Sum<Proj>{std::move(projection)};
}

} // namespace weir
