// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/ordering.hpp>
#include <weir/aggregate/projected.hpp>
#include <weir/core/state_vector.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename V>
struct QuantileOf {
    using number = V;
    static constexpr V number_of(V value) noexcept { return value; }
    static constexpr double result(double quantile) noexcept { return quantile; }
};
template <DurationLike V>
struct QuantileOf<V> {
    using number = typename V::rep;
    static constexpr number number_of(const V& value) { return value.count(); }
    static constexpr auto result(double quantile) { return std::chrono::duration<double, typename V::period>(quantile); }
};

template <FixedPoint V>
struct QuantileOf<V> {
    using number = std::int64_t;
    static constexpr number number_of(const V& value) noexcept { return value.units(); }
    static constexpr double result(double quantile) noexcept { return quantile / static_cast<double>(V::units_per_one); }
};

/// All values, as they came. A NaN stands only until something else comes.
template <typename V>
struct QuantileState {
    using number = typename QuantileOf<V>::number;
    StateVector<number> values;

    [[nodiscard]] bool has_result() const noexcept { return not values.empty(); }
    void clear() noexcept { values.clear(); }
    void add(number value) {
        if constexpr (std::floating_point<number>) {
            value += 0; // -0.0 becomes 0.0: else which of the two is found would depend on the order
            if (not values.empty()) {
                if (is_nan(value)) return;
                if (is_nan(values.front())) values.clear();
            }
        }
        values.push_back(value);
    }
    static constexpr auto fields() { return weir::fields("values", &QuantileState::values); }
};

/// Between a <= b, as NumPy does it: from the nearer end, so that t = 1 is b to the last bit.
[[nodiscard]] constexpr double between(double a, double b, double t) noexcept {
    const double width = b - a;
    const bool is_finite = width - width == 0;
    if (not is_finite) return a == b ? a : a * (1 - t) + b * t; // one of them is infinite, or they are too far apart
    return t < 0.5 ? a + width * t : b - width * (1 - t);
}

} // namespace detail

/// The q-quantile of what the projection gives. See quantile().
template <typename Proj>
class Quantile {
public:
    constexpr Quantile(Proj projection, double q) : projection_(std::move(projection)), q_(q) {
        if (not(q >= 0 && q <= 1))
            throw std::invalid_argument("quantile(projection, q): q must be between 0 and 1. The median is 0.5, the 99th percentile 0.99.");
    }

    template <typename T>
        requires (detail::Number<detail::projected_t<Proj, T>> || detail::DurationLike<detail::projected_t<Proj, T>> || detail::FixedPoint<detail::projected_t<Proj, T>>) &&
                 (not std::is_same_v<detail::projected_t<Proj, T>, bool>)
    using State = detail::QuantileState<detail::projected_t<Proj, T>>;
    template <typename T>
    static constexpr AggregateRules rules{.grows = true};

    template <typename T>
    void add(State<T>& state, const T& value) const {
        state.add(detail::QuantileOf<detail::projected_t<Proj, T>>::number_of(std::invoke(projection_, value)));
    }
    template <typename V>
    void merge(detail::QuantileState<V>& state, const detail::QuantileState<V>& later) const {
        for (const auto value : later.values) state.add(value);
    }
    template <typename V>
    [[nodiscard]] auto finish(const detail::QuantileState<V>& state) const { return detail::QuantileOf<V>::result(find(state.values)); }

private:
    template <typename N>
    [[nodiscard]] double find(const detail::StateVector<N>& unsorted) const {
        if (unsorted.empty()) return std::numeric_limits<double>::quiet_NaN();
        detail::StateVector<N> values(unsorted);
        const double place = static_cast<double>(values.size() - 1) * q_;
        const auto below = std::min(static_cast<std::size_t>(place), values.size() - 1);
        const auto at = values.begin() + static_cast<std::ptrdiff_t>(below);
        std::nth_element(values.begin(), at, values.end());
        const auto low = static_cast<double>(*at);
        const double rest = place - static_cast<double>(below);
        if (rest == 0 || at + 1 == values.end()) return low;
        return detail::between(low, static_cast<double>(*std::min_element(at + 1, values.end())), rest);
    }
    WEIR_NO_UNIQUE_ADDRESS Proj projection_;
    double q_;
};

/// Aggregate: the q-quantile of what the projection gives, numbers, decimals or durations: with the n values sorted and numbered from 0, that at
///     (n - 1) * q, between two of them by linear interpolation. (Type 7 of R. J. Hyndman, Y. Fan, "Sample quantiles in statistical
///     packages", 1996; what R and NumPy do if not told otherwise.) 0 is the least, 0.5 the median, 1 the greatest.
///     T -> double, or a duration in double of the same unit; exact: the same however the values are cut and ordered.
///     NaN among them is left out, the result only where there is nothing else. A q outside of [0, 1] throws std::invalid_argument
///     when the aggregate is made. Of none there is no result: combine gives nothing, finish gives NaN.
///     Keeps all values: memory grows with them, without a limit, and is used again by a cleared state; finish copies them and takes
///     O(n). example: tests/aggregate/quantile.cpp
template <typename Proj>
[[nodiscard]] constexpr auto quantile(Proj projection, double q) {
    return Quantile<Proj>(std::move(projection), q);
}
[[nodiscard]] constexpr auto quantile(double q) { return Quantile<std::identity>({}, q); }
template <typename... Wrong>
    requires(not(std::convertible_to<const Wrong&, double> || ...))
constexpr Refused quantile(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>, "quantile(projection, q): q says which, from 0 to 1, behind what it is of. Accepted: "
                                                 "quantile(&T::price, 0.99), of the events themselves quantile(0.99).");
    return {};
}
template <typename Proj>
    requires(not std::convertible_to<const Proj&, double>)
constexpr Refused quantile(double, const Proj& projection) {
    return quantile(projection);
}

} // namespace weir
