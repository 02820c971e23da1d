// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/not_negative.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace weir {
namespace detail {

struct TakeOp {
    using kind = OperatorKind;
    static constexpr bool keeps_little = true;
    static constexpr std::string_view name = "take";
    static constexpr Drop drops = Drop::filtered; // only from an operator that does not ask whether it has enough
    std::uint64_t left;

    template <typename S>
    using out = with_traits_t<S, bounded(S::traits)>;

    template <typename E, typename Next>
    WEIR_INLINE constexpr void on_event(E&& event, Next& next) {
        if (left == 0) return;
        --left; // before the call: an event that throws behind us was taken
        next.on_event(std::forward<E>(event));
    }
    [[nodiscard]] constexpr bool done() const noexcept { return left == 0; }

    template <typename Byte>
    void save(BasicStateWriter<Byte>& to) const { to.put(left); }
    void load(StateReader& from) { from.get(left); }
};

} // namespace detail

/// Passes the first n events, then ends the pipeline as if its source had ended; take(0) reads nothing.
///     E -> E, bounded; order and event time kept; never allocates; nothing in its task sees an event behind the last one taken.
///     In a side chain (broadcast, route) it is given no more after that either. Throws std::invalid_argument for a negative n.
///     example: tests/op/take.cpp
template <detail::CountLike N>
[[nodiscard]] constexpr auto take(N n) { return detail::TakeOp{detail::not_negative(n, "take(n)")}; }
template <typename... Wrong>
constexpr Refused take(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>, "take(n): it takes one whole number, of events: take(10).");
    return {};
}

} // namespace weir
