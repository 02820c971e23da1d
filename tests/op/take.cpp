// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"
#include "next.hpp"

#include <weir/weir.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace {

/// 1, 2, 3 ... for ever, and how often it was asked.
struct Counter {
    using event_type = int;
    int last = 0;
    std::optional<int> next() { return ++last; }
};

constexpr bool takes_at_compile_time() {
    return given_by<int>(weir::take(2), std::vector{1, 2, 3}) == std::vector{1, 2} && given_by<int>(weir::take(0), std::vector{1}).empty() &&
           given_by<int>(weir::take(5), std::vector{1, 2}) == std::vector{1, 2};
}
static_assert(takes_at_compile_time());

} // namespace

TEST_CASE("take passes the first n events and ends the pipeline") {
    Counter counter;
    std::vector<int> out;
    const weir::Report report = weir::run(weir::from(counter) | weir::take(3) | weir::collect_into(out));
    CHECK(out == std::vector<int>{1, 2, 3});
    CHECK(counter.last == 3);
    CHECK(report.at("take#1") == row("take#1", 3, 3, 3));
    CHECK(takes_at_compile_time());
}

TEST_CASE("take(0) reads nothing") {
    Counter counter;
    std::vector<int> out;
    weir::run(weir::from(counter) | weir::take(0) | weir::collect_into(out));
    CHECK(out.empty());
    CHECK(counter.last == 0);
}

TEST_CASE("take of more than there is takes all") {
    std::vector<int> out;
    weir::run(weir::from(std::vector{1, 2}) | weir::take(9) | weir::collect_into(out));
    CHECK(out == std::vector<int>{1, 2});
    weir::run(weir::from(std::vector<int>{}) | weir::take(9) | weir::collect_into(out));
    CHECK(out.size() == 2);
}

TEST_CASE("nothing in its task sees an event behind the last one taken") {
    const std::vector<int> numbers{1, 2, 3, 4, 5, 6};
    int seen = 0;
    std::vector<int> out;
    weir::run(weir::from(numbers) | weir::tap([&](int) { ++seen; }) | weir::filter([](int x) { return x % 2 == 0; }) | weir::take(2) |
              weir::collect_into(out));
    CHECK(out == std::vector<int>{2, 4});
    CHECK(seen == 4);
}

TEST_CASE("the end that take makes is a complete one") {
    std::vector<int> sorted;
    weir::run(weir::from(std::vector{3, 1, 2, 0}) | weir::take(3) | weir::sort_by([](int x) { return x; }) | weir::collect_into(sorted));
    CHECK(sorted == std::vector<int>{1, 2, 3});
}

TEST_CASE("take makes an unbounded stream a bounded one") {
    using Endless = weir::Stream<int>;
    STATIC_REQUIRE_FALSE(Endless::traits.bounded);
    STATIC_REQUIRE(decltype(weir::take(3))::out<Endless>::traits.bounded);
}

TEST_CASE("take behind a stage ends the tasks before it") {
    Counter counter;
    std::vector<int> out;
    weir::run(weir::from(counter) | weir::stage({.capacity = 2}) | weir::take(3) | weir::collect_into(out));
    CHECK(out == std::vector<int>{1, 2, 3});
}

TEST_CASE("take in a side chain drops what comes behind it") {
    std::vector<int> first, all;
    const weir::Report report = weir::run(weir::from(std::vector{1, 2, 3}) |
                                          weir::broadcast(weir::named("first", weir::take(1)) | weir::collect_into(first), weir::collect_into(all)));
    CHECK(first == std::vector<int>{1});
    CHECK(all == std::vector<int>{1, 2, 3});
}

TEST_CASE("take keeps event times and moves events") {
    std::vector<weir::Event<int>> out;
    weir::run(weir::from(timed(3)) | weir::take(2) | weir::collect_into(out));
    CHECK(out == timed(2));
    std::vector<std::unique_ptr<int>> pointers(3), kept;
    weir::run(weir::from(std::move(pointers)) | weir::take(2) | weir::collect_into(kept));
    CHECK(kept.size() == 2);
}

TEST_CASE("take remembers how many are left") {
    auto op = weir::take(3);
    Kept<int> next;
    op.on_event(1, next);
    op.on_event(2, next);
    auto again = restored(op, weir::take(3));
    CHECK_FALSE(again.done());
    CHECK(given_by<int>(again, std::vector{3, 4}) == std::vector<int>{3});
}

TEST_CASE("how many to take, to skip, to keep or to put into a batch is not negative") {
    CHECK_THROWS_WITH(weir::take(-1), "take(n): n must not be negative, and is -1");
    CHECK_THROWS_WITH(weir::skip(-2L), "skip(n): n must not be negative, and is -2");
    CHECK_THROWS_WITH(weir::sample(-3), "sample(n, seed): n must not be negative, and is -3");
    CHECK_THROWS_WITH(weir::top_n(-4, std::identity()), "top_n(n, projection): n must not be negative, and is -4");
    CHECK_THROWS_WITH(weir::micro_batch(-5), "micro_batch(n): n must not be negative, and is -5");
    CHECK_THROWS_WITH(weir::micro_batch(-6, std::chrono::seconds(1)), "micro_batch(n, linger): n must not be negative, and is -6");
    CHECK_THROWS_WITH(weir::stage(-9), "stage(n): n must not be negative, and is -9");
    CHECK_THROWS_WITH(weir::count_window(-7), "count_window(n, slide): n must not be negative, and is -7");
    CHECK_THROWS_WITH(weir::count_window(8, -8), "count_window(n, slide): n must not be negative, and is -8");
    CHECK_THROWS_WITH(weir::keep_last(-10), "keep_last(n): n must not be negative, and is -10");
    CHECK_THROWS_WITH(weir::after_count(-11), "after_count(n): n must not be negative, and is -11");
    CHECK_THROWS_WITH(weir::retry(-12), "retry(n, backoff): n must not be negative, and is -12");
    CHECK_THROWS_WITH(weir::retry(1, -std::chrono::seconds(1)), "retry(n, backoff): backoff must not be negative");
    CHECK_THROWS_WITH(weir::ticks(std::chrono::seconds(1), -13), "ticks(period, count): count must not be negative, and is -13");
    CHECK_THROWS_WITH(weir::monotonous().jump_at_most(std::chrono::seconds(1), -14),
                      "jump_at_most(d, believed): believed must not be negative, and is -14");
}
