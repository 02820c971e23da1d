// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"
#include "next.hpp"

#include <weir/weir.hpp>

#include <memory>
#include <string>
#include <vector>

namespace {

struct Trade {
    std::string symbol;
    int qty = 0;
    int doubled() const { return 2 * qty; }
};

constexpr bool maps_at_compile_time() {
    const auto twice = weir::map([](int x) { return 2 * x; });
    return given_by<int>(twice, std::vector{1, 2, 3}) == std::vector{2, 4, 6} && given_by<int>(twice, std::vector<int>{}).empty();
}
static_assert(maps_at_compile_time());

} // namespace

TEST_CASE("map replaces each event by the function's result, in order") {
    const std::vector<int> numbers{1, 2, 3};
    std::vector<std::string> texts;
    const weir::Report report = weir::run(weir::from(numbers) | weir::map([](int x) { return std::to_string(x); }) | weir::collect_into(texts));
    CHECK(texts == std::vector<std::string>{"1", "2", "3"});
    CHECK(report.at("map#1") == row("map#1", 3, 3, 3));
    CHECK(maps_at_compile_time());
}

TEST_CASE("map takes pointers to members and to member functions") {
    const std::vector<Trade> trades{{"A", 1}, {"B", 2}};
    std::vector<std::string> symbols;
    std::vector<int> doubled;
    weir::run(weir::from(trades) | weir::map(&Trade::symbol) | weir::collect_into(symbols));
    weir::run(weir::from(trades) | weir::map(&Trade::doubled) | weir::collect_into(doubled));
    CHECK(symbols == std::vector<std::string>{"A", "B"});
    CHECK(doubled == std::vector<int>{2, 4});
}

TEST_CASE("map keeps event times") {
    std::vector<weir::Event<int>> out;
    weir::run(weir::from(timed(3)) | weir::map([](int x) { return 10 * x; }) | weir::collect_into(out));
    CHECK(out == std::vector<weir::Event<int>>{{10, second(1)}, {20, second(2)}, {30, second(3)}});
}

TEST_CASE("map gives the whole event to a function that takes only that") {
    std::vector<bool> same;
    weir::run(weir::from(timed(3)) | weir::map([](const weir::Event<int>& e) { return e.time == second(e.value); }) | weir::collect_into(same));
    CHECK(same == std::vector<bool>{true, true, true});
}

TEST_CASE("map moves owned events, and lends lent ones") {
    int copies = 0;
    std::vector<int> out;
    const auto by_value = weir::map([](Counting c) { return c.value; });
    weir::run(weir::from(counting(4, copies)) | by_value | weir::collect_into(out));
    CHECK(copies == 0);
    auto lent = counting(4, copies);
    weir::run(weir::from(lent) | weir::map([](const Counting& c) { return c.value; }) | weir::collect_into(out));
    CHECK(copies == 0);
    weir::run(weir::from(lent) | by_value | weir::collect_into(out));
    CHECK(copies == 4);
    CHECK(out == std::vector<int>{0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3});
}

TEST_CASE("map takes and gives move-only events") {
    std::vector<std::unique_ptr<int>> pointers;
    pointers.push_back(std::make_unique<int>(7));
    std::vector<std::unique_ptr<int>> out;
    weir::run(weir::from(std::move(pointers)) | weir::map([](std::unique_ptr<int> p) {
                  ++*p;
                  return p;
              }) | weir::collect_into(out));
    CHECK(*out.at(0) == 8);
}
