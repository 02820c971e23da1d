// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/core/rejected.hpp>

#include <stdexcept>
#include <string>

TEST_CASE("a position as text says what is known") {
    CHECK(weir::to_string(weir::Position{}).empty());
    CHECK(weir::to_string({.file = "a.csv"}) == "a.csv");
    CHECK(weir::to_string({.file = "a.csv", .line = 17}) == "a.csv:17");
    CHECK(weir::to_string({.file = "a.csv", .line = 17, .column = 3, .byte = 99}) == "a.csv:17:3");
    CHECK(weir::to_string({.line = 17, .column = 3}) == "line 17:3");
    CHECK(weir::to_string({.file = "a.bin", .byte = 99}) == "a.bin, byte 99");
    CHECK(weir::to_string({.byte = 99}) == "byte 99");
}

TEST_CASE("a rejected event says what its error says") {
    const auto what = [](auto error) { return weir::Rejected<int>{1, std::make_exception_ptr(error)}.what(); };
    CHECK(what(std::runtime_error("text")) == "text");
    CHECK(what(std::string("string")) == "string");
    CHECK(what("literal") == "literal");
    CHECK(what(42) == "an exception that is not a std::exception");
}

TEST_CASE("a rejected event can be saved: its error becomes its text") {
    weir::StateWriter to;
    to.put(weir::Rejected<std::string>{"event", std::make_exception_ptr(std::logic_error("bad")), {"a.csv", 17, 3, 99}});
    const auto loaded = weir::StateReader(to.data()).get<weir::Rejected<std::string>>();
    CHECK(loaded.event == "event");
    CHECK(loaded.what() == "bad");
    CHECK(loaded.position == weir::Position{"a.csv", 17, 3, 99});
}
