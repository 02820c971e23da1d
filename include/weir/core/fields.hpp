// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename... Members>
struct FieldList {
    std::array<std::string_view, sizeof...(Members)> names;
    std::tuple<Members...> members;
};

template <typename T>
inline constexpr bool is_field_list = false;
template <typename... Members>
inline constexpr bool is_field_list<FieldList<Members...>> = true;

template <typename T>
concept ListsOwnFields = requires { requires is_field_list<decltype(T::fields())>; };

template <typename... Args>
struct FieldArguments {
    using All = std::tuple<Args...>;
    static constexpr bool in_pairs = sizeof...(Args) > 0 && sizeof...(Args) % 2 == 0;

    template <std::size_t... I>
    static constexpr bool are_names(std::index_sequence<I...>) {
        return (std::convertible_to<std::tuple_element_t<2 * I, All>, std::string_view> && ...);
    }
    template <std::size_t... I>
    static constexpr bool are_members(std::index_sequence<I...>) {
        return (std::is_member_object_pointer_v<std::remove_cvref_t<std::tuple_element_t<2 * I + 1, All>>> && ...);
    }
    template <std::size_t... I>
    static constexpr auto list(const All& all, std::index_sequence<I...>) {
        return FieldList<std::remove_cvref_t<std::tuple_element_t<2 * I + 1, All>>...>{
            {std::string_view(std::get<2 * I>(all))...}, {std::get<2 * I + 1>(all)...}};
    }
};

} // namespace detail

/// Names the fields of a row type, once: what CSV, JSON, SQL and checkpoints read and write, in this order.
///     fields("carrier", &Flight::carrier, "delay", &Flight::delay) -> the list, a constant.
///     Written in the row type itself as `static constexpr auto fields()`, or in a specialisation of Fields.
///     The names must be literals (they are kept by reference) and all different. Members that are not named stay as they are.
///     example: tests/core/fields.cpp
template <typename... Args>
[[nodiscard]] constexpr auto fields(const Args&... args) {
    using Arguments = detail::FieldArguments<const Args&...>;
    using Each = std::make_index_sequence<sizeof...(Args) / 2>;
    if constexpr (sizeof...(Args) == 0) {
        static_assert(sizeof...(Args) != 0, "fields(): names no field. Write fields(\"name\", &Row::name, ...).");
        return detail::FieldList<>{};
    } else if constexpr (not Arguments::in_pairs) {
        static_assert(Arguments::in_pairs,
                      "fields(...): a name or a member is missing, the number of arguments is odd. "
                      "Write fields(\"name\", &Row::name, ...), each name followed by its member.");
        return detail::FieldList<>{};
    } else if constexpr (not Arguments::are_names(Each{})) {
        static_assert(Arguments::are_names(Each{}),
                      "fields(...): what stands in the place of a name is no string. "
                      "Write fields(\"name\", &Row::name, ...), each name followed by its member.");
        return detail::FieldList<>{};
    } else if constexpr (not Arguments::are_members(Each{})) {
        static_assert(Arguments::are_members(Each{}),
                      "fields(...): a name is not followed by a pointer to a data member. "
                      "Write fields(\"name\", &Row::name, ...); member functions and values are not accepted.");
        return detail::FieldList<>{};
    } else {
        return Arguments::list({args...}, Each{});
    }
}

/// The fields of T. Specialise it for types that are not yours:
///     template <> struct weir::Fields<Point> { static constexpr auto fields() { return weir::fields("x", &Point::x); } };
template <typename T>
struct Fields {};

template <detail::ListsOwnFields T>
struct Fields<T> {
    static constexpr auto fields() { return T::fields(); }
};

/// T names its fields, itself or by a specialisation of Fields. T must be complete where this is first asked.
template <typename T>
concept HasFields = detail::ListsOwnFields<Fields<std::remove_cv_t<T>>>;

