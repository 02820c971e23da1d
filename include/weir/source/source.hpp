// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <type_traits>

namespace weir::detail {

/// What an input answers when it is driven for a while.
struct Drive {
    enum class State : unsigned char {
        ran,     ///< events went through; there may be more
        nothing, ///< none at hand; ask again after retry_in, or when wait() returns
        ended
    };
    State state = State::ran;
    Duration retry_in = Duration::max();
};

/// How a task drives what it reads. An input is what `from` makes of a user's source:
///     using stream = Stream<...>
///     drive(feed, limit, now) -> Drive    hands at most `limit` events to the feed; does not wait (a plain next() may)
///     rest(feed, limit) -> Drive          only what has been read already; ended when that is nothing
///     drain()                             optional: before rest(), when it is to be as if the source ended there
///     wait(stop, deadline)                optional: sleeps until driving may give something
///     save(StateWriter&), load(StateReader&)   optional: the position of the first event not yet handed on
template <typename I>
concept WaitableInput = requires(I& input, std::stop_token stop, std::chrono::steady_clock::time_point deadline) { input.wait(stop, deadline); };

/// A BatchSource that reads what others may still write: it can be asked without waiting for them.
///     try_batch()            as next_batch(); nullopt: none yet
///     wait(stop, deadline)   sleeps until there may be one
///     is_live()              whether that may be long: it reads a pipe now, and not a file that is there
///     rest()                 what it has read and not given, as if it ended there; empty: no more
template <typename S>
concept LiveBatches = requires(S& source, std::stop_token stop, std::chrono::steady_clock::time_point deadline) {
    { source.try_batch() } -> std::same_as<std::optional<decltype(source.next_batch())>>;
    source.wait(stop, deadline);
    { source.is_live() } -> std::same_as<bool>;
    { source.rest() } -> std::same_as<decltype(source.next_batch())>;
};

/// One that hands its events out in parts to readers, a PartedSource.
///     try_part(reader)    as next_part(reader); nullopt: there is none yet
///     rest_part(reader)   the same of what rest() would give
template <typename S>
concept LiveParts = LiveBatches<S> && requires(S& source, S& reader) {
    { source.try_part(reader) } -> std::same_as<std::optional<bool>>;
    { source.rest_part(reader) } -> std::same_as<bool>;
};

template <typename I>
concept SavableInput = requires(const I& fixed, I& input, StateWriter& to, StateReader& from) {
    fixed.save(to);
    input.load(from);
};

/// Gives a feed a span; took(n) says how many of its events have been read, also where one throws: that one, and none that is still to come. Of
/// what may have been moved from, all that an operator was given at once: it counts as held.
template <typename Feed, typename E, typename Took>
void read_span(Feed& feed, std::span<E> events, const Took& took) {
    std::uint64_t before = 0;
    if constexpr (requires { feed.handed(); }) before = feed.handed();
    std::size_t n = 0;
    try {
        n = feed.span(events);
    } catch (...) {
        if constexpr (requires { feed.handed(); }) n = static_cast<std::size_t>(feed.handed() - before);
        if constexpr ((std::is_const_v<E> || std::is_trivially_copyable_v<E>) && requires { typename Feed::chain_type::op_type; })
            n -= std::min<std::size_t>(n, std::max<std::size_t>(feed.chain().interrupted(), 1) - 1);
        took(n);
        throw;
    }
    took(n);
}

template <typename S>
consteval bool declared_bounded(bool otherwise) {
    if constexpr (requires { { S::bounded } -> std::convertible_to<bool>; }) return S::bounded;
    else return otherwise;
}

} // namespace weir::detail
