// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/time.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace weir::detail {

/// What functions take that want to be told how many: a negative number would else become a huge one without a word.
template <typename N>
concept CountLike = std::convertible_to<N, std::uint64_t> && not std::floating_point<N>;

/// Throws std::invalid_argument("`call`: n must not be negative, and is -1"). name: what n is called there.
template <CountLike N>
[[nodiscard]] constexpr std::uint64_t not_negative(N n, const char* call, const char* name = "n") {
    if constexpr (std::is_signed_v<N>)
        if (n < 0) throw std::invalid_argument(std::string(call) + ": " + name + " must not be negative, and is " + std::to_string(n));
    return static_cast<std::uint64_t>(n);
}

/// A length of time as nanoseconds, looked at only then: of less than one nothing is left, and what is not a number is none.
///     Throws std::invalid_argument(what).
template <typename Rep, typename Period>
[[nodiscard]] constexpr Duration not_negative(std::chrono::duration<Rep, Period> d, const char* what) {
    const Duration length = saturating_duration(d);
    if (length < Duration::zero()) throw std::invalid_argument(what);
    return length;
}
template <typename Rep, typename Period>
[[nodiscard]] constexpr Duration positive(std::chrono::duration<Rep, Period> d, const char* what) {
    const Duration length = saturating_duration(d);
    if (length <= Duration::zero()) throw std::invalid_argument(what);
    return length;
}
/// The same of a length that may be negative, but must be a number.
template <typename Rep, typename Period>
[[nodiscard]] constexpr Duration any_length(std::chrono::duration<Rep, Period> d, const char* what) {
    if (d.count() != d.count()) throw std::invalid_argument(what);
    return saturating_duration(d);
}

} // namespace weir::detail
