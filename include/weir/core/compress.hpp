// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

// What AVX-512 has for those of a block that are kept: an instruction that moves them together. Into a register, and from there to
// memory: straight to memory a Zen 4 takes some hundred cycles for it.

namespace weir::detail {

/// Whether compress_kept() is there for such items.
template <typename Item>
inline constexpr bool compresses =
#if defined(__AVX512F__) && defined(__GNUC__)
    std::is_trivially_copyable_v<Item> && (sizeof(Item) == 4 || sizeof(Item) == 8);
#else
    false;
#endif
inline constexpr std::size_t compressed_at_once = 16;

#if defined(__AVX512F__) && defined(__GNUC__) // what <immintrin.h> has, without what it costs every includer
/// Writes those of 16 items that are kept, in order, and gives how many; `to` has room for 16. Adds to `changes` how often those of each
/// eight go over between kept and dropped.
template <typename Item>
    requires compresses<Item>
WEIR_INLINE std::size_t compress_kept(const Item* items, const bool* keeps, Item* to, std::size_t& changes) noexcept {
    using Bytes = char __attribute__((vector_size(16)));
    Bytes bytes;
    std::memcpy(&bytes, keeps, sizeof bytes);
    const auto kept = static_cast<std::uint32_t>(__builtin_ia32_pmovmskb128(static_cast<Bytes>(bytes != 0)));
    if constexpr (sizeof(Item) == 8) {
        using Eight = long long __attribute__((vector_size(64)));
        Eight first;
        Eight second;
        std::memcpy(&first, items, sizeof first);
        std::memcpy(&second, items + 8, sizeof second);
        first = __builtin_ia32_compressdi512_mask(first, Eight{}, static_cast<unsigned char>(kept));
        second = __builtin_ia32_compressdi512_mask(second, Eight{}, static_cast<unsigned char>(kept >> 8));
        std::memcpy(static_cast<void*>(to), &first, sizeof first);
        std::memcpy(static_cast<void*>(to + std::popcount(kept & 0xff)), &second, sizeof second);
    } else {
        using Sixteen = int __attribute__((vector_size(64)));
        Sixteen all;
        std::memcpy(&all, items, sizeof all);
        all = __builtin_ia32_compresssi512_mask(all, Sixteen{}, static_cast<unsigned short>(kept));
        std::memcpy(static_cast<void*>(to), &all, sizeof all);
    }
    changes += static_cast<std::size_t>(std::popcount((kept ^ kept >> 1) & 0x7f7f));
    return static_cast<std::size_t>(std::popcount(kept));
}
#endif

} // namespace weir::detail
