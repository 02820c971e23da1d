// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/kept.hpp>
#include <weir/core/state_vector.hpp>

#include <concepts>
#include <functional>
#include <utility>
#include <vector>

namespace weir {
namespace detail {

template <typename V>
struct CollectState {
    StateVector<V> values;

    void clear() noexcept { values.clear(); }
    static constexpr auto fields() { return weir::fields("values", &CollectState::values); }
};

} // namespace detail

/// All that the projection gives. See collect().
template <typename Proj>
struct Collect {
    WEIR_NO_UNIQUE_ADDRESS Proj projection;

    template <typename T>
        requires std::copyable<detail::kept_t<Proj, T>>
    using State = detail::CollectState<detail::kept_t<Proj, T>>;
    template <typename T>
    static constexpr AggregateRules rules{.exact = true, .commutative = false, .tolerance = 0, .grows = true};

    template <typename T>
    void add(State<T>& state, const T& value) const { state.values.emplace_back(detail::to_keep(projection, value)); }
    template <typename V>
    void merge(detail::CollectState<V>& state, const detail::CollectState<V>& later) const {
        state.values.append(later.values);
    }
    template <typename V>
    [[nodiscard]] std::vector<V> finish(const detail::CollectState<V>& state) const { return std::vector<V>(state.values.begin(), state.values.end()); }
};

/// Aggregate: all that the projection gives, as it arrived. T -> std::vector of what the projection gives, owned (std::string for a
///     std::string_view); of none empty; exact, not commutative. Memory grows with the number of values, without a limit; a cleared
///     state uses it again. example: tests/aggregate/collect.cpp
template <typename Proj = std::identity>
[[nodiscard]] constexpr auto collect(Proj projection = {}) {
    return Collect<Proj>{std::move(projection)};
}

} // namespace weir
