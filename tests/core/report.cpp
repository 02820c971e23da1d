// SPDX-License-Identifier: BSL-1.0
#include <weir/core/report.hpp>

#include "catch.hpp"

#include <stdexcept>

TEST_CASE("a report finds its rows by name, and says which there are") {
    weir::Report report;
    CHECK_THROWS_WITH(report.at("map#1"), "no operator map#1 in this report; there are: none");
    report.operators.resize(2);
    report.operators[0].name = "map#1";
    report.operators[1].name = "for_each#1";
    CHECK(&report.at("for_each#1") == &report.operators[1]);
    CHECK(report.find("map#2") == nullptr);
    CHECK_THROWS_AS(report.at("map#2"), std::out_of_range);
    CHECK_THROWS_WITH(report.at("map#2"), "no operator map#2 in this report; there are: map#1, for_each#1");
}
