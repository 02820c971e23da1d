// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/kept_key.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// The running form keeps the total in itself, not in the user's variable: that one might be what the events are made of.
template <typename T, typename Fn>
struct Folding {
    using kind = OperatorKind;
    static constexpr bool one_to_one = true;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    T* target;
    T total;

    template <typename E, typename Next>
    WEIR_INLINE constexpr void on_event(E&& event, Next&) {
        total = kept_key<T>(std::invoke(fn, std::move(total), value_of(std::forward<E>(event))));
    }
    static constexpr bool pure_in_pass = is_pure<Fn> || std::is_same_v<Fn, std::plus<>>;
    /// Sums of integers. (What another function makes of the total is chosen by a branch, or waits for the choice before: of what is kept alone
    /// it takes a third to a tenth of the time, whether it is pure or not.)
    template <typename E>
    static constexpr bool takes_masked = sizeof(value_t<E>) <= sizeof(std::uint64_t) && std::is_integral_v<T> && std::is_integral_v<value_t<E>> &&
                                         not std::is_same_v<value_t<E>, bool> && std::is_same_v<Fn, std::plus<>>;
    template <typename E, typename Mask>
    WEIR_INLINE constexpr void on_masked(E&& event, Mask mask) {
        using V = value_t<E>;
        total = static_cast<T>(fn(T(total), static_cast<V>(value_of(event) & static_cast<V>(mask))));
    }
    /// A sum of integers may be made in parts, which wrap around where the whole one does not.
    template <typename E>
    static constexpr bool takes_lanes = takes_masked<E> && sizeof(T) == 8 && sizeof(value_t<E>) == 8;
    template <typename E>
    WEIR_INLINE static constexpr void on_lane(std::uint64_t& part, E&& event, bool mask) noexcept {
        part += mask ? static_cast<std::uint64_t>(value_of(event)) : 0;
    }
    constexpr void add_part(std::uint64_t part) noexcept { total = static_cast<T>(static_cast<std::uint64_t>(total) + part); }

    template <typename Next>
    constexpr void end_span(Next&) { *target = total; }

    void save(StateWriter& to) const { to.put(total); }
    void load(StateReader& from) { *target = total = from.get<T>(); }
};

template <typename T, typename Fn>
struct FoldOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "fold_into";
    static constexpr bool keeps_little = true; // the state is the user's
    T* target;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    static constexpr bool keeps_views = not std::is_same_v<owned_parts_t<T>, T>;

    template <typename S>
        requires(not keeps_views) && requires(Fn& f, T total, given_t<S> value) { { std::invoke(f, std::move(total), std::forward<given_t<S>>(value)) } -> keepable_as<T>; }
    using out = Ended;

    template <typename S>
    constexpr auto bind(const S&) && { return Folding<T, Fn>{std::move(fn), target, *target}; }

    template <typename S>
    static constexpr void explain() {
        if constexpr (keeps_views)
            static_assert(never<Fn, S>, "fold_into(total, fn): it would keep a view of a text that lives only during the call. Take a total of "
                                        "std::string, or of what else owns its text; fn may go on with views.");
        else
            static_assert(never<Fn, S>, "fold_into(total, fn): fn cannot be called with the total and this pipeline's events, or does not "
                                        "return a new total. Accepted: T fn(T, const E&).");
    }
};

} // namespace detail

/// Ends a chain: total = fn(total, e) for each event, beginning with the value that `total` has at the start.
///     E -> sink; in order; never allocates; `total` (copyable) is written at the end of each span and must live until run or wait
///     returns; read it after that. example: tests/sink/fold_into.cpp
template <typename T, typename Fn = std::plus<>>
[[nodiscard]] constexpr auto fold_into(T& total, Fn fn = {}) {
    detail::may_be_used_later(total);
    return detail::FoldOp<T, Fn>{std::addressof(total), std::move(fn)};
}
template <typename... Wrong>
constexpr Refused fold_into(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "fold_into(total, fn): total is a variable of yours, by its name, into which each event is folded: int "
                  "total = 0; ... | fold_into(total).");
    return {};
}

} // namespace weir
