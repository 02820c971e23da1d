// SPDX-License-Identifier: BSL-1.0
// What tests of memory_bound look at.
#pragma once
#include <catch.hpp>
#include <weir/core.hpp>
#include <weir/core/memory_bound.hpp>
#include <weir/run/channel.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>

/// Beside its ring each queue has a few signals, as the end,
inline const std::size_t few_signals = weir::detail::grown(4, sizeof(weir::detail::Signal)) + 2 * sizeof(weir::detail::SomeSignals); // and room for some at its ends

inline const weir::MemoryPart& part(const weir::MemoryBound& bound, const std::string& name) {
    for (const auto& one : bound.parts)
        if (one.name == name) return one;
    throw std::runtime_error("no part " + name);
}

/// Its parts are called as in the Report.
inline void same_names(const weir::MemoryBound& bound, const weir::Report& report) {
    for (const auto& one : bound.parts) {
        CAPTURE(one.name);
        CHECK(report.at(one.name).name == one.name);
    }
}
