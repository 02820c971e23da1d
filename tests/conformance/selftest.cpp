// SPDX-License-Identifier: BSL-1.0
// What is not as expected must be noticed: each case is changed, and its replay must say so.
#include "catch.hpp"
#include "conformance/windows.hpp"

#include <utility>
#include <vector>

using namespace conformance;

namespace {

std::string replay_tumbling(const Case& c) {
    return replay(c, {Unit{1'000'000}}, [&](Unit unit) {
        auto spec = configured(weir::tumbling(unit.length(c.params["size"].integer())), c, unit);
        return WindowJob<decltype(spec)>{&c, unit, std::move(spec)};
    });
}

Case late_case() {
    return read_case(Json::parse(R"({"id":"own","origin":"own","operator":"tumbling","params":{"size":10,"allowed_lateness":5},"aggregate":"sum",
        "input":[{"key":"a","value":1,"ts":-3},{"key":"b","value":2,"ts":8},{"watermark":9},{"checkpoint":true},{"key":"b","value":4,"ts":9},
                 {"watermark":14},{"key":"b","value":8,"ts":9},{"key":"a","value":16,"ts":10},{"end":true}],
        "expected":[{"key":"a","value":1,"window":[-10,0],"after_input_index":2},{"key":"b","value":2,"window":[0,10],"after_input_index":2},
                    {"key":"b","value":6,"window":[0,10],"after_input_index":4},{"key":"a","value":16,"window":[10,20],"after_input_index":8}],
        "late":[6],"model":true})"));
}

} // namespace

TEST_CASE("a case that is as expected is passed, one that is not is noticed") {
    const Case good = late_case();
    REQUIRE(replay_tumbling(good).empty());

    for (std::size_t i = 0; i < good.expected.size(); ++i) {
        Case wrong = good;
        wrong.expected[i].member("value") = Json(std::int64_t{77});
        CHECK_FALSE(replay_tumbling(wrong).empty());
        wrong = good;
        wrong.expected[i].member("after_input_index") = Json(std::int64_t{3});
        CHECK_FALSE(replay_tumbling(wrong).empty());
        wrong.eventual = true;
        CHECK(replay_tumbling(wrong).empty());
        wrong = good;
        wrong.expected.erase(wrong.expected.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK_FALSE(replay_tumbling(wrong).empty());
        wrong = good;
        wrong.expected.push_back(good.expected[i]);
        CHECK_FALSE(replay_tumbling(wrong).empty());
        wrong.eventual = true;
        CHECK_FALSE(replay_tumbling(wrong).empty());
    }
    for (const std::vector<std::int64_t>& late : {std::vector<std::int64_t>{}, {5}, {6, 7}, {6, 6}}) {
        Case wrong = good;
        wrong.late = late;
        CHECK_FALSE(replay_tumbling(wrong).empty());
    }
}

TEST_CASE("JSON is read and written") {
    CHECK(Json::parse(R"( {"b":[1,-2.5,3.0,"x\"y"],"a":null,"t":true} )").text() == R"({"a":null,"b":[1,-2.500000,3,"x\"y"],"t":true})");
    CHECK(Json::parse("9223372036854774057").integer() == 9223372036854774057);
    CHECK_THROWS(Json::parse("[1,"));
    CHECK_THROWS(Json::parse("{\"a\":1} 2"));
    CHECK(Json::parse("[2]") != Json::parse("[2,null]"));
    CHECK(Json(std::int64_t{9}) < Json(std::int64_t{10}));
    CHECK(Json(std::int64_t{9}) < Json(std::string("1")));
}
