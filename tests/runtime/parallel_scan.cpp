// SPDX-License-Identifier: BSL-1.0
// Copies that read a source in memory themselves: what they give is what copies give that are fed, and what one gives.
#include "catch.hpp"
#include "runtime/tasks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Bid {
    int auction;
    int price;
    weir::Timestamp time;
};

/// Many of them are late.
std::vector<Bid> bids(std::size_t n, std::uint64_t seed = 1) {
    weir::Random random(seed);
    std::vector<Bid> all;
    for (std::size_t i = 0; i < n; ++i) all.push_back({static_cast<int>(random.below(40)), static_cast<int>(i), weir::Timestamp(std::chrono::milliseconds(10 * i) - std::chrono::milliseconds(random.below(400)))});
    return all;
}

constexpr auto timed = [] { return weir::event_time(&Bid::time, weir::bounded_disorder(100ms)); };

/// The rows that a chain of windows gives, in any order, and how many events were late.
template <typename Chain>
std::pair<std::vector<std::string>, std::uint64_t> rows(const std::vector<Bid>& all, const Chain& chain, weir::Executor* executor = nullptr) {
    std::vector<std::string> got;
    const weir::Report report = weir::run(weir::from(all) | timed() | chain | weir::for_each([&](const auto& row) {
                                              got.push_back(fmt::format("{} {} {} {}", row.key, row.window.start.time_since_epoch().count(), row.window.end.time_since_epoch().count(), row.value));
                                          }), {.executor = executor});
    std::sort(got.begin(), got.end());
    std::uint64_t late = 0;
    for (const weir::OperatorReport& row : report.operators) late += row.dropped(weir::Drop::late);
    return {std::move(got), late};
}
constexpr auto windows = [](auto spec) { return weir::window(spec) | weir::aggregate(weir::sum(&Bid::price)); };

const std::string reading = "by key, 2 copies that read the source";

} // namespace

TEST_CASE("copies that read the source give the windows of one, and the same events are late", "[threads]") {
    for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{5000}}) {
        const auto all = bids(n, n);
        const auto check = [&](auto spec) {
            const auto one = rows(all, weir::key_by(&Bid::auction) | windows(spec));
            REQUIRE((n < 5000 || (one.first.size() > 500 && one.second > 100)));
            for (const std::size_t copies : {2U, 3U, 7U}) REQUIRE(rows(all, weir::parallel(copies, weir::key_by(&Bid::auction) | windows(spec))) == one);
            weir::Pool pool(1);
            REQUIRE(rows(all, weir::key_by(&Bid::auction) | weir::parallel({.copies = 3, .capacity = 2}, windows(spec)), &pool) == one);
        };
        check(weir::tumbling(1s));
        check(weir::session(150ms).allowed_lateness(50ms));
    }
}

TEST_CASE("each copy sees the events of its keys in their order, and the watermark before them", "[threads]") {
    const auto all = bids(3000);
    using Seen = std::map<int, std::vector<std::pair<int, weir::Timestamp>>>;
    const auto seen = [&all](auto around) {
        Seen found;
        weir::run(weir::from(all) | timed() | around(weir::key_by(&Bid::auction) | weir::process_keyed<int, Bid>([](const Bid& bid, int&, auto& context) {
                                                         context.emit(Bid{bid.auction, bid.price, context.watermark()});
                                                     })) | weir::for_each([&](const Bid& bid) { found[bid.auction].emplace_back(bid.price, bid.time); }));
        return found;
    };
    REQUIRE(seen([](auto chain) { return weir::parallel(2, chain); }) == seen([](auto chain) { return chain; }));
}

