// SPDX-License-Identifier: BSL-1.0
// Where engines judge lateness by the element and not by its windows (D2): drop_late() before the window.
#include "catch.hpp"
#include "conformance/any_windows.hpp"

#include <vector>

using namespace conformance;

namespace {

template <typename Make>
void replay_by_element(const Case& c, Make make, std::vector<Unit> units = {Unit{}, Unit{1}}) {
    if (not judged_by_element(c)) return;
    if (c.params.has("evictor") && c.params["evictor"].string_or("type", "") == "time") units = {Unit{}};
    replay_windows<true>(c, make, std::move(units), WithEvictor{&c});
}

} // namespace

TEST_CASE("windows of engines that drop every element behind the watermark") {
    for (const bool evicting : {false, true})
        for (const Case& c : cases_of({"tumbling", "sliding", "cumulative"}, evicting))
            replay_by_element(c, [&](Unit unit) { return windows_on_grid(c, unit); });
}

TEST_CASE("sessions of engines that drop every element behind the watermark") {
    for (const bool evicting : {false, true})
        for (const Case& c : cases_of({"session"}, evicting))
            replay_by_element(c, [&](Unit unit) { return sessions_of(c, unit); }, units_of_sessions(c));
}
