// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"
#include "next.hpp"

#include <weir/weir.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace {

constexpr bool taps_at_compile_time() {
    int sum = 0;
    const auto add = weir::tap([&sum](int x) { sum += x; });
    return given_by<int>(add, std::vector{1, 2, 3}) == std::vector{1, 2, 3} && sum == 6;
}
static_assert(taps_at_compile_time());

} // namespace

TEST_CASE("tap calls the function with each event and passes the event on") {
    const std::vector<int> numbers{1, 2, 3};
    std::vector<int> seen, out;
    const weir::Report report =
        weir::run(weir::from(numbers) | weir::tap([&](int x) { seen.push_back(x); }) | weir::collect_into(out));
    CHECK(seen == numbers);
    CHECK(out == numbers);
    CHECK(report.at("tap#1") == row("tap#1", 3, 3, 3));
    CHECK(taps_at_compile_time());
}

TEST_CASE("tap ignores what the function returns, and takes it by reference where asked") {
    int calls = 0;
    auto count = [&calls](int) { return ++calls; };
    std::vector<int> out;
    weir::run(weir::from(std::vector{5, 6}) | weir::tap(std::ref(count)) | weir::collect_into(out));
    CHECK(calls == 2);
    CHECK(out == std::vector<int>{5, 6});
}

TEST_CASE("tap keeps event times, and may ask for them") {
    std::vector<weir::Event<int>> out;
    weir::Timestamp last{};
    weir::run(weir::from(timed(3)) | weir::tap([&](const weir::Event<int>& e) { last = e.time; }) | weir::collect_into(out));
    CHECK(last == second(3));
    CHECK(out == timed(3));
}

TEST_CASE("tap never copies an event") {
    int copies = 0;
    std::vector<Counting> out;
    out.reserve(4);
    weir::run(weir::from(counting(4, copies)) | weir::tap([](const Counting&) {}) | weir::collect_into(out));
    CHECK(out.size() == 4);
    CHECK(copies == 0);
    std::vector<std::unique_ptr<int>> pointers(2), kept;
    weir::run(weir::from(std::move(pointers)) | weir::tap([](const std::unique_ptr<int>&) {}) | weir::collect_into(kept));
    CHECK(kept.size() == 2);
}
