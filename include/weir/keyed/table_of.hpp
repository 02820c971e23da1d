// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/keyed/join_inputs.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace weir {

/// A change of a table: the key's row is this now, or there is none any more.
template <typename K, typename V>
struct Change {
    K key;
    std::optional<V> value;
    friend bool operator==(const Change&, const Change&) = default;
};

namespace detail {

template <typename T>
inline constexpr bool is_change = false;
template <typename K, typename V>
inline constexpr bool is_change<Change<K, V>> = true;

/// Deletions are what says so itself.
struct DeletedChange {
    template <typename T>
    [[nodiscard]] constexpr bool operator()(const T& value) const noexcept {
        if constexpr (is_change<T>) return not value.value.has_value();
        else return false;
    }
};

/// A stream of changes as a table: the last event of a key is its row.
template <typename P, typename Deleted = DeletedChange>
struct TableOf {
    static constexpr bool is_table_of = true;
    P pipeline;
    WEIR_NO_UNIQUE_ADDRESS Deleted is_deleted;
    bool first = false;

    /// Which events delete the row of their key.
    template <typename Fn>
    [[nodiscard]] constexpr auto deleted_when(Fn fn) && {
        return TableOf<P, Fn>{std::move(pipeline), std::move(fn), first};
    }
    template <typename Fn>
    [[nodiscard]] constexpr auto deleted_when(Fn fn) const& {
        return TableOf(*this).deleted_when(std::move(fn));
    }
    /// For lookup_join: the whole table is read before anything of the stream is.
    [[nodiscard]] constexpr TableOf load_first() && {
        static_assert(P::stream::traits.bounded, "table(pipeline).load_first(): its source has no end, so nothing of the stream would ever be read. Leave it out.");
        first = true;
        return std::move(*this);
    }
    [[nodiscard]] constexpr TableOf load_first() const& { return TableOf(*this).load_first(); }
};

template <typename T>
constexpr auto table_of(T&& side) {
    if constexpr (requires { requires std::remove_cvref_t<T>::is_table_of; }) return std::forward<T>(side);
    else return TableOf<std::remove_cvref_t<T>>{std::forward<T>(side), {}};
}
template <typename T>
using table_of_t = decltype(table_of(std::declval<T>()));

template <typename Fn, typename V>
concept TellsDeleted = std::predicate<const Fn&, const V&>;

} // namespace detail

/// A pipeline that ends in key_by as a table, for lookup_join, temporal_join and table_join: the last event of a key is its row.
///     .deleted_when(fn(const T&) -> bool): which events delete the row; events of type Change without a value always do.
///     .load_first() (lookup_join): all of it is read before the stream is. A checkpoint on the way saves what the stream's stages had of it
///     then, which waits (its events must be savable); so each one adds what these hold. example: tests/keyed/lookup_join.cpp
template <typename P>
    requires detail::PipelineLike<P>
[[nodiscard]] constexpr auto table(P&& pipeline) {
    return detail::TableOf<std::remove_cvref_t<P>>{std::forward<P>(pipeline), {}};
}

} // namespace weir
