// SPDX-License-Identifier: BSL-1.0
#include <weir/sink/fold_into.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

const std::vector<int> numbers{3, 1, 2};

TEST_CASE("fold_into adds up, beginning with what the total is at the start") {
    int sum = 10;
    const weir::Report report = weir::run(weir::from(numbers) | weir::fold_into(sum));
    CHECK(sum == 16);
    CHECK(report.at("fold_into#1").in == 3);
    CHECK(report.at("fold_into#1").passed == 3);
    weir::run(weir::from(numbers) | weir::fold_into(sum));
    CHECK(sum == 22);
}

TEST_CASE("fold_into takes any function of total and event, in order") {
    int most = 0;
    weir::run(weir::from(numbers) | weir::fold_into(most, [](int total, int e) { return std::max(total, e); }));
    CHECK(most == 3);
    std::string text;
    weir::run(weir::from(std::vector<std::string_view>{"a", "b", "c"}) |
              weir::fold_into(text, [](std::string total, std::string_view e) { return std::move(total) + std::string(e); }));
    CHECK(text == "abc");
}

TEST_CASE("a pure function that takes what is its own gets that behind a pass, too") {
    double most = 0; // behind a filter that is pure, in one pass
    const auto odd = weir::filter(weir::pure([](int e) { return e % 2 != 0; }));
    weir::run(weir::from(std::vector<int>(100, 5)) | odd | weir::map(weir::pure([](int e) { return e + 1; })) |
              weir::fold_into(most, weir::pure([](double&& total, int&& e) { return std::max(total, double(e)); })));
    CHECK(most == 6);
}

TEST_CASE("the total may be of another type than the events, and sees the values of timed ones") {
    double sum = 0.5;
    weir::run(weir::from(std::vector<weir::Event<int>>{{1, weir::Timestamp()}, {2, weir::Timestamp()}}) | weir::fold_into(sum));
    CHECK(sum == 3.5);
}

TEST_CASE("no events leave the total as it is") {
    int sum = 7;
    weir::run(weir::from(std::vector<int>{}) | weir::fold_into(sum));
    CHECK(sum == 7);
}

TEST_CASE("the total is written at the end of each span") {
    weir::SpscQueue<int> queue{4};
    int sum = 0;
    auto stepper = weir::stepper(weir::from(queue) | weir::fold_into(sum));
    queue.push(1);
    queue.push(2);
    while (stepper.step() != weir::Progress::idle) {}
    CHECK(sum == 3);
    queue.push(4);
    queue.close();
    while (stepper.step() != weir::Progress::ended) {}
    CHECK(sum == 7);
}

TEST_CASE("a total that owns its text takes what a function of views gives") {
    std::string greatest;
    weir::run(weir::from(std::vector<std::string>{"b", "c", "a"}) | weir::fold_into(greatest, [](std::string_view a, std::string_view b) { return std::max(a, b); }));
    CHECK(greatest == "c");
}

TEST_CASE("what the function throws ends the run") {
    int sum = 0;
    const auto fails = [](int, int) -> int { throw std::runtime_error("full"); };
    CHECK_THROWS_WITH(weir::run(weir::from(numbers) | weir::fold_into(sum, fails)), "full");
}

} // namespace
