// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace weir::detail {

// All inlined: a function that only fetches has no effect in the eyes of a compiler, and would not be called.

/// Fetches an object of up to three cache lines.
template <typename T>
WEIR_INLINE void fetch([[maybe_unused]] const T* object) noexcept {
#if defined(__GNUC__)
    const char* const at = reinterpret_cast<const char*>(object);
    __builtin_prefetch(at);
    __builtin_prefetch(at + std::min<std::size_t>(sizeof(T) - 1, 64));
    __builtin_prefetch(at + std::min<std::size_t>(sizeof(T) - 1, 128));
#endif
}

/// Fetches what will be looked at when these places' things end, and their keys with them: things and keys, and those of the last keys,
/// which take the rows of those that go.
///     things: each with its key's row; keys: a Table -> the number of the key's first thing.
template <typename Things, typename Keys>
struct FetchEnds {
    const Things& things;
    const Keys& keys;
    template <typename Place>
    WEIR_INLINE void operator()(std::span<const Place> places) const noexcept {
        if (not keys.is_large()) return;
        for (const Place& place : places) fetch(&things[place.session]);
        auto last = static_cast<std::uint32_t>(keys.size());
        for (const Place& place : places) {
            if (const std::uint32_t row = things[place.session].key; row != Keys::none) keys.prefetch_erase(row);
            if (last != 0) fetch(&things[keys[--last].value]);
        }
        last = static_cast<std::uint32_t>(keys.size());
        for (const Place& place : places) {
            if (const std::uint32_t row = things[place.session].key; row != Keys::none) keys.prefetch_slot(row);
            if (last != 0) keys.prefetch_slot(--last);
        }
    }
};

} // namespace weir::detail
