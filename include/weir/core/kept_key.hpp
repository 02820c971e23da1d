// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/owned.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// The form of a key that is kept: text, and what a reference shows, is copied, also in the parts of a key.
template <typename K>
struct OwnedKey {
    using type = owned_t<K>;
};
template <typename K>
using owned_key_t = typename OwnedKey<std::remove_cvref_t<K>>::type;

template <>
struct OwnedKey<const char*> {
    using type = std::string;
};
template <>
struct OwnedKey<char*> {
    using type = std::string;
};
template <typename... Ks>
struct OwnedKey<std::tuple<Ks...>> {
    using type = std::tuple<owned_key_t<Ks>...>;
};
template <typename A, typename B>
struct OwnedKey<std::pair<A, B>> {
    using type = std::pair<owned_key_t<A>, owned_key_t<B>>;
};
template <typename K>
struct OwnedKey<std::optional<K>> {
    using type = std::optional<owned_key_t<K>>;
};
template <typename K, std::size_t N>
struct OwnedKey<std::array<K, N>> {
    using type = std::array<owned_key_t<K>, N>;
};

/// A key as it is kept, of one as a projection shows it.
template <typename Key, typename K>
[[nodiscard]] constexpr Key kept_key(K&& shown) {
    if constexpr (std::is_constructible_v<Key, K>) return Key(std::forward<K>(shown));
    else if constexpr (requires { shown.has_value(); }) return shown ? Key(kept_key<typename Key::value_type>(*std::forward<K>(shown))) : Key();
    else
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return Key{kept_key<std::tuple_element_t<I, Key>>(std::get<I>(std::forward<K>(shown)))...};
        }(std::make_index_sequence<std::tuple_size_v<Key>>{});
}

} // namespace weir::detail
