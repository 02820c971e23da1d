// SPDX-License-Identifier: BSL-1.0
// The cases that are not run, each with what it needs. A case that can be run must not be here.
#pragma once
#include "conformance/features.hpp"

#include <array>

namespace conformance {

inline constexpr std::array<Listed, 2> not_offered_cases{{
    {"jet-coalesce-goes-back", "a watermark that goes back is an error (D8): here it is passed over, as in Flink and Beam"},
    {"flink-mux-remove-lowest", "an ended input that holds others back until the next watermark (D9): here and in Jet it does not"},
}};

} // namespace conformance
