// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "conformance/windows.hpp"

using namespace conformance;

namespace {

auto tumbling(const Case& c, Unit unit) {
    return weir::tumbling(unit.length(c.params["size"].integer())).offset(unit.length(c.params.integer_or("offset", 0)));
}
auto sliding(const Case& c, Unit unit) {
    return weir::sliding(unit.length(c.params["size"].integer()), unit.length(c.params["slide"].integer()))
        .offset(unit.length(c.params.integer_or("offset", 0)));
}

/// The windows that an element is assigned to, made visible: each element is a key of its own, each window says at once what came.
Case of_assignment(const Case& c) {
    Case windows = c;
    windows.op = c.params["kind"].string();
    windows.aggregate = "count";
    windows.params.member("emit") = Json(std::string("update"));
    windows.expected.clear();
    for (std::size_t i = 0; i < c.input.size(); ++i) windows.input[i].member("key") = Json(static_cast<std::int64_t>(i));
    for (const Json& entry : c.expected)
        for (const Json& window : entry["windows"].elements()) {
            Json one = Json::object();
            one.member("key") = entry["after_input_index"];
            one.member("window") = window;
            one.member("value") = Json(std::int64_t{1});
            one.member("after_input_index") = entry["after_input_index"];
            windows.expected.push_back(std::move(one));
        }
    return windows;
}

} // namespace

TEST_CASE("tumbling windows are those of other engines") {
    for (const Case& c : cases_of({"tumbling"}))
        if (not c.params.has("min_start") && not judged_by_element(c)) replay_windows(c, [&](Unit unit) { return tumbling(c, unit); });
}

TEST_CASE("sliding windows are those of other engines") {
    for (const Case& c : cases_of({"sliding"}))
        if (not c.params.has("min_start") && not judged_by_element(c)) replay_windows(c, [&](Unit unit) { return sliding(c, unit); });
}

TEST_CASE("events are assigned to the windows of other engines") {
    for (const Case& given : cases_of({"assign"})) {
        const Case c = of_assignment(given);
        if (c.op == "tumbling") replay_windows(c, [&](Unit unit) { return tumbling(c, unit); });
        if (c.op == "sliding") replay_windows(c, [&](Unit unit) { return sliding(c, unit); });
    }
}
