// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"
#include "next.hpp"

#include <weir/weir.hpp>

#include <memory>
#include <vector>

namespace {

constexpr auto even = [](int x) { return x % 2 == 0; };

constexpr bool acts_at_compile_time() {
    int sum = 0;
    return given_by<int>(weir::when(even, [&sum](int x) { sum += x; }), std::vector{1, 2, 3, 4}) == std::vector{1, 2, 3, 4} && sum == 6;
}
static_assert(acts_at_compile_time());

} // namespace

TEST_CASE("when acts on the events that meet the condition, and passes all on") {
    const std::vector<int> numbers{1, 2, 3, 4};
    std::vector<int> acted, out;
    const weir::Report report =
        weir::run(weir::from(numbers) | weir::when(even, [&](int x) { acted.push_back(x); }) | weir::collect_into(out));
    CHECK(acted == std::vector<int>{2, 4});
    CHECK(out == numbers);
    CHECK(report.at("when#1") == row("when#1", 4, 4, 4));
    CHECK(acts_at_compile_time());
}

TEST_CASE("the action comes before the event goes on") {
    std::vector<int> order;
    weir::run(weir::from(std::vector{2}) | weir::when(even, [&](int) { order.push_back(1); }) | weir::for_each([&](int) { order.push_back(2); }));
    CHECK(order == std::vector<int>{1, 2});
}

TEST_CASE("when keeps event times and never copies an event") {
    std::vector<weir::Event<int>> out;
    weir::run(weir::from(timed(2)) | weir::when(even, [](int) {}) | weir::collect_into(out));
    CHECK(out == timed(2));
    int copies = 0;
    std::vector<Counting> kept;
    kept.reserve(4);
    weir::run(weir::from(counting(4, copies)) | weir::when([](const Counting&) { return true; }, [](const Counting&) {}) | weir::collect_into(kept));
    CHECK(kept.size() == 4);
    CHECK(copies == 0);
    std::vector<std::unique_ptr<int>> pointers(2), taken;
    weir::run(weir::from(std::move(pointers)) | weir::when([](const auto&) { return true; }, [](const auto&) {}) | weir::collect_into(taken));
    CHECK(taken.size() == 2);
}
