// SPDX-License-Identifier: BSL-1.0
// Windows whose panes let go of elements.
#include "catch.hpp"
#include "conformance/any_windows.hpp"

#include <cstdint>
#include <utility>
#include <vector>

using namespace conformance;

namespace {

template <typename Make>
void replay_evicting(const Case& c, Make make, std::vector<Unit> units = {Unit{}, Unit{1}}) {
    if (c.params["evictor"].string_or("type", "") == "time") units = {Unit{}};
    replay_windows(c, make, std::move(units), WithEvictor{&c});
}

} // namespace

TEST_CASE("evictors of windows side by side are those of other engines") {
    for (const Case& c : cases_of({"tumbling", "sliding"}, true)) {
        if (c.params.has("min_start") || judged_by_element(c)) continue;
        const std::int64_t size = c.params["size"].integer();
        replay_evicting(c, [&](Unit unit) {
            return weir::sliding(unit.length(size), unit.length(c.params.integer_or("slide", size))).offset(unit.length(c.params.integer_or("offset", 0)));
        });
    }
}

TEST_CASE("evictors of windows of one's own are those of other engines") {
    for (const Case& c : cases_of({"tumbling", "sliding", "cumulative"}, true))
        if ((c.op == "cumulative" || c.params.has("min_start")) && not judged_by_element(c))
            replay_evicting(c, [&](Unit unit) { return windows_on_grid(c, unit); });
}

TEST_CASE("evictors of the global window are those of other engines") {
    for (const Case& c : cases_of({"global"}, true)) replay_evicting(c, [](Unit) { return weir::global_window(); });
}

TEST_CASE("evictors of sessions are those of other engines") {
    for (const Case& c : cases_of({"session"}, true))
        if (not judged_by_element(c)) replay_evicting(c, [&](Unit unit) { return sessions_of(c, unit); }, units_of_sessions(c));
}
