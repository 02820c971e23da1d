// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/dd_sketch.hpp>
#include <weir/aggregate/projected.hpp>
#include <weir/aggregate/quantile.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir {

/// How exact approx_quantile is, and what it may keep.
struct ApproxQuantileOptions {
    double relative_error = 0.01;   ///< of the result, from 1e-6 to less than 1
    std::size_t max_buckets = 2048; ///< of 8 bytes, for positive numbers and for negative ones; with 1 % so many span a factor of 10^15
};

namespace detail {

/// The state of an approx_quantile of values of V, which tells it from those of other units.
template <typename V>
struct ApproxQuantileState {
    DDSketch<dependent_t<std::uint64_t, V>> sketch;

    [[nodiscard]] bool has_result() const noexcept { return sketch.has_result(); }
    void clear() noexcept { sketch.clear(); }
    static constexpr auto fields() { return weir::fields("sketch", &ApproxQuantileState::sketch); }
};

} // namespace detail

/// About the q-quantiles of what the projection gives. See approx_quantile().
///     Qs: double, or a std::array of them.
template <typename Proj, typename Qs>
class ApproxQuantile {
public:
    ApproxQuantile(Proj projection, const Qs& qs, const ApproxQuantileOptions& options)
        : projection_(std::move(projection)), qs_(qs), shape_{options.relative_error, options.max_buckets}, buckets_(options.relative_error) {
        if (not(options.relative_error >= 1e-6 && options.relative_error < 1))
            throw std::invalid_argument("approx_quantile: .relative_error must be from 1e-6 to less than 1; 0.01 is one percent");
        if (options.max_buckets == 0) throw std::invalid_argument("approx_quantile: .max_buckets must be at least 1");
        const auto check = [](double q) {
            if (not(q >= 0 && q <= 1))
                throw std::invalid_argument("approx_quantile: q must be between 0 and 1. The median is 0.5, the 99th percentile 0.99.");
        };
        if constexpr (std::is_same_v<Qs, double>) check(qs);
        else for (const double q : qs) check(q);
    }

    template <typename T>
        requires (detail::Number<detail::projected_t<Proj, T>> || detail::DurationLike<detail::projected_t<Proj, T>>) &&
                 (not std::is_same_v<detail::projected_t<Proj, T>, bool>)
    using State = detail::ApproxQuantileState<detail::projected_t<Proj, T>>;
    template <typename T>
    static constexpr AggregateRules rules{};

    template <typename T>
    void add(State<T>& state, const T& value) const {
        state.sketch.add(static_cast<double>(detail::QuantileOf<detail::projected_t<Proj, T>>::number_of(std::invoke(projection_, value))), shape_, buckets_);
    }
    template <typename V>
    void merge(detail::ApproxQuantileState<V>& state, const detail::ApproxQuantileState<V>& later) const {
        state.sketch.merge(later.sketch, shape_);
    }
    template <typename V>
    [[nodiscard]] auto finish(const detail::ApproxQuantileState<V>& state) const {
        // No -0.0: which of the zeros is the least would depend on the order.
        const auto find = [&](double q) { return detail::QuantileOf<V>::result(state.sketch.quantile(q, buckets_) + 0.0); };
        if constexpr (std::is_same_v<Qs, double>) {
            return find(qs_);
        } else {
            std::array<decltype(find(0)), std::tuple_size_v<Qs>> results{};
            for (std::size_t i = 0; i < results.size(); ++i) results[i] = find(qs_[i]);
            return results;
        }
    }

private:
    WEIR_NO_UNIQUE_ADDRESS Proj projection_;
    Qs qs_;
    detail::DDSketchShape shape_;
    detail::LogBuckets buckets_;
};

/// Aggregate: about the q-quantile of what the projection gives, numbers or durations, in bounded memory, by DDSketch (C. Masson,
///     J. Rim, H. Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees", 2019).
///     T -> double, or a duration in double of the same unit: within relative_error of the value at floor((n - 1) * q), of all n in
///     order, numbered from 0; the least and the greatest are exact. The result is the same in every run, order and cut.
///     More magnitudes than max_buckets: the lowest share a bucket, and a quantile among them may be too great, never beyond that
///     bucket. Numbers nearer to 0 than the least normal one (2.2e-308) count as 0. NaN is left out, the result only where there is
///     nothing else; infinite values stand at the ends. Options or a q out of
///     range throw std::invalid_argument when the aggregate is made, states of other relative errors when they are merged.
///     Of none there is no result: combine gives nothing, finish gives NaN. Memory: 8 bytes for each bucket between the least and the
///     greatest magnitude, used again by a cleared state. example: tests/aggregate/approx_quantile.cpp
template <typename Proj>
[[nodiscard]] auto approx_quantile(Proj projection, double q, ApproxQuantileOptions options = {}) {
    return ApproxQuantile<Proj, double>(std::move(projection), q, options);
}
[[nodiscard]] auto approx_quantile(detail::Number auto q, ApproxQuantileOptions options = {}) {
    return approx_quantile(std::identity(), static_cast<double>(q), options);
}

/// Aggregate: several of them from one state. T -> std::array: approx_quantiles(&Request::latency, {0.5, 0.99}).
template <typename Proj, std::size_t N>
[[nodiscard]] auto approx_quantiles(Proj projection, const double (&qs)[N], ApproxQuantileOptions options = {}) {
    return ApproxQuantile<Proj, std::array<double, N>>(std::move(projection), std::to_array(qs), options);
}
template <std::size_t N>
[[nodiscard]] auto approx_quantiles(const double (&qs)[N], ApproxQuantileOptions options = {}) {
    return approx_quantiles(std::identity(), qs, options);
}

} // namespace weir
