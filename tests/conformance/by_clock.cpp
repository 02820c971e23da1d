// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "conformance/any_windows.hpp"

#include <cstdint>
#include <string>
#include <vector>

using namespace conformance;

namespace {

/// What it gives depends on when its events come.
template <typename Spec>
struct ByClock : WindowJob<Spec> {
    static constexpr bool in_any_order = false;
    static constexpr bool waits = true;
};

template <typename MakeSpec>
void replay_by_clock(const char* op, MakeSpec make) {
    for (const Case& c : cases()) {
        if (c.op != op || not triggers_by_clock(c) || not lacks(c).empty()) continue;
        judge(c, replay(c, op == std::string("session") ? units_of_sessions(c) : std::vector<Unit>{Unit{}, Unit{1}}, [&](Unit unit) {
                  auto spec = configured_by_clock(make(c, unit), c, unit);
                  return ByClock<decltype(spec)>{{&c, unit, std::move(spec)}};
              }));
    }
}

} // namespace

TEST_CASE("early panes by the clock are those of other engines") {
    const auto sliding = [](const Case& c, Unit unit) { // side by side where they slide by their size
        const std::int64_t size = c.params["size"].integer();
        return weir::sliding(unit.length(size), unit.length(c.params.integer_or("slide", size))).offset(unit.length(c.params.integer_or("offset", 0)));
    };
    replay_by_clock("tumbling", sliding);
    replay_by_clock("sliding", sliding);
    replay_by_clock("session", sessions_of);
    replay_by_clock("global", [](const Case&, Unit) { return weir::global_window(); });
}
