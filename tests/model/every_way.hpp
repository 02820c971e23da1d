// SPDX-License-Identifier: BSL-1.0
// What a test wants to know of a program: that no way through it fails, or how the least way does.
#pragma once
#include "catch.hpp"
#include "model/explore.hpp"

#include <string>

namespace model {

template <typename Make>
void check_every_way(Make make, const Bounds& bounds) {
    const auto found = explore(make, bounds);
    INFO(found.failure);
    CHECK(found.failure.empty());
    CHECK(found.ways > 20);
}

/// Empty: there is none with so few pre-emptions.
template <typename Make>
std::string failure_of(Make make) { return least(make, 3).failure; }

} // namespace model