TEST_CASE("the Report says that they read it, and each event stands in it once", "[threads]") {
    const auto all = bids(2000);
    std::size_t rows = 0;
    const weir::Report report = weir::run(weir::from(all) | timed() | weir::filter(weir::pure([](const Bid& bid) { return bid.price % 2 == 0; })) |
                                          weir::named("copies", weir::parallel(2, weir::key_by(&Bid::auction) | weir::scan(0, [](int sum, const Bid& bid) { return sum + bid.price; }))) |
                                          weir::map([](int sum) { return sum; }) | weir::for_each([&](int) { ++rows; }));
    REQUIRE(rows == 1000);
    REQUIRE(report.at("event_time#1").in == 2000);
    REQUIRE(report.at("filter#1").dropped(weir::Drop::filtered) == 1000);
    const weir::OperatorReport& copies = report.at("copies");
    REQUIRE(copies.plan == reading);
    REQUIRE(copies.in == 1000);
    REQUIRE(copies.passed == 1000);
    REQUIRE(copies.held == 0);
    REQUIRE(copies.out == 1000);
    REQUIRE(report.at("copies/copy#1/scan#1").in + report.at("copies/copy#2/scan#1").in == 1000);
    REQUIRE(report.at("copies/copy#1/scan#1").in > 0);
    REQUIRE(report.at("map#1").in == 1000);
    std::set<std::string> names;
    for (const weir::OperatorReport& row : report.operators) names.insert(row.name);
    REQUIRE(names.size() == report.operators.size());
}

TEST_CASE("counts of a job that runs do not fall back to those of a copy that is behind") {
    const auto all = bids(5000);
    std::vector<int> got;
    Tasks tasks(weir::from(all) | timed() | weir::parallel(2, weir::key_by(&Bid::auction) | weir::scan(0, [](int n, const Bid&) { return n + 1; })) | weir::collect_into(got));
    std::size_t ahead = 0; // of the readers
    while (not tasks[ahead].is_source()) ++ahead;
    tasks.step(ahead, 1000);
    for (std::size_t task = tasks.size(); task-- > 0;) tasks.graph.publish(tasks[task]);
    for (std::size_t task = 0; task < tasks.size(); ++task) tasks.graph.publish(tasks[task]);
    const weir::Report report = tasks.graph.report();
    REQUIRE(report.at("event_time#1").in == 1000);
    REQUIRE(report.at("parallel#1").in == 1000);
    REQUIRE(report.at("parallel#1").passed < 1000);
    tasks.run_to_end();
    REQUIRE(tasks.graph.report_now().at("event_time#1").in == 5000);
    REQUIRE(tasks.graph.report_now().at("parallel#1").passed == 5000);
}

TEST_CASE("the keys of a copy are those that copy_of_key gives it") {
    weir::Random random(3);
    for (const std::uint32_t copies : {1U, 2U, 3U, 5U, 8U, 64U, 1000U, 4095U, 4096U}) {
        std::vector<weir::detail::KeysOfCopy> keys;
        for (std::uint32_t copy = 0; copy < copies; ++copy) keys.emplace_back(copy, copies);
        for (int i = 0; i < 200; ++i) {
            const std::uint64_t number = random.next();
            const std::string text = std::to_string(number);
            const std::uint32_t of_number = weir::detail::copy_of_key(number, copies), of_text = weir::detail::copy_of_key(text, copies);
            for (std::uint32_t copy = 0; copy < copies; ++copy) {
                if (keys[copy].has(number) != (copy == of_number)) FAIL(number << " of " << copies << ": " << copy);
                if (keys[copy].has(text) != (copy == of_text)) FAIL(text << " of " << copies << ": " << copy);
            }
        }
    }
}

