// SPDX-License-Identifier: BSL-1.0
// Where engines judge lateness by the element and not by its windows (D2): drop_late() before the window.
#include "catch.hpp"
#include "conformance/windows.hpp"

#include <chrono>
#include <cstdint>

using namespace conformance;
using namespace std::chrono_literals;

TEST_CASE("windows of engines that drop every element behind the watermark") {
    for (const Case& c : cases_of({"tumbling", "sliding"})) {
        if (not judged_by_element(c)) continue;
        const std::int64_t size = c.params["size"].integer();
        replay_windows<true>(c, [&](Unit unit) {
            return weir::sliding(unit.length(size), unit.length(c.params.integer_or("slide", size))).offset(unit.length(c.params.integer_or("offset", 0)));
        });
    }
}

TEST_CASE("sessions of engines that drop every element behind the watermark") {
    for (const Case& c : cases_of({"session"})) {
        if (not judged_by_element(c)) continue;
        const std::int64_t gap = c.params["gap"].integer();
        if (touching_merge(c)) replay_windows<true>(c, [&](Unit unit) { return weir::session(unit.length(gap)); });
        else replay_windows<true>(c, [&](Unit unit) { return weir::session(unit.length(gap) - 1ns); }, {Unit{1'000'000}});
    }
}
