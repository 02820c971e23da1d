// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <concepts>
#include <functional>
#include <type_traits>

namespace weir {

/// Which rows without a partner a join gives as well. Of hash_join alone: semi, anti: the left rows that have a partner, or that have none.
enum class JoinType : unsigned char { inner, left, right, full, semi, anti };

namespace detail {

template <JoinType type>
inline constexpr bool is_pairing = type != JoinType::semi && type != JoinType::anti;

/// What the function of a join is called with: a value that there may be none of is a pointer.
template <JoinType type, typename L, typename R>
struct JoinArguments {
    static constexpr bool keeps_left = type == JoinType::left || type == JoinType::full;
    static constexpr bool keeps_right = type == JoinType::right || type == JoinType::full;
    using Left = std::conditional_t<keeps_right, const L*, const L&>;
    using Right = std::conditional_t<keeps_left, const R*, const R&>;

    template <typename Fn>
    static constexpr bool callable = std::invocable<Fn&, Left, Right>;
    template <typename Fn>
    static constexpr bool gives = [] {
        if constexpr (callable<Fn>) return not std::is_void_v<std::invoke_result_t<Fn&, Left, Right>>;
        else return false;
    }();
    template <typename Fn>
    static constexpr decltype(auto) call(Fn& fn, const L* left, const R* right) {
        if constexpr (keeps_left && keeps_right) return std::invoke(fn, left, right);
        else if constexpr (keeps_right) return std::invoke(fn, left, *right);
        else if constexpr (keeps_left) return std::invoke(fn, *left, right);
        else return std::invoke(fn, *left, *right);
    }
    template <typename Fn>
    using result = std::remove_cvref_t<std::invoke_result_t<Fn&, Left, Right>>;
};

} // namespace detail
} // namespace weir
