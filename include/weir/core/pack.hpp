// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <type_traits>
#include <utility>

namespace weir::detail {

template <std::size_t I, typename T>
struct PackAt {
    T value;
};

template <typename Numbers, typename... Ts>
struct PackOf;
template <std::size_t... I, typename... Ts>
struct PackOf<std::index_sequence<I...>, Ts...> : PackAt<I, Ts>... {};

/// The operators of a chain, one behind the other: as a std::tuple, without its conversions, which every `|` would look into again:
/// they were a quarter of what a pipeline cost a compiler.
template <typename... Ts>
struct Pack : PackOf<std::make_index_sequence<sizeof...(Ts)>, Ts...> {
    static constexpr std::size_t size = sizeof...(Ts);
};

template <typename... Ts>
constexpr Pack<std::remove_cvref_t<Ts>...> pack(Ts&&... values) { return {{{std::forward<Ts>(values)}...}}; }

template <std::size_t I, typename T>
constexpr T& nth(PackAt<I, T>& at) noexcept { return at.value; }
template <std::size_t I, typename T>
constexpr const T& nth(const PackAt<I, T>& at) noexcept { return at.value; }
template <std::size_t I, typename T>
constexpr T&& nth(PackAt<I, T>&& at) noexcept { return static_cast<T&&>(at.value); }

template <std::size_t I, typename T>
constexpr std::type_identity<T> type_of_nth(const PackAt<I, T>&);
template <std::size_t I, typename P>
using nth_t = typename decltype(type_of_nth<I>(std::declval<const P&>()))::type;

template <std::size_t... I, typename... Ts, std::size_t... J, typename... Us>
constexpr Pack<Ts..., Us...> joined_packs(PackOf<std::index_sequence<I...>, Ts...>& a, PackOf<std::index_sequence<J...>, Us...>& b) {
    return {{{detail::nth<I, Ts>(std::move(a))}..., {detail::nth<J, Us>(std::move(b))}...}};
}
/// The elements of all, in their order.
template <typename A>
constexpr A join_packs(A a) { return a; }
template <typename A, typename B, typename... More>
constexpr auto join_packs(A a, B b, More... more) { return detail::join_packs(detail::joined_packs(a, b), std::move(more)...); }

/// What fn gives for all the elements.
template <typename Fn, std::size_t... I, typename... Ts>
constexpr decltype(auto) unpack(Fn&& fn, PackOf<std::index_sequence<I...>, Ts...>& pack) { return fn(detail::nth<I, Ts>(pack)...); }
template <typename Fn, std::size_t... I, typename... Ts>
constexpr decltype(auto) unpack(Fn&& fn, const PackOf<std::index_sequence<I...>, Ts...>& pack) { return fn(detail::nth<I, Ts>(pack)...); }
template <typename Fn, std::size_t... I, typename... Ts>
constexpr decltype(auto) unpack(Fn&& fn, PackOf<std::index_sequence<I...>, Ts...>&& pack) { return fn(detail::nth<I, Ts>(std::move(pack))...); }

} // namespace weir::detail
