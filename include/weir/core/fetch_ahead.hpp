// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>

#include <cstdint>
#include <type_traits>

namespace weir::detail {

/// While many items are looked at in turn, and worked on run by run: fetches what lies a page behind this one. A processor does that by
/// itself, too, but not past the end of a page, and not while a run is worked on. Measured: benchmarks/groups.cpp and windows.cpp.
///     passes: most items are looked at this once, and should not take the place of what is looked at again and again.
template <bool passes = false, typename T>
WEIR_INLINE constexpr void fetch_ahead([[maybe_unused]] const T* item) noexcept {
#if defined(__GNUC__)
    if (not std::is_constant_evaluated()) // whether anything lies there or not
        __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(item) + 4096), 0, passes ? 0 : 3);
#endif
}

} // namespace weir::detail
