// SPDX-License-Identifier: BSL-1.0
// Q18 and Q19, which give their results at the end, and Q12, which asks the clock.
#include "nexmark/agree.hpp"

#include <chrono>
#include <cstdint>
#include <map>

using namespace nexmark_test;

namespace {

constexpr auto make_q18 = [](auto bids, const Input&) { return q18(std::move(bids)); };
constexpr auto make_q19 = [](auto bids, const Input&) { return q19(std::move(bids)); };

} // namespace

TEST_CASE("Q18, last bid, is what its oracle says however it is run") {
    agrees_in_spans(make_q18, oracle_q18);
    agrees_in_all_ways(make_q18, oracle_q18);
    always_writes("9d1d01ed9755572a", make_q18);
}

TEST_CASE("Q19, top bids, is what its oracle says however it is run") {
    agrees_in_spans(make_q19, oracle_q19);
    agrees_in_all_ways(make_q19, oracle_q19);
    always_writes("e43292ed4412f1ff", make_q19);
}

TEST_CASE("Q18 on a million events", "[soak]") { agrees_on_a_million(make_q18, oracle_q18); }
TEST_CASE("Q19 on a million events", "[soak]") { agrees_on_a_million(make_q19, oracle_q19); }

TEST_CASE("Q12 counts a bidder's bids by the clock") {
    const Input input = generate({.events = 20'000, .shuffled = 100});
    weir::ManualClock clock;
    Lines lines;
    auto stepper = weir::stepper(q12(weir::from(input.bids)) | weir::for_each([&lines](const BidderCount& row) { add_line(lines, row); }), {.clock = &clock});
    for (std::size_t i = 0; i < input.bids.size(); i += 100) { // a hundred bids a second
        stepper.step(100);
        clock.advance(std::chrono::seconds(1));
    }
    while (stepper.step() != weir::Progress::ended) {}

    std::map<std::pair<std::int64_t, Id>, std::uint64_t> counts;
    for (std::size_t i = 0; i < input.bids.size(); ++i) ++counts[{static_cast<std::int64_t>(i / 1'000), input.bids[i].bidder}];
    Lines expected;
    for (const auto& [key, n] : counts) add_line(expected, BidderCount{key.second, n, at(key.first * 10'000), at(key.first * 10'000 + 10'000)});
    CHECK(difference(sorted(lines), sorted(expected)) == "");
}
