// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"
#include "next.hpp"

#include <weir/weir.hpp>

#include <memory>
#include <vector>

namespace {

constexpr bool skips_at_compile_time() {
    return given_by<int>(weir::skip(2), std::vector{1, 2, 3}) == std::vector{3} &&
           given_by<int>(weir::skip(0), std::vector{1, 2}) == std::vector{1, 2} && given_by<int>(weir::skip(5), std::vector{1, 2}).empty();
}
static_assert(skips_at_compile_time());

} // namespace

TEST_CASE("skip drops the first n events and passes the others") {
    const std::vector<int> numbers{1, 2, 3, 4, 5};
    std::vector<int> out;
    const weir::Report report = weir::run(weir::from(numbers) | weir::skip(2) | weir::collect_into(out));
    CHECK(out == std::vector<int>{3, 4, 5});
    CHECK(report.at("skip#1") == row("skip#1", 5, 3, 3, weir::Drop::filtered, 2));
    CHECK(skips_at_compile_time());
}

TEST_CASE("skip of none passes all, of more than there is none") {
    std::vector<int> out;
    weir::run(weir::from(std::vector{1, 2}) | weir::skip(0) | weir::collect_into(out));
    CHECK(out == std::vector<int>{1, 2});
    weir::run(weir::from(std::vector{1, 2}) | weir::skip(3) | weir::collect_into(out));
    CHECK(out.size() == 2);
}

TEST_CASE("skip keeps event times and moves events") {
    std::vector<weir::Event<int>> out;
    weir::run(weir::from(timed(2)) | weir::skip(1) | weir::collect_into(out));
    CHECK(out == std::vector<weir::Event<int>>{{2, second(2)}});
    int copies = 0;
    std::vector<Counting> kept;
    kept.reserve(4);
    weir::run(weir::from(counting(4, copies)) | weir::skip(1) | weir::collect_into(kept));
    CHECK(kept.size() == 3);
    CHECK(copies == 0);
}

TEST_CASE("skip remembers how many are left") {
    auto op = weir::skip(3);
    Kept<int> next;
    op.on_event(1, next);
    op.on_event(2, next);
    CHECK(given_by<int>(restored(op, weir::skip(3)), std::vector{3, 4}) == std::vector<int>{4});
}

TEST_CASE("a chain with skip begins anew in each run") {
    const auto rest = weir::skip(1) | weir::take(2);
    std::vector<int> out;
    for (int i = 0; i < 2; ++i) weir::run(weir::from(std::vector{1, 2, 3, 4}) | rest | weir::collect_into(out));
    CHECK(out == std::vector<int>{2, 3, 2, 3});
}
