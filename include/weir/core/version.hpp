// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The version, for #if: major * 10000 + minor * 100 + patch. The only place that says it: CMake reads this line.
#define WEIR_VERSION 100

namespace weir {

/// The same for programs: 0.1.0 is {0, 1, 0}.
inline constexpr int version_major = WEIR_VERSION / 10000;
inline constexpr int version_minor = WEIR_VERSION / 100 % 100;
inline constexpr int version_patch = WEIR_VERSION % 100;

} // namespace weir
