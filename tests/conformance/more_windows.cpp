// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "conformance/any_windows.hpp"

#include <cstdint>

using namespace conformance;

TEST_CASE("windows of one's own are those of an engine without negative times") {
    for (const Case& c : cases_of({"tumbling", "sliding"}))
        if (c.params.has("min_start") && not judged_by_element(c)) replay_windows(c, [&](Unit unit) { return windows_on_grid(c, unit); });
}

TEST_CASE("cumulative windows are those of other engines") {
    const auto windows = [](const Case& c, Unit unit) {
        return weir::cumulative(unit.length(c.params["size"].integer()), unit.length(c.params["step"].integer()))
            .offset(unit.length(c.params.integer_or("offset", 0)));
    };
    for (const Case& c : cases_of({"cumulative"}))
        if (not judged_by_element(c)) replay_windows(c, [&](Unit unit) { return windows(c, unit); });
}

TEST_CASE("the global window is that of other engines") {
    for (const Case& c : cases_of({"global"})) replay_windows(c, [](Unit) { return weir::global_window(); });
}

TEST_CASE("count windows are those of other engines") {
    for (const Case& c : cases_of({"count"})) {
        const auto size = static_cast<std::uint64_t>(c.params["size"].integer());
        const auto slide = static_cast<std::uint64_t>(c.params.integer_or("slide", c.params["size"].integer()));
        replay_windows(c, [&](Unit) { return weir::count_window(size, slide); });
    }
}
