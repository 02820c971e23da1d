// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"
#include "op/next.hpp"

#include <weir/weir.hpp>

#include <deque>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr bool collects_at_compile_time() {
    std::vector<int> out;
    auto collect = weir::collect_into(out);
    Kept<int> nothing;
    for (int x : {3, 1}) collect.on_event(x, nothing);
    return out == std::vector{3, 1};
}
static_assert(collects_at_compile_time());

} // namespace

TEST_CASE("collect_into appends each event to the container") {
    const std::vector<int> numbers{3, 1, 2};
    std::vector<int> out{0};
    const weir::Report report = weir::run(weir::from(numbers) | weir::collect_into(out));
    CHECK(out == std::vector<int>{0, 3, 1, 2});
    CHECK(report.at("collect_into#1") == row("collect_into#1", 3, 0, 3));
    CHECK(collects_at_compile_time());
}

TEST_CASE("collect_into takes containers with push_back, insert or push") {
    const auto numbers = weir::from(std::vector{3, 1, 3});
    std::deque<int> deque;
    std::set<int> set;
    std::priority_queue<int> queue;
    weir::run(numbers | weir::collect_into(deque));
    weir::run(numbers | weir::collect_into(set));
    weir::run(numbers | weir::collect_into(queue));
    CHECK(deque == std::deque<int>{3, 1, 3});
    CHECK(set == std::set<int>{1, 3});
    CHECK(queue.size() == 3);
    std::map<int, int> squares;
    weir::run(numbers | weir::map([](int x) { return std::pair(x, x * x); }) | weir::collect_into(squares));
    CHECK(squares == std::map<int, int>{{1, 1}, {3, 9}});
}

TEST_CASE("collect_into keeps values, or events with their times where the container holds those") {
    std::vector<int> values;
    std::vector<weir::Event<int>> events;
    weir::run(weir::from(timed(3)) | weir::collect_into(values));
    weir::run(weir::from(timed(3)) | weir::collect_into(events));
    CHECK(values == std::vector<int>{1, 2, 3});
    CHECK(events == timed(3));
}

TEST_CASE("collect_into converts, and makes strings of views") {
    const std::vector<std::string_view> views{"to", "be"};
    std::vector<std::string> strings;
    weir::run(weir::from(views) | weir::collect_into(strings));
    CHECK(strings == std::vector<std::string>{"to", "be"});
    std::vector<double> doubles;
    weir::run(weir::from(std::vector{1, 2}) | weir::collect_into(doubles));
    CHECK(doubles == std::vector<double>{1.0, 2.0});
}

TEST_CASE("collect_into moves owned events and copies lent ones once") {
    int copies = 0;
    std::vector<Counting> out;
    out.reserve(8);
    weir::run(weir::from(counting(4, copies)) | weir::collect_into(out));
    CHECK(copies == 0);
    const auto lent = counting(4, copies);
    weir::run(weir::from(lent) | weir::collect_into(out));
    CHECK(copies == 4);
    CHECK(out.size() == 8);
    std::vector<std::unique_ptr<int>> pointers(2), taken;
    weir::run(weir::from(std::move(pointers)) | weir::collect_into(taken));
    CHECK(taken.size() == 2);
}
