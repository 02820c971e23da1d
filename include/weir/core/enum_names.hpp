// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fields.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename E, std::size_t N>
struct EnumNameList {
    std::array<std::string_view, N> names{};
    std::array<E, N> values{};
};
template <typename T, typename E>
inline constexpr bool is_enum_name_list = false;
template <typename E, std::size_t N>
inline constexpr bool is_enum_name_list<EnumNameList<E, N>, E> = true;

template <typename... Args>
struct EnumArguments {
    using All = std::tuple<Args...>;
    static constexpr bool in_pairs = sizeof...(Args) > 0 && sizeof...(Args) % 2 == 0;

    template <std::size_t... I>
    static constexpr bool are_values(std::index_sequence<I...>) {
        using E = std::remove_cvref_t<std::tuple_element_t<1, All>>;
        return std::is_enum_v<E> && (std::convertible_to<std::tuple_element_t<2 * I, All>, std::string_view> && ...) &&
               (std::same_as<std::remove_cvref_t<std::tuple_element_t<2 * I + 1, All>>, E> && ...);
    }
    template <std::size_t... I>
    static constexpr auto list(const All& all, std::index_sequence<I...>) {
        return EnumNameList<std::remove_cvref_t<std::tuple_element_t<1, All>>, sizeof...(I)>{{std::string_view(std::get<2 * I>(all))...}, {std::get<2 * I + 1>(all)...}};
    }
};

} // namespace detail

/// Names the values of an enum, as text files have them; of a value that has two names the first is written.
///     enum_names("buy", Side::buy, "sell", Side::sell) -> the list, a constant, for a specialisation of EnumNames.
///     The names must be literals and all different. example: tests/core/text_value.cpp
template <typename... Args>
[[nodiscard]] constexpr auto enum_names(const Args&... args) {
    using Arguments = detail::EnumArguments<const Args&...>;
    using Each = std::make_index_sequence<sizeof...(Args) / 2>;
    if constexpr (not Arguments::in_pairs) {
        static_assert(Arguments::in_pairs, "enum_names(...): a name or a value is missing. Write enum_names(\"name\", Enum::value, ...), each name followed by its value.");
    } else if constexpr (not Arguments::are_values(Each{})) {
        static_assert(Arguments::are_values(Each{}), "enum_names(...): what stands there is no name, or no value of the one enum. "
                                                     "Write enum_names(\"name\", Enum::value, ...), each name followed by its value.");
    } else {
        return Arguments::list({args...}, Each{});
    }
}

/// The names of an enum's values. Without them it stands in text as its number.
///     template <> struct weir::EnumNames<Side> { static constexpr auto names() { return weir::enum_names("buy", Side::buy); } };
template <typename E>
struct EnumNames {};

namespace detail {

template <typename E>
concept NamedEnum = std::is_enum_v<E> && requires { requires not std::is_void_v<decltype(EnumNames<E>::names())>; };

template <NamedEnum E>
struct NamesOfEnum {
    static_assert(is_enum_name_list<decltype(EnumNames<E>::names()), E>, "EnumNames<E>::names() does not name values of E. Write return weir::enum_names(\"name\", E::value, ...).");
    static constexpr auto list = EnumNames<E>::names();
    static_assert(all_named(EnumNames<E>::names().names) && all_different(EnumNames<E>::names().names),
                  "enum_names(...): a name is empty, or stands twice. Each name is that of one value.");
    static constexpr std::size_t size = [] {
        std::size_t n = 7 + 2 * (list.names.size() - 1);
        for (const std::string_view name : list.names) n += name.size();
        return n;
    }();
    static constexpr auto text = [] { // "one of buy, sell"
        std::array<char, size> all{};
        std::size_t n = 0;
        for (const std::string_view name : list.names) {
            for (const char c : std::string_view(n == 0 ? "one of " : ", ")) all[n++] = c;
            for (const char c : name) all[n++] = c;
        }
        return all;
    }();
};

} // namespace detail
} // namespace weir
