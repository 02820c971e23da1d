// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"
#include "next.hpp"

#include <weir/weir.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

struct Reading {
    std::string id;
    int value = 0;
};

using Numbers = weir::Stream<int>;

constexpr bool distinguishes_at_compile_time() {
    return given_by<int>(weir::distinct().bind(Numbers{}), std::vector{1, 1, 2, 2, 2, 1}) == std::vector{1, 2, 1};
}
static_assert(distinguishes_at_compile_time());

} // namespace

TEST_CASE("distinct drops events that equal the one before") {
    const std::vector<int> numbers{1, 1, 2, 2, 2, 1, 3};
    std::vector<int> out;
    const weir::Report report = weir::run(weir::from(numbers) | weir::distinct() | weir::collect_into(out));
    CHECK(out == std::vector<int>{1, 2, 1, 3});
    CHECK(report.at("distinct#1") == row("distinct#1", 7, 4, 4, weir::Drop::duplicate, 3));
    CHECK(distinguishes_at_compile_time());
}

TEST_CASE("distinct(projection) compares a part of each event") {
    const std::vector<Reading> readings{{"a", 1}, {"a", 2}, {"b", 3}, {"a", 4}};
    std::vector<int> values;
    weir::run(weir::from(readings) | weir::distinct(&Reading::id) | weir::map(&Reading::value) | weir::collect_into(values));
    CHECK(values == std::vector<int>{1, 3, 4});
}

TEST_CASE("distinct(projection, n) drops events with one of the last n keys") {
    const std::vector<Reading> readings{{"a", 1}, {"b", 2}, {"a", 3}, {"b", 4}, {"c", 5}, {"a", 6}};
    std::vector<int> values;
    const weir::Report report =
        weir::run(weir::from(readings) | weir::distinct(&Reading::id, 100) | weir::map(&Reading::value) | weir::collect_into(values));
    CHECK(values == std::vector<int>{1, 2, 5});
    CHECK(report.at("distinct#1") == row("distinct#1", 6, 3, 3, weir::Drop::duplicate, 3));
}

TEST_CASE("the key that was let through longest ago is forgotten first") {
    std::vector<int> out;
    weir::run(weir::from(std::vector{1, 2, 1, 3, 2, 1, 3}) | weir::distinct(std::identity{}, 2) | weir::collect_into(out));
    CHECK(out == std::vector<int>{1, 2, 3, 1}); // 3 took the place of 1, then 1 that of 2
}

TEST_CASE("distinct of none and of one") {
    std::vector<int> out;
    weir::run(weir::from(std::vector<int>{}) | weir::distinct() | weir::collect_into(out));
    CHECK(out.empty());
    weir::run(weir::from(std::vector{7}) | weir::distinct(std::identity{}, 1) | weir::collect_into(out));
    CHECK(out == std::vector<int>{7});
}

TEST_CASE("distinct that may remember nothing is refused when the job starts") {
    std::vector<int> out;
    CHECK_THROWS_AS(weir::run(weir::from(std::vector{1}) | weir::distinct(std::identity{}, 0) | weir::collect_into(out)), std::invalid_argument);
}

TEST_CASE("distinct keeps event times") {
    std::vector<weir::Event<int>> out;
    weir::run(weir::from(timed(4)) | weir::distinct([](int x) { return x / 2; }) | weir::collect_into(out));
    CHECK(out == std::vector<weir::Event<int>>{{1, second(1)}, {2, second(2)}, {4, second(4)}});
}

TEST_CASE("distinct never copies an event of which it compares a part") {
    int copies = 0;
    std::vector<Counting> out;
    out.reserve(8);
    weir::run(weir::from(counting(4, copies)) | weir::distinct(&Counting::value) | weir::distinct(&Counting::value, 9) | weir::collect_into(out));
    CHECK(out.size() == 4);
    CHECK(copies == 0);
    std::vector<std::unique_ptr<int>> pointers(3), kept;
    weir::run(weir::from(std::move(pointers)) | weir::distinct([](const auto& p) { return p == nullptr; }) | weir::collect_into(kept));
    CHECK(kept.size() == 1);
}

TEST_CASE("distinct keeps views as strings") {
    std::vector<std::string> out;
    std::string line = "x";
    const auto same_memory = weir::map([&](char c) {
        line[0] = c;
        return std::string_view(line);
    });
    weir::run(weir::from(std::string("aab")) | same_memory | weir::distinct() | weir::collect_into(out));
    CHECK(out == std::vector<std::string>{"a", "b"});
    out.clear();
    weir::run(weir::from(std::string("abab")) | same_memory | weir::distinct(std::identity{}, 5) | weir::collect_into(out));
    CHECK(out == std::vector<std::string>{"a", "b"});
    out.clear();
    weir::run(weir::from(std::string("aab")) | same_memory | weir::distinct([](std::string_view s) { return std::pair(s, 1); }) | weir::collect_into(out));
    CHECK(out == std::vector<std::string>{"a", "b"});
    out.clear();
    weir::run(weir::from(std::string("abab")) | same_memory | weir::distinct([](std::string_view s) { return std::optional(s); }, 5) | weir::collect_into(out));
    CHECK(out == std::vector<std::string>{"a", "b"});
}

TEST_CASE("what distinct remembers is saved, with its age") {
    const auto last = [] { return weir::distinct().bind(Numbers{}); };
    auto consecutive = last();
    Kept<int> next;
    consecutive.on_event(5, next);
    CHECK(given_by<int>(restored(consecutive, last()), std::vector{5, 6}) == std::vector<int>{6});

    const auto lasts = [] { return weir::distinct(std::identity{}, 2).bind(Numbers{}); };
    auto bounded = lasts();
    for (const int x : {1, 2, 3}) bounded.on_event(int(x), next); // remembers 2 and 3
    CHECK(given_by<int>(restored(bounded, lasts()), std::vector{2, 3, 4, 3, 2}) == std::vector<int>{4, 2});
}
