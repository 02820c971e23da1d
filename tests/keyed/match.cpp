// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/patterns.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

using weir::Event;
using weir::Report;

weir::Timestamp at(std::chrono::seconds s) { return weir::Timestamp(s); }

struct Order {
    int id;
    bool is_paid;
    friend bool operator==(const Order&, const Order&) = default;
};
bool is_order(const Order& order) { return not order.is_paid; }
const auto id_of = [](const auto& match) { return match.key(); };

auto paid_in_time() {
    return weir::match(weir::pattern("order", is_order).followed_by("payment", &Order::is_paid).within(10s), id_of);
}

} // namespace

TEST_CASE("what comes too late goes to late_to, what waits too long to timeouts_to, and every event is accounted for") {
    weir::TestStream<Order> script;
    script.event({1, false}, at(1s)).event({2, false}, at(2s)).event({2, true}, at(5s)).watermark(at(5s)).event({1, true}, at(4s));
    script.event({3, true}, at(6s)).watermark(at(10s)).event({4, false}, at(30s)).watermark(at(30s));
    std::vector<Event<int>> paid, unpaid;
    std::vector<Event<Order>> late;
    const auto job = weir::from(script) | weir::key_by(&Order::id) |
                     paid_in_time().late_to(weir::collect_into(late)).timeouts_to(id_of, weir::map([](int id) { return id * 10; }) | weir::collect_into(unpaid)) |
                     weir::collect_into(paid);
    const Report report = weir::run(job);
    CHECK(paid == std::vector<Event<int>>{{2, at(5s)}});
    CHECK(late == std::vector<Event<Order>>{{{1, true}, at(4s)}});
    CHECK(unpaid == std::vector<Event<int>>{{10, at(11s)}, {40, at(40s)}});
    const weir::OperatorReport& row = report.at("match#1");
    CHECK((row.in == 6 && row.passed == 2 && row.held == 0));
    CHECK((row.dropped(weir::Drop::late) == 1 && row.dropped(weir::Drop::expired) == 2 && row.dropped(weir::Drop::unmatched) == 1));
    CHECK(report.at("match#1/timeouts_to/map#1").in == 2);
    CHECK(report.at("match#1/late_to/collect_into#1").in == 1);
}

TEST_CASE("what comes at the end of time is in time for what began near it") {
    for (const auto before : {0s, 9s}) {
        weir::TestStream<Order> script;
        script.event({1, false}, weir::max_time - before).event({1, true}, weir::max_time).event({2, false}, weir::max_time);
        std::vector<Event<int>> paid, unpaid;
        weir::run(weir::from(script) | weir::key_by(&Order::id) | paid_in_time().timeouts_to(id_of, weir::collect_into(unpaid)) | weir::collect_into(paid));
        CHECK(paid == std::vector<Event<int>>{{1, weir::max_time}});
        CHECK(unpaid == std::vector<Event<int>>{{2, weir::max_time}});
    }
}

TEST_CASE("the result does not depend on how the events arrive, if none is late") {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        weir::Random random(seed);
        std::vector<Event<Order>> orders;
        for (int i = 0; i < 300; ++i) orders.push_back({{static_cast<int>(random.below(5)), random.one_in(2)}, at(std::chrono::seconds(i))});
        const auto run = [&](std::uint64_t disorder) {
            weir::TestStream<Order> script;
            std::vector<Event<Order>> input = orders;
            for (auto block = input.begin(); block != input.end(); block += 3)
                if (disorder != 0 && random.one_in(disorder)) std::reverse(block, block + 3);
            for (const Event<Order>& order : input) {
                script.event(order.value, order.time);
                if (random.one_in(3)) script.watermark(order.time - 4s);
            }
            std::vector<Event<std::string>> told;
            std::vector<Event<int>> timeouts;
            const auto tell = [](const auto& match) { return std::to_string(match.key()) + " " + std::to_string(match["order"].size()); };
            weir::Simulation simulation(seed + disorder);
            weir::run(weir::from(script) | weir::stage({.capacity = 3}) | weir::key_by(&Order::id) |
                          weir::match(weir::pattern("order", is_order).times(1, 2).followed_by_any("payment", &Order::is_paid).within(20s), tell)
                              .timeouts_to(id_of, weir::stage({.capacity = 2}) | weir::collect_into(timeouts)) |
                          weir::stage({.capacity = 2}) | weir::collect_into(told),
                      simulation.options());
            for (const Event<int>& timeout : timeouts) told.push_back({"timeout " + std::to_string(timeout.value), timeout.time});
            return told;
        };
        const auto in_order = run(0);
        REQUIRE(in_order.size() > 100);
        CHECK((run(1) == in_order && run(3) == in_order));
    }
}

TEST_CASE("partial matches are bounded for each key, by the policy that was asked for") {
    std::vector<Event<int>> numbers;
    for (int i = 1; i <= 5; ++i) numbers.push_back({i, at(std::chrono::seconds(i))});
    numbers.push_back({-1, at(9s)});
    std::vector<int> first;
    const auto run = [&](weir::AtMaxPartialMatches at_max) {
        first.clear();
        const auto pattern = weir::pattern("begin", [](int n) { return n > 0; }).followed_by("end", [](int n) { return n < 0; });
        return weir::run(weir::from(numbers) | weir::match(pattern, [](const auto& match) { return match["begin"].front(); }, {.max_partial_matches = 2, .at_max = at_max}) |
                         weir::collect_into(first));
    };
    CHECK(run(weir::AtMaxPartialMatches::drop_new).at("match#1").dropped(weir::Drop::overflow) == 3);
    CHECK(first == std::vector<int>{1, 2});
    CHECK(run(weir::AtMaxPartialMatches::drop_oldest).at("match#1").dropped(weir::Drop::evicted) == 3);
    CHECK(first == std::vector<int>{4, 5});
    CHECK_THROWS_AS(run(weir::AtMaxPartialMatches::fail), weir::TooManyPartialMatches);
}

TEST_CASE("no more than max_keys keys have partial matches, by the policy that was asked for") {
    std::vector<Event<Order>> orders;
    for (const bool is_paid : {false, true})
        for (int id = 1; id <= 3; ++id) orders.push_back({{id, is_paid}, at(std::chrono::seconds(orders.size()))});
    orders.push_back({{4, false}, at(7s)}); // the others' have been completed
    orders.push_back({{4, true}, at(8s)});
    std::vector<int> paid;
    const auto run = [&](weir::KeyedOptions keys) {
        paid.clear();
        const auto pattern = weir::pattern("order", is_order).followed_by("payment", &Order::is_paid).within(10s);
        const Report report = weir::run(weir::from(orders) | weir::key_by(&Order::id) | weir::match(pattern, id_of, {}, keys) | weir::collect_into(paid));
        CHECK(weir::detail::wrong_counts(report).empty());
        return report.at("match#1");
    };
    CHECK(run({.max_keys = 3}).passed == 8);
    const weir::OperatorReport dropped = run({.max_keys = 2, .at_max = weir::AtMaxKeys::drop_new});
    CHECK(paid == std::vector<int>{1, 2, 4});
    CHECK((dropped.dropped(weir::Drop::overflow) == 1 && dropped.dropped(weir::Drop::unmatched) == 1));
    const weir::OperatorReport evicted = run({.max_keys = 2, .at_max = weir::AtMaxKeys::evict});
    CHECK(paid == std::vector<int>{2, 3, 4});
    CHECK((evicted.dropped(weir::Drop::evicted) == 1 && evicted.evicted_keys == 1));
    CHECK_THROWS_AS(run({.max_keys = 2}), weir::TooManyKeys);
}
