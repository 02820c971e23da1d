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

/// n: up to 18.
[[nodiscard]] constexpr std::int64_t power_of_ten(unsigned n) noexcept {
    std::int64_t power = 1;
    while (n-- > 0) power *= 10;
    return power;
}

} // namespace weir::detail
