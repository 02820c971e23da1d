// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"
#include "next.hpp"

#include <weir/weir.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace {

struct Counter {
    using event_type = int;
    int last = 0;
    std::optional<int> next() { return ++last; }
};

constexpr auto small = [](int x) { return x < 3; };

constexpr bool takes_at_compile_time() {
    return given_by<int>(weir::take_while(small), std::vector{1, 2, 3, 1}) == std::vector{1, 2} &&
           given_by<int>(weir::take_while(small), std::vector{7, 1}).empty();
}
static_assert(takes_at_compile_time());

} // namespace

TEST_CASE("take_while passes events until the function is false, and ends the pipeline") {
    Counter counter;
    std::vector<int> out;
    const weir::Report report = weir::run(weir::from(counter) | weir::take_while(small) | weir::collect_into(out));
    CHECK(out == std::vector<int>{1, 2});
    CHECK(counter.last == 3);
    CHECK(report.at("take_while#1") == row("take_while#1", 3, 2, 2, weir::Drop::filtered, 1));
    CHECK(takes_at_compile_time());
}

TEST_CASE("take_while passes all where the function is never false, none where it is at once") {
    std::vector<int> out;
    weir::run(weir::from(std::vector{1, 2, 1}) | weir::take_while(small) | weir::collect_into(out));
    CHECK(out == std::vector<int>{1, 2, 1});
    weir::run(weir::from(std::vector{5, 1}) | weir::take_while(small) | weir::collect_into(out));
    CHECK(out.size() == 3);
}

TEST_CASE("take_while does not ask again behind the end") {
    int asked = 0;
    auto op = weir::take_while([&](int x) {
        ++asked;
        return x < 2;
    });
    CHECK(given_by<int>(op, std::vector{1, 2, 1, 1}) == std::vector<int>{1});
    CHECK(asked == 2);
}

TEST_CASE("take_while keeps event times and moves events") {
    std::vector<weir::Event<int>> out;
    weir::run(weir::from(timed(5)) | weir::take_while(small) | weir::collect_into(out));
    CHECK(out == timed(2));
    std::vector<std::unique_ptr<int>> pointers(3), kept;
    weir::run(weir::from(std::move(pointers)) | weir::take_while([](const auto& p) { return p == nullptr; }) | weir::collect_into(kept));
    CHECK(kept.size() == 3);
}

TEST_CASE("take_while remembers that it is over") {
    auto op = weir::take_while(small);
    Kept<int> next;
    op.on_event(9, next);
    const auto again = restored(op, weir::take_while(small));
    CHECK(again.done());
    CHECK_FALSE(restored(weir::take_while(small), weir::take_while(small)).done());
}
