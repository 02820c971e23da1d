// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "conformance/windows.hpp"

#include <chrono>

using namespace conformance;
using namespace std::chrono_literals;

namespace {

/// Sessions exactly `gap` apart are one (D1). Engines where they are two are had with a gap that is shorter by the least there is.
bool touching_merge(const Case& c) { return c.params.string_or("session_merge", "touch") == "touch"; }

} // namespace

TEST_CASE("sessions are those of other engines") {
    for (const Case& c : cases_of({"session"})) {
        if (c.params.has("gap_per_element")) continue;
        const std::int64_t gap = c.params["gap"].integer();
        if (touching_merge(c)) replay_windows(c, [&](Unit unit) { return weir::session(unit.length(gap)); });
        else replay_windows(c, [&](Unit unit) { return weir::session(unit.length(gap) - 1ns); }, {Unit{1'000'000}});
    }
}

TEST_CASE("sessions whose events bring their gaps are those of other engines") {
    for (const Case& c : cases_of({"session"})) {
        if (not c.params.has("gap_per_element")) continue;
        if (touching_merge(c)) replay_windows(c, [](Unit) { return weir::session(&Row::gap); });
        else replay_windows(c, [](Unit) { return weir::session([](const Row& row) { return row.gap - 1ns; }); }, {Unit{1'000'000}});
    }
}
