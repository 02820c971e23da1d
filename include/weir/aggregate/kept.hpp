// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/projected.hpp>
#include <weir/core/config.hpp>
#include <weir/core/kept_key.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// What an aggregate keeps of what its projection gives for a T: a string of a string_view, also in the parts of a value.
template <typename Proj, typename T>
using kept_t = owned_parts_t<projected_t<Proj, T>>;

/// What a projection gives, as it can be compared with what is kept, and be kept.
template <typename Proj, typename T>
[[nodiscard]] WEIR_INLINE constexpr decltype(auto) to_keep(const Proj& projection, const T& value) {
    if constexpr (std::is_same_v<kept_t<Proj, T>, owned_t<projected_t<Proj, T>>>) return std::invoke(projection, value);
    else return kept_key<kept_t<Proj, T>>(std::invoke(projection, value));
}

/// kept = given; assigned where that works, as a string then uses its memory again.
template <typename V, typename Given>
constexpr void keep(V& kept, Given&& given) {
    if constexpr (std::is_assignable_v<V&, Given>) kept = std::forward<Given>(given);
    else kept = V(std::forward<Given>(given));
}

/// The state of aggregates that keep one of the values, and so have no result of none.
template <std::copyable V>
struct Kept {
    std::optional<V> value;

    [[nodiscard]] constexpr bool has_result() const noexcept { return value.has_value(); }
    template <typename Given>
    constexpr void keep(Given&& given) {
        if (value) detail::keep(*value, std::forward<Given>(given));
        else value.emplace(std::forward<Given>(given));
    }
    static constexpr auto fields() { return weir::fields("value", &Kept::value); }
};

} // namespace weir::detail
