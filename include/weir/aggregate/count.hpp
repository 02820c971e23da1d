// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <cstdint>

namespace weir {

namespace detail {

struct CountState {
    std::uint64_t n = 0;
    friend bool operator==(const CountState&, const CountState&) = default;
};

} // namespace detail

/// How many values. See count().
struct Count {
    template <typename T>
    using State = detail::CountState;
    template <typename>
    static constexpr bool adds_unseen = true;
    template <typename T>
    static constexpr AggregateRules rules{};

    template <typename T>
    constexpr void add(detail::CountState& state, const T&) const noexcept { ++state.n; }
    template <typename T>
    constexpr void remove(detail::CountState& state, const T&) const noexcept { --state.n; }
    constexpr void merge(detail::CountState& state, const detail::CountState& later) const noexcept { state.n += later.n; }
    [[nodiscard]] static constexpr std::uint64_t inputs(const detail::CountState& state) noexcept { return state.n; }
    [[nodiscard]] constexpr std::uint64_t finish(const detail::CountState& state) const noexcept { return state.n; }
};

/// Aggregate: how many values there are. T -> std::uint64_t; of none 0; exact. example: tests/aggregate/count.cpp
[[nodiscard]] constexpr Count count() { return {}; }

} // namespace weir
