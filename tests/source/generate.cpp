// SPDX-License-Identifier: BSL-1.0
#include <weir/source/generate.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

namespace {

TEST_CASE("generate ends when its function gives nullopt, and does not ask again") {
    int calls = 0;
    std::vector<int> seen;
    weir::run(weir::generate([&calls]() -> std::optional<int> { return ++calls <= 3 ? std::optional(calls) : std::nullopt; }) |
              weir::collect_into(seen));
    CHECK(seen == std::vector{1, 2, 3});
    CHECK(calls == 4);

    weir::Generator again([&calls]() -> std::optional<int> { return ++calls, std::nullopt; });
    CHECK_FALSE(again.next());
    CHECK_FALSE(again.next());
    CHECK(calls == 5);
}

TEST_CASE("generate without an end is ended by take, after exactly that many calls") {
    int calls = 0;
    std::vector<int> seen;
    weir::run(weir::generate([&calls] { return ++calls; }) | weir::take(5) | weir::collect_into(seen));
    CHECK(seen == std::vector{1, 2, 3, 4, 5});
    CHECK(calls == 5);
}

TEST_CASE("generate without an end is ended by a stop") {
    std::stop_source stop;
    int last = 0;
    weir::run(weir::generate([i = 0]() mutable { return ++i; }) | weir::for_each([&](int i) {
                  last = i;
                  if (i == 10'000) stop.request_stop();
              }),
              {.stop = stop.get_token()});
    CHECK(last >= 10'000);
}

TEST_CASE("each run of a job that is handed over has the function's state as it was given") {
    const auto make = [] { return weir::generate([i = 0]() mutable { return ++i; }) | weir::take(2); };
    std::vector<int> seen;
    weir::run(make() | weir::collect_into(seen));
    weir::run(make() | weir::collect_into(seen));
    CHECK(seen == std::vector{1, 2, 1, 2});
}

TEST_CASE("generated events are the pipeline's own: they may be moved and need no copy") {
    std::vector<std::unique_ptr<int>> seen;
    weir::run(weir::generate([i = 0]() mutable { return std::make_unique<int>(++i); }) | weir::take(3) | weir::collect_into(seen));
    REQUIRE(seen.size() == 3);
    CHECK(*seen[2] == 3);
}

TEST_CASE("what a generator throws ends the run") {
    CHECK_THROWS_WITH(weir::run(weir::generate([]() -> int { throw std::runtime_error("dry"); }) | weir::for_each([](int) {})), "dry");
}

} // namespace