TEST_CASE("events that come again, as there was no room, are not timed again, whatever part of them comes") {
    const auto all = bids(3000);
    int calls = 0;
    const auto time = [&calls](const Bid& bid) { return ++calls, bid.time; };
    const auto check = [&](const auto& chain) {
        const auto job = [&](const auto& inside, auto& got) {
            return weir::from(all) | weir::event_time(time, weir::bounded_disorder(100ms)) | inside | weir::for_each([&got](const auto& row) { got.push_back(fmt::format("{}", row)); });
        };
        std::vector<std::string> expected;
        weir::run(job(chain, expected));
        std::sort(expected.begin(), expected.end());
        for (const std::uint64_t seed : {1U, 2U, 3U}) {
            weir::Random random(seed);
            calls = 0;
            std::vector<std::string> got;
            Tasks tasks(job(weir::parallel({.copies = 2, .capacity = 5}, chain), got));
            for (std::size_t ended = 0; ended < tasks.size();) {
                ended = 0;
                for (std::size_t i = 0; i < tasks.size(); ++i)
                    for (auto steps = random.below(3) + 1; steps > 0; --steps) {
                        const bool over = tasks.step(i, random.below(300) + 1).state == weir::Step::State::ended;
                        ended += over ? 1U : 0U;
                        if (over) break;
                    }
            }
            REQUIRE(calls == 2 * 3000); // once by each copy
            std::sort(got.begin(), got.end());
            REQUIRE(got == expected);
            const weir::Report report = tasks.graph.report_now();
            REQUIRE(report.at("event_time#1").in == 3000);
            REQUIRE(report.at("event_time#1").out == 3000);
            REQUIRE(report.at("parallel#1").passed == 3000);
        }
    };
    // Windows give many rows at a time, from spans; the others several for each event, one by one.
    check(weir::key_by(&Bid::auction) | weir::window(weir::tumbling(1s)) | weir::aggregate(weir::sum(&Bid::price)) |
          weir::map([](const auto& row) { return fmt::format("{} {} {}", row.key, row.window.start.time_since_epoch().count(), row.value); }));
    check(weir::key_by(&Bid::auction) | weir::scan(0, [](int n, const Bid&) { return n + 1; }) | weir::flat_map([](int n) { return std::vector<int>(4, n); }));
}

TEST_CASE("events without times that come again are not asked for their keys again, and those of a copy keep their order") {
    const auto all = bids(3000);
    int calls = 0;
    const auto key = [&calls](const Bid& bid) { return ++calls, bid.auction; };
    const auto give = [](int, const Bid& bid) { return bid.price; };
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        weir::Random random(seed);
        calls = 0;
        std::map<int, std::vector<int>> got;
        Tasks tasks(weir::from(all) | weir::parallel({.copies = 2, .capacity = 5}, weir::key_by(key) | weir::scan(0, give) | weir::flat_map([](int price) { return std::vector<int>(4, price); })) |
                    weir::for_each([&](int price) { got[all[static_cast<std::size_t>(price)].auction].push_back(price); }));
        for (std::size_t ended = 0; ended < tasks.size();) {
            ended = 0;
            for (std::size_t i = 0; i < tasks.size(); ++i) {
                weir::Step step;
                for (auto steps = random.below(3) + 1; steps > 0 && step.state != weir::Step::State::ended; --steps) step = tasks.step(i, random.below(300) + 1);
                ended += step.state == weir::Step::State::ended ? 1U : 0U;
            }
        }
        REQUIRE(calls == 3 * 3000); // once by each copy, and once by scan
        std::map<int, std::vector<int>> expected;
        for (const Bid& bid : all) expected[bid.auction].insert(expected[bid.auction].end(), 4, bid.price);
        REQUIRE(got == expected);
        const weir::Report report = tasks.graph.report_now();
        REQUIRE(report.at("parallel#1").in == 3000);
        REQUIRE(report.at("parallel#1").passed == 3000);
        REQUIRE(report.at("parallel#1").out == 12000);
    }
}

