// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"
#include "op/next.hpp"

#include <weir/weir.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

namespace {

/// A handler with a method.
struct Book {
    std::vector<int> events;
    void on_event(int x) { events.push_back(x); }
};

/// One that wants the time too.
struct Times {
    weir::Timestamp last{};
    void on_event(const weir::Event<int>& e) { last = e.time; }
};

constexpr bool handles_at_compile_time() {
    int sum = 0;
    auto add = weir::for_each([&sum](int x) { sum += x; });
    Kept<int> nothing;
    for (int x : {1, 2, 3}) add.on_event(x, nothing);
    return sum == 6 && nothing.events.empty();
}
static_assert(handles_at_compile_time());

} // namespace

TEST_CASE("for_each calls the function with each event, in order") {
    const std::vector<int> numbers{1, 2, 3};
    std::vector<int> seen;
    const weir::Report report = weir::run(weir::from(numbers) | weir::for_each([&](int x) { seen.push_back(x); }));
    CHECK(seen == numbers);
    CHECK(report.at("for_each#1") == row("for_each#1", 3, 0, 3));
    CHECK(handles_at_compile_time());
}

TEST_CASE("for_each takes a handler with on_event, by std::ref the user's own") {
    Book book;
    weir::run(weir::from(std::vector{1, 2}) | weir::for_each(std::ref(book)));
    CHECK(book.events == std::vector<int>{1, 2});
    weir::run(weir::from(std::vector{3}) | weir::for_each(book)); // a copy
    CHECK(book.events.size() == 2);
}

TEST_CASE("for_each's handler may ask for the event with its time") {
    Times times;
    weir::run(weir::from(timed(4)) | weir::for_each(std::ref(times)));
    CHECK(times.last == second(4));
    std::vector<int> values;
    weir::run(weir::from(timed(2)) | weir::for_each([&](int x) { values.push_back(x); }));
    CHECK(values == std::vector<int>{1, 2});
}

TEST_CASE("for_each gives owned events away and lends lent ones") {
    int copies = 0;
    std::vector<Counting> kept;
    kept.reserve(8);
    weir::run(weir::from(counting(4, copies)) | weir::for_each([&](Counting c) { kept.push_back(std::move(c)); }));
    CHECK(copies == 0);
    const auto lent = counting(4, copies);
    weir::run(weir::from(lent) | weir::for_each([](const Counting&) {}));
    CHECK(copies == 0);
    std::vector<std::unique_ptr<int>> pointers(2);
    int taken = 0;
    weir::run(weir::from(std::move(pointers)) | weir::for_each([&](std::unique_ptr<int>) { ++taken; }));
    CHECK(taken == 2);
}

TEST_CASE("what for_each's handler throws comes out of run") {
    const auto job = weir::from(std::vector{1, 2, 3}) | weir::for_each([](int x) {
                         if (x == 2) throw std::runtime_error("two");
                     });
    CHECK_THROWS_WITH(weir::run(job), "two");
}
