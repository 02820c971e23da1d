// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"
#include "next.hpp"

#include <weir/weir.hpp>

#include <memory>
#include <vector>

namespace {

struct Flight {
    int number = 0;
    bool arrived = false;
};

constexpr auto even = [](int x) { return x % 2 == 0; };

constexpr bool filters_at_compile_time() {
    return given_by<int>(weir::filter(even), std::vector{1, 2, 3, 4}) == std::vector{2, 4} &&
           given_by<int>(weir::filter(even), std::vector<int>{}).empty();
}
static_assert(filters_at_compile_time());

} // namespace

TEST_CASE("filter keeps the events for which the function is true, in order") {
    const std::vector<int> numbers{1, 2, 3, 4, 5, 6, 7};
    std::vector<int> out;
    const weir::Report report = weir::run(weir::from(numbers) | weir::filter(even) | weir::collect_into(out));
    CHECK(out == std::vector<int>{2, 4, 6});
    CHECK(report.at("filter#1") == row("filter#1", 7, 3, 3, weir::Drop::filtered, 4));
    CHECK(filters_at_compile_time());
}

TEST_CASE("filter takes a pointer to a bool member") {
    const std::vector<Flight> flights{{1, false}, {2, true}};
    std::vector<int> numbers;
    weir::run(weir::from(flights) | weir::filter(&Flight::arrived) | weir::map(&Flight::number) | weir::collect_into(numbers));
    CHECK(numbers == std::vector<int>{2});
}

TEST_CASE("filter keeps event times, and may ask for them") {
    std::vector<weir::Event<int>> out;
    weir::run(weir::from(timed(4)) | weir::filter(even) | weir::filter([](const weir::Event<int>& e) { return e.time > second(2); }) |
              weir::collect_into(out));
    CHECK(out == std::vector<weir::Event<int>>{{4, second(4)}});
}

TEST_CASE("filter neither copies nor changes events") {
    int copies = 0;
    std::vector<Counting> out;
    out.reserve(4);
    weir::run(weir::from(counting(4, copies)) | weir::filter([](const Counting& c) { return even(c.value); }) | weir::collect_into(out));
    CHECK(out.size() == 2);
    CHECK(copies == 0);
    std::vector<std::unique_ptr<int>> pointers(2), kept;
    pointers[1] = std::make_unique<int>(1);
    weir::run(weir::from(std::move(pointers)) | weir::filter([](const auto& p) { return p != nullptr; }) | weir::collect_into(kept));
    CHECK(kept.size() == 1);
}

TEST_CASE("filter keeps the stream's rules") {
    using Lent = weir::Stream<int, weir::Traits{.lent = true, .bounded = true, .order = weir::Order::per_key}>;
    STATIC_REQUIRE(std::is_same_v<decltype(weir::filter(even))::out<Lent>, Lent>);
}
