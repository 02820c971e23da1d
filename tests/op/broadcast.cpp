// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "op/watching.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using watching::at;
using watching::SumPer;
using watching::Watch;
using Log = std::vector<std::string>;

namespace {

const auto is_even = [](int x) { return x % 2 == 0; };
const auto times_ten = [](int x) { return x * 10; };

} // namespace

TEST_CASE("broadcast gives every event to every chain") {
    std::vector<int> even, tens;
    const weir::Report report = weir::run(weir::from(std::vector{1, 2, 3, 4}) //
                                          | weir::broadcast(weir::filter(is_even) | weir::collect_into(even), //
                                                            weir::map(times_ten) | weir::collect_into(tens)));
    CHECK(even == std::vector{2, 4});
    CHECK(tens == std::vector{10, 20, 30, 40});
    CHECK(report.at("broadcast#1").in == 4);
    CHECK(report.at("broadcast#1").passed == 4);
    CHECK(report.at("broadcast#1/branch#1/filter#1").dropped(weir::Drop::filtered) == 2);
    CHECK(report.at("broadcast#1/branch#1/collect_into#1").passed == 2);
    CHECK(report.at("broadcast#1/branch#2/map#1").passed == 4);
}

TEST_CASE("broadcast goes on with what the chains without a sink give: for each event the first chain's, then the second's") {
    std::vector<int> got, seen;
    const weir::Report report = weir::run(weir::from(std::vector{1, 2, 3})
                                          | weir::broadcast(weir::flat_map([](int x) { return std::vector{x, x}; }), //
                                                            weir::collect_into(seen), weir::map(times_ten))
                                          | weir::collect_into(got));
    CHECK(got == std::vector{1, 1, 10, 2, 2, 20, 3, 3, 30});
    CHECK(seen == std::vector{1, 2, 3});
    CHECK(report.at("broadcast#1").out == 9);
    CHECK(report.at("broadcast#1/branch#1/flat_map#1").out == 6);
}

TEST_CASE("broadcast keeps the order with one open chain, and promises none with several") {
    using S = weir::Stream<int>;
    using One = decltype(weir::broadcast(weir::map(times_ten), weir::for_each([](int) {})));
    using Two = decltype(weir::broadcast(weir::map(times_ten), weir::filter(is_even)));
    STATIC_REQUIRE(One::out<S>::traits.order == weir::Order::total);
    STATIC_REQUIRE(Two::out<S>::traits.order == weir::Order::none);
    STATIC_REQUIRE_FALSE(Two::out<S>::traits.lent);
}

TEST_CASE("broadcast lends its events: sinks that only look cost no copy, also of events that cannot be copied") {
    int sum = 0;
    std::vector<std::unique_ptr<int>> pointers;
    for (int i = 1; i <= 3; ++i) pointers.push_back(std::make_unique<int>(i));
    const auto add = [&sum](const std::unique_ptr<int>& p) { sum += *p; };
    weir::run(weir::from(std::move(pointers)) | weir::broadcast(weir::for_each(add), weir::for_each(add)));
    CHECK(sum == 12);
}

TEST_CASE("broadcast: a chain that has enough sees no further event and does not stop the others") {
    std::vector<int> before, two, all;
    const weir::Report report = weir::run(
        weir::from(std::vector{1, 2, 3, 4})
        | weir::broadcast(weir::tap([&](int x) { before.push_back(x); }) | weir::take(2) | weir::collect_into(two), weir::collect_into(all)));
    CHECK(before == std::vector{1, 2});
    CHECK(two == std::vector{1, 2});
    CHECK(all == std::vector{1, 2, 3, 4});
    CHECK(report.at("broadcast#1/branch#1/tap#1").in == 2);
}

TEST_CASE("broadcast ends the pipeline when every chain has enough") {
    int n = 0;
    std::vector<int> two, three;
    weir::run(weir::from(weir::generate([&n] { return ++n; })) //
              | weir::broadcast(weir::take(2) | weir::collect_into(two), weir::take(3) | weir::collect_into(three)));
    CHECK(two == std::vector{1, 2});
    CHECK(three == std::vector{1, 2, 3});
    CHECK(n == 3);
}

TEST_CASE("broadcast before take: nothing behind it sees more than is taken") {
    std::vector<int> seen, got;
    weir::run(weir::from(std::vector{1, 2}) | weir::broadcast(weir::flat_map([](int x) { return std::vector<int>(1000, x); }), weir::map(times_ten))
              | weir::tap([&](int x) { seen.push_back(x); }) | weir::take(3) | weir::collect_into(got));
    CHECK(seen == std::vector{1, 1, 1});
    CHECK(got == seen);
}

TEST_CASE("broadcast before take: what gives at the end is told of it") {
    std::vector<std::uint64_t> counts;
    weir::run(weir::from(std::vector{1, 2, 3, 4}) | weir::broadcast(weir::map(times_ten), weir::micro_batch(3) | weir::unbatch()) | weir::take(6)
              | weir::aggregate(weir::count()) | weir::for_each([&](const auto& row) { counts.push_back(row.value); }));
    weir::run(weir::from(std::vector{1, 2, 3, 4}) | weir::broadcast(weir::flat_map([](int x) { return std::vector<int>(1000, x); }), weir::map(times_ten)) | weir::take(1500)
              | weir::aggregate(weir::count()) | weir::for_each([&](const auto& row) { counts.push_back(row.value); }));
    CHECK(counts == std::vector<std::uint64_t>{6, 1500});
}

