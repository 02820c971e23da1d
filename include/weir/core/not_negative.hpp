// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace weir::detail {

/// What functions take that want to be told how many: a negative number would else become a huge one without a word.
template <typename N>
concept CountLike = std::convertible_to<N, std::uint64_t> && not std::floating_point<N>;

/// Throws std::invalid_argument("`call`: n must not be negative, and is -1").
template <CountLike N>
[[nodiscard]] constexpr std::uint64_t not_negative(N n, const char* call) {
    if constexpr (std::is_signed_v<N>)
        if (n < 0) throw std::invalid_argument(std::string(call) + ": n must not be negative, and is " + std::to_string(n));
    return static_cast<std::uint64_t>(n);
}

} // namespace weir::detail
