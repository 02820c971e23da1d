// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/owned.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// The form of a value that is kept, as Leaf<T> says of what has no parts: a text that is lent, and what a reference shows, is copied, also in
/// the parts of a value.
template <template <typename> typename Leaf, typename T>
struct OwnedParts {
    using type = typename Leaf<T>::type;
};
template <template <typename> typename Leaf, typename T>
using owned_part_t = typename OwnedParts<Leaf, std::remove_cvref_t<T>>::type;

template <template <typename> typename Leaf, typename... Ts>
struct OwnedParts<Leaf, std::tuple<Ts...>> {
    using type = std::tuple<owned_part_t<Leaf, Ts>...>;
};
template <template <typename> typename Leaf, typename A, typename B>
struct OwnedParts<Leaf, std::pair<A, B>> {
    using type = std::pair<owned_part_t<Leaf, A>, owned_part_t<Leaf, B>>;
};
template <template <typename> typename Leaf, typename T>
struct OwnedParts<Leaf, std::optional<T>> {
    using type = std::optional<owned_part_t<Leaf, T>>;
};
template <template <typename> typename Leaf, typename T, std::size_t N>
struct OwnedParts<Leaf, std::array<T, N>> {
    using type = std::array<owned_part_t<Leaf, T>, N>;
};
template <template <typename> typename Leaf, typename T, typename A>
    requires(not std::is_same_v<owned_part_t<Leaf, T>, T>)
struct OwnedParts<Leaf, std::vector<T, A>> {
    using type = std::vector<owned_part_t<Leaf, T>>;
};

template <typename T>
using owned_parts_t = owned_part_t<Owned, T>;

/// An R fits into what is kept of it, or of something else.
template <typename R, typename Kept>
concept keepable_as = std::convertible_to<R, Kept> || std::same_as<owned_parts_t<R>, Kept>;

/// Of a key also what stands behind pointers to text.
template <typename T>
struct OwnedText : Owned<T> {};
template <>
struct OwnedText<const char*> : Owned<std::string_view> {};
template <>
struct OwnedText<char*> : Owned<std::string_view> {};
template <typename K>
using owned_key_t = owned_part_t<OwnedText, K>;

/// A key, or another value, as it is kept, of one as a projection shows it.
template <typename Key, typename K>
[[nodiscard]] constexpr Key kept_key(K&& shown) {
    if constexpr (std::is_constructible_v<Key, K>) return Key(std::forward<K>(shown));
    else if constexpr (requires { shown.has_value(); }) return shown ? Key(kept_key<typename Key::value_type>(*std::forward<K>(shown))) : Key();
    else if constexpr (requires(Key key) { key.push_back(kept_key<typename Key::value_type>(*shown.begin())); }) {
        Key key;
        key.reserve(shown.size());
        for (auto&& part : shown) key.push_back(kept_key<typename Key::value_type>(part));
        return key;
    } else {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return Key{kept_key<std::tuple_element_t<I, Key>>(std::get<I>(std::forward<K>(shown)))...};
        }(std::make_index_sequence<std::tuple_size_v<Key>>{});
    }
}

} // namespace weir::detail
