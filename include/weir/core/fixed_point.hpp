// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <concepts>
#include <cstdint>

namespace weir::detail {

/// A number that counts units, such as a Decimal: known by what it can do, as includers of weir/weir.hpp would all pay for it.
template <typename T>
concept FixedPoint = requires(const T& value) {
    typename T::sum_type;
    { T::units_per_one } -> std::convertible_to<std::int64_t>;
    { value.units() } -> std::same_as<typename T::rep>;
};

} // namespace weir::detail
