// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/op/filter.hpp>

#include <string_view>
#include <utility>

namespace weir {
namespace detail {

template <typename Fn>
struct TakeWhileOp {
    using kind = OperatorKind;
    static constexpr bool keeps_little = true;
    static constexpr std::string_view name = "take_while";
    static constexpr Drop drops = Drop::filtered;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    bool over = false;

    template <typename S>
        requires PredicateOf<Fn, S>
    using out = S;

    template <typename E, typename Next>
    WEIR_INLINE constexpr void on_event(E&& event, Next& next) {
        if (over) return;
        if (call(fn, std::as_const(event))) next.on_event(std::forward<E>(event));
        else over = true;
    }
    [[nodiscard]] constexpr bool done() const noexcept { return over; }

    void save(StateWriter& to) const { to.put(over); }
    void load(StateReader& from) { from.get(over); }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not TakesEvent<Fn&, const typename S::event&>)
            static_assert(never<Fn, S>, "take_while(fn): fn cannot be called with this pipeline's events. Accepted: bool fn(const T&), "
                                        "bool fn(T), a pointer to a bool member of T; not bool fn(T&), as it may not change events.");
        else
            static_assert(never<Fn, S>, "take_while(fn): fn does not return something that says yes or no. Accepted: bool fn(const T&).");
    }
};

} // namespace detail

/// Passes events while fn(e) is true; at the first for which it is not, ends the pipeline as if its source had ended.
///     E -> E; order and event time kept; never allocates; the event that ended it counts as dropped (filtered), fn is not
///     called again. Whether the stream ends is not known before it runs: only take(n) makes an unbounded stream a bounded one.
///     example: tests/op/take_while.cpp
template <typename Fn>
[[nodiscard]] constexpr auto take_while(Fn fn) {
    return detail::TakeWhileOp<Fn>{std::move(fn)};
}
template <typename... Wrong>
constexpr Refused take_while(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>, "take_while(fn): it takes one argument. Accepted: bool fn(const T&), a pointer to a member of T.");
    return {};
}

} // namespace weir
