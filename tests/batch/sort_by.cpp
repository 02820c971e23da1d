// SPDX-License-Identifier: BSL-1.0
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

using weir::Event;
using weir::Timestamp;

namespace {

struct Row {
    int key = 0;
    std::string name;
    friend bool operator==(const Row&, const Row&) = default;
};

TEST_CASE("sort_by gives the events by their keys, equal ones in their order") {
    const std::vector<Row> rows{{3, "c"}, {1, "a"}, {2, "b"}, {1, "z"}, {3, "d"}};
    std::vector<Row> sorted;
    weir::run(weir::from(rows) | weir::sort_by(&Row::key) | weir::collect_into(sorted));
    CHECK(sorted == std::vector<Row>{{1, "a"}, {1, "z"}, {2, "b"}, {3, "c"}, {3, "d"}});
    sorted.clear();
    weir::run(weir::from(rows) | weir::sort_by(&Row::name, std::greater<>()) | weir::collect_into(sorted));
    CHECK(sorted.front().name == "z");
    CHECK(sorted.back().name == "a");
}

TEST_CASE("sort_by is a stable sort on anything") {
    weir::Random random(3);
    for (const std::size_t n : {0U, 1U, 2U, 3U, 5U, 8U, 100U, 1000U}) {
        std::vector<std::pair<int, int>> pairs;
        for (std::size_t i = 0; i < n; ++i) pairs.emplace_back(static_cast<int>(random.below(n / 3 + 1)), static_cast<int>(i));
        std::vector<std::pair<int, int>> sorted;
        weir::run(weir::from(pairs) | weir::sort_by([](const auto& p) { return p.first; }) | weir::collect_into(sorted));
        std::sort(pairs.begin(), pairs.end()); // the second is the place, so this is the stable order
        CHECK(sorted == pairs);
    }
}

/// Rows whose keys are drawn from `keys`, sorted by weir and by the standard library, both ways.
template <typename Key, typename Row>
void sort_both_ways(std::size_t n, const std::function<Key(weir::Random&)>& draw) {
    weir::Random random(n);
    std::vector<Row> rows(n);
    for (std::size_t i = 0; i < n; ++i) {
        rows[i].key = draw(random);
        rows[i].place = i;
    }
    const auto places = [](const std::vector<Row>& of) {
        std::vector<std::size_t> all;
        for (const Row& row : of) all.push_back(row.place);
        return all;
    };
    std::vector<Row> expected = rows, rising, falling, by_function;
    std::sort(expected.begin(), expected.end(), [](const Row& a, const Row& b) { return a.key < b.key || (a.key == b.key && a.place < b.place); });
    weir::run(weir::from(rows) | weir::sort_by(&Row::key) | weir::collect_into(rising));
    CHECK(places(rising) == places(expected));
    weir::run(weir::from(rows) | weir::sort_by([](const Row& row) { return row.key; }) | weir::collect_into(by_function));
    CHECK(places(by_function) == places(expected));
    std::sort(expected.begin(), expected.end(), [](const Row& a, const Row& b) { return a.key > b.key || (a.key == b.key && a.place < b.place); });
    weir::run(weir::from(rows) | weir::sort_by(&Row::key, std::greater<>()) | weir::collect_into(falling));
    CHECK(places(falling) == places(expected));
}
template <typename Key, std::size_t Size = 8>
struct Plain {
    Key key{};
    std::size_t place = 0;
    char rest[Size] = {};
};
struct Named {
    int key = 0;
    std::size_t place = 0;
    std::string name = "a name that needs memory of its own";
};

TEST_CASE("keys that are numbers, enums and times are sorted by their digits as they are by comparing") {
    for (const std::size_t n : {2U, 24U, 25U, 200U, 3000U, 40000U}) {
        sort_both_ways<std::int64_t, Plain<std::int64_t>>(n, [](auto& random) { return static_cast<std::int64_t>(random.next()); });
        sort_both_ways<std::int64_t, Plain<std::int64_t>>(n, [](auto& random) { return random.one_in(50) ? static_cast<std::int64_t>(random.next()) : static_cast<std::int64_t>(random.below(9)) - 4; });
    }
    sort_both_ways<std::int8_t, Plain<std::int8_t, 80>>(500, [](auto& random) { return static_cast<std::int8_t>(random.next()); });
    sort_both_ways<float, Plain<float>>(500, [](auto& random) { return (static_cast<float>(random.below(2000)) - 1000) / 16; });
    sort_both_ways<double, Plain<double>>(500, [](auto& random) { return random.one_in(9) ? (random.one_in(2) ? 0.0 : -0.0) : 1e300 * (static_cast<double>(random.below(2000)) - 1000); });
    sort_both_ways<Timestamp, Plain<Timestamp>>(500, [](auto& random) { return Timestamp(std::chrono::nanoseconds(static_cast<std::int64_t>(random.next()))); });
    sort_both_ways<int, Named>(500, [](auto& random) { return static_cast<int>(random.below(100)) - 50; });
    sort_both_ways<std::size_t, Plain<std::size_t>>(500, [i = std::size_t{0}](auto&) mutable { return i++; });
}

TEST_CASE("other keys are sorted by comparing, each that is made for it once") {
    for (const std::size_t n : {1U, 12U, 13U, 24U, 25U, 400U, 3000U}) {
        sort_both_ways<std::string, Plain<std::string>>(n, [](auto& random) { return std::to_string(random.below(500)); });
        sort_both_ways<std::string, Plain<std::string, 80>>(n, [](auto& random) { return std::string(random.below(40), 'a'); });
    }
    std::vector<int> values(3000), sorted;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int>(i * 7919 % values.size());
    std::size_t calls = 0;
    const auto named = [&calls](int x) { return ++calls, std::to_string(10000 + x); };
    weir::run(weir::from(values) | weir::sort_by(named) | weir::collect_into(sorted));
    CHECK(calls == values.size());
    CHECK(std::is_sorted(sorted.begin(), sorted.end()));
    sorted.clear();
    weir::run(weir::from(std::move(values)) | weir::sort_by([](int x) { return x; }, [](int a, int b) { return a / 10 < b / 10; }) | weir::collect_into(sorted));
    CHECK(std::is_sorted(sorted.begin(), sorted.end(), [](int a, int b) { return a / 10 < b / 10; }));
}

TEST_CASE("NaN comes last") {
    std::vector<double> values{3, std::numeric_limits<double>::quiet_NaN(), -1, -std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()};
    std::vector<double> rising, falling;
    weir::run(weir::from(values) | weir::sort_by([](double x) { return x; }) | weir::collect_into(rising));
    weir::run(weir::from(values) | weir::sort_by([](double x) { return x; }, std::greater<>()) | weir::collect_into(falling));
    CHECK(std::vector<double>(rising.begin(), rising.begin() + 3) == std::vector<double>{-1, 3, std::numeric_limits<double>::infinity()});
    CHECK(std::vector<double>(falling.begin(), falling.begin() + 3) == std::vector{std::numeric_limits<double>::infinity(), 3.0, -1.0});
}

TEST_CASE("sort_by keeps event times, and takes move-only events") {
    const std::vector<Event<int>> events{{3, Timestamp{std::chrono::seconds(1)}}, {1, Timestamp{std::chrono::seconds(2)}}};
    std::vector<Event<int>> sorted;
    weir::run(weir::from(events) | weir::sort_by([](int x) { return x; }) | weir::collect_into(sorted));
    CHECK(sorted == std::vector<Event<int>>{events[1], events[0]});

    std::vector<std::unique_ptr<int>> pointers;
    for (const int x : {2, 3, 1}) pointers.push_back(std::make_unique<int>(x));
    std::vector<std::unique_ptr<int>> in_order;
    weir::run(weir::from(std::move(pointers)) | weir::sort_by([](const std::unique_ptr<int>& p) { return *p; }) | weir::collect_into(in_order));
    CHECK(*in_order[0] == 1);
    CHECK(*in_order[2] == 3);
}

TEST_CASE("keys that cannot be compared, as NaN, lose no event") {
    std::vector<double> values;
    for (int i = 0; i < 200; ++i) values.push_back(i % 3 == 0 ? std::numeric_limits<double>::quiet_NaN() : 200 - i);
    std::vector<double> sorted;
    weir::run(weir::from(values) | weir::sort_by([](double x) { return x; }) | weir::collect_into(sorted));
    CHECK(sorted.size() == values.size());
    CHECK(std::count_if(sorted.begin(), sorted.end(), [](double x) { return std::isnan(x); }) == 67);
}

TEST_CASE("a sorted set waits where the next task has no room") {
    std::vector<int> values;
    for (int i = 0; i < 5000; ++i) values.push_back(5000 - i);
    std::vector<int> sorted;
    weir::run(weir::from(values) | weir::sort_by([](int x) { return x; }) | weir::stage({.capacity = 3}) | weir::collect_into(sorted));
    std::reverse(values.begin(), values.end());
    CHECK(sorted == values);
}

TEST_CASE("after a stop nothing is sorted, and all count as held") {
    std::vector<int> sorted;
    auto stepper = weir::stepper(weir::from(std::vector<int>{3, 1, 2}) | weir::sort_by([](int x) { return x; }) | weir::collect_into(sorted));
    stepper.step(2);
    stepper.stop();
    while (stepper.step() != weir::Progress::ended) {}
    CHECK(sorted.empty());
    CHECK(stepper.report().at("sort_by#1").held == 2);
}

} // namespace
