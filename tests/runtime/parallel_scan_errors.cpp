// SPDX-License-Identifier: BSL-1.0
// Copies that read a source in memory themselves, of which one throws: the counts of the failed job add up.
#include "catch.hpp"
#include "runtime/tasks.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Bid {
    int auction;
    int price;
    weir::Timestamp time;
};

std::vector<Bid> bids(int n) {
    std::vector<Bid> all;
    for (int i = 0; i < n; ++i) all.push_back({i * 7 % 40, i, weir::Timestamp(i * 10ms)});
    return all;
}

enum class First { one, other, both };

/// Steps the copies until one throws, the one that goes first some steps ahead; what the Report says then.
template <typename Chain>
weir::Report failed(const Chain& chain, First first) {
    const std::vector<Bid> all = bids(5000);
    Tasks<> tasks(weir::from(all) | chain | weir::for_each([](const auto&) {}));
    for (int round = 0; round < 100; ++round)
        for (std::size_t i = 0; i < tasks.size(); ++i) {
            const std::string_view name = tasks[i].name();
            if (round < 3 && first != First::both && name != (first == First::one ? "parallel#1/copy#1" : "parallel#1/copy#2")) continue;
            try {
                tasks.step(i, 100);
            } catch (const std::runtime_error&) {
                return tasks.graph.report_now();
            }
        }
    throw std::logic_error("nobody has thrown");
}

/// bad: the event that was not finished.
void add_up(const weir::Report& report, std::uint64_t bad, bool in_key) {
    for (const weir::OperatorReport& row : report.operators) {
        INFO(row.name);
        REQUIRE(row.in == row.passed + row.dropped() + row.held);
    }
    const auto& parallel = report.at("parallel#1");
    REQUIRE(parallel.plan == "by key, 2 copies that read the source");
    if (const auto* before = report.find("event_time#1")) REQUIRE(parallel.in == before->out);
    REQUIRE(parallel.in >= bad);
    std::uint64_t taken = 0, interrupted = 0;
    for (const weir::OperatorReport& row : report.operators)
        if (row.name.find("/copy#") != std::string::npos) taken += row.in;
    if (not in_key) interrupted = taken - parallel.passed; // the copy has it, and has not finished
    REQUIRE(interrupted <= 128);
    REQUIRE(parallel.passed + interrupted == taken);
}

} // namespace

TEST_CASE("a key that cannot be told leaves counts that add up, whichever copy comes to it first") {
    for (const int bad : {0, 1, 57, 100, 250, 1000})
        for (const First first : {First::one, First::other, First::both}) {
            const auto key = [bad](const Bid& bid) { return bid.price == bad ? throw std::runtime_error("no key") : bid.auction; };
            const auto sums = weir::window(weir::tumbling(1s)) | weir::aggregate(weir::sum(&Bid::price));
            const auto count = weir::scan(0, [](int n, const Bid&) { return n + 1; });
            INFO(bad);
            const auto n = static_cast<std::uint64_t>(bad);
            add_up(failed(weir::event_time(&Bid::time) | weir::parallel(2, weir::key_by(key) | sums), first), n, true);
            add_up(failed(weir::event_time(&Bid::time) | weir::parallel(2, weir::key_by(key) | count), first), n, true);
            add_up(failed(weir::event_time([](const Bid& bid) { return bid.time; }) | weir::parallel(2, weir::key_by(key) | count), first), n, true);
            add_up(failed(weir::parallel(2, weir::key_by(key) | count), first), n, true);
        }
}

TEST_CASE("so does an operator of a copy that throws") {
    for (const int bad : {0, 1, 57, 100, 250, 1000})
        for (const First first : {First::one, First::other, First::both}) {
            const auto fails = [bad](int n, const Bid& bid) { return bid.price == bad ? throw std::runtime_error("no") : n + 1; };
            const auto sums = weir::window(weir::tumbling(1s)) | weir::aggregate(weir::fold(0, fails, std::plus<>()));
            INFO(bad);
            const auto key = weir::key_by(&Bid::auction);
            add_up(failed(weir::event_time(&Bid::time) | weir::parallel(2, key | sums), first), 0, false);
            add_up(failed(weir::event_time(&Bid::time) | weir::parallel(2, key | weir::scan(0, fails)), first), 0, false);
            add_up(failed(weir::parallel(2, key | weir::scan(0, fails)), first), 0, false);
        }
}
