// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/kept_key.hpp>
#include <weir/op/recent_set.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// Remembers one key, the last.
template <typename Key>
struct LastKey {
    std::optional<Key> key;

    template <typename K>
    constexpr bool insert(K&& given) {
        if (key && *key == given) return false;
        if (key) renew(*key, std::forward<K>(given));
        else key.emplace(std::forward<K>(given));
        return true;
    }
    void save(StateWriter& to) const { to.put(key); }
    void load(StateReader& from) { from.get(key); }
};

template <typename Fn, typename Key, typename Memory>
struct Distinguishing {
    using kind = OperatorKind;
    static constexpr Drop drops = Drop::duplicate;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    Memory seen;

    template <typename E, typename Next>
    WEIR_INLINE constexpr void on_event(E&& event, Next& next) {
        if (insert(call(fn, std::as_const(event)))) next.on_event(std::forward<E>(event));
    }
    template <typename K>
    WEIR_INLINE constexpr bool insert(K&& key) {
        if constexpr (std::is_same_v<Key, owned_t<K>>) return seen.insert(std::forward<K>(key));
        else return seen.insert(kept_key<Key>(std::forward<K>(key))); // its parts do not compare with those of one that is kept
    }
    void save(StateWriter& to) const { seen.save(to); }
    void load(StateReader& from) { seen.load(from); }
};

struct Consecutive {};

/// Memory: how many keys are remembered, or Consecutive.
template <typename Fn, typename Memory>
struct DistinctOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "distinct";
    static constexpr bool takes_clauses = true; // refuses them in its own words
    static constexpr bool consecutive = std::is_same_v<Memory, Consecutive>;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    WEIR_NO_UNIQUE_ADDRESS Memory memory;

    template <typename S>
    static constexpr bool callable = TakesEvent<Fn&, const typename S::event&>;
    template <typename S>
    using given = call_result_t<Fn, const typename S::event&>;
    template <typename S>
    using kept = owned_parts_t<given<S>>;
    template <typename S>
    static constexpr bool keepable = std::is_constructible_v<owned_t<given<S>>, given<S>>;

    template <typename S>
        requires(not S::has_clauses) && callable<S> && keepable<S> && std::equality_comparable<kept<S>> && (consecutive || Hashable<kept<S>>)
    using out = S;

    template <typename S>
    void say_memory(auto& walk, const S&) const {
        using Key = kept<S>;
        if constexpr (consecutive) walk.bounded(walk.template of_one<Key>());
        else walk.bounded(RecentSet<Key>::bytes_for(memory) + memory * (walk.template of_one<Key>() - sizeof(Key)));
    }
    template <typename S>
    constexpr auto bind(const S&) && {
        using Key = kept<S>;
        if constexpr (consecutive) return Distinguishing<Fn, Key, LastKey<Key>>{std::move(fn), {}};
        else return Distinguishing<Fn, Key, RecentSet<Key>>{std::move(fn), RecentSet<Key>(memory)};
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (S::has_clauses)
            static_assert(never<Fn, S>, "distinct(...): it knows no keys and no windows. For the first event of each key within a time write "
                                        "key_by(projection) | deduplicate({.ttl = time}); for what has changed since the last event of its key "
                                        "process_keyed<Last, T>(fn), whose state is that event. Without key_by distinct(projection) drops "
                                        "neighbours with the same key, distinct(projection, n) those among the last n keys.");
        else if constexpr (not callable<S>)
            static_assert(never<Fn, S>, "distinct(projection): the projection cannot be called with this pipeline's events. Accepted: "
                                        "Key projection(const T&), a pointer to a member of T.");
        else if constexpr (std::is_void_v<given<S>>)
            static_assert(never<Fn, S>, "distinct(projection): the projection returns nothing, but it must return the key to compare.");
        else if constexpr (not keepable<S>)
            static_assert(never<Fn, S>, "distinct(): it keeps what it compares with, and that cannot be copied. Name a part of the event that "
                                        "can: distinct(projection).");
        else if constexpr (not std::equality_comparable<kept<S>>)
            static_assert(never<Fn, S>, "distinct(): these events have no ==. Give them one, or name a part that has: distinct(projection).");
        else
            static_assert(never<Fn, S>, "distinct(projection, max_entries): the key has no std::hash. Specialise std::hash for it, or use a "
                                        "projection to a string or a number.");
    }
};

} // namespace detail

/// Drops each event that equals the one before it; with a projection, whose key equals that of the one before it.
///     E -> E; order and event time kept; a copy of the last key is kept, in memory that is used again; drops count as duplicate.
///     example: tests/op/distinct.cpp
template <typename Projection>
[[nodiscard]] constexpr auto distinct(Projection projection) {
    return detail::DistinctOp<Projection, detail::Consecutive>{std::move(projection), {}};
}
[[nodiscard]] constexpr auto distinct() { return distinct(std::identity()); }

/// Drops each event whose key is among the last `max_entries` different keys. When there is one more, the key that was let
/// through longest ago is forgotten: an event with that key passes again.
///     E -> E; order and event time kept; constant time per event; all memory is taken at the start (what keys such as strings
///     hold, when they first grow); drops count as duplicate. Keys need == and std::hash; max_entries is 1 to 2^30, else
///     std::invalid_argument at the start of the job. distinct(std::identity{}, n) compares whole events.
///     example: tests/op/distinct.cpp
template <typename Projection>
[[nodiscard]] constexpr auto distinct(Projection projection, std::size_t max_entries) {
    return detail::DistinctOp<Projection, std::size_t>{std::move(projection), max_entries};
}
template <typename... Wrong>
    requires(sizeof...(Wrong) == 0 || sizeof...(Wrong) > 2)
constexpr Refused distinct(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "distinct(projection): it takes at most a projection and a number. Accepted: distinct(), "
                  "distinct(projection), distinct(projection, max_entries).");
    return {};
}

} // namespace weir
