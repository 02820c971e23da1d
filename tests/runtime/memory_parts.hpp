// SPDX-License-Identifier: BSL-1.0
// What tests of memory_bound look at.
#pragma once
#include <catch.hpp>
#include <weir/core.hpp>
#include <weir/core/memory_bound.hpp>

#include <stdexcept>
#include <string>

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
