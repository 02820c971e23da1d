// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "conformance/windows.hpp"

#include <cstdint>
#include <vector>

using namespace conformance;

namespace {

/// Kafka's windows: none begins before a given time.
struct From {
    weir::Duration size;
    weir::Duration slide;
    weir::Timestamp first;

    std::vector<weir::Window> operator()(weir::Timestamp t) const {
        std::vector<weir::Window> windows;
        const auto since = t.time_since_epoch() % slide;
        const weir::Timestamp last = t - (since < weir::Duration::zero() ? since + slide : since);
        for (weir::Timestamp start = last; start > t - size; start -= slide)
            if (start >= first) windows.push_back({start, start + size});
        return {windows.rbegin(), windows.rend()};
    }
};

} // namespace

TEST_CASE("windows of one's own are those of an engine without negative times") {
    for (const Case& c : cases_of({"tumbling", "sliding"})) {
        if (not c.params.has("min_start")) continue;
        const std::int64_t size = c.params["size"].integer();
        replay_windows(c, [&](Unit unit) {
            const weir::Duration slide = unit.length(c.params.integer_or("slide", size));
            return weir::windows_by(From{unit.length(size), slide, unit.at(c.params["min_start"].integer())});
        });
    }
}

TEST_CASE("cumulative windows are those of other engines") {
    const auto windows = [](const Case& c, Unit unit) {
        return weir::cumulative(unit.length(c.params["size"].integer()), unit.length(c.params["step"].integer()))
            .offset(unit.length(c.params.integer_or("offset", 0)));
    };
    for (const Case& c : cases_of({"cumulative"})) replay_windows(c, [&](Unit unit) { return windows(c, unit); });
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
