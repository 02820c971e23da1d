// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/hash.hpp>
#include <weir/core/pack.hpp>
#include <weir/core/window.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// The key_by clause in a stream's description: how to find an event's key.
template <typename Proj>
struct KeyClause {
    static constexpr bool is_key = true;
    WEIR_NO_UNIQUE_ADDRESS Proj projection;

    template <typename Op>
    static constexpr void unused() {
        static_assert(never<Op>, "key_by(...): nothing took the key. It belongs to the next keyed operator: window(...), aggregate(...), "
                                 "reduce(...), process_keyed(...) ...; between may stand only filter, tap, when and stage.");
    }
};

/// How an operator finds the key of a value. Without key_by all have the same.
struct KeyOfNone {
    template <typename V>
    [[nodiscard]] constexpr NoKey operator()(const V&) const noexcept { return {}; }
};

/// Where a table looks for a key. Saved tables depend on it, so it never changes: numbers have a hash of their own, which takes a
/// quarter of stable_hash's time (both halves of the 128-bit product with 2^64 / golden ratio, xor).
template <typename K>
[[nodiscard]] constexpr std::uint64_t hash_of_key(const K& key) {
    if constexpr (std::is_same_v<K, NoKey>) return 0;
    else if constexpr (std::is_integral_v<K>) return fold(number_bits(key), golden);
    else return stable_hash(key);
}

/// The window clause: which windows an event belongs to, and when they give something.
template <typename Spec>
struct WindowClause {
    static constexpr bool is_window = true;
    Spec spec;

    template <typename Op>
    static constexpr void unused() {
        static_assert(never<Op>, "window(...): nothing took the window. It belongs to the next aggregate(...); between may stand only filter, "
                                 "tap, when and stage.");
    }
};

template <typename C>
concept IsKeyClause = requires { requires C::is_key; };
template <typename C>
concept IsWindowClause = requires { requires C::is_window; };

template <typename Clauses>
inline constexpr bool has_key_clause = false;
template <typename... Cs>
inline constexpr bool has_key_clause<Pack<Cs...>> = (IsKeyClause<Cs> || ...);
template <typename Clauses>
inline constexpr bool has_window_clause = false;
template <typename... Cs>
inline constexpr bool has_window_clause<Pack<Cs...>> = (IsWindowClause<Cs> || ...);

/// Whether a stream has one.
template <typename S>
inline constexpr bool is_keyed = has_key_clause<decltype(S::clauses)>;
template <typename S>
inline constexpr bool is_windowed = has_window_clause<decltype(S::clauses)>;

template <std::size_t I = 0, typename Clauses>
constexpr const auto& key_clause_of(const Clauses& clauses) {
    if constexpr (IsKeyClause<nth_t<I, Clauses>>) return detail::nth<I>(clauses);
    else return key_clause_of<I + 1>(clauses);
}
template <std::size_t I = 0, typename Clauses>
constexpr const auto& window_clause_of(const Clauses& clauses) {
    if constexpr (IsWindowClause<nth_t<I, Clauses>>) return detail::nth<I>(clauses);
    else return window_clause_of<I + 1>(clauses);
}

} // namespace weir::detail
