// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace weir::detail {

/// The smallest input found that still fails: parts are left out, halves first, then single elements, as long as it fails without.
///     after: Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE TSE 28(2), 2002
template <typename T, typename Fails>
std::vector<T> shrink(std::vector<T> input, Fails&& fails) {
    std::size_t tries = 2000;
    for (std::size_t part = std::max<std::size_t>(1, input.size() / 2);;) {
        bool removed = false;
        for (std::size_t at = 0; at < input.size() && tries > 0;) {
            const auto first = input.begin() + static_cast<std::ptrdiff_t>(at);
            const auto last = input.begin() + static_cast<std::ptrdiff_t>(std::min(at + part, input.size()));
            std::vector<T> without(input.begin(), first);
            without.insert(without.end(), last, input.end());
            --tries;
            if (fails(without)) {
                input = std::move(without);
                removed = true;
            } else {
                at += part;
            }
        }
        if (tries == 0 || (part == 1 && not removed)) return input;
        if (part > 1) part = (part + 1) / 2;
    }
}

} // namespace weir::detail