namespace detail {

template <std::size_t N>
constexpr bool all_named(const std::array<std::string_view, N>& names) {
    for (const auto& name : names)
        if (name.empty()) return false;
    return true;
}

template <std::size_t N>
constexpr bool all_different(const std::array<std::string_view, N>& names) {
    for (std::size_t i = 0; i < N; ++i)
        for (std::size_t j = i + 1; j < N; ++j)
            if (names[i] == names[j]) return false;
    return true;
}

// The checks on the names wait until here: inside fields() they are not yet constants.
template <typename T>
struct CheckedFields {
    static constexpr auto list = Fields<T>::fields();
    static_assert(all_named(Fields<T>::fields().names),
                  "fields(...): a name is empty. Every field needs a name of its own.");
    static_assert(all_different(Fields<T>::fields().names),
                  "fields(...): two fields have the same name. Every field needs a name of its own.");
};

template <typename T>
inline constexpr const auto& field_list = CheckedFields<std::remove_cv_t<T>>::list;

template <typename Member>
struct MemberType;
template <typename T, typename Row>
struct MemberType<T Row::*> {
    using type = std::remove_cv_t<T>;
};

template <typename List>
struct MemberTypes;
template <typename... Members>
struct MemberTypes<FieldList<Members...>> {
    using type = std::tuple<typename MemberType<Members>::type...>;
};

} // namespace detail

/// The types of Row's fields as a std::tuple, in order; const is left off.
template <HasFields Row>
using field_types_t = typename detail::MemberTypes<std::remove_cvref_t<decltype(detail::field_list<Row>)>>::type;

/// The type of Row's field number I, from 0.
template <std::size_t I, HasFields Row>
using field_type_t = std::tuple_element_t<I, field_types_t<Row>>;

template <HasFields Row>
inline constexpr std::size_t field_count = std::tuple_size_v<field_types_t<Row>>;

/// The names of Row's fields in order: a constant std::array of std::string_view.
template <HasFields Row>
inline constexpr const auto& field_names = detail::field_list<Row>.names;

/// Field number I of a row, from 0: a reference into it, const if the row is.
template <std::size_t I, typename Row>
    requires HasFields<std::remove_reference_t<Row>>
[[nodiscard]] constexpr auto&& get_field(Row&& row) noexcept {
    return std::forward<Row>(row).*std::get<I>(detail::field_list<std::remove_reference_t<Row>>.members);
}

/// Calls fn(name, member) for each field of a row, in order; the member is a reference into the row.
template <typename Row, typename Fn>
    requires HasFields<std::remove_reference_t<Row>>
constexpr void for_each_field(Row&& row, Fn&& fn) {
    using Plain = std::remove_reference_t<Row>;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (static_cast<void>(fn(field_names<Plain>[I], get_field<I>(row))), ...);
    }(std::make_index_sequence<field_count<Plain>>{});
}

/// Calls fn(name, std::type_identity<type>{}) for each field of Row, in order: for what has to be known without a row.
template <HasFields Row, typename Fn>
constexpr void for_each_field_type(Fn&& fn) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (static_cast<void>(fn(field_names<Row>[I], std::type_identity<field_type_t<I, Row>>{})), ...);
    }(std::make_index_sequence<field_count<Row>>{});
}

namespace detail {

template <typename T>
inline constexpr bool is_view = false;
template <typename Char, typename Traits>
inline constexpr bool is_view<std::basic_string_view<Char, Traits>> = true;
template <typename T, std::size_t Extent>
inline constexpr bool is_view<std::span<T, Extent>> = true;

template <typename T>
constexpr bool find_view();

template <typename T>
inline constexpr bool finds_view_in_tuple = false;
template <typename... Ts>
inline constexpr bool finds_view_in_tuple<std::tuple<Ts...>> = (find_view<Ts>() || ...);
template <typename A, typename B>
inline constexpr bool finds_view_in_tuple<std::pair<A, B>> = find_view<A>() || find_view<B>();

template <typename T>
constexpr bool find_view() {
    using Plain = std::remove_cv_t<T>;
    if constexpr (is_view<Plain> || finds_view_in_tuple<Plain>) {
        return true;
    } else if constexpr (HasFields<Plain>) {
        return finds_view_in_tuple<field_types_t<Plain>>;
    } else if constexpr (requires { typename Plain::value_type; }) {
        if constexpr (std::same_as<typename Plain::value_type, Plain>) return false;
        else return find_view<typename Plain::value_type>();
    } else {
        return false;
    }
}

} // namespace detail

/// T is, or has among its fields or elements (optional, vector, array, pair, tuple ...), a std::string_view or std::span:
/// it refers to memory that is not its own, so a copy of it is not enough to keep it.
template <typename T>
inline constexpr bool holds_view = detail::find_view<T>();

} // namespace weir