TEST_CASE("broadcast: signals reach every chain, and the end reaches the chains before what follows") {
    Log log;
    weir::TestStream<int> script;
    script.event(1, at(5)).watermark(at(6));
    weir::run(weir::from(script) | weir::broadcast(Watch(log, "a ") | weir::for_each([](int) {}), Watch(log, "b ")) | Watch(log)
              | weir::for_each([](int) {}));
    CHECK(log == Log{"a 1@5", "b 1@5", "1@5", "a w6", "b w6", "w6", "a w+", "b w+", "w+", "a end", "b end", "end"});
}

TEST_CASE("broadcast: the watermark behind it is the least of the open chains'") {
    Log log;
    weir::TestStream<int> script;
    script.event(1, at(1)).watermark(at(1)).event(2, at(2)).watermark(at(2)).event(3, at(3));
    // The batches of two hold the watermark back while they wait for their second event.
    weir::run(weir::from(script) | weir::broadcast(weir::filter([](int) { return false; }), weir::micro_batch(2) | weir::unbatch()) | Watch(log)
              | weir::for_each([](int) {}));
    CHECK(log == Log{"1@1", "w1", "2@2", "w2", "3@3", "w+", "end"});
}

TEST_CASE("broadcast: what its chains give at a watermark comes in the order of event time, however far the watermark jumps") {
    const auto run_with = [](std::vector<std::int64_t> marks) {
        Log log;
        weir::TestStream<int> script;
        for (int i = 1; i <= 12; ++i) script.event(i, at(i));
        for (const std::int64_t mark : marks) script.watermark(at(mark));
        weir::run(weir::from(script) | weir::broadcast(SumPer(6), SumPer(4)) | Watch(log) | weir::for_each([](int) {}));
        std::erase_if(log, [](const std::string& line) { return line[0] == 'w'; });
        return log;
    };
    const Log at_once = run_with({20});
    CHECK(at_once == Log{"6@3", "15@5", "22@7", "51@11", "38@11", "12@15", "12@17", "end"});
    CHECK(run_with({3, 5, 7, 9, 11, 20}) == at_once);
    CHECK(run_with({8, 20}) == at_once);
    CHECK(run_with({}) == at_once);
}

TEST_CASE("broadcast never sends a watermark lower than before") {
    Log log;
    weir::TestStream<int> script;
    for (int i = 1; i <= 12; ++i) script.event(i, at(i));
    script.watermark(at(20));
    weir::run(weir::from(script) | weir::broadcast(SumPer(6), SumPer(4)) | Watch(log) | weir::for_each([](int) {}));
    std::int64_t last = -1;
    for (const std::string& line : log) {
        if (line[0] != 'w' || line == "w+") continue;
        CHECK(std::stoll(line.substr(1)) > last);
        last = std::stoll(line.substr(1));
    }
    CHECK(last == 20);
}

TEST_CASE("broadcast: an exception in a chain ends the job") {
    std::vector<int> first;
    const auto fails_at_3 = [](int x) {
        if (x == 3) throw std::runtime_error("three");
    };
    CHECK_THROWS_WITH(weir::run(weir::from(std::vector{1, 2, 3, 4}) | weir::broadcast(weir::collect_into(first), weir::for_each(fails_at_3))),
                      "three");
    CHECK(first == std::vector{1, 2, 3});
}

TEST_CASE("broadcast to stages: each chain goes on in a thread of its own, and a slow one holds the source back") {
    std::vector<int> input(2000);
    for (int i = 0; i < 2000; ++i) input[static_cast<std::size_t>(i)] = i;
    std::vector<int> a, b, c;
    const weir::Report report = weir::run(
        weir::from(input)
        | weir::broadcast(weir::stage({.capacity = 4}) | weir::collect_into(a),
                          weir::flat_map([](int x) { return std::vector{x, x}; }) | weir::stage({.capacity = 3}) | weir::collect_into(b),
                          weir::map(times_ten))
        | weir::stage({.capacity = 2}) | weir::collect_into(c));
    CHECK(a == input);
    CHECK(b.size() == 4000);
    CHECK(c.size() == 2000);
    CHECK(report.at("broadcast#1/branch#1/stage#1").passed == 2000);
    CHECK(report.at("broadcast#1/branch#2/collect_into#1").in == 4000);
}

TEST_CASE("broadcast to stages whose chains have enough ends an endless pipeline") {
    std::vector<int> a, b;
    weir::run(weir::from(weir::generate([n = 0]() mutable { return ++n; }))
              | weir::broadcast(weir::stage({.capacity = 2}) | weir::take(3) | weir::collect_into(a),
                                weir::stage({.capacity = 2}) | weir::take(5) | weir::collect_into(b)));
    CHECK(a == std::vector{1, 2, 3});
    CHECK(b == std::vector{1, 2, 3, 4, 5});
}

TEST_CASE("broadcast: what one event gives may be far more than there is room for") {
    std::uint64_t a = 0, b = 0;
    const auto many = [](int x) { return std::vector<int>(100'000, x); };
    weir::run(weir::from(std::vector{1, 2}) | weir::broadcast(weir::flat_map(many), weir::flat_map(many)) //
              | weir::stage({.capacity = 16}) | weir::for_each([&](int x) { ++(x == 1 ? a : b); }));
    CHECK(a == 200'000);
    CHECK(b == 200'000);
}

TEST_CASE("broadcast: a chain inside can be named") {
    const weir::Report report = weir::run(weir::from(std::vector{1, 2}) //
                                          | weir::named("copies", weir::broadcast(weir::named("left", weir::for_each([](int) {})))));
    CHECK(report.at("copies").in == 2);
    CHECK(report.at("copies/branch#1/left").in == 2);
}