TEST_CASE("copies that read group events without times as one does, also where what follows may wait") {
    const auto all = bids(20'000);
    const auto groups = weir::key_by(&Bid::auction) | weir::aggregate(weir::sum(&Bid::price), weir::count());
    const auto rows_of = [&all](const auto& chain, std::string_view row) {
        std::map<int, std::pair<std::int64_t, std::uint64_t>> got;
        const weir::Report report = weir::run(weir::from(all) | chain | weir::for_each([&got](const auto& one) { got[one.key] = {std::get<0>(one.value), std::get<1>(one.value)}; }));
        std::uint64_t in = 0;
        for (const weir::OperatorReport& each : report.operators)
            if (each.name.ends_with(row)) in += each.in;
        REQUIRE(in == 20'000);
        return got;
    };
    const auto expected = rows_of(groups, "aggregate#1");
    REQUIRE(expected.size() == 40);
    REQUIRE(rows_of(weir::parallel({.copies = 2, .capacity = 3}, groups), "aggregate#1") == expected);
    REQUIRE(rows_of(groups | weir::stage({.capacity = 3}), "aggregate#1") == expected);
    const auto fails = [](int sum, const Bid& bid) { return bid.price == 15'000 ? throw std::runtime_error("boom") : sum + 1; };
    REQUIRE_THROWS_WITH(weir::run(weir::from(all) | weir::parallel(2, weir::key_by(&Bid::auction) | weir::aggregate(weir::fold(0, fails, std::plus<>()))) | weir::for_each([](const auto&) {})), "boom");
}

TEST_CASE("functions of the user's see each event once: then copies are fed") {
    const auto all = bids(500);
    int calls = 0;
    std::vector<int> got;
    const weir::Report report = weir::run(weir::from(all) | weir::map([&calls](const Bid& bid) { return ++calls, bid.auction; }) |
                                          weir::parallel(2, weir::key_by([](int x) { return x; }) | weir::scan(0, [](int n, int) { return n + 1; })) | weir::collect_into(got));
    REQUIRE(calls == 500);
    REQUIRE(report.at("parallel#1").plan == "by key, 2 copies");
    const auto chain = weir::parallel(2, weir::key_by([](const Bid& bid) { return bid.auction; }) | weir::scan(0, [](int n, const Bid&) { return n + 1; }));
    REQUIRE(weir::run(weir::from(all) | chain | weir::collect_into(got)).at("parallel#1").plan == reading);
    REQUIRE(weir::run(weir::from(bids(500)) | chain | weir::collect_into(got)).at("parallel#1").plan == "by key, 2 copies"); // its events are ours to move
}

TEST_CASE("stop, drain and pause: all copies have read as far as the first, and nothing twice", "[threads]") {
    std::vector<int> all(150'000);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int>(i);
    for (int run = 0; run < 6; ++run) {
        std::vector<int> got;
        auto job = weir::from(all) | weir::parallel({.copies = 3, .capacity = 64}, weir::key_by([](int x) { return x % 100; }) | weir::scan(0, [](int, int x) { return x; })) |
                   weir::collect_into(got);
        {
            weir::Job running = weir::start(job);
            std::this_thread::sleep_for(std::chrono::milliseconds(run));
            if (run % 3 == 2) {
                running.pause();
                std::this_thread::sleep_for(1ms);
                running.resume();
            }
            if (run % 2 == 0) running.stop();
            else running.drain();
            running.wait();
        }
        const std::size_t before = got.size();
        weir::run(job); // the rest: the job's source stands behind what it has given
        REQUIRE(got.size() == all.size());
        std::sort(got.begin(), got.begin() + static_cast<std::ptrdiff_t>(before));
        REQUIRE((before == 0 || got[before - 1] == static_cast<int>(before) - 1));
        std::sort(got.begin(), got.end());
        REQUIRE(got == all);
        weir::run(job);
        REQUIRE(got.size() == all.size());
    }
}

TEST_CASE("one that stands still waits for the message that another has had") {
    const std::vector<int> all(5000, 7);
    std::vector<int> got;
    Tasks tasks(weir::from(all) | weir::parallel(2, weir::key_by([](int x) { return x; }) | weir::scan(0, [](int n, int) { return n + 1; })) | weir::collect_into(got));
    REQUIRE(tasks.size() == 3); // a copy's task, another's, and what is behind them
    std::vector<std::size_t> readers;
    for (std::size_t i = 0; i < 3; ++i)
        if (tasks[i].is_source()) readers.push_back(i);
    REQUIRE(readers.size() == 2);
    tasks.step(readers[0], 100);
    tasks[readers[0]].post({weir::Control::Kind::stop});
    tasks.settle(readers[0]);
    REQUIRE(tasks.settle(readers[1]).state == weir::Step::State::waiting_input); // at the same place
    tasks[readers[1]].post({weir::Control::Kind::stop});
    tasks.run_to_end();
    REQUIRE(got.size() == 100);
}

TEST_CASE("an error in a copy, or in what all of them call, ends the job; so does take", "[threads]") {
    const auto all = bids(20'000);
    std::vector<int> got;
    const auto key = [](const Bid& bid) { return bid.auction; };
    const auto fails = [](int sum, const Bid& bid) { return bid.price == 15'000 ? throw std::runtime_error("boom") : sum + 1; };
    REQUIRE_THROWS_WITH(weir::run(weir::from(all) | timed() | weir::parallel(3, weir::key_by(key) | weir::scan(0, fails)) | weir::collect_into(got)), "boom");
    const auto no_time = [](const Bid& bid) { return bid.price == 15'000 ? throw std::runtime_error("no time") : bid.time; };
    const auto count = [](int n, const Bid&) { return n + 1; };
    REQUIRE_THROWS_WITH(weir::run(weir::from(all) | weir::event_time(no_time) | weir::parallel(3, weir::key_by(key) | weir::scan(0, count)) | weir::collect_into(got)), "no time");
    const auto no_key = [](const Bid& bid) { return bid.price == 15'000 ? throw std::runtime_error("no key") : bid.auction; };
    REQUIRE_THROWS_WITH(weir::run(weir::from(all) | timed() | weir::parallel(3, weir::key_by(no_key) | weir::scan(0, count)) | weir::collect_into(got)), "no key");
    REQUIRE_THROWS_WITH(weir::run(weir::from(all) | weir::parallel(3, weir::key_by(no_key) | weir::scan(0, count)) | weir::collect_into(got)), "no key");
    REQUIRE_THROWS_WITH(weir::run(weir::from(all) | weir::parallel(3, weir::key_by(key) | weir::scan(0, fails)) | weir::collect_into(got)), "boom");
    REQUIRE_THROWS_WITH(rows(all, weir::parallel(2, weir::key_by(key) | weir::window(weir::tumbling(1s)) | weir::aggregate(weir::fold(0, fails, std::plus<>())))), "boom");
    got.clear();
    weir::run(weir::from(all) | weir::parallel({.copies = 2, .capacity = 16}, weir::key_by(key) | weir::scan(0, count)) | weir::take(50) | weir::collect_into(got));
    REQUIRE(got.size() == 50);
}

TEST_CASE("copies that end in sinks, and copies in copies, can read the source, too", "[threads]") {
    const auto all = bids(3000);
    std::atomic<int> sum{0};
    weir::run(weir::from(all) | weir::parallel(2, weir::key_by(&Bid::auction) | weir::scan(0, [](int, const Bid&) { return 1; }) | weir::for_each(weir::shareable([&](int n) { sum += n; }))));
    REQUIRE(sum == 3000);
    std::vector<int> got;
    weir::run(weir::from(all) | weir::parallel(2, weir::key_by(&Bid::auction) | weir::scan(0, [](int, const Bid& bid) { return bid.price; }) | weir::parallel(2, weir::map([](int x) { return x; }))) |
              weir::collect_into(got));
    REQUIRE(got.size() == 3000);
    std::sort(got.begin(), got.end());
    REQUIRE(got.back() == 2999);
}

TEST_CASE("a stop that comes when one copy has read all and ended comes too late for the others, too") {
    int keys[2] = {0, 0}; // of either copy
    for (const std::uint32_t copy : {0U, 1U})
        while (weir::detail::copy_of_key(keys[copy], 2) != copy) ++keys[copy];
    struct Hit {
        int key;
        weir::Timestamp at;
    };
    std::vector<Hit> hits;
    for (int i = 0; i < 200; ++i) hits.push_back({keys[1], weir::Timestamp(std::chrono::milliseconds(i))}); // the first copy has nothing to do
    hits.push_back({keys[0], hits.back().at});
    for (const bool late : {true, false}) {
        std::size_t rows[2] = {0, 0};
        auto stepper = weir::stepper(weir::from(hits) | weir::event_time(&Hit::at) |
                                     weir::parallel({.copies = 2, .capacity = 1}, weir::key_by(&Hit::key) | weir::window(weir::tumbling(1ms)) | weir::aggregate(weir::count())) |
                                     weir::for_each([&](const auto& row) { ++rows[row.key == keys[1]]; }));
        for (int i = 0; i < (late ? 20 : 1); ++i) stepper.step(late ? 256 : 10);
        CHECK(rows[1] < 100);
        stepper.stop();
        while (stepper.step() != weir::Progress::ended) {}
        CHECK(rows[0] == (late ? 1 : 0)); // a window that nothing closes but the end
        CHECK((rows[1] == 200) == late);
    }
}
