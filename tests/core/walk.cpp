// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/core/walk.hpp>

#include <cstdint>
#include <string>
#include <vector>

using weir::StateError;
using weir::StateReader;
using weir::StateWriter;
using weir::detail::Identities;
using weir::detail::LoadWalk;
using weir::detail::SaveWalk;

TEST_CASE("an identity is its kind and ordinal on its path, or the name given") {
    Identities names;
    names.add("filter");
    names.add("map");
    const std::uint32_t broadcast = names.add("broadcast");
    names.enter(broadcast, "branch#1");
    names.add("filter");
    names.add("filter");
    names.leave();
    names.enter(broadcast);
    names.add("filter");
    names.leave();
    names.add("filter");
    names.enter_named("spend", false);
    names.add("filter");
    names.leave();
    names.enter_named("cheap", true);
    const std::uint32_t cheap = names.add("route");
    names.enter(cheap, "else");
    names.add("filter");
    names.leave();
    names.leave();
    names.enter_path("input#1");
    names.add("filter");
    names.enter_named("hot", true);
    names.add("filter");
    names.leave();
    names.leave();
    names.add("filter");
    CHECK(names.names() == std::vector<std::string>{"filter#1", "map#1", "broadcast#1", "broadcast#1/branch#1/filter#1",
                                                    "broadcast#1/branch#1/filter#2", "broadcast#1/filter#1", "filter#2", "spend/filter#1", "cheap",
                                                    "cheap/else/filter#1", "input#1/filter#1", "input#1/hot", "filter#3"});
}

namespace {

void save(SaveWalk& walk, const std::string& name, int number) {
    walk.section(name, [number](StateWriter& to) { to.put(number); });
}
int load(LoadWalk& walk, const std::string& name) {
    int number = 0;
    walk.section(name, [&number](StateReader& from) { from.get(number); });
    return number;
}

} // namespace

TEST_CASE("each operator is given its own section, in any order") {
    const Identities names;
    StateWriter state;
    SaveWalk to(names, state);
    save(to, "a", 1);
    save(to, "b", 2);
    save(to, "a", 3); // two operators that were given one name
    LoadWalk from(names, StateReader(state.data()));
    CHECK(load(from, "b") == 2);
    CHECK(load(from, "a") == 1);
    CHECK_THROWS_WITH(from.finish(), "saved state has operator a, which this job does not have");
    CHECK(load(from, "a") == 3);
    CHECK_NOTHROW(from.finish());
    CHECK_THROWS_AS(load(from, "a"), StateError);
}

TEST_CASE("state of another job is refused with the operator's name") {
    const Identities names;
    StateWriter state;
    SaveWalk to(names, state);
    save(to, "map#1", 1);
    to.section("long", [](StateWriter& section) { section.put(std::uint64_t{7}); });
    LoadWalk from(names, StateReader(state.data()));
    CHECK_THROWS_WITH(load(from, "filter#1"), "saved state has nothing for operator filter#1: the job has changed since it was saved");
    CHECK_THROWS_WITH(load(from, "long"), "saved state of operator long is longer than the operator expects");
    CHECK_THROWS_WITH(from.finish(), "saved state has operator map#1, which this job does not have");
}
