// SPDX-License-Identifier: BSL-1.0
// Each law is seen to catch the mistake that it is there for, and to be silent without it.
#include "catch.hpp"
#include "testing/planted.hpp"

#include <weir/testing.hpp>

#include <chrono>
#include <memory>
#include <numeric>
#include <vector>

using namespace std::chrono_literals;
using Catch::Contains;
using planted::Mistake;

namespace {

std::vector<int> numbers(int n) {
    std::vector<int> v(static_cast<std::size_t>(n));
    std::iota(v.begin(), v.end(), 1);
    return v;
}

/// source | op | sink, for any operator.
template <typename Op>
auto only(Op op) {
    return [op](auto source, auto sink) { return std::move(source) | op | sink; };
}

struct Unordered : planted::InSpans<Mistake::wrong_order> {
    template <typename S>
    using out = weir::with_traits_t<S, weir::detail::unordered(S::traits)>;
};

const std::vector<int> input = numbers(60);

} // namespace

TEST_CASE("equivalence: an operator that means the same in spans passes") {
    weir::check_equivalence(input, only(planted::InSpans<Mistake::none>{}));
    weir::check_equivalence(input, only(planted::RunningSum<true>{}));
}

TEST_CASE("equivalence catches an event lost in spans, and finds the smallest input") {
    REQUIRE_THROWS_WITH(weir::check_equivalence(input, only(planted::InSpans<Mistake::lost>{})), Contains("smallest input found, 3 of 60"));
}

TEST_CASE("equivalence catches an event doubled in spans") {
    REQUIRE_THROWS_WITH(weir::check_equivalence(input, only(planted::InSpans<Mistake::doubled>{})),
                        Contains("event by event") && Contains("smallest input found, 3 of 60"));
}

TEST_CASE("equivalence catches a wrong order in spans") {
    REQUIRE_THROWS_WITH(weir::check_equivalence(input, only(planted::InSpans<Mistake::wrong_order>{})),
                        Contains("event 1 of the results is") && Contains("smallest input found, 3 of 60"));
}

TEST_CASE("equivalence catches an operator that forgets what there is no room for") {
    REQUIRE_THROWS_AS(weir::check_equivalence(input, only(planted::ForgetsWhenFull{})), weir::LawBroken);
}

TEST_CASE("equivalence catches a watermark that comes late where spans are cut otherwise") {
    weir::TestStream<int> script;
    for (int i = 1; i <= 30; ++i) script.event(i, weir::Timestamp(std::chrono::seconds(i))).watermark(weir::Timestamp(std::chrono::seconds(i)));
    weir::check_equivalence(script, only(planted::InSpans<Mistake::none>{}));
    REQUIRE_THROWS_AS(weir::check_equivalence(script, only(planted::LateWatermark{})), weir::LawBroken);
}

TEST_CASE("equivalence asks only for the multiset where the stream's order is none") {
    weir::check_equivalence(input, only(Unordered{}));
}

TEST_CASE("accounting catches an operator that counts one for one and is not") {
    weir::check_accounting(input, only(planted::InSpans<Mistake::none>{}));
    REQUIRE_THROWS_WITH(weir::check_accounting(input, only(planted::LyingCount{})), Contains("accounting") && Contains("counted behind it"));
}

TEST_CASE("accounting catches an account that does not add up") {
    REQUIRE_THROWS_WITH(weir::check_accounting(input, only(planted::LyingAccount{})), Contains("held behind the end"));
}

TEST_CASE("recovery catches state that is not saved") {
    weir::check_recovery(input, only(planted::RunningSum<true>{}));
    REQUIRE_THROWS_WITH(weir::check_recovery(input, only(planted::RunningSum<false>{})), Contains("recovery") && Contains("event"));
}

TEST_CASE("stopping catches state that is not saved, and what is given at the end where a job was stopped") {
    weir::check_stopping(input, only(planted::RunningSum<true>{}));
    REQUIRE_THROWS_WITH(weir::check_stopping(input, only(planted::RunningSum<false>{})), Contains("stopping") && Contains("event"));
    REQUIRE_THROWS_WITH(weir::check_stopping(input, only(weir::micro_batch(7))), Contains("stopped, saved and loaded"));
}

TEST_CASE("errors catches an operator that keeps them to itself") {
    weir::check_errors(input, only(planted::InSpans<Mistake::none>{}));
    REQUIRE_THROWS_WITH(weir::check_errors(input, only(planted::Swallows{})), Contains("errors") && Contains("did not come out of run"));
}

TEST_CASE("errors catches a user's function that is left behind") {
    const auto hoard = std::make_shared<std::vector<weir::Fault>>();
    REQUIRE_THROWS_WITH(weir::check_errors(input,
                                           [hoard](auto source, auto sink, const weir::Fault& fault) {
                                               hoard->push_back(fault);
                                               return std::move(source) | weir::map([fault](int x) { fault(); return x; }) | sink;
                                           }),
                        Contains("were not destroyed"));
}

TEST_CASE("a pipeline that throws by itself throws in every run") {
    weir::check_equivalence(input, [](auto source, auto sink) {
        return std::move(source) | weir::map([](int x) {
                   if (x == 30) throw std::runtime_error("thirty");
                   return x;
               }) |
               sink;
    });
}
