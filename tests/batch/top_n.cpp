// SPDX-License-Identifier: BSL-1.0
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace {

TEST_CASE("top_n gives the first of an order, in it") {
    const std::vector<std::pair<std::string, int>> sales{{"north", 7}, {"south", 3}, {"east", 9}, {"west", 7}};
    std::vector<std::pair<std::string, int>> best;
    const weir::Report report = weir::run(weir::from(sales) | weir::top_n(3, [](const auto& sale) { return sale.second; }, std::greater<>()) | weir::collect_into(best));
    CHECK(best == std::vector<std::pair<std::string, int>>{{"east", 9}, {"north", 7}, {"west", 7}});
    CHECK(report.at("top_n#1").dropped(weir::Drop::filtered) == 1);
    CHECK(report.at("top_n#1").passed == 3);
}

TEST_CASE("top_n gives what sort_by gives first, equal ones as they came") {
    weir::Random random(5);
    for (const std::size_t n : {0U, 1U, 2U, 7U, 100U, 1000U}) {
        std::vector<std::pair<int, std::string>> rows, expected, first, lent;
        for (int i = 0; i < 700; ++i) rows.emplace_back(static_cast<int>(random.below(50)), std::to_string(i));
        const auto by = [](const std::pair<int, std::string>& row) { return row.first; };
        weir::run(weir::from(rows) | weir::sort_by(by) | weir::take(n) | weir::collect_into(expected));
        weir::run(weir::from(rows) | weir::top_n(n, by) | weir::collect_into(lent));
        const weir::Report report = weir::run(weir::from(std::move(rows)) | weir::top_n(n, by) | weir::stage({.capacity = 3}) | weir::collect_into(first));
        CHECK(first == expected);
        CHECK(lent == expected);
        CHECK(report.at("top_n#1").dropped() == 700 - expected.size());
    }
}

TEST_CASE("a great n is no harm, and text that is only lent is kept") {
    std::vector<std::string> first;
    weir::run(weir::from(std::vector<std::string_view>{"pear", "apple", "fig"}) | weir::top_n(static_cast<std::size_t>(-1), std::identity()) | weir::collect_into(first));
    CHECK(first == std::vector<std::string>{"apple", "fig", "pear"});
}

} // namespace
