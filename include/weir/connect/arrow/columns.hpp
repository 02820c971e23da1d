// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/arrow/type.hpp>
#include <weir/core/fields.hpp>
#include <weir/sink/to_csv.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir::arrow::detail {

using weir::detail::is_parts;
using weir::detail::is_windowed_row;
using weir::detail::KeyedOrWindowed;

/// Whether all that a row has can be columns.
template <typename V>
constexpr bool has_columns();
template <typename Tuple>
inline constexpr bool all_have_columns = false;
template <template <typename...> typename Tuple, typename... Ts>
inline constexpr bool all_have_columns<Tuple<Ts...>> = (has_columns<std::remove_cv_t<Ts>>() && ...);

template <typename V>
constexpr bool has_columns() {
    if constexpr (KeyedOrWindowed<V>) {
        using Key = weir::detail::key_of_row_t<V>;
        return has_columns<weir::detail::value_of_row_t<V>>() && (std::is_same_v<Key, NoKey> || has_columns<Key>());
    } else if constexpr (is_parts<V>) return all_have_columns<V>;
    else return Storable<V>;
}

// Where a value stands in a row, as a type: at(row) points to it, or is null inside of a std::optional that is none.
template <typename R>
struct Whole {
    using Row = R;
    static const Row* at(const Row& row) noexcept { return std::addressof(row); }
};
template <typename Of>
using value_at_t = std::remove_cvref_t<decltype(*Of::at(std::declval<const typename Of::Row&>()))>;

template <typename Of, std::size_t I>
struct FieldOf {
    using Row = typename Of::Row;
    static auto at(const Row& row) noexcept {
        const auto* whole = Of::at(row);
        return whole == nullptr ? nullptr : std::addressof(get_field<I>(*whole));
    }
};
template <typename Of>
struct InsideOf {
    using Row = typename Of::Row;
    static auto at(const Row& row) noexcept {
        const auto* value = Of::at(row);
        return value == nullptr || not value->has_value() ? nullptr : std::addressof(**value);
    }
};
template <typename Of, std::size_t I>
struct PartOf {
    using Row = typename Of::Row;
    static auto at(const Row& row) noexcept { return std::addressof(std::get<I>(*Of::at(row))); }
};
template <typename Of, auto Member>
struct MemberOf {
    using Row = typename Of::Row;
    static auto at(const Row& row) noexcept { return std::addressof((*Of::at(row)).*Member); }
};
template <typename Of, auto Member>
struct WindowOf {
    using Row = typename Of::Row;
    static auto at(const Row& row) noexcept { return std::addressof(Of::at(row)->window.*Member); }
};

/// Calls fn.operator()<Place>(name) for each field of the value at Of.
template <typename Of, typename Fn>
void each_field(Fn&& fn) {
    using V = value_at_t<Of>;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (fn.template operator()<FieldOf<Of, I>>(std::string(field_names<V>[I])), ...);
    }(std::make_index_sequence<field_count<V>>{});
}

/// Calls fn.operator()<Place>(name) for each column of the value at Of. Names are those of to_csv.
template <typename Of, typename Fn>
void each_column(const std::string& name, Fn& fn) {
    using V = value_at_t<Of>;
    if constexpr (KeyedOrWindowed<V>) {
        if constexpr (not std::is_same_v<weir::detail::key_of_row_t<V>, NoKey>) each_column<MemberOf<Of, &V::key>>("key", fn);
        if constexpr (is_windowed_row<V>) {
            fn.template operator()<WindowOf<Of, &Window::start>>("start");
            fn.template operator()<WindowOf<Of, &Window::end>>("end");
        }
        each_column<MemberOf<Of, &V::value>>("value", fn);
    } else if constexpr (is_parts<V>) {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (each_column<PartOf<Of, I>>(name + std::to_string(I + 1), fn), ...);
        }(std::make_index_sequence<std::tuple_size_v<V>>{});
    } else if constexpr (HasFields<V> && not requires { Type<V>::expected; }) {
        each_field<Of>(fn);
    } else {
        fn.template operator()<Of>(name);
    }
}

template <typename Row, typename Fn>
void each_column(Fn&& fn) {
    each_column<Whole<Row>>("value", fn);
}

} // namespace weir::arrow::detail
