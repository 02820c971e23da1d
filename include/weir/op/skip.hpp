// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/not_negative.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace weir {
namespace detail {

struct SkipOp {
    using kind = OperatorKind;
    static constexpr bool keeps_little = true;
    static constexpr std::string_view name = "skip";
    static constexpr Drop drops = Drop::filtered;
    std::uint64_t left;

    template <typename S>
    using out = S;

    template <typename E, typename Next>
    WEIR_INLINE constexpr void on_event(E&& event, Next& next) {
        if (left != 0) --left;
        else next.on_event(std::forward<E>(event));
    }

    template <typename Byte>
    void save(BasicStateWriter<Byte>& to) const { to.put(left); }
    void load(StateReader& from) { from.get(left); }
};

} // namespace detail

/// Drops the first n events and passes the others.
///     E -> E; order and event time kept; never allocates; the first n count as dropped (filtered).
///     Throws std::invalid_argument for a negative n.
///     example: tests/op/skip.cpp
template <detail::CountLike N>
[[nodiscard]] constexpr auto skip(N n) { return detail::SkipOp{detail::not_negative(n, "skip(n)")}; }
template <typename... Wrong>
constexpr Refused skip(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>, "skip(n): it takes one whole number, of events: skip(10).");
    return {};
}

} // namespace weir
