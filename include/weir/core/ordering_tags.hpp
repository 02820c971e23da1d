// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace weir {

/// Where work is done side by side: results go on in the order of the events that they come from.
struct Ordered {
    explicit constexpr Ordered() = default;
};
/// Where work is done side by side: results go on as they come, but never across a watermark, a barrier or the end.
struct Unordered {
    explicit constexpr Unordered() = default;
};

/// What one writes: parallel(4, chain, ordered), async_map(16, fn, unordered).
inline constexpr Ordered ordered{};
inline constexpr Unordered unordered{};

} // namespace weir
