// SPDX-License-Identifier: BSL-1.0
// Windows whose panes let go of elements.
#include "catch.hpp"
#include "conformance/windows.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace conformance;
using namespace std::chrono_literals;

namespace {

/// The evictor that a case names, made of the library's: one type for all cases.
struct CaseEvictor {
    const Case* c;
    bool after;

    [[nodiscard]] std::function<bool(const Row&, std::size_t)> among(const std::vector<Row>& rows) const {
        const Json& evictor = c->params["evictor"];
        const std::string& type = evictor["type"].string();
        if (type == "count") return weir::keep_last(static_cast<std::size_t>(evictor["n"].integer())).among(rows);
        if (type == "time") // a case's milliseconds, so that one more is the least that is older
            return [size = evictor["size"].integer(), &rows](const Row& row, std::size_t i) {
                return weir::keep_within(Unit{}.length(size), [](const Row& r) { return r.time; }).among(rows)(row, i);
            };
        return [threshold = evictor["threshold"].integer(), &rows](const Row& row, std::size_t i) {
            const auto far = [threshold](const Row& value, const Row& last) { return last.value.integer() - value.value.integer() >= threshold; };
            return weir::evict_if(far).among(rows)(row, i);
        };
    }
};

struct WithEvictor {
    const Case* c;
    auto operator()(Chosen aggregate) const {
        return weir::evicting(CaseEvictor{c, c->params["evictor"].true_or("after", false)}, std::move(aggregate));
    }
};

template <typename Make>
void replay_evicting(const Case& c, Make make, bool touching = true) {
    std::vector<Unit> units{Unit{}};
    if (c.params["evictor"].string_or("type", "") != "time" && touching) units.push_back(Unit{1});
    replay_windows(c, make, units, WithEvictor{&c});
}

} // namespace

TEST_CASE("evictors of windows side by side are those of other engines") {
    for (const Case& c : cases_of({"tumbling", "sliding"}, true)) {
        const std::int64_t size = c.params["size"].integer();
        replay_evicting(c, [&](Unit unit) {
            return weir::sliding(unit.length(size), unit.length(c.params.integer_or("slide", size))).offset(unit.length(c.params.integer_or("offset", 0)));
        });
    }
}

TEST_CASE("evictors of the global window are those of other engines") {
    for (const Case& c : cases_of({"global"}, true)) replay_evicting(c, [](Unit) { return weir::global_window(); });
}

TEST_CASE("evictors of sessions are those of other engines") {
    for (const Case& c : cases_of({"session"}, true)) {
        const std::int64_t gap = c.params["gap"].integer();
        replay_evicting(c, [&](Unit unit) { return weir::session(unit.length(gap) - (touching_merge(c) ? 0ns : 1ns)); }, touching_merge(c));
    }
}
