// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/window.hpp>

#include <tuple>
#include <type_traits>
#include <utility>

// What rows are made of, besides fields().

namespace weir::detail {

template <typename T>
inline constexpr bool is_parts = false;
template <typename... Ts>
inline constexpr bool is_parts<std::tuple<Ts...>> = true;
template <typename A, typename B>
inline constexpr bool is_parts<std::pair<A, B>> = true;

template <typename T>
inline constexpr bool is_keyed_row = false;
template <typename K, typename V>
inline constexpr bool is_keyed_row<Keyed<K, V>> = true;
template <typename T>
inline constexpr bool is_windowed_row = false;
template <typename K, typename V>
inline constexpr bool is_windowed_row<Windowed<K, V>> = true;

template <typename V>
concept KeyedOrWindowed = is_keyed_row<V> || is_windowed_row<V>;
template <typename V>
using key_of_row_t = std::remove_cv_t<decltype(V::key)>;
template <typename V>
using value_of_row_t = std::remove_cv_t<decltype(V::value)>;

} // namespace weir::detail
