// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/fixed_point.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// What an aggregate's projection gives for a T: a pointer to a member, a function, or the value itself.
template <typename Proj, typename T>
    requires std::invocable<const Proj&, const T&>
using projected_t = std::remove_cvref_t<std::invoke_result_t<const Proj&, const T&>>;

template <typename T>
concept Number = std::is_arithmetic_v<T> && (std::is_floating_point_v<T> || sizeof(T) <= sizeof(std::uint64_t)); // no __int128

/// Whether a projection only shows a number that is in the value.
template <typename Proj, typename T>
inline constexpr bool shows_number = (std::is_member_object_pointer_v<Proj> || std::is_same_v<Proj, std::identity>) && std::is_arithmetic_v<projected_t<Proj, T>>;

/// A Number is added as it is; a std::chrono::duration by its count.
template <typename T>
concept DurationLike = requires(const T& d) {
    typename T::rep;
    typename T::period;
    { d.count() } -> std::convertible_to<typename T::rep>;
    requires Number<typename T::rep>;
};

} // namespace weir::detail
