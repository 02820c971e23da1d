// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/hash.hpp>
#include <weir/core/kept_key.hpp>
#include <weir/core/key.hpp>

#include <concepts>
#include <functional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// Several projections as one, whose key is a tuple.
template <typename... Projs>
struct Together {
    std::tuple<Projs...> projections;
    template <typename V>
        requires(std::invocable<const Projs&, const V&> && ...)
    constexpr auto operator()(const V& value) const {
        return std::apply([&value](const auto&... projection) { return std::tuple<std::invoke_result_t<const Projs&, const V&>...>(std::invoke(projection, value)...); },
                          projections);
    }
};

/// What a projection gives for a value of the stream: perhaps a reference or a view into the event.
template <typename Proj, typename V>
using shown_key_t = std::invoke_result_t<const Proj&, const V&>;

/// The form of a key that is kept.
template <typename Proj, typename V>
using kept_key_t = owned_key_t<shown_key_t<Proj, V>>;

template <typename Proj>
struct KeyByOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "key_by";
    static constexpr bool clause = true;
    static constexpr bool gives_key = true;
    static constexpr bool passes_clauses = true;
    WEIR_NO_UNIQUE_ADDRESS Proj projection;

    template <typename S>
    static consteval bool has_key() {
        if constexpr (std::invocable<const Proj&, shown_t<S>>) return weir::Hashable<kept_key_t<Proj, typename S::value>> && not holds_view<kept_key_t<Proj, typename S::value>>;
        else return false;
    }
    template <typename S>
        requires(has_key<S>() && not is_keyed<S>)
    using out = with_clause_t<S, KeyClause<Proj>>;

    template <typename S>
    constexpr auto behind(const S& stream) const {
        return out<S>{detail::join_packs(stream.clauses, detail::pack(KeyClause<Proj>{projection}))};
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not std::invocable<const Proj&, shown_t<S>>)
            static_assert(never<Proj, S>, "key_by(projection...): a projection cannot be called with this pipeline's events. Accepted: a member "
                                          "pointer, or Key fn(const E&), which is called as const (no mutable lambda); several make a tuple.");
        else if constexpr (is_keyed<S>)
            static_assert(never<Proj, S>, "key_by(...): the stream has a key already that nothing has taken. Give all members at once: "
                                          "key_by(&E::a, &E::b).");
        else if constexpr (std::is_void_v<std::invoke_result_t<const Proj&, shown_t<S>>>)
            static_assert(never<Proj, S>, "key_by(projection...): the projection gives nothing. Accepted: Key fn(const E&), a member pointer.");
        else if constexpr (holds_view<kept_key_t<Proj, typename S::value>>)
            static_assert(never<Proj, S>, "key_by(projection...): this key has views of texts among its fields, which live only during the call. Give it "
                                          "std::strings, or name its parts, key_by(&E::a, &E::b), whose views are copied.");
        else
            static_assert(never<Proj, S>, "key_by(projection...): this key cannot be hashed. Use integers, strings, enums, times, tuples of such or "
                                          "types with fields(), or specialise weir::Hash<Key>.");
    }
};

} // namespace detail

/// Clause: the next keyed operator or aggregate works for each key by itself. It changes no event.
///     projection: member pointer or function E -> key; several give a tuple of keys. Keys must be ones that
///     weir::stable_hash takes, and are compared by what it takes of them: each NaN is the same key. A view, pointer to text or reference
///     into the event, also as a part of a pair, tuple, optional, array or vector, is only copied (text: as a std::string) where a key is new.
///     Between it and what takes it may stand filter, tap, when, stage and window. example: tests/keyed/aggregate.cpp
template <typename Proj, typename... Projs>
[[nodiscard]] constexpr auto key_by(Proj projection, Projs... more) {
    if constexpr (sizeof...(Projs) == 0) {
        return detail::KeyByOp<Proj>{std::move(projection)};
    } else {
        using All = detail::Together<Proj, Projs...>;
        return detail::KeyByOp<All>{All{{std::move(projection), std::move(more)...}}};
    }
}
template <typename... Wrong>
constexpr Refused key_by(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "key_by(projection...): the projection is missing. Accepted: pointers to members, functions of an event: "
                  "key_by(&T::name).");
    return {};
}

} // namespace weir
