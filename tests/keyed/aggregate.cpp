// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Flight {
    std::string carrier;
    int day;
    double delay;
};

const std::vector<Flight> flights{{"UA", 1, 10}, {"AA", 1, 2}, {"UA", 2, 20}, {"UA", 1, 30}, {"AA", 2, 4}};

} // namespace

TEST_CASE("without a window there is one row for each key, at the end, in the order of first events") {
    std::vector<std::string> rows;
    weir::run(weir::from(flights) | weir::key_by(&Flight::carrier) | weir::aggregate(weir::count(), weir::mean(&Flight::delay)) |
              weir::for_each([&](const auto& row) {
                  auto& [carrier, values] = row;
                  rows.push_back(carrier + " " + std::to_string(std::get<0>(values)) + " " + std::to_string(static_cast<int>(std::get<1>(values))));
              }));
    CHECK(rows == std::vector<std::string>{"UA 3 20", "AA 2 3"});
}

TEST_CASE("several members make a tuple, and one aggregate alone is no tuple") {
    using Key = std::tuple<std::string, int>;
    std::vector<weir::Keyed<Key, std::uint64_t>> rows;
    weir::run(weir::from(flights) | weir::key_by(&Flight::carrier, &Flight::day) | weir::aggregate(weir::count()) | weir::collect_into(rows));
    CHECK(rows == std::vector<weir::Keyed<Key, std::uint64_t>>{{{"UA", 1}, 2}, {{"AA", 1}, 1}, {{"UA", 2}, 1}, {{"AA", 2}, 1}});
}

TEST_CASE("without a key there is one row, and of nothing there is none") {
    std::vector<weir::Keyed<weir::NoKey, std::uint64_t>> rows;
    const weir::Report report = weir::run(weir::from(flights) | weir::aggregate(weir::count()) | weir::collect_into(rows));
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].value == 5);
    for (const weir::OperatorReport& row : report.operators) CHECK(row.in == row.passed + row.dropped() + row.held);
}

TEST_CASE("a sum that does not fit is an error that names the key") {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    const auto sum_of = [](const auto& key) {
        weir::run(weir::from({1, 2, 1, 1}) | weir::key_by(key) | weir::aggregate(weir::count(), weir::sum([](int n) { return n == 1 ? most / 2 : 0; })) |
                  weir::for_each([](const auto&) {}));
    };
    CHECK_THROWS_WITH(sum_of([](int n) { return n; }), "aggregate: key 1: sum(): the sum does not fit into 64 bits");
    CHECK_THROWS_WITH(sum_of([](int n) { return "n" + std::to_string(n); }), "aggregate: key 'n1': sum(): the sum does not fit into 64 bits");
    CHECK_THROWS_AS(sum_of([](int n) { return std::tuple(n, n); }), std::overflow_error);
}

TEST_CASE("a filter may stand between a key and its aggregate") {
    std::vector<weir::Keyed<std::string, std::uint64_t>> rows;
    weir::run(weir::from(flights) | weir::key_by(&Flight::carrier) | weir::filter([](const Flight& f) { return f.delay > 5; }) |
              weir::aggregate(weir::count()) | weir::collect_into(rows));
    CHECK(rows == std::vector<weir::Keyed<std::string, std::uint64_t>>{{"UA", 3}});
}

TEST_CASE("an aggregate can let go of values when a pane has been given, alone and beside others") {
    struct SinceLastPane : weir::Count {
        static void after_pane(weir::aggregate_state_t<weir::Count, Flight>& state) { state = {}; }
    };
    const auto panes = [](auto... aggregates) {
        return weir::from(flights) | weir::window(weir::global_window().trigger(weir::after_count(2))) | weir::aggregate(aggregates...);
    };
    std::vector<std::uint64_t> alone;
    weir::run(panes(SinceLastPane{}) | weir::for_each([&](const auto& row) { alone.push_back(row.value); }));
    CHECK(alone == std::vector<std::uint64_t>{2, 2});
    std::vector<std::tuple<std::uint64_t, std::uint64_t>> beside;
    weir::run(panes(SinceLastPane{}, weir::count()) | weir::for_each([&](const auto& row) { beside.push_back(row.value); }));
    CHECK(beside == std::vector<std::tuple<std::uint64_t, std::uint64_t>>{{2, 2}, {2, 4}});
}

TEST_CASE("a stop leaves open windows held, and gives nothing of them") {
    weir::TestStream<int> script;
    for (int i = 0; i < 5; ++i) script.event(i, weir::Timestamp(std::chrono::seconds(i)));
    script.advance(1h).event(9, weir::Timestamp(100s));
    std::vector<weir::Windowed<weir::NoKey, std::uint64_t>> rows;
    weir::ManualClock clock;
    auto stepper = weir::stepper(weir::from(script) | weir::window(weir::tumbling(10s)) | weir::aggregate(weir::count()) |
                                     weir::for_each([&](const weir::Windowed<weir::NoKey, std::uint64_t>& row) { rows.push_back(row); }),
                                 {.clock = &clock});
    while (stepper.step() == weir::Progress::more) {}
    stepper.stop();
    while (stepper.step() != weir::Progress::ended) {}
    CHECK(rows.empty());
    for (const weir::OperatorReport& row : stepper.report().operators) {
        CHECK(row.in == row.passed + row.dropped() + row.held);
        if (row.name.rfind("aggregate", 0) == 0) CHECK(row.held == 5);
    }
}
