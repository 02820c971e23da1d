// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "op/watching.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using watching::at;
using watching::SumPer;
using watching::Watch;
using Log = std::vector<std::string>;

namespace {

const auto is_even = [](int x) { return x % 2 == 0; };
const auto is_big = [](int x) { return x > 4; };
const auto times_ten = [](int x) { return x * 10; };

} // namespace

TEST_CASE("route gives each event to the chain of the first predicate that says yes") {
    std::vector<int> even, big, rest;
    const weir::Report report = weir::run(weir::from(std::vector{1, 2, 3, 4, 5, 6, 7}) //
                                          | weir::route(is_even, weir::map(times_ten) | weir::collect_into(even), //
                                                        is_big, weir::collect_into(big),                          //
                                                        weir::otherwise, weir::collect_into(rest)));
    CHECK(even == std::vector{20, 40, 60});
    CHECK(big == std::vector{5, 7});
    CHECK(rest == std::vector{1, 3});
    CHECK(report.at("route#1").in == 7);
    CHECK(report.at("route#1").passed == 7);
    CHECK(report.at("route#1/branch#1/map#1").in == 3);
    CHECK(report.at("route#1/branch#3/collect_into#1").in == 2);
}

TEST_CASE("route drops the events that no predicate takes, and counts them as unmatched") {
    std::vector<int> even;
    const weir::Report report = weir::run(weir::from(std::vector{1, 2, 3}) | weir::route(is_even, weir::collect_into(even)));
    CHECK(even == std::vector{2});
    CHECK(report.at("route#1").dropped(weir::Drop::unmatched) == 2);
    CHECK(report.at("route#1").passed == 1);
}

TEST_CASE("route goes on with what the chains without a sink give") {
    std::vector<int> got, big;
    weir::run(weir::from(std::vector{1, 2, 5, 4}) //
              | weir::route(is_even, weir::map(times_ten), is_big, weir::collect_into(big), weir::otherwise, weir::filter(is_even))
              | weir::collect_into(got));
    CHECK(got == std::vector{20, 40});
    CHECK(big == std::vector{5});
}

TEST_CASE("route takes a pointer to a member as a predicate") {
    struct Order {
        int id;
        bool urgent;
    };
    std::vector<int> urgent;
    weir::run(weir::from(std::vector<Order>{{1, false}, {2, true}}) | weir::route(&Order::urgent, weir::map(&Order::id) | weir::collect_into(urgent)));
    CHECK(urgent == std::vector{2});
}

TEST_CASE("route moves an event into the one chain that takes it") {
    std::vector<std::unique_ptr<int>> pointers, even, odd;
    for (int i = 1; i <= 3; ++i) pointers.push_back(std::make_unique<int>(i));
    weir::run(weir::from(std::move(pointers)) //
              | weir::route([](const std::unique_ptr<int>& p) { return *p % 2 == 0; }, weir::collect_into(even), //
                            weir::otherwise, weir::filter([](const auto&) { return true; }))
              | weir::collect_into(odd));
    REQUIRE(even.size() == 1);
    CHECK(*even[0] == 2);
    REQUIRE(odd.size() == 2);
    CHECK(*odd[1] == 3);
}

TEST_CASE("route: events for a chain that has enough are dropped, the other chains go on") {
    std::vector<int> even, odd;
    const weir::Report report = weir::run(weir::from(std::vector{1, 2, 3, 4, 5, 6}) //
                                          | weir::route(is_even, weir::take(1) | weir::collect_into(even), weir::otherwise, weir::collect_into(odd)));
    CHECK(even == std::vector{2});
    CHECK(odd == std::vector{1, 3, 5});
    CHECK(report.at("route#1").dropped(weir::Drop::filtered) == 2);
    CHECK(report.at("route#1/branch#1/take#1").in == 1);
}

TEST_CASE("route ends the pipeline when every chain has enough") {
    std::vector<int> even, odd;
    weir::run(weir::from(weir::generate([n = 0]() mutable { return ++n; })) //
              | weir::route(is_even, weir::take(2) | weir::collect_into(even), weir::otherwise, weir::take(3) | weir::collect_into(odd)));
    CHECK(even == std::vector{2, 4});
    CHECK(odd == std::vector{1, 3, 5});
}

TEST_CASE("route: signals reach every chain, and the end reaches the chains before what follows") {
    Log log;
    weir::TestStream<int> script;
    script.event(1, at(5)).watermark(at(6));
    weir::run(weir::from(script) | weir::route(is_even, Watch(log, "a ") | weir::for_each([](int) {}), weir::otherwise, Watch(log, "b "))
              | Watch(log) | weir::for_each([](int) {}));
    CHECK(log == Log{"b 1@5", "1@5", "a w6", "b w6", "w6", "a w+", "b w+", "w+", "a end", "b end", "end"});
}

TEST_CASE("route: what its chains give at a watermark comes in the order of event time, however far the watermark jumps") {
    const auto run_with = [](std::vector<std::int64_t> marks) {
        Log log;
        weir::TestStream<int> script;
        for (int i = 1; i <= 12; ++i) script.event(i, at(i));
        for (const std::int64_t mark : marks) script.watermark(at(mark));
        weir::run(weir::from(script) | weir::route(is_even, SumPer(6), weir::otherwise, SumPer(4)) | Watch(log) | weir::for_each([](int) {}));
        std::erase_if(log, [](const std::string& line) { return line[0] == 'w'; });
        return log;
    };
    const Log at_once = run_with({20});
    CHECK(at_once == Log{"4@3", "6@5", "12@7", "24@11", "20@11", "12@17", "end"});
    CHECK(run_with({3, 5, 7, 9, 11, 20}) == at_once);
    CHECK(run_with({}) == at_once);
}

TEST_CASE("route: an exception of a predicate ends the job, and the event counts as held") {
    weir::Stepper stepper = weir::stepper(weir::from(std::vector{1, 2, 3})
                                          | weir::route([](int x) { return x == 2 ? throw std::runtime_error("two") : true; }, weir::for_each([](int) {})));
    CHECK_THROWS_WITH([&] { while (stepper.step() != weir::Progress::ended) {} }(), "two");
    const weir::Report report = stepper.report();
    CHECK(report.at("route#1").in == 2);
    CHECK(report.at("route#1").passed == 1);
    CHECK(report.at("route#1").held == 1);
}

TEST_CASE("route to stages") {
    std::vector<int> input(1000), even, odd;
    for (int i = 0; i < 1000; ++i) input[static_cast<std::size_t>(i)] = i;
    weir::run(weir::from(input)
              | weir::route(is_even, weir::stage({.capacity = 2}) | weir::collect_into(even), weir::otherwise, weir::map(times_ten))
              | weir::stage({.capacity = 3}) | weir::collect_into(odd));
    CHECK(even.size() == 500);
    CHECK(odd.size() == 500);
    CHECK(odd.back() == 9990);
}
